import { Injectable } from '@nestjs/common';
import type { SourceSettings } from '@app/settings';
import { CHANNELS, row, rows, sendHint } from '@app/storage';
import { DataSource } from 'typeorm';
import type { IntakeFault } from './intake-fault';

/** Longest time one run may take; a crashed crawler's source is taken up by another after it. */
const CLAIM_MINUTES = 5;

export interface SourceState {
  name: string;
  etag: string | null;
  last_modified: string | null;
  fails: number;
  cursor: Record<string, unknown>;
  pace_seconds: number | null;
  /** The database's now at the claim. */
  now: Date;
}

export interface RunResult {
  fault: IntakeFault | null;
  notModified: boolean;
  stored: number;
  etag: string | null;
  lastModified: string | null;
  cursor?: Record<string, unknown>;
  /** How many entries the document held, known ones too; null when none was read. */
  entries: number | null;
  /** When the certificate of the server ends; null: none was seen. */
  certificateEndsAt: Date | null;
  /** The interval an adaptive source has come to; absent: as it was. */
  paceSeconds?: number | null;
  nextFetchAt: Date;
}

/** The table source_state: who reads which source when. Any number of crawlers share it. */
@Injectable()
export class SourceLedger {
  constructor(private readonly dataSource: DataSource) {}

  /** A row for every source of the config; new ones are due at once, spread over their first minute. */
  async enrol(sources: readonly SourceSettings[]): Promise<void> {
    await rows(
      this.dataSource,
      `insert into source_state (name, next_fetch_at)
       select n, app_now() + make_interval(secs => least(60, (o - 1) * 0.2)) from unnest($1::text[]) with ordinality as t(n, o)
       on conflict (name) do nothing`,
      [sources.map((s) => s.name)],
    );
  }

  /** Takes up to `most` due sources, the urgent ones first; nobody else gets them until they are settled or the claim runs out. */
  async claimDue(names: readonly string[], most: number, urgent: readonly string[] = []): Promise<SourceState[]> {
    return rows<SourceState>(
      this.dataSource,
      `update source_state set claimed_until = app_now() + make_interval(mins => ${CLAIM_MINUTES})
       where name in (
         select name from source_state
         where name = any($1) and next_fetch_at <= app_now() and (claimed_until is null or claimed_until <= app_now())
         order by name = any($3) desc, next_fetch_at limit $2 for update skip locked)
       returning name, etag, last_modified, fails, cursor, pace_seconds, app_now() as now`,
      [names, most, urgent],
    );
  }

  async settle(state: SourceState, r: RunResult): Promise<void> {
    const failed = r.fault !== null;
    await rows(
      this.dataSource,
      `with day as (
         insert into source_day as d (name, day, fetches, failures, not_modified, items)
         values ($1, ($8::timestamptz at time zone 'Asia/Shanghai')::date, 1, $5::boolean::int, $6, $7)
         on conflict (name, day) do update set fetches = d.fetches + 1, failures = d.failures + excluded.failures,
           not_modified = d.not_modified + excluded.not_modified, items = d.items + excluded.items)
       update source_state set claimed_until = null, next_fetch_at = $2, etag = $3, last_modified = $4,
         fails = case when $5 then fails + 1 else 0 end, fetches = fetches + 1, not_modified = not_modified + $6, items = items + $7,
         last_fetch_at = $8, last_ok_at = case when $5 then last_ok_at else $8 end,
         last_item_at = case when $7 > 0 then $8 else last_item_at end, last_fault = $9, fault_kind = $10,
         cursor = coalesce($11::jsonb, cursor), pace_seconds = coalesce($12, pace_seconds),
         first_ok_at = coalesce(first_ok_at, case when $5 then null else $8 end),
         empty_runs = case when $13::int = 0 then empty_runs + 1 when $13 > 0 then 0 else empty_runs end,
         certificate_ends_at = coalesce($14, certificate_ends_at)
       where name = $1`,
      [
        state.name,
        r.nextFetchAt,
        r.etag,
        r.lastModified,
        failed,
        r.notModified ? 1 : 0,
        r.stored,
        state.now,
        r.fault?.message ?? null,
        r.fault?.kind ?? null,
        r.cursor === undefined ? null : JSON.stringify(r.cursor),
        r.paceSeconds ?? null,
        r.entries,
        r.certificateEndsAt,
      ],
    );
    await sendHint(this.dataSource, CHANNELS.sourceChanged, state.name);
  }

  /** When the next of these sources is due; null when there is none. */
  async nextDue(names: readonly string[]): Promise<Date | null> {
    const r = await row<{ at: Date | null }>(
      this.dataSource,
      'select min(next_fetch_at) as at from source_state where name = any($1)',
      [names],
    );
    return r?.at ?? null;
  }
}
