import { Inject, Injectable, Logger, Optional } from '@nestjs/common';
import {
  type AlertRouting,
  type AlertWay,
  type Bounds,
  digestEnd,
  type Office,
  planWays,
  regionCovers,
  type RoutedAlert,
  type WireAlert,
} from '@app/domain';
import { SETTINGS, type Settings } from '@app/settings';
import { CHANNELS, holdStanding } from '@app/storage';
import { DataSource, type EntityManager } from 'typeorm';
import { prepared } from './prepared';
import { type Directory, type Holder, OF_DEPARTMENT, officesAbove, planRecipients, type Shift } from './recipients';

/** Injection token: `AlertRouting`; absent: only the socket. */
export const ALERT_ROUTING = Symbol('ALERT_ROUTING');

const SOCKET_ONLY: AlertRouting = { channels: [], routes: [], digestMinutes: 0 };
const BATCH = 500;

interface Unaddressed {
  id: string;
  severity: WireAlert['severity'];
  audience: Office[];
  departmentId: string | null;
  caseId: string | null;
  wantsReceipt: boolean;
  /** Of its case; null: it is about none. */
  bounds: Bounds | null;
  /** app_now() of the claim. */
  now: Date;
}

/** One row of alert_delivery to be. */
interface NewDelivery extends AlertWay {
  accountId: string;
  alertId: string;
  /** null: not by a loop of a channel (the socket, or a fallback that waits). */
  nextTryAt: Date | null;
}

/** Turns alerts of the outbox into rows for the accounts that hold their offices, over the channels of the routes. */
@Injectable()
export class Addressing {
  private readonly logger = new Logger('Addressing');

  constructor(
    private readonly dataSource: DataSource,
    @Optional() @Inject(ALERT_ROUTING) private readonly routing: AlertRouting = SOCKET_ONLY,
    @Optional() @Inject(SETTINGS) private readonly settings?: Pick<Settings, 'deployment'>,
  ) {}

  /**
   * Addresses one batch of alerts in one transaction; any number of processes at once. An account or department that
   * changes at the same moment does so before (and is addressed as what it became) or after (and withdraws what was addressed).
   * @returns how many alerts were addressed; a full batch means there may be more
   */
  async addressBatch(): Promise<{ addressed: number; full: boolean }> {
    return this.dataSource.transaction(async (manager) => {
      await holdStanding(manager);
      const alerts = await claimUnaddressed(manager);
      const now = alerts[0]?.now;
      if (now === undefined) return { addressed: 0, full: false };
      const directory = await loadDirectory(manager, alerts, now, this.settings?.deployment.regionCode ?? null);
      await this.write(manager, alerts, directory, now);
      return { addressed: alerts.length, full: alerts.length === BATCH };
    });
  }

  private async write(manager: EntityManager, alerts: Unaddressed[], directory: Directory, now: Date): Promise<void> {
    const plans = alerts.map((alert) => ({ alert, to: planRecipients(alert, directory) }));
    await markAddressed(manager, plans, now);
    this.told(plans);
    await insertDeliveries(manager, await this.planDeliveries(manager, plans, directory, now));
  }

  private told(plans: readonly { alert: Unaddressed; to: { accountIds: string[] } }[]): void {
    const caseIds = [...new Set(plans.map(({ alert }) => alert.caseId).filter((id) => id !== null))];
    const people = plans.reduce((n, { to }) => n + to.accountIds.length, 0);
    this.logger.debug({
      message: `${plans.length} alerts addressed`,
      deliveries: people,
      caseIds,
      alertIds: plans.map(({ alert }) => alert.id),
    });
  }

