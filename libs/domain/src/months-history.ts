import { caseClassOf, type CaseClass, type Grade, type Level, type Topic } from './label';
import type { EvidenceKind } from './rule';

/** A case, as far as it never changes; what changes is read from the events. */
export interface MonthCase {
  id: string;
  detectedAt: Date;
  recordedAt: Date;
  /** Source of the first report; '' when unknown. */
  sourceName: string;
  /** As it stands now: the department at the opening where no 交办 says otherwise. */
  departmentId: string | null;
  demo: boolean;
  /** Certain publication times of its reports with the time each was fetched. */
  published: { at: Date; fetchedAt: Date }[];
  /** A quarter of its shortest term, milliseconds; null without a term. */
  lateAfterMs: number | null;
}

export interface MonthClock {
  id: string;
  caseId: string;
  duty: string;
  title: string;
  recordedAt: Date;
  /** As it stands now; the events say what it was before. */
  dueAt: Date;
  targetAt: Date | null;
  provisional: boolean;
  /** One unit's own term (签收): whose; null: the case's. */
  departmentId?: string | null;
}

export interface MonthEvent {
  caseId: string;
  clockId: string | null;
  kind: string;
  at: Date;
  recordedAt: Date;
  data: Record<string, unknown>;
}

export interface MonthEvidence {
  caseId: string;
  kind: EvidenceKind;
  happenedAt: Date;
  enteredAt: Date;
  /** The unit that gave it; null: nobody's in particular. */
  departmentId?: string | null;
}

/** Everything a month may need; records after the cut-off are left out by the fold itself. Events in order. */
export interface MonthRows {
  cases: MonthCase[];
  clocks: MonthClock[];
  events: MonthEvent[];
  evidence: MonthEvidence[];
}

/** A case as it stood at the cut-off. */
export interface CaseThen {
  id: string;
  detectedAt: Date;
  caseClass: CaseClass;
  topic: Topic;
  departmentId: string | null;
  sourceName: string;
  demo: boolean;
  rejected: boolean;
  closed: boolean;
  lateDetection: boolean;
}

export type DutyFate = 'met' | 'met_late' | 'overdue' | 'cancelled' | 'superseded' | 'suspended' | 'running';

/** A clock as it stood at the cut-off. */
export interface ClockThen {
  caseId: string;
  /** The unit whose own term it is; null: the case's unit. */
  departmentId: string | null;
  duty: string;
  title: string;
  startedAt: Date;
  dueAt: Date;
  fate: DutyFate;
  /** Null without a target, or while it is neither met nor past. */
  targetMet: boolean | null;
  provisional: boolean;
  suspended: boolean;
  extended: boolean;
}

/** The rows that had been recorded by the cut-off. */
export function cutRows(rows: MonthRows, asOf: Date): MonthRows {
  const by = (at: Date) => at.getTime() <= asOf.getTime();
  return {
    cases: rows.cases.filter((c) => by(c.recordedAt)),
    clocks: rows.clocks.filter((c) => by(c.recordedAt)),
    events: rows.events.filter((e) => by(e.recordedAt)),
    evidence: rows.evidence.filter((e) => by(e.enteredAt)),
  };
}

/** Reads a case back to the cut-off. `events` are its own, up to the cut-off. */
export function caseThen(row: MonthCase, events: readonly MonthEvent[], asOf: Date): CaseThen {
  const opened = events.find((e) => e.kind === 'opened')?.data ?? {};
  const then: CaseThen = {
    id: row.id,
    detectedAt: row.detectedAt,
    caseClass: (opened.caseClass as CaseClass | undefined) ?? 'ordinary',
    topic: (opened.topic as Topic | undefined) ?? '其他',
    departmentId: firstDepartment(row, events),
    sourceName: row.sourceName,
    demo: row.demo,
    rejected: false,
    closed: false,
    lateDetection: opened.lateDetection === true || publicTooLong(row, asOf),
  };
  for (const e of events) {
    if (e.kind === 'level-raised') then.caseClass = e.data.to as CaseClass;
    else if (e.kind === 'overridden') override(then, e.data.to as OverriddenTo);
    else if (e.kind === 'assigned') then.departmentId = (e.data.departmentId as string | null | undefined) ?? null;
    else if ((e.kind === 'returned' && e.data.part === 'lead') || e.kind === 'handed-over') then.departmentId = null;
    else if (e.kind === 'rejected') then.rejected = then.closed = true;
    else if (e.kind === 'outcome') then.closed = true;
    else if (e.kind === 'reopened') reopen(then);
    else if (e.kind === 'evidence' && e.data.kind === 'settlement') then.closed = true;
  }
  return then;
}

