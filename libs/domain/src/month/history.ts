import type { EvidenceKind } from '../rule';

/** Milliseconds since the epoch: a month folds millions of instants, and a Date for each would cost more than the fold. */
export type Ms = number;

/** What happened to one case, as it was recorded. Events and clocks in the order of their ids. */
export interface CaseHistory {
  id: string;
  detectedAt: Ms;
  recordedAt: Ms;
  /** Source of the first report; '' when unknown. */
  sourceName: string;
  /** As it stands now: used only for cases whose opening did not record it. */
  departmentId: string | null;
  region: string | null;
  demo: boolean;
  clocks: ClockRecord[];
  events: EventRecord[];
  evidence: EvidenceRecord[];
}

export interface ClockRecord {
  id: string;
  duty: string;
  title: string;
  recordedAt: Ms;
  /** Runs from the detection, by a number that a document sets: it can say that a detection came late (RULES 3). */
  tellsLateness: boolean;
  anchorAt: Ms;
  /** As they stand now; the events say what they were before. */
  dueAt: Ms;
  targetAt: Ms | null;
  provisional: boolean;
  /** One unit's own term (签收): whose; null: the case's. */
  departmentId: string | null;
}

export interface EventRecord {
  clockId: string | null;
  kind: string;
  at: Ms;
  recordedAt: Ms;
  data: Record<string, unknown>;
}

export interface EvidenceRecord {
  kind: EvidenceKind;
  happenedAt: Ms;
  enteredAt: Ms;
  /** The unit that gave it; null: nobody's in particular. */
  departmentId: string | null;
}

/** Kinds of case_event that the fold reads. A clock's start is needed only where the clock was moved afterwards. */
export const CASE_KINDS = [
  ...['opened', 'item-joined', 'level-raised', 'overridden', 'merged', 'unmerged'],
  ...['assigned', 'supported', 'returned', 'handed-over', 'rejected', 'outcome', 'reopened'],
] as const;
export const CLOCK_KINDS = [
  ...['clock-suspended', 'clock-resumed', 'clock-extended', 'clock-reprojected'],
  ...['clock-met', 'clock-met-late', 'clock-cancelled', 'clock-superseded', 'interval-missed'],
] as const;
export const MOVES: readonly string[] = ['clock-resumed', 'clock-extended', 'clock-reprojected'];

/** The history as far as it had been recorded by the cut-off; null: the case was not known then. */
export function cutHistory(h: CaseHistory, asOf: Ms): CaseHistory | null {
  if (h.recordedAt > asOf) return null;
  if (lastRecorded(h) <= asOf) return h;
  return {
    ...h,
    clocks: h.clocks.filter((c) => c.recordedAt <= asOf),
    events: h.events.filter((e) => e.recordedAt <= asOf),
    evidence: h.evidence.filter((e) => e.enteredAt <= asOf),
  };
}

/** When the last thing was recorded of the case: read back to any later instant it is the same. */
export function lastRecorded(h: CaseHistory): Ms {
  let last = h.recordedAt;
  for (const c of h.clocks) if (c.recordedAt > last) last = c.recordedAt;
  for (const e of h.events) if (e.recordedAt > last) last = e.recordedAt;
  for (const e of h.evidence) if (e.enteredAt > last) last = e.enteredAt;
  return last;
}

/** An instant of an event's data, in milliseconds; null where there is none. */
export function msOf(value: unknown): Ms | null {
  if (typeof value !== 'string') return null;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : at;
}
