import { beijingIso } from '../beijing';
import type { CaseClass } from '../label';
import type { DutyTally, MonthGroup, MonthTimes, MonthTotals, Spread, TargetTally, WireMonth } from '../wire-month';
import { type Cell, countsOf, type Dimension, type Measure, MEASURES, MonthBook } from './book';
import { factsOf } from './fact';
import type { CaseHistory } from './history';
import { monthSpan } from './span';
import { spreadOf } from './spread';

/** A group of a month as the report needs it. */
export interface Sums extends Pick<Cell, 'month' | 'dimension' | 'key' | 'counts'> {
  spreads: Partial<Record<Measure, Spread>>;
}

export const CLASS_LABELS: Record<CaseClass, string> = {
  ordinary: '一般性政务舆情',
  major: '重大问题政务舆情',
  emergency: '涉重大、特别重大突发事件',
};

/** Names for the groups: departments by id, regions by code, sources by name. */
export interface MonthNames {
  departments: Readonly<Record<string, string>>;
  regions: Readonly<Record<string, string>>;
  sources: Readonly<Record<string, string>>;
}
const NO_NAMES: MonthNames = { departments: {}, regions: {}, sources: {} };

/**
 * The month's report as of a cut-off (RULES section 5), folded from what was recorded by then. Cases belong to the month
 * in which they were detected, a duty to the month in which its limit falls (a limit at 24:00 of the last day is still
 * that month's), an act to the month in which it was done or recorded. Records entered after the cut-off change nothing.
 */
export function foldMonth(histories: readonly CaseHistory[], month: string, asOf: Date, names?: MonthNames): WireMonth {
  const book = new MonthBook(month);
  for (const h of histories) {
    const facts = factsOf(h, asOf.getTime());
    if (facts) book.add(facts, asOf.getTime());
  }
  return reportOf(book.list().map(sumsOf), month, asOf, names);
}

export function sumsOf({ times, ...cell }: Cell): Sums {
  return { ...cell, spreads: Object.fromEntries([...times].map(([measure, histogram]) => [measure, spreadOf(histogram)])) };
}

/** The report from the groups of its month, wherever they were counted. */
export function reportOf(cells: readonly Sums[], month: string, asOf: Date, names: MonthNames = NO_NAMES): WireMonth {
  const of = (dimension: Dimension): Sums[] => cells.filter((c) => c.month === month && c.dimension === dimension);
  const apart = (key: string): DutyTally => tallyDuties(of('apart').find((c) => c.key === key));
  const groups = (dimension: Dimension, label: (key: string) => string): MonthGroup[] =>
    of(dimension)
      .map((c) => groupOf(c, c.key, label(c.key)))
      .sort(largestFirst);
  return {
    ...totalsOf(of('all')[0], month, asOf),
    apart: { provisional: apart('provisional'), suspended: apart('suspended'), extended: apart('extended') },
    byDuty: of('duty').map(dutyGroup).sort(largestFirst),
    byLevel: groups('level', (key) => CLASS_LABELS[key as CaseClass] ?? key),
    byTopic: groups('topic', (key) => key),
    byDepartment: groups('department', (key) => (key === '' ? '未交办' : (names.departments[key] ?? key))),
    byRegion: groups('region', (key) => (key === '' ? '地区不明' : (names.regions[key] ?? key))),
    byMatter: groups('matter', (key) => key),
    bySource: groups('source', (key) => (key === '' ? '来源不明' : (names.sources[key] ?? key))),
  };
}

function totalsOf(all: Sums | undefined, month: string, asOf: Date): MonthTotals {
  const { from, to } = monthSpan(month);
  const n = countsOf(all);
  return {
    month,
    from: beijingIso(from),
    to: beijingIso(to),
    asOf: beijingIso(asOf),
    cases: {
      total: n.cases,
      byClass: { ordinary: n.ordinary, major: n.major, emergency: n.emergency },
      rejected: n.rejected,
      closed: n.closed,
      lateDetections: n.late,
      demo: n.demo,
    },
    ...{ started: n.started, overrides: n.overrides, raised: n.raised, lowered: n.lowered },
    ...{ falseAlarms: n.falseAlarms, lateEntries: n.lateEntries, missedIntervals: n.missedIntervals },
    duties: tallyDuties(all),
    target: tallyTargets(all),
    times: timesOf(all),
  };
}

export function tallyDuties(cell: Pick<Cell, 'counts'> | undefined): DutyTally {
  const n = countsOf(cell);
  const { metOnTime, metLate, overdue, overdueOpen, cancelled, superseded, suspended } = n;
  return {
    due: metOnTime + metLate + overdue + cancelled + superseded + suspended,
    ...{ metOnTime, metLate, overdue, overdueOpen, cancelled, superseded, suspended },
    onTimeRate: onTimeShare(metOnTime, metLate + overdue),
  };
}

function tallyTargets(cell: Sums | undefined): TargetTally {
  const { targetMet: met, targetMissed: missed } = countsOf(cell);
  return { met, missed, rate: onTimeShare(met, missed) };
}

function timesOf(cell: Sums | undefined): MonthTimes {
  return Object.fromEntries(MEASURES.map((m) => [m, cell?.spreads[m] ?? { count: 0, median: null, p90: null }])) as unknown as MonthTimes;
}

function dutyGroup(cell: Sums): MonthGroup {
  const [duty, title] = JSON.parse(cell.key) as [string, string];
  return groupOf(cell, duty, title);
}

export function groupOf(cell: Sums, key: string, label: string): MonthGroup {
  const n = countsOf(cell);
  return {
    ...{ key, label, cases: n.cases, closed: n.closed, rejected: n.rejected, lateDetections: n.late },
    ...{ overrides: n.overrides, raised: n.raised, falseAlarms: n.falseAlarms },
    duties: tallyDuties(cell),
    target: tallyTargets(cell),
    times: timesOf(cell),
  };
}

function largestFirst(a: MonthGroup, b: MonthGroup): number {
  return b.cases - a.cases || b.duties.due - a.duties.due || (a.key + a.label < b.key + b.label ? -1 : 1);
}

export function onTimeShare(good: number, bad: number): number | null {
  return good + bad === 0 ? null : good / (good + bad);
}
