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

/** A row of alert_delivery, for the n-th place. */
interface Received {
  n: number;
  alertId: string;
  seq: string;
  deliveredAt: Date | null;
  readAt: Date | null;
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
    return new Map(
      counters.map((c) => [
        c.id,
        { newest: Number(c.seq), lowestUndelivered: lowest.get(c.id) ?? Number.MAX_SAFE_INTEGER },
      ]),
    );
  }

  /** For each place, in the same order, the next alerts in the order of their seq. */
  async inboxes(places: readonly ReadingPlace[]): Promise<WireAlert[][]> {
    const found = await rows<Received>(
      this.dataSource,
      `select w.n::int as n, d.alert_id as "alertId", d.seq, d.delivered_at as "deliveredAt", d.read_at as "readAt"
       from unnest($1::bigint[], $2::bigint[], $3::int[]) with ordinality as w(account_id, after, most, n)
       cross join lateral (
         select alert_id, seq, delivered_at, read_at from alert_delivery
         where account_id = w.account_id and channel = 'socket' and seq > w.after and withdrawn_at is null order by seq limit w.most
       ) d order by w.n, d.seq`,
      [places.map((p) => p.accountId), places.map((p) => p.afterSeq), places.map((p) => p.limit)],
    );
    const worded = await this.worded([...new Set(found.map((r) => r.alertId))]);
    const boxes: WireAlert[][] = places.map(() => []);
    for (const r of found) {
      const alert = worded.get(r.alertId);
      if (!alert) continue;
      boxes[r.n - 1]?.push({
        ...alert,
        seq: Number(r.seq),
        deliveredAt: isoOrNull(r.deliveredAt),
        readAt: isoOrNull(r.readAt),
      });
    }
    return boxes;
  }

  /** An alert to two hundred people is read, put into words and masked once. */
  private async worded(ids: readonly string[]): Promise<Map<string, WireAlert>> {
    if (ids.length === 0) return new Map();
    const found = await rows<AlertRow>(
      this.dataSource,
      `select ${ALERT_COLUMNS}, null as seq, null as "deliveredAt", null as "readAt" from alert a where a.id = any($1::bigint[])`,
      [ids],
    );
    return new Map(found.map((r) => [r.id, toWireAlert(r)]));
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

  /**
   * Rows are locked in the order of their key, as every writer does. Each is looked up by its key (lateral): joined as a set, the
   * planner weighs the table by its statistics, which lag behind it by a minute of thousands of alerts, and compares all with all.
   */
  private async mark(marks: readonly AlertMark[], where: string, set: string): Promise<void> {
    if (marks.length === 0) return;
    await rows(
      this.dataSource,
      `with wanted as materialized (
         select account_id, seq from unnest($1::bigint[], $2::bigint[]) as w(account_id, seq) order by account_id, seq
       ), own as materialized (
         select d.account_id, d.seq from wanted w cross join lateral (
           select account_id, seq from alert_delivery where account_id = w.account_id and channel = 'socket' and seq = w.seq and ${where} for update
         ) d
       )
       update alert_delivery d set ${set} from own where d.account_id = own.account_id and d.channel = 'socket' and d.seq = own.seq`,
      [marks.map((m) => m.accountId), marks.map((m) => m.seq)],
    );
  }
}
