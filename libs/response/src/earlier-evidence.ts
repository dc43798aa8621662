import {
  type AnchorKind,
  beijingIso,
  type CaseClass,
  type Clock,
  type EvidenceKind,
  type Met,
  meetByEarlier,
  planOpened,
} from '@app/domain';
import { rows } from '@app/storage';
import type { EntityManager } from 'typeorm';
import { endAlertsOfClocks } from './alert-end';
import type { CaseRow } from './case-row';
import { startClocks } from './clock-book';
import { isFor, isRunning, lockClocks, writeClock } from './clock-row';
import { appendEvents, type NewEvent } from './event-log';
import type { Lawbook } from './lawbook.service';

interface Registered {
  id: string;
  kind: EvidenceKind;
  happenedAt: Date;
  enteredAt: Date;
  /** The unit that gave it; null: the leading one. */
  departmentId: string | null;
}

/**
 * Judges clocks that have just started by what is already registered: a release made before the case was raised
 * meets the release duty by its own time (RULES 4). What it opens starts too, and is judged in turn.
 */
export async function meetByRegistered(
  manager: EntityManager,
  laws: Lawbook,
  c: CaseRow,
  to: CaseClass,
  startedIds: readonly string[],
  now: Date,
  actor: string,
): Promise<void> {
  const evidence = await loadEvidence(manager, c.id);
  if (evidence.length === 0) return;
  let fresh = new Set(startedIds);
  for (let opened = false; fresh.size > 0; opened = true) {
    const clocks = await lockClocks(manager, c.id);
    const running = new Set(clocks.filter(isRunning).map((k) => k.duty));
    const next = new Set<string>();
    for (const clock of clocks.filter((k) => fresh.has(k.id))) {
      // What opened a clock cannot also meet it.
      const given = evidence.filter((e) => isFor(clock, e.departmentId ?? c.departmentId));
      const usable = opened || OPENED.includes(clock.anchorKind) ? given.filter((e) => e.happenedAt.getTime() > clock.anchorAt.getTime()) : given;
      const found = meetByEarlier(clock, usable, boundOf(clock, c));
      if (!found) continue;
      await writeClock(manager, found.met.clock, { evidenceId: found.by.id });
      await appendEvents(manager, eventsOf(c.id, found.met, found.by, actor), now);
      await endAlertsOfClocks(manager, c.id, [clock.id]);
      running.delete(clock.duty);
      const plans = planOpened(laws.book, to, clock.rule, found.by, laws.calendar).filter((p) => !running.has(p.duty));
      for (const plan of plans) running.add(plan.duty);
      for (const id of await startClocks(manager, c.id, plans, now, { actor })) next.add(id);
    }
    fresh = next;
  }
}

/** Anchors that evidence gives. */
const OPENED: readonly AnchorKind[] = ['last_release', 'planned'];

/** Duties from the first known instants count what was done from the first public report on. */
function boundOf(clock: Clock, c: CaseRow): Date {
  if (c.revivedAt !== null || !['detected', 'first_public', 'happened', 'triggered'].includes(clock.anchorKind)) return clock.anchorAt;
  const bounds = [c.firstPublicAt, c.happenedAt, c.detectedAt].flatMap((at) => (at === null ? [] : [at.getTime()]));
  return new Date(Math.min(...bounds));
}

function loadEvidence(manager: EntityManager, caseId: string): Promise<Registered[]> {
  return rows<Registered>(
    manager,
    `select id, kind, happened_at as "happenedAt", entered_at as "enteredAt", department_id as "departmentId" from evidence
     where case_id = $1 or case_id in (select id from case_file where merged_into = $1) order by id`,
    [caseId],
  );
}

function eventsOf(caseId: string, { clock, missedIntervals }: Met, by: Registered, actor: string): NewEvent[] {
  const onTime = clock.state === 'met';
  const { id: clockId, duty, targetMet, rule } = clock;
  const met: NewEvent = {
    ...{ caseId, clockId, actor, at: by.happenedAt },
    kind: onTime ? 'clock-met' : 'clock-met-late',
    summary: `${onTime ? '按时完成' : '逾期完成'}：${rule.title}（依据此前登记的回应）`,
    // Not a late entry: it was registered before this clock started.
    data: { evidenceId: by.id, duty, dueAt: beijingIso(clock.dueAt), targetMet, lateEntry: false },
  };
  const missed = missedIntervals.map((gap) => ({
    ...{ caseId, clockId, actor, at: gap.to },
    kind: 'interval-missed',
    summary: `未按期履行：${rule.title}`,
    data: { from: beijingIso(gap.from), to: beijingIso(gap.to) },
  }));
  return [met, ...missed];
}
