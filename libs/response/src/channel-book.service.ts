import { Injectable } from '@nestjs/common';
import { beijingIso } from '@app/domain';
import { type Querier, rows } from '@app/storage';
import { DataSource } from 'typeorm';
import { isoOrNull } from './wire-instant';

/** What a channel did and has before it. */
export interface ChannelFigures {
  name: string;
  /** Messages, since the channel exists. */
  sent: number;
  failed: number;
  failsInRow: number;
  lastOkAt: string | null;
  lastFaultAt: string | null;
  lastFault: string | null;
  /** Deliveries to persons that wait for their first try, and those that are tried again. */
  waiting: number;
  failing: number;
  /** Since the oldest of them wait; null: none does. */
  oldestAt: string | null;
  sentToday: number;
}

type Row = Omit<ChannelFigures, 'lastOkAt' | 'lastFaultAt' | 'oldestAt'> & { lastOkAt: Date | null; lastFaultAt: Date | null; oldestAt: Date | null };

/** The channels' record: written with every message, read by the page 预警渠道. */
@Injectable()
export class ChannelBook {
  constructor(private readonly dataSource: DataSource) {}

  /** For each name, in the same order; a channel that never sent has zeros. */
  async load(names: readonly string[]): Promise<ChannelFigures[]> {
    const found = await rows<Row>(
      this.dataSource,
      `select n.name, coalesce(s.sent, 0)::int as sent, coalesce(s.failed, 0)::int as failed, coalesce(s.fails_in_row, 0) as "failsInRow",
         s.last_ok_at as "lastOkAt", s.last_fault_at as "lastFaultAt", s.last_fault as "lastFault",
         w.waiting, w.failing, w.oldest as "oldestAt",
         (select count(*)::int from alert_message m where m.channel = n.name and m.begun_at >= ${TODAY} and m.sent_at is not null) as "sentToday"
       from unnest($1::text[]) with ordinality as n(name, nth) left join channel_state s on s.name = n.name
       cross join lateral (
         select (count(*) filter (where d.state = 'queued'))::int as waiting, (count(*) filter (where d.state = 'failed'))::int as failing,
           min(a.created_at) as oldest
         from alert_delivery d join alert a on a.id = d.alert_id where d.channel = n.name and d.next_try_at is not null
       ) w order by n.nth`,
      [names],
    );
    return found.map((r) => ({ ...r, lastOkAt: isoOrNull(r.lastOkAt), lastFaultAt: isoOrNull(r.lastFaultAt), oldestAt: r.oldestAt && beijingIso(r.oldestAt) }));
  }

  /** What became of one message, or of a test. `fault` null: it went out. */
  async note(name: string, fault: string | null, on: Querier = this.dataSource): Promise<void> {
    await rows(
      on,
      `insert into channel_state as s (name, sent, failed, fails_in_row, last_ok_at, last_fault_at, last_fault)
       values ($1, case when $2::text is null then 1 else 0 end, case when $2::text is null then 0 else 1 end,
               case when $2::text is null then 0 else 1 end, case when $2::text is null then app_now() end,
               case when $2::text is not null then app_now() end, $2)
       on conflict (name) do update set sent = s.sent + excluded.sent, failed = s.failed + excluded.failed,
         fails_in_row = case when $2::text is null then 0 else s.fails_in_row + 1 end,
         last_ok_at = coalesce(excluded.last_ok_at, s.last_ok_at), last_fault_at = coalesce(excluded.last_fault_at, s.last_fault_at),
         last_fault = coalesce(excluded.last_fault, s.last_fault)`,
      [name, fault?.slice(0, 500) ?? null],
    );
  }
}

/** 00:00 of the Beijing day. */
export const TODAY = `(date_trunc('day', (select app_now()) at time zone 'Asia/Shanghai') at time zone 'Asia/Shanghai')`;
