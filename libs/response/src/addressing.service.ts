import { Inject, Injectable, Optional } from '@nestjs/common';
import { type Bounds, type Office, regionCovers, type WireAlert } from '@app/domain';
import { SETTINGS, type Settings } from '@app/settings';
import { CHANNELS } from '@app/storage';
import { DataSource, type EntityManager } from 'typeorm';
import { prepared } from './prepared';
import { type Directory, type Holder, planRecipients, type Shift } from './recipients';

/** Channels beside the socket that alerts are queued for, from which severity on. */
export interface AlertChannel {
  name: string;
  minSeverity: WireAlert['severity'];
}

/** Injection token: `AlertChannel[]`; absent: only the socket. */
export const ALERT_CHANNELS = Symbol('ALERT_CHANNELS');

const SEVERITIES = ['info', 'warning', 'critical'] as const;
const BATCH = 500;

interface Unaddressed {
  id: string;
  severity: WireAlert['severity'];
  audience: Office[];
  departmentId: string | null;
  /** Of its case; null: it is about none. */
  bounds: Bounds | null;
  /** app_now() of the claim. */
  now: Date;
}

/** Turns alerts of the outbox into rows for the accounts that hold their offices. */
@Injectable()
export class Addressing {
  constructor(
    private readonly dataSource: DataSource,
    @Optional() @Inject(ALERT_CHANNELS) private readonly channels: readonly AlertChannel[] = [],
    @Optional() @Inject(SETTINGS) private readonly settings?: Pick<Settings, 'deployment'>,
  ) {}

  /**
   * Addresses one batch of alerts in one transaction; any number of processes at once.
   * @returns how many alerts were addressed; a full batch means there may be more
   */
  async addressBatch(): Promise<{ addressed: number; full: boolean }> {
    return this.dataSource.transaction(async (manager) => {
      const alerts = await claimUnaddressed(manager);
      const now = alerts[0]?.now;
      if (now === undefined) return { addressed: 0, full: false };
      const directory = await loadDirectory(manager, now, this.settings?.deployment.regionCode ?? null);
      await this.write(manager, alerts, directory, now);
      return { addressed: alerts.length, full: alerts.length === BATCH };
    });
  }

  private async write(manager: EntityManager, alerts: Unaddressed[], directory: Directory, now: Date): Promise<void> {
    const plans = alerts.map((alert) => ({ alert, to: planRecipients(alert, directory) }));
    const pairs = plans.flatMap(({ alert, to }) =>
      to.accountIds.flatMap((accountId) => this.channelsOf(alert).map((channel) => ({ accountId, channel, alert }))),
    );
    await markAddressed(manager, plans, now);
    await insertDeliveries(manager, pairs, now);
  }

  private channelsOf(alert: Unaddressed): string[] {
    const rank = SEVERITIES.indexOf(alert.severity);
    return ['socket', ...this.channels.filter((c) => SEVERITIES.indexOf(c.minSeverity) <= rank).map((c) => c.name)];
  }
}

function claimUnaddressed(manager: EntityManager): Promise<Unaddressed[]> {
  return prepared<Unaddressed>(
    manager,
    'address-claim',
    `select a.id, a.severity, a.audience, a.department_id as "departmentId", app_now() as now,
       case when f.id is not null then json_build_object('departmentId', f.department_id, 'region', f.region,
         'departmentRegion', (select d.region from department d where d.id = f.department_id)) end as bounds
     from alert a left join case_file f on f.id = a.case_id
     where a.addressed_at is null order by a.id limit ${BATCH} for update of a skip locked`,
    [],
  );
}

/** A county has some hundred accounts: they are read anew for every batch, so that a shift's edge is exact. */
async function loadDirectory(manager: EntityManager, now: Date, home: string | null): Promise<Directory> {
  const [found] = await prepared<{ holders: Holder[]; shifts: Shift[]; rostered: Office[] }>(
    manager,
    'address-directory',
    `select
       (select coalesce(json_agg(json_build_object('accountId', id::text, 'role', role, 'departmentId', department_id, 'region', region)), '[]')
        from account where not disabled and role <> 'auditor') as holders,
       (select coalesce(json_agg(json_build_object('accountId', account_id::text, 'office', office, 'departmentId', department_id,
                                                   'standInFor', stand_in_for::text)), '[]')
        from roster where starts_at <= $1 and ends_at > $1) as shifts,
       (select coalesce(json_agg(distinct office), '[]') from roster) as rostered`,
    [now],
  );
  if (!found) throw new Error('no directory');
  const whole = ({ region }: Holder): boolean => region != null && home !== null && regionCovers(region, home);
  return { holders: found.holders.map((h) => ({ ...h, whole: whole(h) })), shifts: found.shifts, rostered: new Set(found.rostered) };
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
 * order of accounts (no deadlock) and stay locked to the commit (no gap that is filled later). Each account is
 * hinted at: a gateway sweeps its rows beyond the last number it sent.
 */
async function insertDeliveries(
  manager: EntityManager,
  pairs: { accountId: string; channel: string; alert: { id: string } }[],
  now: Date,
): Promise<void> {
  if (pairs.length === 0) return;
  await prepared(
    manager,
    'address-deliver',
    `with pair as (
       select account_id, channel, alert_id, row_number() over (partition by account_id order by alert_id, channel) as nth
       from unnest($1::bigint[], $2::text[], $3::bigint[]) as p(account_id, channel, alert_id)
     ), counter as (
       insert into alert_counter (account_id, seq)
       select account_id, count(*) from pair group by account_id order by account_id
       on conflict (account_id) do update set seq = alert_counter.seq + excluded.seq
       returning account_id, seq
     ), written as (
       insert into alert_delivery (account_id, seq, alert_id, channel, next_try_at)
       select p.account_id, c.seq - n.total + p.nth, p.alert_id, p.channel,
              case when p.channel = 'socket' then null else $4::timestamptz end
       from pair p join counter c using (account_id)
       join (select account_id, count(*) as total from pair group by account_id) n using (account_id)
     )
     select account_id::text as "accountId", pg_notify($5, account_id::text) from counter`,
    [
      pairs.map((p) => p.accountId),
      pairs.map((p) => p.channel),
      pairs.map((p) => p.alert.id),
      now,
      CHANNELS.alertAddressed,
    ],
  );
}
