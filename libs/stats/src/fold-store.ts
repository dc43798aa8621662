import { type Cell, type Dimension, Histogram, type Measure, ranksOf, type Spread, type Sums } from '@app/domain';
import { row, rows, type Querier } from '@app/storage';
import { readFacts, readFrozen, writeFacts, writeFrozen } from './fact-code';
import { type KeptCase, monthsKept, type ScopeBooks, type Told, turnOf, WHOLE } from './kept-case';

/** Grows with every change of what is folded or how it is stored: what another code has folded is folded anew. */
export const FOLD_VERSION = 2;

export interface FoldState {
  version: number;
  lastEventId: string;
  /** Ids that were not there, and the real time (ms) when each was missed first. */
  gaps: [number, number][];
  buildingAfter: string | null;
  foldedTo: Date | null;
}

/** Locked for the length of the transaction; one process folds at a time. */
export async function lockFold(on: Querier, waitMs: number): Promise<FoldState & { now: Date; realMs: number }> {
  await rows(
    on,
    `insert into month_fold (version, last_event_id, building_after) values ($1, 0, 0) on conflict do nothing`,
    [FOLD_VERSION],
  );
  await rows(on, `select set_config('lock_timeout', $1, true)`, [`${waitMs}ms`]);
  await rows(on, 'select 1 from month_fold for update');
  await rows(on, `select set_config('lock_timeout', '0', true)`);
  const found = await row<FoldState & { now: Date; realMs: number }>(
    on,
    `select version, last_event_id as "lastEventId", gaps, building_after as "buildingAfter", folded_to as "foldedTo",
       app_now() as now, (extract(epoch from clock_timestamp()) * 1000)::float8 as "realMs" from month_fold`,
  );
  if (!found) throw new Error('month_fold has no row');
  return found;
}

export async function writeFold(
  on: Querier,
  s: Pick<FoldState, 'lastEventId' | 'gaps' | 'buildingAfter' | 'foldedTo'>,
): Promise<void> {
  await rows(
    on,
    `update month_fold set version = $1, last_event_id = $2, gaps = $3, building_after = $4, folded_to = $5
     where (version, last_event_id, gaps, building_after, folded_to) is distinct from ($1, $2, $3, $4, $5)`,
    [FOLD_VERSION, s.lastEventId, JSON.stringify(s.gaps), s.buildingAfter, s.foldedTo],
  );
}

/** The instant of the sums; null while they are being built. */
export async function loadFoldedTo(on: Querier): Promise<Date | null> {
  return (await row<{ at: Date | null }>(on, 'select folded_to as at from month_fold'))?.at ?? null;
}

/** Forgets all that was folded; the building begins anew. */
export async function clearFold(on: Querier): Promise<void> {
  await rows(on, 'truncate month_case, month_case_month, month_part, month_cell, month_time');
}

export async function loadKept(on: Querier, ids: readonly string[]): Promise<KeptCase[]> {
  const found = await rows<KeptRow>(
    on,
    `select case_id as "caseId", folded_at as "foldedAt", facts, frozen from month_case where case_id = any($1::bigint[])`,
    [ids],
  );
  const kept = new Map(found.map((r) => [r.caseId, keptOf(r)]));
  const parts = await rows<{ scope: string; caseId: string; facts: string | null; frozen: string | null }>(
    on,
    'select scope, case_id as "caseId", facts, frozen from month_part where case_id = any($1::bigint[]) order by case_id, scope',
    [ids],
  );
  for (const p of parts) kept.get(p.caseId)?.parts.set(p.scope, toldOf(p.caseId, p));
  return [...kept.values()];
}

export interface KeptRow {
  caseId: string;
  foldedAt: Date;
  facts: string;
  frozen: string | null;
}

/** Without what it brings to single scopes. */
export function keptOf(r: KeptRow): KeptCase {
  return {
    caseId: r.caseId,
    foldedAt: r.foldedAt.getTime(),
    facts: readFacts(r.caseId, r.facts),
    frozen: readFrozen(r.caseId, r.frozen),
    parts: new Map(),
  };
}