  private async planDeliveries(
    manager: EntityManager,
    plans: { alert: Unaddressed; to: { accountIds: string[] } }[],
    directory: Directory,
    now: Date,
  ): Promise<NewDelivery[]> {
    const socket = plans.flatMap(({ alert, to }) => to.accountIds.map((accountId) => bySocket(alert.id, accountId)));
    if (this.routing.channels.length === 0) return socket;
    const cases = await loadMatters(
      manager,
      plans.map(({ alert }) => alert.caseId),
    );
    const holders = new Map(directory.holders.map((h) => [h.accountId, h]));
    const others = plans.flatMap(({ alert, to }) => {
      const matter = (alert.caseId === null ? undefined : cases.get(alert.caseId)) ?? NO_MATTER;
      return to.accountIds.flatMap((accountId) => {
        const reader = holders.get(accountId);
        if (!reader) return [];
        const ways = planWays(
          { severity: alert.severity, wantsReceipt: alert.wantsReceipt, ...matter },
          reader,
          this.routing,
          now,
        );
        return ways.map((way): NewDelivery => ({
          ...way,
          accountId,
          alertId: alert.id,
          nextTryAt: firstTry(way, now),
        }));
      });
    });
    return [...socket, ...others];
  }
}

const NO_MATTER: Matter = { caseClass: null, topic: null, region: null };
type Matter = Omit<RoutedAlert, 'severity' | 'wantsReceipt'>;

function bySocket(alertId: string, accountId: string): NewDelivery {
  return { channel: 'socket', fallback: 0, digestMinutes: 0, accountId, alertId, nextTryAt: null };
}

function firstTry(way: AlertWay, now: Date): Date | null {
  if (way.fallback > 0) return null;
  return way.digestMinutes > 0 ? digestEnd(way.digestMinutes, now) : now;
}

function claimUnaddressed(manager: EntityManager): Promise<Unaddressed[]> {
  return prepared<Unaddressed>(
    manager,
    'address-claim',
    `select a.id, a.severity, a.audience, a.department_id as "departmentId", a.case_id as "caseId", a.receipt_minutes is not null as "wantsReceipt", app_now() as now,
       case when f.id is not null then json_build_object('departmentId', f.department_id, 'region', f.region,
         'departmentRegion', (select d.region from department d where d.id = f.department_id)) end as bounds
     from alert a left join case_file f on f.id = a.case_id
     where a.addressed_at is null order by a.id limit ${BATCH} for update of a skip locked`,
    [],
  );
}

/** What the routes ask of the cases. */
async function loadMatters(manager: EntityManager, caseIds: (string | null)[]): Promise<Map<string, Matter>> {
  const found = await prepared<Matter & { id: string }>(
    manager,
    'address-matters',
    `select id, case_class as "caseClass", topic, region from case_file where id = any($1::bigint[])`,
    [[...new Set(caseIds.filter((id) => id !== null))]],
  );
  return new Map(found.map(({ id, ...matter }) => [id, matter]));
}

/**
 * Who can hold the offices that the alerts name or climb to, read anew for every batch, so that a shift's edge is exact. Of a
 * province's thousands of accounts only these: the roles, the departments of the alerts, whoever is on shift, the last resort.
 */
async function loadDirectory(
  manager: EntityManager,
  alerts: readonly Unaddressed[],
  now: Date,
  home: string | null,
): Promise<Directory> {
  const offices = officesAbove(alerts.flatMap((a) => a.audience));
  const departments = [...new Set(alerts.map((a) => a.departmentId).filter((id) => id !== null))];
  const [found] = await prepared<{ holders: Holder[]; shifts: Shift[]; rostered: Office[] }>(
    manager,
    'address-directory',
    `with shift as materialized (
       select account_id, office, department_id, stand_in_for from roster
       where office = any($2) and starts_at <= $1 and ends_at > $1 and (department_id is null or department_id = any($3) or office <> all($4))
     )
     select
       (select coalesce(json_agg(json_build_object('accountId', id::text, 'role', role, 'departmentId', department_id, 'region', region)), '[]')
        from account where not disabled and role <> 'auditor' and (
          role = 'administrator' or (role = any($2) and (role <> all($4) or department_id = any($3))) or id in (select account_id from shift)
        )) as holders,
       (select coalesce(json_agg(json_build_object('accountId', account_id::text, 'office', office, 'departmentId', department_id,
                                                   'standInFor', stand_in_for::text)), '[]') from shift) as shifts,
       (select coalesce(json_agg(o), '[]') from unnest($2) o where exists (select 1 from roster where office = o)) as rostered`,
    [now, offices, departments, OF_DEPARTMENT],
  );
  if (!found) throw new Error('no directory');
  const whole = ({ region }: Holder): boolean => region != null && home !== null && regionCovers(region, home);
  return {
    holders: found.holders.map((h) => ({ ...h, whole: whole(h) })),
    shifts: found.shifts,
    rostered: new Set(found.rostered),
  };
}

