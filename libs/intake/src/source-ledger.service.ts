import { Injectable } from '@nestjs/common';
import { fingerprint } from '@app/domain';
import type { SourceSettings } from '@app/settings';
import { CHANNELS, row, rows } from '@app/storage';
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
  /** Of the definition that the state belongs to. */
  definition: string;
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

  /**
   * A row for every source; new ones are due at once, spread over their first minute. One whose definition has changed
   * begins anew: what it said to the old selectors (its validators, its interval, its faults) no longer holds.
   */
  async enrol(sources: readonly SourceSettings[]): Promise<void> {
    await rows(
      this.dataSource,
      `insert into source_state as s (name, definition, next_fetch_at)
       select n, d, app_now() + make_interval(secs => least(60, (o - 1) * 0.2)) from unnest($1::text[], $2::text[]) with ordinality as t(n, d, o)
       on conflict (name) do update set definition = excluded.definition, next_fetch_at = app_now(), etag = null,
         last_modified = null, pace_seconds = null, fails = 0, last_fault = null, fault_kind = null, empty_runs = 0, enrolled_at = app_now()
       where s.definition is distinct from excluded.definition`,
      [sources.map((s) => s.name), sources.map(definitionMark)],
    );
  }

  /** Takes up to `most` due sources, the urgent ones first; nobody else gets them until they are settled or the claim runs out. */
  async claimDue(sources: readonly SourceSettings[], most: number, urgent: readonly string[] = []): Promise<SourceState[]> {
    return rows<SourceState>(
      this.dataSource,
      `update source_state set claimed_until = app_now() + make_interval(mins => ${CLAIM_MINUTES})
       where name in (
         select s.name from source_state s
         where s.next_fetch_at <= (select app_now()) and (s.claimed_until is null or s.claimed_until <= (select app_now()))
           -- Not those that another process has read a newer definition of.
           and exists (select from unnest($1::text[], $4::text[]) as known(name, definition)
             where known.name = s.name and known.definition = s.definition)
         order by s.name = any($3) desc, s.next_fetch_at limit $2 for update skip locked)
       returning name, etag, last_modified, fails, cursor, pace_seconds, definition, app_now() as now`,
      [sources.map((s) => s.name), most, urgent, sources.map(definitionMark)],
    );
  }

  /** Gives back what was claimed and not read: the process ends. */
  async release(names: readonly string[]): Promise<void> {
    await rows(this.dataSource, 'update source_state set claimed_until = null where name = any($1)', [names]);
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
       update source_state set claimed_until = null,
         next_fetch_at = case when definition = $15 then $2 else app_now() end,
         etag = case when definition = $15 then $3 end, last_modified = case when definition = $15 then $4 end,
         fails = case when $5 then fails + 1 else 0 end, fetches = fetches + 1, not_modified = not_modified + $6, items = items + $7,
         last_fetch_at = $8, last_ok_at = case when $5 then last_ok_at else $8 end,
         last_item_at = case when $7 > 0 then $8 else last_item_at end, last_fault = $9, fault_kind = $10,
         cursor = coalesce($11::jsonb, cursor), pace_seconds = coalesce($12, pace_seconds),
         first_ok_at = coalesce(first_ok_at, case when $5 then null else $8 end),
         empty_runs = case when $13::int = 0 then empty_runs + 1 when $13 > 0 then 0 else empty_runs end,
         certificate_ends_at = coalesce($14, certificate_ends_at)
       where name = $1 returning pg_notify('${CHANNELS.sourceChanged}', name)`,
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
        state.definition,
      ],
    );
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

/** Kept, since it is asked for every second: settings are frozen and never change in place. */
const marks = new WeakMap<SourceSettings, string>();

function definitionMark(source: SourceSettings): string {
  const known = marks.get(source) ?? fingerprint(source);
  marks.set(source, known);
  return known;
}
