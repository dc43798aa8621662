import { beijingIso, dayNumberOf, startOfDay } from './beijing';
import type { CaseClass } from './label';
import {
  caseThen,
  clockThen,
  cutRows,
  type CaseThen,
  type ClockThen,
  type MonthEvent,
  type MonthEvidence,
  type MonthRows,
} from './months-history';
import { spreadOf, tallyDuties, tallyTargets } from './months-tally';
import type { EvidenceKind } from './rule';
import type { DutyOutcome, MonthFigure, MonthGroup, WireMonth } from './wire-month';

export const CLASS_LABELS: Record<CaseClass, string> = {
  ordinary: '一般性政务舆情',
  major: '重大问题政务舆情',
  emergency: '涉重大、特别重大突发事件',
};

/** First instant of a month in Beijing, and first instant after it. @throws RangeError unless `YYYY-MM` */
export function monthSpan(month: string): { from: Date; to: Date } {
  const [, year, number] = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(month) ?? [];
  if (year === undefined || number === undefined) {
    throw new RangeError(`month = ${JSON.stringify(month)}: allowed is YYYY-MM`);
  }
  const next = number === '12' ? `${Number(year) + 1}-01` : `${year}-${String(Number(number) + 1).padStart(2, '0')}`;
  return { from: startOfDay(dayNumberOf(`${month}-01`)), to: startOfDay(dayNumberOf(`${next}-01`)) };
}

/** The cut-off that keeps a report the same for ever: the end of the month, or now while it still runs. */
export function defaultCutOff(month: string, now: Date): Date {
  const { to } = monthSpan(month);
  return now.getTime() < to.getTime() ? now : to;
}

/** Names for the groups: departments by id, sources by name. */
export interface MonthNames {
  departments: Readonly<Record<string, string>>;
  sources: Readonly<Record<string, string>>;
}

/**
 * The month's report as of a cut-off (RULES section 5). Cases belong to the month in which they were detected, a duty
 * to the month in which its limit falls (a limit at 24:00 of the last day is still that month's), an act to the
 * month in which it was done. Records entered after the cut-off change nothing.
 */
export function foldMonth(
  rows: MonthRows,
  month: string,
  asOf: Date,
  names: MonthNames = { departments: {}, sources: {} },
): WireMonth {
  const { from, to, within, cut, eventsOf, all, byId, clocks, judged, cases } = readMonth(rows, month, asOf);
  const told = cut.events.filter((e) => within(e.recordedAt));
  const groups = groupsOf(cases, judged, byId);
  return {
    month,
    from: beijingIso(from),
    to: beijingIso(to),
    asOf: beijingIso(asOf),
    cases: foldCases(cases),
    overrides: told.filter((e) => e.kind === 'overridden').length,
    started: clocks.filter((c) => within(c.startedAt)).length,
    duties: tallyDuties(judged),
    target: tallyTargets(judged),
    apart: {
      provisional: tallyDuties(judged.filter((c) => c.provisional)),
      suspended: tallyDuties(judged.filter((c) => c.suspended)),
      extended: tallyDuties(judged.filter((c) => c.extended)),
    },
    byDuty: dutyGroups(judged),
    byLevel: groups(
      (c) => c.caseClass,
      (key) => CLASS_LABELS[key as CaseClass],
    ),
    byTopic: groups(
      (c) => c.topic,
      (key) => key,
    ),
    byDepartment: groups(
      (c) => c.departmentId ?? '',
      (key) => (key === '' ? '未交办' : (names.departments[key] ?? key)),
      // A unit's own term is its own, whichever unit leads: 协办 late is not 主办 late.
      (d) => d.departmentId,
    ),
    bySource: groups(
      (c) => c.sourceName,
      (key) => (key === '' ? '不明' : (names.sources[key] ?? key)),
    ),
    times: foldTimes(all, cut.evidence, eventsOf, within),
    lateEntries: told.filter((e) => e.kind === 'clock-met' && e.data.lateEntry === true).length,
    missedIntervals: told.filter((e) => e.kind === 'interval-missed').length,
  };
}

/** The records of a month as they stood at the cut-off: `cases` detected in it, `judged` clocks whose limit falls in it. */
function readMonth(rows: MonthRows, month: string, asOf: Date) {
  const { from, to } = monthSpan(month);
  const cut = cutRows(rows, asOf);
  const within = (at: Date) => at.getTime() >= from.getTime() && at.getTime() < to.getTime();
  const endsWithin = (at: Date) => at.getTime() > from.getTime() && at.getTime() <= to.getTime();
  const eventsOf = grouped(cut.events, (e) => e.caseId);
  const clockEvents = grouped(cut.events, (e) => e.clockId ?? '');
  const all = cut.cases.map((c) => caseThen(c, eventsOf.get(c.id) ?? [], asOf));
  const byId = new Map(all.map((c) => [c.id, c]));
  const clocks = cut.clocks.map((c) => clockThen(c, clockEvents.get(c.id) ?? [], asOf));
  const judged = clocks.filter((c) => endsWithin(c.dueAt) && c.fate !== 'running');
  const cases = all.filter((c) => within(c.detectedAt));
  return { from, to, within, cut, eventsOf, all, byId, clocks, judged, cases };
}

