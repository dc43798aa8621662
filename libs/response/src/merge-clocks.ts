import type { CaseClass } from '@app/domain';
import { rows } from '@app/storage';
import type { EntityManager } from 'typeorm';
import { endAlertsOfClocks } from './alert-end';
import type { CaseRow } from './case-row';
import { changeClass } from './class-change';
import { isRunning, lockClocks, type StoredClock, writeClock } from './clock-row';
import { meetByRegistered } from './earlier-evidence';
import { appendEvents } from './event-log';
import type { Lawbook } from './lawbook.service';
import { activeUnits } from './unit-book';

interface Doing {
  now: Date;
  actor: string;
  reason: string;
}

/**
 * The survivor's clocks after a merge: duties that the merged case adds (a higher class, a circumstance, the unit it was
 * handed to) start from the survivor's own, earlier anchors; what the merged case has already answered counts for all
 * of them by its own time. `after` is the case as it is written now.
 */
export async function followSurvivor(
  manager: EntityManager,
  laws: Lawbook,
  { before, after, to }: { before: CaseRow; after: CaseRow; to: CaseClass },
  x: Doing,
): Promise<void> {
  const reason = `合并：${x.reason}`;
  await changeClass(manager, laws, { ...after, caseClass: before.caseClass }, to, x.now, { actor: x.actor, reason });
  const running = (await lockClocks(manager, after.id)).filter(isRunning).map((k) => k.id);
  await meetByRegistered(manager, laws, after, to, running, x.now, x.actor);
}

/**
 * The merged case's running clocks end. Those that run from the first instants began later than the survivor's clock
 * of the same duty, so no limit that has passed is wiped away: the survivor's passed before it.
 */
export async function endMergedClocks(
  manager: EntityManager,
  merged: CaseRow,
  survivor: CaseRow,
  x: Doing,
): Promise<void> {
  const taken = new Map<string, string>();
  for (const k of await lockClocks(manager, survivor.id)) {
    if (k.state !== 'cancelled' && k.state !== 'superseded') taken.set(dutyOf(k), k.id);
  }
  const clocks = (await lockClocks(manager, merged.id)).filter(isRunning);
  const why = `并入 ${survivor.code}：${x.reason}`;
  for (const clock of clocks) await endByMove(manager, clock, taken.get(dutyOf(clock)) ?? null, why, x);
  await endAlertsOfClocks(
    manager,
    merged.id,
    clocks.map((k) => k.id),
  );
}

/** A unit's own term is another's with another unit. */
function dutyOf(k: StoredClock): string {
  return `${k.duty}:${k.departmentId ?? ''}`;
}

/**
 * After an undone merge: of the survivor, what was met by an answer of the other case alone is open again from its own
 * anchor, and duties only the other brought end; the other case's duties start anew from its own first detection, and
 * its own answers count.
 */
export async function followUndone(
  manager: EntityManager,
  laws: Lawbook,
  survivor: CaseRow,
  merged: CaseRow,
  x: Doing,
): Promise<void> {
  const reason = `撤销合并：${x.reason}`;
  const borrowed = await rows<{ id: string }>(
    manager,
    'select c.id from clock c join evidence e on e.id = c.evidence_id where c.case_id = $1 and e.case_id <> $1',
    [survivor.id],
  );
  const borrowedIds = new Set(borrowed.map((b) => b.id));
  const clocks = await lockClocks(manager, survivor.id);
  const units = new Set((await activeUnits(manager, survivor.id)).map((u) => u.departmentId));
  const anchorless = (k: StoredClock): boolean =>
    isRunning(k) &&
    ((k.departmentId !== null && !units.has(k.departmentId)) ||
      (k.anchorKind === 'assigned' && k.departmentId === null && survivor.assignedAt === null) ||
      (k.anchorKind === 'confirmed' && survivor.confirmedAt === null) ||
      (k.rule.when !== undefined && !survivor.circumstances.includes(k.rule.when)));
  const ending = clocks.filter((k) => borrowedIds.has(k.id) || anchorless(k));
  for (const clock of ending) await endByMove(manager, clock, null, reason, x, borrowedIds.has(clock.id));
  await endAlertsOfClocks(
    manager,
    survivor.id,
    ending.map((k) => k.id),
  );
  await changeClass(manager, laws, survivor, survivor.caseClass, x.now, { actor: x.actor, reason });
  await changeClass(manager, laws, merged, merged.caseClass, x.now, { actor: x.actor, reason });
}

/**
 * Ends a clock whatever became of it before: its row keeps what was judged, its state says what replaced it.
 * @param undone the answer that met it is another case's: from here on it counts neither as met nor as overdue, but
 * the clock that starts in its place does
 */
async function endByMove(
  manager: EntityManager,
  clock: StoredClock,
  supersededBy: string | null,
  reason: string,
  x: Doing,
  undone = false,
): Promise<void> {
  const state = supersededBy === null ? 'cancelled' : 'superseded';
  await writeClock(manager, { ...clock, state, nextAt: null, supersededBy }, { endReason: reason });
  const summary = `${supersededBy === null ? '时限终止' : '时限由合并后的时限取代'}：${clock.rule.title}（${reason}）`;
  const data = { reason, supersededBy, ...(undone ? { undone } : {}) };
  const event = {
    caseId: clock.caseId,
    clockId: clock.id,
    kind: `clock-${state}`,
    at: x.now,
    actor: x.actor,
    summary,
    data,
  };
  await appendEvents(manager, [event], x.now);
}
