import { COUNTED_ACTS, type CountedAct, TIMED_ACTS } from './act';
import type { Dims } from './case-then';
import { type DutyFact, isJudged } from './clock-then';
import type { CaseClass } from '../label';
import type { CaseFacts, DetectedFact } from './fact';
import type { Ms } from './history';
import { monthOfLimit } from './span';
import { Histogram } from './spread';

/** What is counted of each group of a month. The order is that of the stored counts: new ones go to the end. */
export const COUNTERS = [
  ...['cases', 'ordinary', 'major', 'emergency', 'rejected', 'closed', 'late', 'demo'],
  ...[
    'metOnTime',
    'metLate',
    'overdue',
    'overdueOpen',
    'cancelled',
    'superseded',
    'suspended',
    'targetMet',
    'targetMissed',
  ],
  ...COUNTED_ACTS,
] as const;
const AT = Object.fromEntries(COUNTERS.map((c, i) => [c, i])) as Record<(typeof COUNTERS)[number], number>;
/** Where each is kept: looked up once, not for every case. */
const [CASES, REJECTED, CLOSED, LATE, DEMO] = [AT.cases, AT.rejected, AT.closed, AT.late, AT.demo];
const [OVERDUE_OPEN, TARGET_MET, TARGET_MISSED] = [AT.overdueOpen, AT.targetMet, AT.targetMissed];

/** Durations of each group: the timed acts, and the lag from the first publication to the detection. */
export const MEASURES = [...TIMED_ACTS, 'detectionLag'] as const;
export type Measure = (typeof MEASURES)[number];

/**
 * By what a month is grouped. `all` has the one key ''; `apart` holds 暂定, 曾中止, 曾延长; `matter` the matters of the second
 * ring by their trigger, which are in no other group.
 */
export const DIMENSIONS = [
  'all',
  'duty',
  'level',
  'topic',
  'department',
  'region',
  'source',
  'apart',
  'matter',
] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** Counts and durations of one group of one month. */
export interface Cell {
  month: string;
  dimension: Dimension;
  key: string;
  counts: number[];
  times: Map<Measure, Histogram>;
}

const dutyKeys = new Map<string, Map<string, string>>();
/** The key of a duty with its title: one duty may stand in the law with several terms (签收, 签收（突发事件）). */
export function dutyKey({ duty, title }: Pick<DutyFact, 'duty' | 'title'>): string {
  let titles = dutyKeys.get(duty);
  if (titles === undefined) dutyKeys.set(duty, (titles = new Map()));
  let key = titles.get(title);
  if (key === undefined) titles.set(title, (key = JSON.stringify([duty, title])));
  return key;
}

/**
 * The groups of one or many months, filled case by case. Adding and taking away are exact inverses, so that a case whose
 * facts have changed is taken out as it was and put in as it is, and the sums are those of a count from the beginning.
 */
export class MonthBook {
  private readonly cells = new Map<string, Map<Dimension, Map<string, Cell>>>();

  /** @param only the one month that is counted; absent: every month the facts belong to */
  constructor(private readonly only?: string) {}

  /** Counts what a case brings, as it stands at `asOf` (an open duty is overdue once its limit has passed). */
  add(facts: CaseFacts, asOf: Ms, sign: 1 | -1 = 1): void {
    const groups = groupsOf(facts.dims);
    // A case belongs to one or two months, and rarely to several units.
    const found: { month: string; unit: string | null; cells: Cell[] }[] = [];
    // What is a unit's own is counted with that unit, whichever leads: 协办 late is not 主办 late.
    const cellsOf: CellsOf = (month, unit = null) => {
      for (const f of found) if (f.month === month && f.unit === unit) return f.cells;
      const cells = groups.map(([dimension, key]) =>
        this.cell(month, dimension, dimension === 'department' ? (unit ?? key) : key),
      );
      found.push({ month, unit, cells });
      return cells;
    };
    const { detected } = facts;
    if (detected && this.wants(detected.month))
      countCase(cellsOf(detected.month), detected, facts.dims.caseClass, sign);
    this.addDuties(facts, cellsOf, asOf, sign);
    for (const a of facts.acts) {
      if (!this.wants(a.month)) continue;
      for (const cell of cellsOf(a.month, a.departmentId)) {
        if (a.minutes === null) bump(cell, AT[a.act as CountedAct], sign * a.n);
        else timesOf(cell, a.act as Measure).add(a.minutes, sign * a.n);
      }
    }
  }

  /** Cells of several months as one, by their group. */
  static sum(cells: readonly Cell[]): Cell[] {
    const sums = new Map<string, Cell>();
    for (const c of cells) {
      const name = `${c.dimension}|${c.key}`;
      const sum = sums.get(name) ?? {
        month: '',
        dimension: c.dimension,
        key: c.key,
        counts: COUNTERS.map(() => 0),
        times: new Map(),
      };
      sums.set(name, sum);
      c.counts.forEach((n, i) => (sum.counts[i] = (sum.counts[i] ?? 0) + n));
      for (const [measure, histogram] of c.times) timesOf(sum, measure).addAll(histogram);
    }
    return [...sums.values()];
  }

