import {
  CASE_KINDS,
  type CaseHistory,
  CLOCK_KINDS,
  type EventRecord,
  type EvidenceRecord,
  MOVES,
  type Ms,
} from '@app/domain';
import { rows, type Querier } from '@app/storage';

/** Cases whose histories are read in one statement: some ten thousand rows, a tenth of a second. */
export const CASES_AT_ONCE = 2_000;

/**
 * The histories of the given cases, each with everything recorded of it so far, in the order of the ids. Numbers and instants
 * come as binary columns, texts in one piece: over millions of rows that costs a third of JSON, and a tenth of reading them
 * row by row.
 */
export async function loadHistories(on: Querier, ids: readonly string[], rules: FrozenRules): Promise<CaseHistory[]> {
  if (ids.length === 0) return [];
  const wanted = ids.map(Number);
  const [low, high] = [Math.min(...wanted), Math.max(...wanted)];
  // Ids that lie side by side are read as a span: one way down each index, not one for each case.
  const dense = high - low < ids.length * SPARSEST;
  const [found] = await rows<Loaded>(on, dense ? OF_SPAN : OF_LIST, dense ? [low, high] : [ids]);
  if (!found) throw new Error('an aggregate gave no row');
  const byCase = readCases(found, new Set(wanted));
  const names = await readClocks(on, found, byCase, rules);
  const moved = readEvents(found, byCase, names);
  readEvidence(found, byCase);
  await nameSources(on, byCase);
  await loadStarts(on, moved, byCase);
  return [...byCase.values()];
}

/** A span may hold so many ids for each case that is wanted. */
const SPARSEST = 1.3;
const KINDS: readonly string[] = [...CASE_KINDS, ...CLOCK_KINDS];
const NOTHING: Record<string, unknown> = {};

type ByCase = Map<number, CaseHistory>;

/** A column of each table, in the order of case and id; null: the table has no row. */
interface Loaded {
  caseId: Buffer | null;
  caseDetectedAt: Buffer;
  caseRecordedAt: Buffer;
  caseDemo: Buffer;
  caseDepartment: string;
  caseRegion: string;
  clockCase: Buffer | null;
  clockId: Buffer;
  clockRecordedAt: Buffer;
  clockAnchorAt: Buffer;
  clockDueAt: Buffer;
  clockTargetAt: Buffer;
  clockFlags: Buffer;
  clockDepartment: string;
  clockRule: Buffer;
  eventCase: Buffer | null;
  eventClock: Buffer;
  eventKind: Buffer;
  eventRecordedAt: Buffer;
  eventAt: Buffer;
  eventData: string | null;
  evidenceCase: Buffer | null;
  evidenceHappenedAt: Buffer;
  evidenceEnteredAt: Buffer;
  evidenceKind: string;
  evidenceDepartment: string;
}

function readCases(t: Loaded, wanted: ReadonlySet<number>): ByCase {
  const byCase: ByCase = new Map();
  if (t.caseId === null) return byCase;
  const [ids, detected, recorded, demo] = [
    numbersOf(t.caseId),
    instantsOf(t.caseDetectedAt),
    instantsOf(t.caseRecordedAt),
    numbersOf(t.caseDemo),
  ];
  const [departments, regions] = [textsOf(t.caseDepartment), textsOf(t.caseRegion)];
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i] as number;
    if (!wanted.has(id)) continue;
    byCase.set(id, {
      id: String(id),
      detectedAt: detected[i] as Ms,
      recordedAt: recorded[i] as Ms,
      departmentId: departments[i] || null,
      region: regions[i] || null,
      demo: demo[i] === 1,
      sourceName: '',
      clocks: [],
      events: [],
      evidence: [],
    });
  }
  return byCase;
}

/** @returns the ids of the clocks as texts, each once: most of them are asked for by events too */
async function readClocks(on: Querier, t: Loaded, byCase: ByCase, rules: FrozenRules): Promise<Map<number, string>> {
  const names = new Map<number, string>();
  if (t.clockCase === null) return names;
  const [cases, ids, keys, flags] = [
    numbersOf(t.clockCase),
    numbersOf(t.clockId),
    numbersOf(t.clockRule),
    numbersOf(t.clockFlags),
  ];
  const [recorded, anchors, dues, targets] = [
    instantsOf(t.clockRecordedAt),
    instantsOf(t.clockAnchorAt),
    instantsOf(t.clockDueAt),
    instantsOf(t.clockTargetAt),
  ];
  const departments = textsOf(t.clockDepartment);
  await rules.learn(on, keys, ids);
  for (let i = 0; i < cases.length; i++) {
    const history = byCase.get(cases[i] as number);
    if (history === undefined) continue;
    const rule = rules.get(keys[i] as number);
    const flag = flags[i] as number;
    const id = String(ids[i]);
    const targetAt = targets[i] as Ms;
    names.set(ids[i] as number, id);
    // Written out, not spread: this runs for every clock there is.
    history.clocks.push({
      id,
      duty: rule.duty,
      title: rule.title,
      recordedAt: recorded[i] as Ms,
      tellsLateness: (flag & FROM_DETECTION) > 0 && !rule.local,
      anchorAt: anchors[i] as Ms,
      dueAt: dues[i] as Ms,
      targetAt: targetAt === Infinity ? null : targetAt,
      provisional: (flag & PROVISIONAL) > 0,
      departmentId: departments[i] || null,
    });
  }
  return names;
}