async function markAddressed(
  manager: EntityManager,
  plans: { alert: Unaddressed; to: { reached: Office[] } }[],
  now: Date,
): Promise<void> {
  await prepared(
    manager,
    'address-mark',
    `update alert a set addressed_at = $1, reached = string_to_array(p.reached, ','),
       escalate_at = $1::timestamptz + make_interval(mins => a.receipt_minutes)
     from unnest($2::bigint[], $3::text[]) as p(id, reached) where a.id = p.id`,
    [now, plans.map((p) => p.alert.id), plans.map((p) => p.to.reached.join(','))],
  );
}

/**
 * The rows of alert_delivery, each with the next number of its account. The counter rows are taken in the
 * order of accounts (no deadlock) and stay locked to the commit (no gap that is filled later). Accounts are hinted at, many with
 * one notification: a gateway sweeps its rows beyond the last number it sent.
 */
async function insertDeliveries(manager: EntityManager, deliveries: NewDelivery[]): Promise<void> {
  if (deliveries.length === 0) return;
  const next = await takeNumbers(manager, deliveries);
  const inOrder = [...deliveries].sort(
    (a, b) => Number(a.alertId) - Number(b.alertId) || (a.channel < b.channel ? -1 : 1),
  );
  const numbered = inOrder.map((d) => {
    const seq = next.get(d.accountId) ?? 0;
    next.set(d.accountId, seq + 1);
    return seq;
  });
  await prepared(
    manager,
    'address-deliver',
    `with written as (
       insert into alert_delivery (account_id, seq, alert_id, channel, state, next_try_at, fallback, digest)
       select account_id, seq, alert_id, channel, case when fallback > 0 then 'standby' else 'queued' end, next_try_at, fallback, digest
       from unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::timestamptz[], $6::int[], $7::boolean[])
         as p(account_id, seq, channel, alert_id, next_try_at, fallback, digest)
     )
     select pg_notify($8, hint) from unnest($9::text[]) hint`,
    [
      inOrder.map((d) => d.accountId),
      numbered,
      inOrder.map((d) => d.channel),
      inOrder.map((d) => d.alertId),
      inOrder.map((d) => d.nextTryAt),
      inOrder.map((d) => d.fallback),
      inOrder.map((d) => d.digestMinutes > 0),
      CHANNELS.alertAddressed,
      hintsOf([...next.keys()]),
    ],
  );
}

/** Moves each account's counter by as many as it gets. @returns the first number of each */
async function takeNumbers(manager: EntityManager, deliveries: readonly NewDelivery[]): Promise<Map<string, number>> {
  const wanted = new Map<string, number>();
  for (const { accountId } of deliveries) wanted.set(accountId, (wanted.get(accountId) ?? 0) + 1);
  const counters = await prepared<{ accountId: string; seq: string }>(
    manager,
    'address-count',
    `insert into alert_counter (account_id, seq) select account_id, n from unnest($1::bigint[], $2::bigint[]) as w(account_id, n) order by account_id
     on conflict (account_id) do update set seq = alert_counter.seq + excluded.seq
     returning account_id::text as "accountId", seq`,
    [[...wanted.keys()], [...wanted.values()]],
  );
  return new Map(counters.map(({ accountId, seq }) => [accountId, Number(seq) - (wanted.get(accountId) ?? 0) + 1]));
}

/** A notification carries less than 8,000 bytes. */
const IDS_A_HINT = 350;

function hintsOf(accountIds: readonly string[]): string[] {
  const hints: string[] = [];
  for (let i = 0; i < accountIds.length; i += IDS_A_HINT) hints.push(accountIds.slice(i, i + IDS_A_HINT).join(','));
  return hints;
}