/** Ids of the cases behind a figure of the month's report, each once: those with such a duty, or those detected. */
export function casesBehind(rows: MonthRows, month: string, asOf: Date, figure: MonthFigure): string[] {
  const { byId, judged, cases } = readMonth(rows, month, asOf);
  const { duty, dutyTitle, outcome, caseClass, topic, departmentId, sourceName } = figure;
  const belongs = (c: CaseThen | undefined, owner: string | null = null): boolean =>
    c !== undefined &&
    (caseClass === undefined || c.caseClass === caseClass) &&
    (topic === undefined || c.topic === topic) &&
    (departmentId === undefined || (owner ?? c.departmentId ?? '') === departmentId) &&
    (sourceName === undefined || c.sourceName === sourceName);
  if (outcome === undefined && duty === undefined) return cases.filter((c) => belongs(c)).map((c) => c.id);
  const found = judged.filter(
    (k) =>
      (duty === undefined || k.duty === duty) &&
      (dutyTitle === undefined || k.title === dutyTitle) &&
      (outcome === undefined || outcome === 'due' || k.fate === FATE_OF[outcome]) &&
      belongs(byId.get(k.caseId), k.departmentId),
  );
  return [...new Set(found.map((k) => k.caseId))];
}

const FATE_OF: Record<Exclude<DutyOutcome, 'due'>, ClockThen['fate']> = {
  metOnTime: 'met',
  metLate: 'met_late',
  overdue: 'overdue',
  cancelled: 'cancelled',
  superseded: 'superseded',
  suspended: 'suspended',
};

function foldCases(cases: readonly CaseThen[]): WireMonth['cases'] {
  const count = (test: (c: CaseThen) => boolean) => cases.filter(test).length;
  return {
    total: cases.length,
    byClass: {
      ordinary: count((c) => c.caseClass === 'ordinary'),
      major: count((c) => c.caseClass === 'major'),
      emergency: count((c) => c.caseClass === 'emergency'),
    },
    rejected: count((c) => c.rejected),
    closed: count((c) => c.closed),
    lateDetections: count((c) => c.lateDetection),
    demo: count((c) => c.demo),
  };
}

/** Groups by a property of the case, the largest first: its cases of the month, and the duties due in the month. */
function groupsOf(cases: readonly CaseThen[], judged: readonly ClockThen[], byId: ReadonlyMap<string, CaseThen>) {
  return (keyOf: (c: CaseThen) => string, label: (key: string) => string, ownKey: (d: ClockThen) => string | null = () => null): MonthGroup[] => {
    const cs = grouped(cases, keyOf);
    const ds = grouped(judged, (d) => {
      const owner = byId.get(d.caseId);
      return ownKey(d) ?? (owner ? keyOf(owner) : '');
    });
    const keys = [...new Set([...cs.keys(), ...ds.keys()])];
    return keys.map((key) => group(key, label(key), cs.get(key)?.length ?? 0, ds.get(key) ?? [])).sort(largestFirst);
  };
}

function dutyGroups(judged: readonly ClockThen[]): MonthGroup[] {
  // One duty may stand in the law with several terms, each under its own title (签收, 签收（突发事件）).
  return [...grouped(judged, (c) => JSON.stringify([c.duty, c.title])).values()]
    .map((list) => group(list[0]?.duty ?? '', list[0]?.title ?? '', new Set(list.map((c) => c.caseId)).size, list))
    .sort(largestFirst);
}

function group(key: string, label: string, cases: number, list: readonly ClockThen[]): MonthGroup {
  return { key, label, cases, duties: tallyDuties(list), target: tallyTargets(list) };
}

function largestFirst(a: MonthGroup, b: MonthGroup): number {
  return b.cases - a.cases || b.duties.due - a.duties.due || (a.key + a.label < b.key + b.label ? -1 : 1);
}

const PUBLIC_KINDS: readonly EvidenceKind[] = ['release', 'press-conference', 'clarification'];

function foldTimes(
  cases: readonly CaseThen[],
  evidence: readonly MonthEvidence[],
  eventsOf: ReadonlyMap<string, MonthEvent[]>,
  within: (at: Date) => boolean,
): WireMonth['times'] {
  const byCase = grouped(evidence, (e) => e.caseId);
  const sinceDetection = (kinds: readonly EvidenceKind[]) =>
    spreadOf(
      cases.flatMap((c) => {
        const first = earliest((byCase.get(c.id) ?? []).filter((e) => kinds.includes(e.kind)).map((e) => e.happenedAt));
        return first && within(first) ? [Math.max(0, minutesBetween(c.detectedAt, first))] : [];
      }),
    );
  const signed = cases.flatMap((c) => {
    const handed = (eventsOf.get(c.id) ?? []).filter((e) => e.kind === 'assigned' || e.kind === 'supported');
    const receipts = (byCase.get(c.id) ?? []).filter((e) => e.kind === 'receipt' && within(e.happenedAt));
    return receipts.flatMap(({ happenedAt: at, departmentId }) => {
      // Each unit's receipt answers its own 交办; a receipt of before units were kept answers the last one.
      const own = handed.filter((e) => (departmentId == null ? e.kind === 'assigned' : e.data.departmentId === departmentId));
      const before = latest(own.map((e) => e.at).filter((a) => a.getTime() <= at.getTime()));
      return before ? [minutesBetween(before, at)] : [];
    });
  });
  return {
    signFor: spreadOf(signed),
    firstRelease: sinceDetection(PUBLIC_KINDS),
    pressConference: sinceDetection(['press-conference']),
    settle: sinceDetection(['settlement']),
  };
}

function minutesBetween(a: Date, b: Date): number {
  return (b.getTime() - a.getTime()) / 60_000;
}

function earliest(dates: readonly Date[]): Date | null {
  return dates.reduce<Date | null>((min, d) => (min === null || d.getTime() < min.getTime() ? d : min), null);
}

function latest(dates: readonly Date[]): Date | null {
  return dates.reduce<Date | null>((max, d) => (max === null || d.getTime() > max.getTime() ? d : max), null);
}

function grouped<T>(list: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of list) {
    const key = keyOf(item);
    const found = groups.get(key);
    if (found) found.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