/** @returns the cases of which a clock was moved */
function readEvents(t: Loaded, byCase: ByCase, names: ReadonlyMap<number, string>): number[] {
  const moved = new Set<number>();
  if (t.eventCase === null) return [];
  const cases = numbersOf(t.eventCase);
  const [clocks, kinds, recorded, at] = [
    numbersOf(t.eventClock),
    numbersOf(t.eventKind),
    instantsOf(t.eventRecordedAt),
    instantsOf(t.eventAt),
  ];
  const said = JSON.parse(`[${t.eventData ?? ''}]`) as Record<string, unknown>[];
  let told = 0;
  for (let i = 0; i < cases.length; i++) {
    const code = kinds[i] as number;
    const kind = KINDS[code % SAYS] as string;
    const data = code >= SAYS ? (said[told++] as Record<string, unknown>) : NOTHING;
    const history = byCase.get(cases[i] as number);
    if (history === undefined) continue;
    const recordedAt = recorded[i] as Ms;
    // When it happened matters of a 交办 alone.
    const clock = clocks[i] as number;
    history.events.push({
      clockId: clock === 0 ? null : (names.get(clock) ?? String(clock)),
      kind,
      at: kind === 'assigned' ? (at[i] as Ms) : recordedAt,
      recordedAt,
      data,
    });
    if (clock !== 0 && MOVES.includes(kind)) moved.add(cases[i] as number);
  }
  return [...moved];
}

function readEvidence(t: Loaded, byCase: ByCase): void {
  if (t.evidenceCase === null) return;
  const [cases, happened, entered] = [
    numbersOf(t.evidenceCase),
    instantsOf(t.evidenceHappenedAt),
    instantsOf(t.evidenceEnteredAt),
  ];
  const [kinds, departments] = [textsOf(t.evidenceKind), textsOf(t.evidenceDepartment)];
  for (let i = 0; i < cases.length; i++) {
    byCase.get(cases[i] as number)?.evidence.push({
      kind: kinds[i] as EvidenceRecord['kind'],
      happenedAt: happened[i] as Ms,
      enteredAt: entered[i] as Ms,
      departmentId: departments[i] || null,
    });
  }
}

/** PostgreSQL's binary form of an array without nulls: a head of 20 bytes, then each element after its length. */
const HEAD = 20;
const TWO_32 = 2 ** 32;

function numbersOf(column: Buffer): Float64Array {
  const wide = column.readInt32BE(HEAD) === 8;
  const step = wide ? 12 : 8;
  const numbers = new Float64Array((column.length - HEAD) / step);
  for (let i = 0, at = HEAD + 4; i < numbers.length; i++, at += step) {
    numbers[i] = wide ? column.readInt32BE(at) * TWO_32 + column.readUInt32BE(at + 4) : column.readInt32BE(at);
  }
  return numbers;
}

/** Microseconds since 2000 on the wire. */
const FROM_2000 = Date.UTC(2000, 0, 1);
const INFINITE = 0x7fffffff;

function instantsOf(column: Buffer): Float64Array {
  const instants = new Float64Array((column.length - HEAD) / 12);
  for (let i = 0, at = HEAD + 4; i < instants.length; i++, at += 12) {
    const high = column.readInt32BE(at);
    instants[i] =
      high === INFINITE ? Infinity : Math.round((high * TWO_32 + column.readUInt32BE(at + 4)) / 1000) + FROM_2000;
  }
  return instants;
}

/** Between texts: a control character, which no name or id holds. */
const BETWEEN = '\u001f';
const textsOf = (column: string): string[] => column.split(BETWEEN);

const column = (expression: string): string => `array_send(array_agg(${expression}))`;
const texts = (expression: string): string => `string_agg(${expression}, chr(31))`;
const [FROM_DETECTION, PROVISIONAL] = [1, 2];
/** Added to the kind of an event whose data say something. */
const SAYS = 100;
/** Of an answer only what is said of its target, or that it was entered late. */
const SAYING = `kind not in ('clock-met', 'clock-met-late') or data ->> 'targetMet' is not null or data ->> 'lateEntry' = 'true'`;

/** Which rule is frozen in a clock, as 64 bits: its texts, sent with each of millions of clocks, cost more than all the rest of them. */
const KEY = `hashtextextended(rule_version || ' ' || duty || ' ' || title, 0)`;

