import {
  type Anchors,
  beijingIso,
  cancelClock,
  type CaseClass,
  type ClassChange,
  planClassChange,
  supersedeClock,
} from '@app/domain';
import type { EntityManager } from 'typeorm';
import { endAlertsOfClocks } from './alert-end';
import type { CaseRow } from './case-row';
import { startClocks } from './clock-book';
import { isRunning, lockClocks, writeClock } from './clock-row';
import { meetByRegistered } from './earlier-evidence';
import { appendEvents, type NewEvent } from './event-log';
import type { Lawbook } from './lawbook.service';
import { activeUnits } from './unit-book';
import { changeUnitClocks } from './unit-clocks';

/**
 * The known instants of a case, as its duties are anchored on them; 交办 is each unit's own (unit-clocks.ts). The duties
 * of a case that flared up after it was settled run from the report that came afterwards.
 */
export function anchorsOf(c: CaseRow): Anchors {
  return {
    happened: c.revivedAt === null ? c.happenedAt : null,
    first_public: c.revivedAt === null ? c.firstPublicAt : null,
    detected: c.revivedAt ?? c.detectedAt,
    confirmed: c.confirmedAt,
    settled: c.closedAt,
    handed_over: c.transfer === null ? null : new Date(c.transfer.at),
  };
}

/**
 * Raises or lowers the clocks of a case: new duties from the ORIGINAL anchors, replaced ones superseded, those
 * that no longer apply cancelled with the reason. The case row must be locked.
 */
export async function changeClass(
  manager: EntityManager,
  laws: Lawbook,
  c: CaseRow,
  to: CaseClass,
  now: Date,
  why: { actor: string; reason: string },
): Promise<ClassChange> {
  await laws.hold(manager);
  const all = await lockClocks(manager, c.id);
  // Settled once is settled: of a case that was reopened the first round's clocks answer for nothing of the second.
  const clocks = all.filter((k) => k.departmentId === null && (c.revivedAt === null || isRunning(k) || k.anchorAt.getTime() >= c.revivedAt.getTime()));
  const change = planClassChange(clocks, laws.book, to, anchorsOf(c), laws.calendar, {
    circumstances: c.circumstances,
  });
  const ids = await startClocks(manager, c.id, change.start, now, why);
  const idOf = new Map(change.start.map((p, i) => [p.duty, ids[i] ?? null]));
  for (const clock of clocks) if (isRunning(clock) && !idOf.has(clock.duty)) idOf.set(clock.duty, clock.id);
  const events: NewEvent[] = [];
  for (const { clock, by } of change.supersede) {
    const ended = supersedeClock(clock, why.reason);
    if (!ended.ok) continue;
    await writeClock(manager, { ...ended.clock, supersededBy: idOf.get(by) ?? null }, { endReason: ended.endReason });
    events.push(endEvent('clock-superseded', `时限由新的时限取代：${clock.rule.title}`, clock.id));
  }
  for (const clock of change.cancel) {
    const ended = cancelClock(clock, why.reason);
    if (!ended.ok) continue;
    await writeClock(manager, ended.clock, { endReason: ended.endReason });
    events.push(endEvent('clock-cancelled', `时限撤销：${clock.rule.title}`, clock.id));
  }
  await appendEvents(manager, events, now);
  await endAlertsOfClocks(manager, c.id, [
    ...change.supersede.map((s) => s.clock.id),
    ...change.cancel.map((x) => x.id),
  ]);
  for (const unit of await activeUnits(manager, c.id)) {
    ids.push(...(await changeUnitClocks(manager, laws, c, all, unit, to, { now, ...why })));
  }
  await meetByRegistered(manager, laws, c, to, ids, now, why.actor);
  return change;

  function endEvent(kind: string, summary: string, clockId: string): NewEvent {
    const data = { reason: why.reason, class: to, anchor: beijingIso(c.detectedAt) };
    return { caseId: c.id, clockId, kind, at: now, actor: why.actor, summary: `${summary}（${why.reason}）`, data };
  }
}