function toldOf(caseId: string, { facts, frozen }: { facts: string | null; frozen: string | null }): Told | null {
  return facts === null ? null : { facts: readFacts(caseId, facts), frozen: readFrozen(caseId, frozen) };
}

/** The units of cases, that lead or support them now. */
export async function loadUnits(on: Querier, ids: readonly string[]): Promise<Map<string, string[]>> {
  const found = await rows<{ id: string; units: string[] }>(
    on,
    `select id, array(select distinct u from unnest(department_id || supporting) u where u is not null order by u) as units
     from case_file where id = any($1::bigint[]) and (department_id is not null or supporting <> '{}')`,
    [ids],
  );
  return new Map(found.map((f) => [f.id, f.units]));
}

async function writeParts(on: Querier, kept: readonly KeptCase[], before: readonly KeptCase[]): Promise<void> {
  if (before.length > 0)
    await rows(on, 'delete from month_part where case_id = any($1::bigint[])', [before.map((k) => k.caseId)]);
  const parts = kept.flatMap((k) => [...k.parts].map(([scope, told]) => ({ scope, caseId: k.caseId, told })));
  if (parts.length === 0) return;
  await rows(
    on,
    'insert into month_part (scope, case_id, facts, frozen) select * from unnest($1::text[], $2::bigint[], $3::text[], $4::text[]) order by 1, 2',
    [
      ...[parts.map((p) => p.scope), parts.map((p) => p.caseId)],
      ...[parts.map((p) => p.told && writeFacts(p.told.facts)), parts.map((p) => p.told && writeFrozen(p.told.frozen))],
    ],
  );
}

/** Writes the cases as they stand now; `before` as they stood, for the months they belong to no more. */
export async function writeKept(on: Querier, kept: readonly KeptCase[], before: readonly KeptCase[]): Promise<void> {
  if (kept.length === 0) return;
  const text = (n: number | null): string | null => (n === null ? null : new Date(n).toISOString());
  await rows(
    on,
    `insert into month_case (case_id, folded_at, next_turn_at, facts, frozen)
     select * from unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[], $4::text[], $5::text[])
     on conflict (case_id) do update set folded_at = excluded.folded_at, next_turn_at = excluded.next_turn_at,
       facts = excluded.facts, frozen = excluded.frozen`,
    [
      kept.map((k) => k.caseId),
      kept.map((k) => text(k.foldedAt)),
      kept.map((k) => text(turnOf(k))),
      kept.map((k) => writeFacts(k.facts)),
      kept.map((k) => writeFrozen(k.frozen)),
    ],
  );
  await writeParts(on, kept, before);
  const pairs = (list: readonly KeptCase[]): string[] =>
    list.flatMap((k) => monthsKept(k).map((m) => `${m} ${k.caseId}`));
  const old = new Set(pairs(before));
  const now = new Set(pairs(kept));
  const split = (list: string[]): [string[], string[]] => [list.map((p) => p.slice(0, 7)), list.map((p) => p.slice(8))];
  const gone = [...old].filter((p) => !now.has(p));
  const come = [...now].filter((p) => !old.has(p));
  if (gone.length > 0) {
    await rows(
      on,
      'delete from month_case_month m using unnest($1::text[], $2::bigint[]) as g(month, id) where m.month = g.month and m.case_id = g.id',
      split(gone),
    );
  }
  if (come.length > 0) {
    await rows(
      on,
      'insert into month_case_month (month, case_id) select * from unnest($1::text[], $2::bigint[]) on conflict do nothing',
      split(come),
    );
  }
}

/** All that is kept, case by case. */
export async function eachKeptCase(on: Querier, take: (kept: KeptCase) => void): Promise<void> {
  for (let after = '0'; ;) {
    const part: KeptRow[] = await rows<KeptRow>(
      on,
      `select case_id as "caseId", folded_at as "foldedAt", facts, frozen from month_case where case_id > $1 order by case_id limit 10000`,
      [after],
    );
    for (const r of part) take(keptOf(r));
    if (part.length < 10_000) return;
    after = part.at(-1)?.caseId ?? after;
  }
}

