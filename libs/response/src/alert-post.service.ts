import { Injectable } from '@nestjs/common';
import type { WireAlert } from '@app/domain';
import { rows } from '@app/storage';
import { DataSource } from 'typeorm';
import { ALERT_COLUMNS, type AlertRow, toWireAlert } from './alert-box.service';
import { isoOrNull } from './wire-instant';

/** Where one reader stands in the row of its account's alerts. */
export interface ReadingPlace {
  accountId: string;
  afterSeq: number;
  limit: number;
}

/** One alert of one account. */
export interface AlertMark {
  accountId: string;
  seq: number;
}

/** Where an account's alerts stand. */
export interface Standing {
  /** The highest number given so far. */
  newest: number;
  /** The lowest that nobody confirmed and nobody read; Number.MAX_SAFE_INTEGER: none. */
  lowestUndelivered: number;
}

/** The alert boxes of many accounts in one statement: for a gateway with hundreds of sockets. */
@Injectable()
export class AlertPost {
  constructor(private readonly dataSource: DataSource) {}

  /** Of the accounts that ever had an alert. */
  async standings(accountIds: readonly string[]): Promise<Map<string, Standing>> {
    // In this order: what is addressed between the two readings is above `newest` or seen by the second.
    const counters = await rows<{ id: string; seq: string }>(
      this.dataSource,
      'select account_id as id, seq from alert_counter where account_id = any($1::bigint[])',
      [[...new Set(accountIds)]],
    );
    const waiting = await rows<{ id: string; seq: string }>(
      this.dataSource,
      `select w.id, d.seq from unnest($1::bigint[]) as w(id) cross join lateral (
         select seq from alert_delivery where account_id = w.id and channel = 'socket' and read_at is null and delivered_at is null and withdrawn_at is null
         order by seq limit 1
       ) d`,
      [counters.map((c) => c.id)],
    );
    const lowest = new Map(waiting.map((w) => [w.id, Number(w.seq)]));
    return new Map(counters.map((c) => [c.id, { newest: Number(c.seq), lowestUndelivered: lowest.get(c.id) ?? Number.MAX_SAFE_INTEGER }]));
  }

  /** For each place, in the same order, the next alerts in the order of their seq. */
  async inboxes(places: readonly ReadingPlace[]): Promise<WireAlert[][]> {
    const found = await rows<AlertRow & { n: number }>(
      this.dataSource,
      `select w.n::int as n, ${ALERT_COLUMNS}, d.seq, d.delivered_at as "deliveredAt", d.read_at as "readAt"
       from unnest($1::bigint[], $2::bigint[], $3::int[]) with ordinality as w(account_id, after, most, n)
       cross join lateral (
         select * from alert_delivery where account_id = w.account_id and channel = 'socket' and seq > w.after and withdrawn_at is null
         order by seq limit w.most
       ) d join alert a on a.id = d.alert_id order by w.n, d.seq`,
      [places.map((p) => p.accountId), places.map((p) => p.afterSeq), places.map((p) => p.limit)],
    );
    // An alert to two hundred people is put into words (and masked) once.
    const worded = new Map<string, WireAlert>();
    const boxes: WireAlert[][] = places.map(() => []);
    for (const r of found) {
      const alert = worded.get(r.id) ?? toWireAlert(r);
      worded.set(r.id, alert);
      const own = { seq: Number(r.seq), deliveredAt: isoOrNull(r.deliveredAt), readAt: isoOrNull(r.readAt) };
      boxes[r.n - 1]?.push({ ...alert, ...own });
    }
    return boxes;
  }

  /** Sent over the socket; the receipt has not come yet. */
  markSent(marks: readonly AlertMark[]): Promise<void> {
    return this.mark(
      marks,
      `state in ('queued', 'sent')`,
      `state = 'sent', attempts = attempts + 1, sent_at = coalesce(sent_at, app_now())`,
    );
  }

  /** The receipt 'delivered' of the client. */
  markDelivered(marks: readonly AlertMark[]): Promise<void> {
    return this.mark(
      marks,
      'delivered_at is null',
      `delivered_at = app_now(), sent_at = coalesce(sent_at, app_now()),
       state = case when read_at is null then 'delivered' else state end`,
    );
  }

  /** Rows are locked in the order of their key, as every writer does. */
  private async mark(marks: readonly AlertMark[], where: string, set: string): Promise<void> {
    if (marks.length === 0) return;
    await rows(
      this.dataSource,
      `with own as (
         select account_id, channel, seq from alert_delivery
         where channel = 'socket' and (account_id, seq) in (select * from unnest($1::bigint[], $2::bigint[])) and ${where}
         order by account_id, channel, seq for update
       )
       update alert_delivery d set ${set} from own
       where d.account_id = own.account_id and d.channel = own.channel and d.seq = own.seq`,
      [marks.map((m) => m.accountId), marks.map((m) => m.seq)],
    );
  }
}