function reopen(then: CaseThen): void {
  then.rejected = then.closed = false;
  then.departmentId = null;
}

interface OverriddenTo {
  level: Level;
  emergency: boolean;
  grade: Grade | null;
  topic: Topic;
}

function override(then: CaseThen, to: OverriddenTo): void {
  then.caseClass = caseClassOf(to) ?? then.caseClass;
  then.topic = to.topic;
}

/** Each 交办 tells whom the case belonged to before; without one it belongs where it belonged from the start. */
function firstDepartment(row: MonthCase, events: readonly MonthEvent[]): string | null {
  const first = events.find((e) => e.kind === 'assigned');
  return first ? ((first.data.from as string | null | undefined) ?? null) : row.departmentId;
}

function publicTooLong(row: MonthCase, asOf: Date): boolean {
  const { lateAfterMs } = row;
  if (lateAfterMs === null) return false;
  return row.published.some(
    (p) => p.fetchedAt.getTime() <= asOf.getTime() && row.detectedAt.getTime() - p.at.getTime() > lateAfterMs,
  );
}

const MOVES = ['clock-resumed', 'clock-extended', 'clock-reprojected'];

/** Reads a clock back to the cut-off. `events` are its own, up to the cut-off. */
export function clockThen(row: MonthClock, events: readonly MonthEvent[], asOf: Date): ClockThen {
  const started = events.find((e) => e.kind === 'clock-started');
  let dueAt = dateOf(started?.data.dueAt) ?? row.dueAt;
  let targetAt = started ? dateOf(started.data.targetAt) : row.targetAt;
  let provisional = started ? started.data.provisional === true : row.provisional;
  let standing = false;
  for (const e of events) {
    if (e.kind === 'clock-suspended') standing = true;
    if (e.kind === 'clock-resumed') standing = false;
    if (!MOVES.includes(e.kind)) continue;
    dueAt = dateOf(e.data.newDueAt) ?? dueAt;
    targetAt = dateOf(e.data.newTargetAt) ?? targetAt;
    if (typeof e.data.provisional === 'boolean') provisional = e.data.provisional;
    else if (e.kind === 'clock-reprojected') provisional = false;
  }
  const answered = events.filter((e) => e.kind === 'clock-met' || e.kind === 'clock-met-late').at(-1);
  const ended = events.find((e) => e.kind === 'clock-cancelled' || e.kind === 'clock-superseded');
  // The answer went back to its own case (撤销合并): the clock that started in its place stands for the duty.
  const undone = ended?.data.undone === true;
  const met = undone ? undefined : answered;
  const has = (kind: string) => events.some((e) => e.kind === kind);
  return {
    caseId: row.caseId,
    departmentId: row.departmentId ?? null,
    duty: row.duty,
    title: row.title,
    startedAt: started?.recordedAt ?? row.recordedAt,
    dueAt,
    fate: undone ? 'cancelled' : fateOf(met, ended, standing, dueAt, asOf),
    targetMet: undone ? null : targetFate(met, ended, targetAt, standing, asOf),
    provisional,
    suspended: has('clock-suspended'),
    extended: has('clock-extended'),
  };
}

function fateOf(
  met: MonthEvent | undefined,
  ended: MonthEvent | undefined,
  standing: boolean,
  dueAt: Date,
  asOf: Date,
): DutyFate {
  if (met) return met.kind === 'clock-met' ? 'met' : 'met_late';
  // A breach is not wiped out by ending the clock afterwards.
  if (ended && ended.recordedAt.getTime() < dueAt.getTime()) {
    return ended.kind === 'clock-cancelled' ? 'cancelled' : 'superseded';
  }
  if (standing) return 'suspended';
  return dueAt.getTime() <= asOf.getTime() ? 'overdue' : 'running';
}

function targetFate(
  met: MonthEvent | undefined,
  ended: MonthEvent | undefined,
  targetAt: Date | null,
  standing: boolean,
  asOf: Date,
): boolean | null {
  if (targetAt === null) return null;
  if (met) return typeof met.data.targetMet === 'boolean' ? met.data.targetMet : null;
  const until = ended && ended.recordedAt.getTime() < asOf.getTime() ? ended.recordedAt : asOf;
  return !standing && targetAt.getTime() <= until.getTime() ? false : null;
}

function dateOf(value: unknown): Date | null {
  return typeof value === 'string' ? new Date(value) : null;
}
