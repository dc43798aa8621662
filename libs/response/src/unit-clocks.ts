import { cancelClock, type CaseClass, planClassChange, planDuties, supersedeClock } from '@app/domain';
import type { EntityManager } from 'typeorm';
import { endAlertsOfClocks } from './alert-end';
import type { CaseRow } from './case-row';
import { startClocks } from './clock-book';
import { isRunning, lockClocks, type StoredClock, writeClock } from './clock-row';
import { appendEvents } from './event-log';
import type { Lawbook } from './lawbook.service';
import type { NewUnit } from './unit-book';

interface Doing {
  now: Date;
  actor: string;
}

/** The terms that run from 交办 (签收), each unit's own. @returns ids of the clocks by duty */
export async function startUnitClocks(
  manager: EntityManager,
  laws: Lawbook,
  c: Pick<CaseRow, 'id' | 'caseClass' | 'circumstances'>,
  unit: NewUnit,
  x: Doing,
): Promise<Map<string, string>> {
  await laws.hold(manager);
  const plans = planDuties(laws.book, c.caseClass, { assigned: unit.assignedAt }, laws.calendar, {
    circumstances: c.circumstances,
  });
  const ids = await startClocks(manager, c.id, plans, x.now, { actor: x.actor, unit });
  return new Map(plans.map((p, i) => [p.duty, ids[i] ?? '']));
}

/**
 * A unit's own terms end with it: superseded where the next unit's takes their place, else cancelled. What had passed
 * its limit stays overdue in the statistics, with the unit whose it was.
 */
export async function endUnitClocks(
  manager: EntityManager,
  caseId: string,
  departmentId: string,
  reason: string,
  x: Doing,
  takenBy: ReadonlyMap<string, string> = new Map(),
  only: readonly string[] | null = null,
): Promise<void> {
  const taking = [...takenBy.values()];
  const ending = (await lockClocks(manager, caseId)).filter(
    (k) => isRunning(k) && k.departmentId === departmentId && !taking.includes(k.id) && (only === null || only.includes(k.id)),
  );
  for (const clock of ending) {
    const next = takenBy.get(clock.duty) ?? null;
    const ended = next === null ? cancelClock(clock, reason) : supersedeClock(clock, reason);
    if (!ended.ok) continue;
    await writeClock(manager, { ...ended.clock, supersededBy: next }, { endReason: ended.endReason });
    await appendEvents(
      manager,
      [
        {
          ...{ caseId, clockId: clock.id, at: x.now, actor: x.actor, data: { reason, departmentId } },
          kind: next === null ? 'clock-cancelled' : 'clock-superseded',
          summary: `${next === null ? '时限终止' : '时限由新的时限取代'}：${clock.title}（${reason}）`,
        },
      ],
      x.now,
    );
  }
  await endAlertsOfClocks(manager, caseId, ending.map((k) => k.id));
}

/**
 * The class of the case has changed: each unit's own terms follow it, from the unit's own 交办.
 * @returns ids of the clocks that started
 */
export async function changeUnitClocks(
  manager: EntityManager,
  laws: Lawbook,
  c: Pick<CaseRow, 'id' | 'circumstances'>,
  clocks: readonly StoredClock[],
  unit: NewUnit,
  to: CaseClass,
  x: Doing & { reason: string },
): Promise<string[]> {
  const own = clocks.filter((k) => k.departmentId === unit.departmentId && k.createdAt.getTime() >= unit.assignedAt.getTime());
  const change = planClassChange(own, laws.book, to, { assigned: unit.assignedAt }, laws.calendar, {
    circumstances: c.circumstances,
  });
  const ids = await startClocks(manager, c.id, change.start, x.now, { actor: x.actor, reason: x.reason, unit });
  const idOf = new Map(change.start.map((p, i) => [p.duty, ids[i] ?? '']));
  const leaving = [...change.supersede.map((s) => s.clock.id), ...change.cancel.map((k) => k.id)];
  if (leaving.length > 0) await endUnitClocks(manager, c.id, unit.departmentId, x.reason, x, idOf, leaving);
  return ids;
}
