import { CASE_KINDS, type CaseHistory, CLOCK_KINDS, type ClockRecord, type EventRecord, type EvidenceRecord, MOVES, type Ms } from '@app/domain';
import { rows, type Querier } from '@app/storage';

/** Cases whose histories are read in one statement: some ten thousand rows, a tenth of a second. */
export const CASES_AT_ONCE = 2_000;

/**
 * The histories of the given cases, each with everything recorded of it so far, in the order of the ids. Each table comes
 * as one JSON text: over millions of rows that costs a fifth of reading them row by row.
 */
export async function loadHistories(on: Querier, ids: readonly string[], rules: FrozenRules): Promise<CaseHistory[]> {
  if (ids.length === 0) return [];
  const [found] = await rows<Loaded>(on, SQL, [ids, KINDS]);
  const byCase = new Map<number, CaseHistory>();
  for (const [id, detectedAt, recordedAt, departmentId, region, demo] of found?.cases ?? []) {
    byCase.set(id, { id: String(id), detectedAt, recordedAt, departmentId, region, demo, sourceName: '', clocks: [], events: [], evidence: [] });
  }
  await rules.learn(on, found?.clocks ?? []);
  for (const c of found?.clocks ?? []) byCase.get(c[0])?.clocks.push(clockOf(c, rules));
  const moved = new Set<number>();
  for (const [caseId, clockId, nth, recordedAt, data, at] of found?.events ?? []) {
    const kind = KINDS[nth - 1] ?? '';
    byCase.get(caseId)?.events.push({ clockId: clockId === null ? null : String(clockId), kind, at: at ?? recordedAt, recordedAt, data: data ?? NOTHING });
    if (clockId !== null && MOVES.includes(kind)) moved.add(caseId);
  }
  for (const [caseId, kind, happenedAt, enteredAt, departmentId] of found?.evidence ?? []) {
    byCase.get(caseId)?.evidence.push({ kind, happenedAt, enteredAt, departmentId });
  }
  await nameSources(on, byCase);
  await loadStarts(on, [...moved], byCase);
  return [...byCase.values()];
}

const KINDS: readonly string[] = [...CASE_KINDS, ...CLOCK_KINDS];
const NOTHING: Record<string, unknown> = {};

interface Loaded {
  cases: [number, Ms, Ms, string | null, string | null, boolean][] | null;
  clocks: LoadedClock[] | null;
  /** case, clock, kind as its place in KINDS, recorded, data where it says anything, when it happened where that matters */
  events: [number, number | null, number, Ms, Record<string, unknown> | null, Ms | null][] | null;
  evidence: [number, EvidenceRecord['kind'], Ms, Ms, string | null][] | null;
}
/** case, clock, rule, recorded, runs from the detection, anchor, due, target, provisional, whose own it is */
type LoadedClock = [number, number, string, Ms, boolean, Ms, Ms, Ms | null, boolean, string | null];

function clockOf([, id, key, recordedAt, fromDetection, anchorAt, dueAt, targetAt, provisional, departmentId]: LoadedClock, rules: FrozenRules): ClockRecord {
  const { duty, title, local } = rules.get(key);
  return { id: String(id), duty, title, recordedAt, tellsLateness: fromDetection && !local, anchorAt, dueAt, targetAt, provisional, departmentId };
}

const ms = (column: string): string => `round(date_part('epoch', ${column}) * 1000)`;

