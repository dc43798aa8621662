import { Injectable } from '@nestjs/common';
import { SEVERITIES } from '@app/domain';
import { readNow, row, rows } from '@app/storage';
import { DataSource, type EntityManager } from 'typeorm';
import { TODAY } from './channel-book.service';
import { type DueDelivery, planMessages, type PlannedMessage, type SendLimit } from './message-plan';
import { loadOutgoing, type Outgoing, RANK } from './outgoing-message';

/** What the claim must know of a channel. */
export interface ChannelTerms {
  name: string;
  /** One message for the whole group, whoever the alert names. */
  group: boolean;
  /** More to one reader become one summary. */
  limits: readonly SendLimit[];
  /** Messages a day; of them `reserve` only for what is critical. null: no bound. */
  quota: { perDay: number; reserve: number } | null;
}

/** A sender that dies holds its claims so long; then another takes them (at least once). */
export const LEASE_SECONDS = 60;
/** Deliveries that one look makes messages of; a storm takes all of its reader. */
const LOOK = 500;
const STORM_MOST = 20_000;

type Due = DueDelivery & { messageId: string | null; disabled: boolean };

/** Deliveries over channels beside the socket: claimed as the messages that tell them, each for the time of a lease. */
@Injectable()
export class DeliveryClaims {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Takes up to `most` messages of a channel for so many seconds, the gravest first; any number of senders side by side.
   * A message once begun keeps its key and its deliveries, so that a receiver drops what it got before a crash. What is
   * due to an account that was disabled meanwhile is superseded: nobody reads it any more.
   * @returns the messages, and whether there may be more to take at once
   */
  async claim(terms: ChannelTerms, most: number, leaseSeconds = LEASE_SECONDS): Promise<{ messages: Outgoing[]; more: boolean }> {
    return this.dataSource.transaction(async (manager) => {
      // Two senders that count the same reader's messages at once would each let one too many through.
      await rows(manager, `select pg_advisory_xact_lock(hashtext('channel'), hashtext($1))`, [terms.name]);
      const due = await loadDue(manager, terms.name);
      if (due.length === 0) return { messages: [], more: false };
      await supersede(manager, terms.name, due.filter((d) => d.disabled));
      const live = due.filter((d) => !d.disabled);
      const begun = [...new Set(live.flatMap((d) => d.messageId ?? []))];
      const again = begun.slice(0, most);
      const fresh = await this.begin(manager, terms, live.filter((d) => d.messageId === null), most - again.length);
      const ids = [...again, ...fresh.ids];
      await lease(manager, ids, leaseSeconds);
      const messages = await loadOutgoing(manager, ids);
      return { messages: messages.map((m) => ({ ...m, refused: fresh.refused.has(m.messageId) ? QUOTA : null })), more: due.length === LOOK || fresh.more || again.length < begun.length };
    });
  }

  /** Makes messages of what belongs to none yet. */
  private async begin(manager: EntityManager, terms: ChannelTerms, due: Due[], most: number): Promise<{ ids: string[]; refused: Set<string>; more: boolean }> {
    const now = await readNow(manager);
    const plan = planMessages(due, await loadBegun(manager, terms), terms.limits, terms.group, now);
    for (const { accountId, until } of plan.putOff) await putOff(manager, terms.name, accountId, until);
    const used = terms.quota === null ? 0 : await usedToday(manager, terms.name);
    const chosen = plan.messages.slice(0, most);
    const ids: string[] = [];
    const refused = new Set<string>();
    for (const [n, message] of chosen.entries()) {
      const id = await beginMessage(manager, terms, message, now);
      if (id === null) continue;
      ids.push(id);
      if (terms.quota && used + n >= terms.quota.perDay - (message.rank < CRITICAL ? terms.quota.reserve : 0)) refused.add(id);
    }
    return { ids, refused, more: chosen.length < plan.messages.length };
  }

  /** Hands back what was claimed and not tried: it is due again at once. */
  async release(messages: readonly Pick<Outgoing, 'messageId'>[]): Promise<void> {
    await rows(
      this.dataSource,
      `update alert_delivery set attempts = greatest(0, attempts - 1), next_try_at = app_now()
       where message_id = any($1::bigint[]) and next_try_at is not null`,
      [messages.map((m) => m.messageId)],
    );
  }

  /** Real milliseconds until the next due delivery of a channel, at most `most`. */
  async waitMs(channel: string, most: number): Promise<number> {
    const found = await row<{ ms: number | null }>(
      this.dataSource,
      `select extract(epoch from min(next_try_at) - app_now()) * 1000 / nullif((select rate from time_shift), 0) as ms
       from alert_delivery where channel = $1 and next_try_at is not null`,
      [channel],
    );
    return found === null || found.ms === null ? most : Math.max(0, Math.min(most, Number(found.ms)));
  }
}

const QUOTA = '今日短信额度已用完';
const CRITICAL = SEVERITIES.indexOf('critical');

function loadDue(manager: EntityManager, channel: string): Promise<Due[]> {
  return rows<Due & { seq: string }>(
    manager,
    `with due as materialized (
       select account_id, seq, alert_id, message_id, digest, next_try_at from alert_delivery
       where channel = $1 and next_try_at <= (select app_now()) order by next_try_at limit ${LOOK} for update skip locked
     )
     select d.account_id as "accountId", d.seq, d.alert_id as "alertId", a.key as "alertKey", d.digest, d.message_id as "messageId",
       u.disabled, ${RANK} as rank
     from due d join alert a on a.id = d.alert_id join account u on u.id = d.account_id left join case_file f on f.id = a.case_id
     order by d.next_try_at, d.seq`,
    [channel],
  ).then((found) => found.map((d) => ({ ...d, seq: Number(d.seq) })));
}

