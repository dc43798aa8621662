import type { Clock, Derivation } from './clock';
import {
  firstInstantAfter,
  planLadder,
  repeatsBetween,
  worseSeverity,
  type LadderClock,
  type PlannedRung,
} from './ladder';
import { OFFICES } from './rule';

/** What the step needs of a clock. */
export type StepClock = LadderClock &
  Pick<Clock, 'state' | 'revision' | 'breachedAt'> & {
    derivation: Pick<Derivation, 'revisedAt' | 'suspensions'>;
  };

export interface FiredRung {
  rung: string;
  rungAt: Date;
  audience: PlannedRung['audience'];
  severity: PlannedRung['severity'];
  kind: PlannedRung['kind'];
  of: 'target' | 'limit';
  receiptMinutes?: number;
  /** False: recorded as fired, but told by the loud one of the same step (whose audience and severity cover it). */
  loud: boolean;
}

export interface ClockStep {
  fire: FiredRung[];
  /** The next instant at which anything of this clock fires; null when nothing will. */
  nextAt: Date | null;
  /** The computed instant of the breach, or null while there is none. */
  breachedAt: Date | null;
  /** A suspension has reached the most its rule allows: the clock is to be resumed as of this instant. */
  resumeAt: Date | null;
}

/** The key under which a rung fires once: (clock, rung, revision). */
export function rungKey(rung: string, revision: number): string {
  return `${revision}:${rung}`;
}

/**
 * What fires at `now`: every rung and repetition whose instant has come and that has not fired in this revision.
 *
 * After downtime several are due in one step. None is skipped: each comes back and is recorded with its own
 * instant. But only the latest is loud; its audience is that of all of them and its severity the worst, so that
 * five missed daily repeats, or a clock that is overdue at birth, ring once and reach everyone concerned.
 *
 * `fired` holds the `rungKey`s of all revisions of the clock. A rung that fired in an earlier revision fires again
 * only when the revision moved it into what was then the future (`derivation.revisedAt`).
 */
export function stepClock(clock: StepClock, fired: ReadonlySet<string>, now: Date): ClockStep {
  if (clock.state !== 'open') return stepStopped(clock, now);
  const rungs = planLadder(clock);
  const due = dueRungs(rungs, now).filter((r) => !hasFired(r, clock, fired));
  return {
    fire: soundLatest(due),
    nextAt: firstInstantAfter(rungs, now),
    // Evidence judges by its own time and can still undo this; the instant is the computed one.
    breachedAt: now.getTime() >= clock.dueAt.getTime() ? clock.dueAt : null,
    resumeAt: null,
  };
}

function stepStopped(clock: StepClock, now: Date): ClockStep {
  const end = suspensionEnd(clock);
  const over = end !== null && end.getTime() <= now.getTime();
  return { fire: [], nextAt: over ? null : end, breachedAt: clock.breachedAt, resumeAt: over ? end : null };
}

/** When a running suspension has used up what the rule allows; null when the clock is not suspended. */
export function suspensionEnd(clock: Pick<StepClock, 'state' | 'derivation'>): Date | null {
  const open = clock.derivation.suspensions.find((s) => s.to === null);
  return clock.state === 'suspended' && open ? new Date(open.until) : null;
}

/**
 * When the clock must be looked at: the earliest rung that has not fired, also when it is past (then at once).
 * With nothing fired it is the first rung after the anchor.
 */
export function nextInstant(clock: StepClock, fired: ReadonlySet<string>, now: Date): Date | null {
  if (clock.state !== 'open') return suspensionEnd(clock);
  const rungs = planLadder(clock);
  const missed = dueRungs(rungs, now).find((r) => !hasFired(r, clock, fired));
  return missed?.rungAt ?? firstInstantAfter(rungs, now);
}

/** All rungs and repetitions with instants up to `now`, in order. */
function dueRungs(rungs: PlannedRung[], now: Date): PlannedRung[] {
  return rungs
    .filter((r) => r.rungAt.getTime() <= now.getTime())
    .flatMap((r) => [r, ...repeatsBetween(r, null, now)])
    .sort((a, b) => a.rungAt.getTime() - b.rungAt.getTime());
}

function hasFired(rung: PlannedRung, clock: StepClock, fired: ReadonlySet<string>): boolean {
  if (fired.has(rungKey(rung.rung, clock.revision))) return true;
  const { revisedAt } = clock.derivation;
  if (revisedAt === null || rung.rungAt.getTime() > Date.parse(revisedAt)) return false;
  for (let r = clock.revision - 1; r >= 0; r--) if (fired.has(rungKey(rung.rung, r))) return true;
  return false;
}

function soundLatest(due: PlannedRung[]): FiredRung[] {
  const named = new Set(due.flatMap((r) => r.audience));
  const severity = due.map((r) => r.severity).reduce(worseSeverity, 'info');
  return due.map((r, i) => {
    const loud = i === due.length - 1;
    const { repeatMinutes: _, ...rest } = r;
    return loud ? { ...rest, loud, audience: OFFICES.filter((o) => named.has(o)), severity } : { ...rest, loud };
  });
}