/** The scopes that anything is kept of, beside the whole. */
export async function loadScopes(on: Querier): Promise<string[]> {
  return (await rows<{ scope: string }>(on, 'select distinct scope from month_part order by scope')).map(
    (s) => s.scope,
  );
}

/** What the cases bring to one scope, case by case. */
export async function eachPart(
  on: Querier,
  scope: string,
  take: (told: Told, foldedAt: number) => void,
): Promise<void> {
  for (let after = '0'; ;) {
    const part: KeptRow[] = await rows<KeptRow>(
      on,
      `select p.case_id as "caseId", k.folded_at as "foldedAt", coalesce(p.facts, k.facts) as facts, case when p.facts is null then k.frozen else p.frozen end as frozen
       from month_part p join month_case k using (case_id) where p.scope = $1 and p.case_id > $2 order by p.case_id limit 10000`,
      [scope, after],
    );
    for (const r of part) take(keptOf(r), r.foldedAt.getTime());
    if (part.length < 10_000) return;
    after = part.at(-1)?.caseId ?? after;
  }
}

export type View = 'now' | 'end';

interface ScopeCell extends Cell {
  scope: string;
}

/** Adds the differences to the sums. */
export async function saveBooks(on: Querier, all: ScopeBooks): Promise<void> {
  for (const view of ['now', 'end'] as const) {
    await addCells(
      on,
      view,
      [...all].flatMap(([scope, books]) => books[view].list().map((c) => ({ ...c, scope }))),
    );
  }
}

async function addCells(on: Querier, view: View, cells: readonly ScopeCell[]): Promise<void> {
  for (let i = 0; i < cells.length; i += 20_000) {
    const part = cells.slice(i, i + 20_000);
    await rows(
      on,
      `insert into month_cell (view, scope, month, dimension, key, counts)
       select $1, c.scope, c.month, c.dimension, c.key, c.counts::int[] from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) as c(scope, month, dimension, key, counts)
       order by 2, 3, 4, 5
       on conflict (scope, view, month, dimension, key) do update set counts = add_counts(month_cell.counts, excluded.counts)`,
      [
        view,
        part.map((c) => c.scope),
        part.map((c) => c.month),
        part.map((c) => c.dimension),
        part.map((c) => c.key),
        part.map((c) => `{${c.counts.join(',')}}`),
      ],
    );
  }
  const hours = cells.flatMap(hoursOf);
  for (let i = 0; i < hours.length; i += 20_000) await addHours(on, view, hours.slice(i, i + 20_000));
}

interface Hour {
  cell: ScopeCell;
  measure: Measure;
  hour: number;
  counts: readonly number[];
}

function hoursOf(cell: ScopeCell): Hour[] {
  const hours: Hour[] = [];
  for (const [measure, histogram] of cell.times) {
    histogram.eachHour((hour, counts) => hours.push({ cell, measure, hour, counts }));
  }
  return hours;
}

async function addHours(on: Querier, view: View, hours: readonly Hour[]): Promise<void> {
  await rows(
    on,
    `insert into month_time (view, scope, month, dimension, key, measure, hour, n, counts)
     select $1, t.scope, t.month, t.dimension, t.key, t.measure, t.hour, t.n, t.counts::int[]
     from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int[], $8::int[], $9::text[]) as t(scope, month, dimension, key, measure, hour, n, counts)
     order by 2, 3, 4, 5, 6, 7
     on conflict (scope, view, month, dimension, key, measure, hour) do update
       set n = month_time.n + excluded.n, counts = add_counts(month_time.counts, excluded.counts)`,
    [
      ...[
        view,
        hours.map((h) => h.cell.scope),
        hours.map((h) => h.cell.month),
        hours.map((h) => h.cell.dimension),
        hours.map((h) => h.cell.key),
      ],
      ...[hours.map((h) => h.measure), hours.map((h) => h.hour), hours.map((h) => h.counts.reduce((a, b) => a + b, 0))],
      hours.map((h) => `{${h.counts.join(',')}}`),
    ],
  );
}

