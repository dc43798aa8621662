import type { ClockRecord, EventRecord, Ms } from './history';
import { MOVES, msOf } from './history';

/**
 * What had become of a duty by the cut-off. `breached`: ended unmet after its limit, which wipes out nothing. `open`: it
 * still runs; once its limit has passed it is overdue.
 */
export type DutyFate = 'met' | 'met_late' | 'breached' | 'cancelled' | 'superseded' | 'suspended' | 'open';

/** A duty as it stood at the cut-off. */
export interface DutyFact {
  clockId: string;
  /** The unit whose own term it is; null: that of the case. */
  departmentId: string | null;
  duty: string;
  title: string;
  dueAt: Ms;
  targetAt: Ms | null;
  fate: DutyFate;
  /** Whether the target (力争) was met; null: no target, or it stands or runs still: then `targetAt` tells. */
  targetMet: boolean | null;
  /** The target is still running: missed once `targetAt` has passed. */
  targetOpen: boolean;
  provisional: boolean;
  suspended: boolean;
  extended: boolean;
}

/** Reads a clock back to the cut-off. `events` are its own, as far as recorded by then. */
export function clockThen(row: ClockRecord, events: readonly EventRecord[]): DutyFact {
  const at = readClock(row, events);
  const target = at.undone ? NO_TARGET : targetFate(at);
  // Written out: this runs millions of times for one month, and spreading objects costs more than all the rest.
  return {
    clockId: row.id,
    departmentId: row.departmentId,
    duty: row.duty,
    title: row.title,
    dueAt: at.dueAt,
    targetAt: at.targetAt,
    fate: at.undone ? 'cancelled' : fateOf(at),
    targetMet: target.targetMet,
    targetOpen: target.targetOpen,
    provisional: at.provisional,
    suspended: at.suspended,
    extended: at.extended,
  };
}

/** Whether the duty is judged: its limit had passed by then, or it ended before. */
export function isJudged(d: DutyFact, asOf: Ms): boolean {
  return d.fate !== 'open' || d.dueAt <= asOf;
}

interface Reading {
  dueAt: Ms;
  targetAt: Ms | null;
  provisional: boolean;
  /** In a 中止 at the cut-off; ever in one; ever extended. */
  standing: boolean;
  suspended: boolean;
  extended: boolean;
  /** The last answer, and the first ending. */
  met: EventRecord | null;
  ended: EventRecord | null;
  /** The answer went back to its own case (撤销合并): the clock that started in its place stands for the duty. */
  undone: boolean;
}

function readClock(row: ClockRecord, events: readonly EventRecord[]): Reading {
  const at: Reading = {
    dueAt: row.dueAt,
    targetAt: row.targetAt,
    provisional: row.provisional,
    standing: false,
    suspended: false,
    extended: false,
    met: null,
    ended: null,
    undone: false,
  };
  // Where it was moved, its own start says from where; else the row does.
  const started = events.find((e) => e.kind === 'clock-started');
  if (started) {
    at.dueAt = msOf(started.data['dueAt']) ?? row.dueAt;
    at.targetAt = msOf(started.data['targetAt']);
    at.provisional = started.data['provisional'] === true;
  }
  for (const e of events) {
    if (e.kind === 'clock-met' || e.kind === 'clock-met-late') at.met = e;
    else if (e.kind === 'clock-cancelled' || e.kind === 'clock-superseded') at.ended ??= e;
    else move(at, e);
  }
  at.undone = at.ended?.data['undone'] === true;
  return at;
}

function move(at: Reading, e: EventRecord): void {
  if (e.kind === 'clock-suspended') at.standing = at.suspended = true;
  if (e.kind === 'clock-resumed') at.standing = false;
  if (e.kind === 'clock-extended') at.extended = true;
  if (!MOVES.includes(e.kind)) return;
  at.dueAt = msOf(e.data['newDueAt']) ?? at.dueAt;
  at.targetAt = msOf(e.data['newTargetAt']) ?? at.targetAt;
  if (typeof e.data['provisional'] === 'boolean') at.provisional = e.data['provisional'];
  else if (e.kind === 'clock-reprojected') at.provisional = false;
}

function fateOf({ met, ended, standing, dueAt }: Reading): DutyFate {
  if (met) return met.kind === 'clock-met' ? 'met' : 'met_late';
  if (ended && ended.recordedAt < dueAt) return ended.kind === 'clock-cancelled' ? 'cancelled' : 'superseded';
  if (standing) return 'suspended';
  // A breach is not wiped out by ending the clock afterwards.
  return ended ? 'breached' : 'open';
}

const NO_TARGET = { targetMet: null, targetOpen: false };

function targetFate({ met, ended, standing, targetAt }: Reading): { targetMet: boolean | null; targetOpen: boolean } {
  if (targetAt === null) return NO_TARGET;
  if (met) return { targetMet: typeof met.data['targetMet'] === 'boolean' ? met.data['targetMet'] : null, targetOpen: false };
  if (standing) return NO_TARGET;
  if (ended) return { targetMet: targetAt <= ended.recordedAt ? false : null, targetOpen: false };
  return { targetMet: null, targetOpen: true };
}
