import { Injectable } from '@nestjs/common';
import { CHANNELS, rows, sendHint } from '@app/storage';
import { DataSource, type EntityManager } from 'typeorm';
import { ChannelBook } from './channel-book.service';
import type { Outgoing } from './outgoing-message';

export type DeliveryResult =
  | { ok: true; /** The channel itself reports that it arrived. */ delivered?: boolean }
  | {
      ok: false;
      fault: string;
      /** No later try can do better (an account without an address): it stays failed, for people to see. */
      final?: boolean;
      /** The receiver asks not to come again before. */
      retryAfterSeconds?: number;
    };

/** After the n-th failure the next try waits 15 s · 2ⁿ, at most an hour; it never gives up before receipt or supersession. */
const FIRST_BACKOFF_SECONDS = 15;
const LONGEST_BACKOFF_SECONDS = 3600;
/** A try put off for longer is as good as failed: whoever comes next is asked at once. */
const PATIENCE_SECONDS = 60;

type Tried = Pick<Outgoing, 'messageId' | 'channel' | 'attempts'>;

/** What became of messages: kept for each person, and what follows from it. A receipt that came meanwhile stays. */
@Injectable()
export class DeliverySettling {
  constructor(
    private readonly dataSource: DataSource,
    private readonly channels: ChannelBook,
  ) {}

  /** @param fallbackAfterTries failed tries after which the next channel takes over */
  settle(message: Tried, result: DeliveryResult, fallbackAfterTries: number): Promise<void> {
    return this.dataSource.transaction(async (manager) => {
      if (result.ok) await this.arrived(manager, message, result.delivered ?? false);
      else await this.failed(manager, message, result, fallbackAfterTries);
    });
  }

  private async arrived(manager: EntityManager, { messageId, channel }: Tried, delivered: boolean): Promise<void> {
    await rows(manager, 'update alert_message set sent_at = app_now() where id = $1', [messageId]);
    await rows(
      manager,
      `with own as (select account_id, channel, seq from alert_delivery
         where message_id = $1 and state in ('queued', 'failed', 'sent') order by account_id, channel, seq for update)
       update alert_delivery d set state = $2, sent_at = app_now(), next_try_at = null, last_fault = null,
         delivered_at = case when $2 = 'delivered' then app_now() else d.delivered_at end
       from own where ${IS_OWN}`,
      [messageId, delivered ? 'delivered' : 'sent'],
    );
    // A fallback has done it: the channels before it need not try on.
    await rows(
      manager,
      `update alert_delivery d set next_try_at = null from alert_delivery f
       where f.message_id = $1 and f.fallback > 0 and f.state in ('sent', 'delivered') and d.alert_id = f.alert_id
         and d.account_id = f.account_id and d.channel <> 'socket' and d.state = 'failed' and d.next_try_at is not null`,
      [messageId],
    );
    await this.channels.note(channel, null, manager);
  }

  private async failed(manager: EntityManager, message: Tried, result: Extract<DeliveryResult, { ok: false }>, patience: number): Promise<void> {
    const { messageId, channel, attempts } = message;
    const wait = result.final ? null : Math.max(backoffSeconds(attempts), Math.min(LONGEST_BACKOFF_SECONDS, result.retryAfterSeconds ?? 0));
    const stuck = wait === null || wait > PATIENCE_SECONDS || attempts >= patience;
    // Alerts before deliveries: the order of every writer, and two last hopes that fail at once see each other.
    if (stuck)
      await rows(manager, `select id from alert where id in (select alert_id from alert_delivery where message_id = $1) order by id for update`, [messageId]);
    await rows(
      manager,
      `with own as (select account_id, channel, seq from alert_delivery
         where message_id = $1 and state in ('queued', 'failed', 'sent') and next_try_at is not null order by account_id, channel, seq for update)
       update alert_delivery d set state = 'failed', last_fault = $2, next_try_at = app_now() + make_interval(secs => $3::int)
       from own where ${IS_OWN}`,
      [messageId, result.fault.slice(0, 500), wait],
    );
    await this.channels.note(channel, result.fault, manager);
    if (!stuck) return;
    if (await wakeFallbacks(manager, messageId, patience)) await sendHint(manager, CHANNELS.alertAddressed, '');
    if (await raiseUnreachable(manager, messageId, patience)) await sendHint(manager, CHANNELS.clockChanged, '');
  }
}

const IS_OWN = 'd.account_id = own.account_id and d.channel = own.channel and d.seq = own.seq';
/**
 * The delivery `o`, of another channel than the socket, has gone out or may still soon. $1: the message that has just
 * failed, $2: how many failed tries are the end of patience.
 */
const HOPE = `o.channel <> 'socket' and (o.state in ('queued', 'sent', 'delivered', 'read')
  or o.state = 'failed' and o.message_id is distinct from $1 and o.attempts < $2
     and o.next_try_at <= app_now() + interval '${PATIENCE_SECONDS} seconds')`;

/** For each person of the message whom nothing else reaches, the next channel in line. */
async function wakeFallbacks(manager: EntityManager, messageId: string, patience: number): Promise<boolean> {
  const woken = await rows(
    manager,
    `update alert_delivery d set state = 'queued', next_try_at = app_now() from (
       select distinct on (s.account_id, s.alert_id) s.account_id, s.channel, s.seq
       from alert_delivery t join alert_delivery s on s.alert_id = t.alert_id and s.account_id = t.account_id and s.state = 'standby'
       where t.message_id = $1 and t.state = 'failed'
         and not exists (select 1 from alert_delivery o where o.alert_id = t.alert_id and o.account_id = t.account_id and ${HOPE})
       order by s.account_id, s.alert_id, s.fallback
     ) own where ${IS_OWN} returning 1`,
    [messageId, patience],
  );
  return woken.length > 0;
}

/**
 * Nobody whom the alert names has it, over no channel, and none is left: the next office at once (RULES 4). Only of
 * alerts that wait for a receipt: the others are of no office's ladder.
 */
async function raiseUnreachable(manager: EntityManager, messageId: string, patience: number): Promise<boolean> {
  const raised = await rows(
    manager,
    `update alert a set unreachable = true, escalate_at = app_now()
     where a.id in (select alert_id from alert_delivery where message_id = $1) and a.escalate_at is not null and not a.escalated
       and not exists (select 1 from alert_delivery o
                       where o.alert_id = a.id and (o.delivered_at is not null or o.read_at is not null or ${HOPE}))
     returning 1`,
    [messageId, patience],
  );
  return raised.length > 0;
}

export function backoffSeconds(attempts: number): number {
  return Math.min(LONGEST_BACKOFF_SECONDS, FIRST_BACKOFF_SECONDS * 2 ** Math.min(attempts, 10));
}
