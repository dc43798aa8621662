import { Injectable } from '@nestjs/common';
import type { WireAlert } from '@app/domain';
import { row, rows } from '@app/storage';
import { DataSource } from 'typeorm';
import { ALERT_COLUMNS, type AlertRow, toWireAlert } from './alert-box.service';

/** One alert to be sent to one account over one channel; held for the lease of its claim. */
export interface Delivery {
  accountId: string;
  username: string;
  displayName: string;
  channel: string;
  seq: number;
  /** How often it was tried, this time included. */
  attempts: number;
  alert: WireAlert;
}

export type DeliveryResult =
  { ok: true; /** The channel itself reports that it arrived. */ delivered?: boolean } | {
      ok: false;
      fault: string;
      /** No later try can do better (an account without an address): it stays failed, for people to see. */
      final?: boolean;
    };

/** A sender that dies holds its claims so long; then another takes them (at least once). */
export const LEASE_SECONDS = 60;
/** After the n-th failure the next try waits 15 s · 2ⁿ, at most an hour; it never gives up before receipt or supersession. */
const FIRST_BACKOFF_SECONDS = 15;
const LONGEST_BACKOFF_SECONDS = 3600;

/** Deliveries over channels beside the socket: claimed, tried, retried until receipt or supersession. */
@Injectable()
export class DeliveryClaims {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Takes up to n due deliveries of a channel for so many seconds; any number of senders side by side. What is due to
   * an account that was disabled meanwhile is superseded: nobody reads it any more.
   */
  async claim(channel: string, n: number, leaseSeconds = LEASE_SECONDS): Promise<Delivery[]> {
    const found = await rows<AlertRow & Omit<Delivery, 'alert' | 'seq'>>(
      this.dataSource,
      `with due as (
         select account_id, channel, seq from alert_delivery
         where channel = $1 and next_try_at <= (select app_now())
         order by next_try_at limit $2 for update skip locked
       ), gone as (
         update alert_delivery d set state = 'superseded', next_try_at = null
         from due join account u on u.id = due.account_id and u.disabled
         where d.account_id = due.account_id and d.channel = due.channel and d.seq = due.seq
       ), taken as (
         update alert_delivery d set attempts = d.attempts + 1, next_try_at = app_now() + make_interval(secs => $3)
         from due join account u on u.id = due.account_id and not u.disabled
         where d.account_id = due.account_id and d.channel = due.channel and d.seq = due.seq
         returning d.*
       )
       select ${ALERT_COLUMNS}, d.seq, d.delivered_at as "deliveredAt", d.read_at as "readAt", d.channel, d.attempts,
              d.account_id as "accountId", u.username, u.display_name as "displayName"
       from taken d join alert a on a.id = d.alert_id join account u on u.id = d.account_id
       order by d.seq`,
      [channel, n, leaseSeconds],
    );
    return found.map((r) => ({
      accountId: r.accountId,
      username: r.username,
      displayName: r.displayName,
      channel: r.channel,
      seq: Number(r.seq),
      attempts: r.attempts,
      alert: toWireAlert(r),
    }));
  }

  /** Hands back what was claimed and not tried: it is due again at once. */
  async release(deliveries: readonly Pick<Delivery, 'accountId' | 'channel' | 'seq'>[]): Promise<void> {
    await rows(
      this.dataSource,
      `update alert_delivery d set attempts = greatest(0, d.attempts - 1), next_try_at = app_now()
       from unnest($1::bigint[], $2::text[], $3::bigint[]) as r(account_id, channel, seq)
       where d.account_id = r.account_id and d.channel = r.channel and d.seq = r.seq and d.next_try_at is not null`,
      [deliveries.map((d) => d.accountId), deliveries.map((d) => d.channel), deliveries.map((d) => d.seq)],
    );
  }

  /** Hands back what became of a claimed delivery. A receipt that came meanwhile stays. */
  async settle(
    delivery: Pick<Delivery, 'accountId' | 'channel' | 'seq' | 'attempts'>,
    result: DeliveryResult,
  ): Promise<void> {
    const key = [delivery.accountId, delivery.channel, delivery.seq];
    if (result.ok) {
      await rows(
        this.dataSource,
        `update alert_delivery set state = $4, sent_at = app_now(), next_try_at = null, last_fault = null,
           delivered_at = case when $4 = 'delivered' then app_now() else delivered_at end
         where account_id = $1 and channel = $2 and seq = $3 and state in ('queued', 'failed', 'sent')`,
        [...key, result.delivered ? 'delivered' : 'sent'],
      );
      return;
    }
    await rows(
      this.dataSource,
      `update alert_delivery set state = 'failed', last_fault = $4, next_try_at = app_now() + make_interval(secs => $5::int)
       where account_id = $1 and channel = $2 and seq = $3 and state in ('queued', 'failed', 'sent')`,
      [...key, result.fault.slice(0, 500), result.final ? null : backoffSeconds(delivery.attempts)],
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

export function backoffSeconds(attempts: number): number {
  return Math.min(LONGEST_BACKOFF_SECONDS, FIRST_BACKOFF_SECONDS * 2 ** Math.min(attempts, 10));
}