/** $1 case ids, $2 kinds of events. */
const SQL = `select
  (select json_agg(json_build_array(f.id, ${ms('f.detected_at')}, ${ms('f.opened_at')}, f.department_id, f.region, f.demo) order by f.id)
   from case_file f where f.id = any($1::bigint[])) as cases,
  (select json_agg(json_build_array(c.case_id, c.id, c.rule_version || ' ' || c.duty || ' ' || c.title,
     ${ms('c.created_at')}, c.anchor_kind = 'detected', ${ms('c.anchor_at')}, ${ms('c.due_at')}, ${ms('c.target_at')},
     c.provisional, c.department_id) order by c.id)
   from clock c where c.case_id = any($1::bigint[])) as clocks,
  (select json_agg(json_build_array(v.case_id, v.clock_id, array_position($2::text[], v.kind), ${ms('v.recorded_at')},
     case when v.kind not in ('clock-met', 'clock-met-late') or v.data @> '{"lateEntry":true}' or v.data -> 'targetMet' <> 'null' then v.data end,
     case when v.kind = 'assigned' then ${ms('v.at')} end) order by v.id)
   from case_event v where v.case_id = any($1::bigint[]) and v.kind = any($2)
     and (v.kind <> 'item-joined' or v.data ?| '{region,firstPublicAt}')) as events,
  (select json_agg(json_build_array(e.case_id, e.kind, ${ms('e.happened_at')}, ${ms('e.entered_at')}, e.department_id) order by e.id)
   from evidence e where e.case_id = any($1::bigint[])) as evidence`;

/**
 * The source is that of the first report, also where the report went to another case since. The opening says it; of cases
 * opened before it did, the report.
 */
async function nameSources(on: Querier, byCase: Map<number, CaseHistory>): Promise<void> {
  const unnamed: number[] = [];
  for (const [id, h] of byCase) {
    const source = h.events.find((e) => e.kind === 'opened')?.data['source'];
    if (typeof source === 'string') h.sourceName = source;
    else unnamed.push(id);
  }
  if (unnamed.length === 0) return;
  const found = await rows<{ id: string; sourceName: string | null }>(
    on,
    `select f.id, coalesce(
       (select (select i.source_name from item i where i.id = (v.data ->> 'itemId')::bigint)
        from case_event v where v.case_id = f.id and v.kind = 'opened' order by v.id limit 1),
       (select i.source_name from item i where i.case_id = f.id order by i.fetched_at, i.id limit 1)) as "sourceName"
     from case_file f where f.id = any($1::bigint[])`,
    [unnamed],
  );
  for (const { id, sourceName } of found) {
    const history = byCase.get(Number(id));
    if (history) history.sourceName = sourceName ?? '';
  }
}

/** Where a clock was moved, its own start says from where; elsewhere the clock's row does. */
async function loadStarts(on: Querier, caseIds: number[], byCase: Map<number, CaseHistory>): Promise<void> {
  if (caseIds.length === 0) return;
  const starts = await rows<Omit<EventRecord, 'kind'> & { caseId: string }>(
    on,
    `select case_id as "caseId", clock_id as "clockId", ${ms('at')} as at, ${ms('recorded_at')} as "recordedAt", data
     from case_event where case_id = any($1::bigint[]) and kind = 'clock-started' order by id`,
    [caseIds],
  );
  for (const { caseId, ...start } of starts) byCase.get(Number(caseId))?.events.unshift({ ...start, kind: 'clock-started' });
}

interface FrozenRule {
  duty: string;
  title: string;
  /** Its number is set by the place itself. */
  local: boolean;
}

/** The rules frozen in clocks. There are few of them and many clocks: each is read once. */
export class FrozenRules {
  private readonly known = new Map<string, FrozenRule>();

  get(key: string): FrozenRule {
    const rule = this.known.get(key);
    if (!rule) throw new Error(`the rule ${key} was not read`);
    return rule;
  }

  async learn(on: Querier, clocks: readonly LoadedClock[]): Promise<void> {
    const unseen = new Map<number, string>();
    const keys = new Set<string>();
    for (const [, id, key] of clocks) {
      if (this.known.has(key) || keys.has(key)) continue;
      keys.add(key);
      unseen.set(id, key);
    }
    if (unseen.size === 0) return;
    const found = await rows<FrozenRule & { id: string }>(
      on,
      `select id, duty, title, coalesce(rule ->> 'legalEffect', '') = 'local' as local from clock where id = any($1::bigint[])`,
      [[...unseen.keys()]],
    );
    for (const { id, ...rule } of found) this.known.set(unseen.get(Number(id)) ?? '', rule);
  }
}