async function supersede(manager: EntityManager, channel: string, gone: readonly Due[]): Promise<void> {
  if (gone.length > 0) await setNext(manager, channel, gone, `state = 'superseded', next_try_at = null`, []);
}

/** All that the reader has waiting, also beyond what one look sees. */
async function putOff(manager: EntityManager, channel: string, accountId: string | null, until: Date): Promise<void> {
  await rows(
    manager,
    `update alert_delivery d set next_try_at = $3 from (
       select account_id, channel, seq from alert_delivery
       where channel = $1 and next_try_at <= (select app_now()) and message_id is null and ($2::bigint is null or account_id = $2)
       limit ${STORM_MOST} for update skip locked
     ) m where d.account_id = m.account_id and d.channel = m.channel and d.seq = m.seq`,
    [channel, accountId, until],
  );
}

async function setNext(manager: EntityManager, channel: string, of: readonly DueDelivery[], set: string, more: unknown[]): Promise<void> {
  await rows(
    manager,
    `update alert_delivery d set ${set} from unnest($2::bigint[], $3::bigint[]) as r(account_id, seq)
     where d.account_id = r.account_id and d.channel = $1 and d.seq = r.seq`,
    [channel, of.map((d) => d.accountId), of.map((d) => d.seq), ...more],
  );
}

/** When messages were begun to each reader within the longest of the limits, and the last one before the summary's gap. */
async function loadBegun(manager: EntityManager, { name, group, limits }: ChannelTerms): Promise<Map<string, Date[]>> {
  if (limits.length === 0) return new Map();
  const found = await rows<{ accountId: string | null; at: Date }>(
    manager,
    `select account_id as "accountId", begun_at as at from alert_message
     where channel = $1 and begun_at > (select app_now()) - make_interval(mins => $2) order by begun_at`,
    [name, Math.max(...limits.map((l) => l.minutes))],
  );
  const begun = new Map<string, Date[]>();
  for (const { accountId, at } of found) {
    const key = group ? '' : (accountId ?? '');
    begun.set(key, [...(begun.get(key) ?? []), at]);
  }
  return begun;
}

async function usedToday(manager: EntityManager, channel: string): Promise<number> {
  const found = await row<{ n: number }>(
    manager,
    `select count(*)::int as n from alert_message where channel = $1 and begun_at >= ${TODAY}`,
    [channel],
  );
  return found?.n ?? 0;
}

/**
 * Gives the message its row and its deliveries. A summary takes all that its reader has waiting, a group's message all
 * whom its alert names. What another transaction holds stays due and comes later.
 * @returns null when the group has had it already: its deliveries are done by that
 */
async function beginMessage(manager: EntityManager, { name }: ChannelTerms, message: PlannedMessage, now: Date): Promise<string | null> {
  const made = await row<{ id: string; sentAt: Date | null }>(
    manager,
    `insert into alert_message (channel, account_id, kind, key, begun_at) values ($1, $2, $3, $4, $5)
     on conflict (channel, key) do update set key = excluded.key returning id, sent_at as "sentAt"`,
    [name, message.accountId, message.kind, message.key, now],
  );
  await setNext(manager, name, message.rows, 'message_id = $4::bigint', [made!.id]);
  if (message.kind !== 'single') await joinMore(manager, name, made!.id, message.kind, message.accountId);
  else if (message.accountId === null) await joinAlert(manager, name, made!.id, message.rows[0]!.alertId);
  if (made!.sentAt === null) return made!.id;
  await rows(
    manager,
    `update alert_delivery set state = 'sent', sent_at = coalesce(sent_at, $2), next_try_at = null
     where message_id = $1 and next_try_at is not null`,
    [made!.id, made!.sentAt],
  );
  return null;
}

async function joinMore(manager: EntityManager, channel: string, messageId: string, kind: string, accountId: string | null): Promise<void> {
  await rows(
    manager,
    `update alert_delivery d set message_id = $2 from (
       select account_id, channel, seq from alert_delivery
       where channel = $1 and next_try_at <= (select app_now()) and message_id is null and ($3::bigint is null or account_id = $3)
         and ($4 = 'storm' or digest) order by next_try_at limit ${STORM_MOST} for update skip locked
     ) m where d.account_id = m.account_id and d.channel = m.channel and d.seq = m.seq`,
    [channel, messageId, accountId, kind],
  );
}

async function joinAlert(manager: EntityManager, channel: string, messageId: string, alertId: string): Promise<void> {
  await rows(
    manager,
    `update alert_delivery d set message_id = $2 from (
       select account_id, channel, seq from alert_delivery
       where alert_id = $3 and channel = $1 and next_try_at is not null and message_id is null for update skip locked
     ) m where d.account_id = m.account_id and d.channel = m.channel and d.seq = m.seq`,
    [channel, messageId, alertId],
  );
}

async function lease(manager: EntityManager, messageIds: readonly string[], seconds: number): Promise<void> {
  await rows(
    manager,
    `update alert_delivery set attempts = attempts + 1, next_try_at = app_now() + make_interval(secs => $2)
     where message_id = any($1::bigint[]) and next_try_at is not null`,
    [messageIds, seconds],
  );
}