/** @param which of the column `case_id` (of cases: `id`) */
const sqlOf = (which: (id: string) => string): string => `select * from
  (select ${column('id')} as "caseId", ${column('detected_at')} as "caseDetectedAt", ${column('opened_at')} as "caseRecordedAt", ${column('demo::int')} as "caseDemo",
     ${texts(`coalesce(department_id, '')`)} as "caseDepartment", ${texts(`coalesce(region, '')`)} as "caseRegion"
   from (select id, detected_at, opened_at, demo, department_id, region from case_file where ${which('id')} order by id) f) f,
  (select ${column('case_id')} as "clockCase", ${column('id')} as "clockId", ${column('created_at')} as "clockRecordedAt", ${column('anchor_at')} as "clockAnchorAt",
     ${column('due_at')} as "clockDueAt", ${column(`coalesce(target_at, 'infinity')`)} as "clockTargetAt",
     ${column(`case when anchor_kind = 'detected' then ${FROM_DETECTION} else 0 end + case when provisional then ${PROVISIONAL} else 0 end`)} as "clockFlags",
     ${texts(`coalesce(department_id, '')`)} as "clockDepartment", ${column(KEY)} as "clockRule"
   from (select case_id, id, created_at, anchor_at, due_at, target_at, anchor_kind, provisional, department_id, rule_version, duty, title
         from clock where ${which('case_id')} order by case_id, id) c) c,
  (select ${column('case_id')} as "eventCase", ${column('coalesce(clock_id, 0)')} as "eventClock", ${column('recorded_at')} as "eventRecordedAt", ${column('at')} as "eventAt",
     ${column(`case when says then code + ${SAYS} else code end`)} as "eventKind", string_agg(case when says then data::text end, ',') as "eventData"
   from (select case_id, clock_id, recorded_at, at, data, ${SAYING} as says, case kind ${OFTEN_FIRST.map((k) => `when '${k}' then ${KINDS.indexOf(k)}`).join(' ')} end as code
         from case_event where ${which('case_id')} and kind = any('{${KINDS.join(',')}}') and (kind <> 'item-joined' or data ?| '{region,firstPublicAt}')
         order by case_id, id) v) v,
  (select ${column('case_id')} as "evidenceCase", ${column('happened_at')} as "evidenceHappenedAt", ${column('entered_at')} as "evidenceEnteredAt",
     ${texts('kind')} as "evidenceKind", ${texts(`coalesce(department_id, '')`)} as "evidenceDepartment"
   from (select case_id, kind, happened_at, entered_at, department_id from evidence where ${which('case_id')} order by case_id, id) e) e`;
/** The kinds that there are most of, so that they are found at once. */
const OFTEN_FIRST = [...new Set(['clock-met', 'opened', 'assigned', 'clock-met-late', ...KINDS])];
const OF_SPAN = sqlOf((id) => `${id} between $1 and $2`);
const OF_LIST = sqlOf((id) => `${id} = any($1::bigint[])`);

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

const ms = (column: string): string => `round(date_part('epoch', ${column}) * 1000)`;

/** Where a clock was moved, its own start says from where; elsewhere the clock's row does. */
async function loadStarts(on: Querier, caseIds: number[], byCase: Map<number, CaseHistory>): Promise<void> {
  if (caseIds.length === 0) return;
  const starts = await rows<Omit<EventRecord, 'kind'> & { caseId: string }>(
    on,
    `select case_id as "caseId", clock_id as "clockId", ${ms('at')} as at, ${ms('recorded_at')} as "recordedAt", data
     from case_event where case_id = any($1::bigint[]) and kind = 'clock-started' order by id`,
    [caseIds],
  );
  for (const { caseId, ...start } of starts)
    byCase.get(Number(caseId))?.events.unshift({ ...start, kind: 'clock-started' });
}

interface FrozenRule {
  duty: string;
  title: string;
  /** Its number is set by the place itself. */
  local: boolean;
}

/** The rules frozen in clocks. There are few of them and many clocks: each is read once. */
export class FrozenRules {
  /** By the key of `KEY`. */
  private readonly known = new Map<number, FrozenRule>();

  get(key: number): FrozenRule {
    const rule = this.known.get(key);
    if (!rule) throw new Error(`the rule ${key} was not read`);
    return rule;
  }

  /** @param ids of the clocks that the keys belong to */
  async learn(on: Querier, keys: Float64Array, ids: Float64Array): Promise<void> {
    const unseen = new Map<number, number>();
    const fresh = new Set<number>();
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as number;
      if (this.known.has(key) || fresh.has(key)) continue;
      fresh.add(key);
      unseen.set(ids[i] as number, key);
    }
    if (unseen.size === 0) return;
    const found = await rows<FrozenRule & { id: string }>(
      on,
      `select id, duty, title, coalesce(rule ->> 'legalEffect', '') = 'local' as local from clock where id = any($1::bigint[])`,
      [[...unseen.keys()]],
    );
    for (const { id, ...rule } of found) this.known.set(unseen.get(Number(id)) ?? 0, rule);
  }
}