  list(): Cell[] {
    return [...this.cells.values()]
      .flatMap((of) => [...of.values()].flatMap((keys) => [...keys.values()]))
      .filter((c) => c.counts.some((n) => n !== 0) || [...c.times.values()].some((t) => !t.isEmpty()));
  }

  private wants(month: string): boolean {
    return this.only === undefined || month === this.only;
  }

  private addDuties({ duties, dims }: CaseFacts, cellsOf: CellsOf, asOf: Ms, sign: number): void {
    const seen: Cell[] = [];
    for (const d of duties) {
      const month = monthOfLimit(d.dueAt);
      if (!this.wants(month) || !isJudged(d, asOf)) continue;
      const counters = countersOf(d, asOf);
      for (const cell of cellsOf(month, d.departmentId)) bumpAll(cell, counters, sign);
      if (dims.trigger !== '') continue;
      const own = this.cell(month, 'duty', dutyKey(d));
      // Of a duty each case counts once, however often it began anew.
      if (!seen.includes(own)) bump(own, CASES, sign);
      seen.push(own);
      bumpAll(own, counters, sign);
      for (const key of ['provisional', 'suspended', 'extended'] as const) {
        if (d[key]) bumpAll(this.cell(month, 'apart', key), counters, sign);
      }
    }
  }

  private cell(month: string, dimension: Dimension, key: string): Cell {
    let of = this.cells.get(month);
    if (of === undefined) this.cells.set(month, (of = new Map()));
    let keys = of.get(dimension);
    if (keys === undefined) of.set(dimension, (keys = new Map()));
    let cell = keys.get(key);
    if (cell === undefined)
      keys.set(
        key,
        (cell = { month, dimension, key, counts: new Array<number>(COUNTERS.length).fill(0), times: new Map() }),
      );
    return cell;
  }
}

type CellsOf = (month: string, unit?: string | null) => Cell[];

function countCase(cells: Cell[], d: DetectedFact, caseClass: CaseClass, sign: number): void {
  const counters = [CASES, AT[caseClass]];
  if (d.rejected) counters.push(REJECTED);
  if (d.closed) counters.push(CLOSED);
  if (d.lateDetection) counters.push(LATE);
  if (d.demo) counters.push(DEMO);
  for (const cell of cells) {
    bumpAll(cell, counters, sign);
    if (d.lagMinutes !== null) timesOf(cell, 'detectionLag').add(d.lagMinutes, sign);
  }
}

/** The groups a case belongs to. */
export function groupsOf(dims: Dims): [Dimension, string][] {
  if (dims.trigger !== '') return [['matter', dims.trigger]];
  return [
    ['all', ''],
    ['level', dims.caseClass],
    ['topic', dims.topic],
    ['department', dims.departmentId],
    ['region', dims.region],
    ['source', dims.sourceName],
  ];
}

const FATES: Record<DutyFact['fate'], number> = {
  ...{ met: AT.metOnTime, met_late: AT.metLate, breached: AT.overdue, open: AT.overdue },
  ...{ cancelled: AT.cancelled, superseded: AT.superseded, suspended: AT.suspended },
};

/** The counters that a duty moves by one. */
function countersOf(d: DutyFact, asOf: Ms): number[] {
  const counters = [FATES[d.fate]];
  if (d.fate === 'open') counters.push(OVERDUE_OPEN);
  const target = targetOf(d, asOf);
  if (target !== null) counters.push(target ? TARGET_MET : TARGET_MISSED);
  return counters;
}

/** Whether the target counts as met; null: there is none, or it is not judged. */
export function targetOf(d: DutyFact, asOf: Ms): boolean | null {
  if (d.fate === 'cancelled' || d.fate === 'superseded') return null;
  if (d.targetOpen) return d.targetAt !== null && d.targetAt <= asOf ? false : null;
  return d.targetMet;
}

function bump(cell: Cell, counter: number, n: number): void {
  cell.counts[counter]! += n;
}

function bumpAll(cell: Cell, counters: readonly number[], sign: number): void {
  for (const counter of counters) cell.counts[counter]! += sign;
}

function timesOf(cell: Cell, measure: Measure): Histogram {
  let times = cell.times.get(measure);
  if (times === undefined) cell.times.set(measure, (times = new Histogram()));
  return times;
}

/** Named counts of a cell. */
export function countsOf(cell: Pick<Cell, 'counts'> | undefined): Record<(typeof COUNTERS)[number], number> {
  return Object.fromEntries(COUNTERS.map((c, i) => [c, cell?.counts[i] ?? 0])) as Record<
    (typeof COUNTERS)[number],
    number
  >;
}