/** The sums of a month, ready for its report: of the whole, or of one scope. */
export async function loadSums(on: Querier, view: View, month: string, scope = WHOLE): Promise<Sums[]> {
  const sums = await rows<Omit<Sums, 'spreads'>>(
    on,
    `select month, dimension, key, counts from month_cell where scope = $3 and view = $1 and month = $2 and 0 <> any(counts)`,
    [view, month, scope],
  );
  const spreads = await loadSpreads(on, view, month, scope);
  const known = new Set(sums.map((s) => `${s.dimension}|${s.key}`));
  for (const [name, { dimension, key }] of spreads)
    if (!known.has(name)) sums.push({ month, dimension, key, counts: [] });
  return sums.map((s) => ({ ...s, spreads: spreads.get(`${s.dimension}|${s.key}`)?.spreads ?? {} }));
}

interface RankedHour {
  dimension: Dimension;
  key: string;
  measure: Measure;
  hour: number;
  /** Of all hours before this one. */
  before: number;
  total: number;
  counts: number[];
}

/**
 * Medians and 90th percentiles to the minute: of each group only the one to three hours are read in which its ranks lie
 * (the ranks are those of `ranksOf`).
 */
async function loadSpreads(
  on: Querier,
  view: View,
  month: string,
  scope: string,
): Promise<Map<string, { dimension: Dimension; key: string; spreads: Sums['spreads'] }>> {
  const hours = await rows<RankedHour>(
    on,
    `with h as (
       select dimension, key, measure, hour, counts, n, (sum(n) over w - n)::int as before, (sum(n) over (partition by dimension, key, measure))::int as total
       from month_time where scope = $3 and view = $1 and month = $2 and n <> 0 window w as (partition by dimension, key, measure order by hour)
     )
     select dimension, key, measure, hour, before, total, counts from h
     where (total + 1) / 2 between before + 1 and before + n or total / 2 + 1 between before + 1 and before + n
       or (9 * total + 9) / 10 between before + 1 and before + n`,
    [view, month, scope],
  );
  const found = new Map<string, { dimension: Dimension; key: string; spreads: Sums['spreads'] }>();
  for (const h of hours) {
    const name = `${h.dimension}|${h.key}`;
    const group = found.get(name) ?? { dimension: h.dimension, key: h.key, spreads: {} };
    found.set(name, group);
    group.spreads[h.measure] ??= spreadAt(
      h.total,
      hours.filter((o) => o.dimension === h.dimension && o.key === h.key && o.measure === h.measure),
    );
  }
  return found;
}

function spreadAt(total: number, hours: readonly RankedHour[]): Spread {
  const nth = (rank: number): number => {
    for (const h of hours) {
      let seen = h.before;
      if (rank <= seen) continue;
      for (const [minute, n] of h.counts.entries()) if ((seen += n) >= rank) return h.hour * 60 + minute;
    }
    throw new RangeError(`rank ${rank} of ${total}`);
  };
  const { low, high, p90 } = ranksOf(total);
  return { count: total, median: (nth(low) + nth(high)) / 2, p90: nth(p90) };
}

/** The sums of departments with their whole histograms: of months that have ended as of their end, of the running one as of now. */
export async function loadDepartmentCells(on: Querier, months: readonly string[], running: string): Promise<Cell[]> {
  const which = `scope = '' and dimension = 'department' and month = any($1::text[]) and view = case when month = $2 then 'now' else 'end' end`;
  const found = await rows<Omit<Cell, 'times'>>(
    on,
    `select month, dimension, key, counts from month_cell where ${which}`,
    [months, running],
  );
  const cells = new Map<string, Cell>(found.map((c) => [`${c.month}|${c.key}`, { ...c, times: new Map() }]));
  const hours = await rows<{ month: string; key: string; measure: Measure; hour: number; counts: number[] }>(
    on,
    `select month, key, measure, hour, counts from month_time where n <> 0 and ${which}`,
    [months, running],
  );
  for (const h of hours) {
    const cell = cells.get(`${h.month}|${h.key}`);
    if (!cell) continue;
    const histogram = cell.times.get(h.measure) ?? new Histogram();
    cell.times.set(h.measure, histogram);
    h.counts.forEach((n, minute) => n !== 0 && histogram.add(h.hour * 60 + minute, n));
  }
  return [...cells.values()];
}
