import type { Calendar } from './calendar';
import type { Clock } from './clock';
import { meetClock, type MeetingEvidence, type Met } from './clock-life';
import type { CaseClass } from './label';
import {
  dutiesOf,
  planClock,
  planDuties,
  planOpened,
  type Anchors,
  type ClockPlan,
  type PlanOptions,
  type RuleBook,
} from './rule-pack';

/** What a new class does to the clocks of a case. */
export interface ClassChange {
  start: ClockPlan[];
  /** Running clocks that a starting or running duty replaces (`by`: its duty id). */
  supersede: { clock: Clock; by: string }[];
  /** Running clocks whose duty no longer applies and that nothing replaces. */
  cancel: Clock[];
}

/**
 * The change of clocks when a case is raised or lowered. New duties start from the ORIGINAL anchors, not from the
 * moment of the change, and may be overdue at birth. A running clock goes on when its frozen rule covers the new
 * class; else a duty that names it in `supersedes`, or the same duty with the terms of the new class, takes its
 * place; else it is cancelled.
 */
export function planClassChange(
  clocks: readonly Clock[],
  book: RuleBook,
  newClass: CaseClass,
  anchors: Anchors,
  calendar: Calendar,
  options: Pick<PlanOptions, 'circumstances'> = {},
): ClassChange {
  const running = clocks.filter(isRunning);
  const leaving = running.filter((c) => !c.rule.appliesTo.includes(newClass));
  const have = clocks
    .filter((c) => (isRunning(c) && !leaving.includes(c)) || c.state === 'met' || c.state === 'met_late')
    .map((c) => c.duty);
  const start = [
    ...planDuties(book, newClass, anchors, calendar, { ...options, have }),
    ...planResumed(clocks, book, newClass, calendar, options.circumstances),
  ];
  const staying = new Set([...start.map((p) => p.duty), ...have]);
  const takers = dutiesOf(book, newClass, options.circumstances).filter((d) => staying.has(d.rule.id));
  const change: ClassChange = { start, supersede: [], cancel: [] };
  for (const clock of leaving) {
    const taker = takers.find((d) => d.rule.id === clock.duty || d.rule.supersedes?.includes(clock.duty) === true);
    if (taker) change.supersede.push({ clock, by: taker.rule.id });
    else change.cancel.push(clock);
  }
  return change;
}

/**
 * Duties that evidence had opened (持续发布, 按方案办结) and a lowering cancelled: when the case is raised again they run
 * on from the anchor they had, since the duty that opened them is met and opens nothing anew.
 */
function planResumed(
  clocks: readonly Clock[],
  book: RuleBook,
  newClass: CaseClass,
  calendar: Calendar,
  circumstances?: PlanOptions['circumstances'],
): ClockPlan[] {
  const met = clocks.filter((c) => c.state === 'met' || c.state === 'met_late');
  return dutiesOf(book, newClass, circumstances).flatMap((duty) => {
    const last = clocks.filter((c) => c.duty === duty.rule.id).at(-1);
    const opened = met.some((c) => c.rule.opens?.some((o) => o.duty === duty.rule.id && o.by === c.metBy));
    return last?.state === 'cancelled' && opened ? [planClock(duty, last.anchorAt, calendar)] : [];
  });
}

/** What one piece of evidence does to all clocks of a case. */
export interface EvidenceEffect {
  met: Met[];
  /** Clocks that start because a duty was met (follow-up release, the duty to finish a plan). */
  start: ClockPlan[];
  /** For each running clock that takes this kind of evidence but was refused: why. */
  refused: { clock: Clock; reason: string }[];
}

/** Applies evidence to every clock of the case that this kind can meet. Each duty is opened at most once. */
export function applyEvidence(
  clocks: readonly Clock[],
  evidence: MeetingEvidence,
  book: RuleBook,
  caseClass: CaseClass,
  calendar: Calendar,
  notBefore?: Date,
): EvidenceEffect {
  const effect: EvidenceEffect = { met: [], start: [], refused: [] };
  for (const clock of clocks) {
    if (!clock.rule.metBy.includes(evidence.kind) || clock.state === 'cancelled' || clock.state === 'superseded')
      continue;
    const outcome = meetClock(clock, evidence, notBefore);
    if (outcome.ok) effect.met.push(outcome);
    else if (isRunning(clock)) effect.refused.push({ clock, reason: outcome.reason });
  }
  const metIds = new Set(effect.met.map((m) => m.clock.id));
  const open = new Set(clocks.filter((c) => isRunning(c) && !metIds.has(c.id)).map((c) => c.duty));
  for (const { clock } of effect.met) {
    for (const plan of planOpened(book, caseClass, clock.rule, evidence, calendar)) {
      if (open.has(plan.duty)) continue;
      open.add(plan.duty);
      effect.start.push(plan);
    }
  }
  return effect;
}

/**
 * What already registered evidence makes of a clock that starts late (a case raised after its release): judged by
 * the evidence's own time, the earliest that counts. Null when none meets it.
 */
export function meetByEarlier<E extends MeetingEvidence>(
  clock: Clock,
  evidence: readonly E[],
  notBefore?: Date,
): { met: Met; by: E } | null {
  const inOrder = [...evidence].sort((a, b) => a.happenedAt.getTime() - b.happenedAt.getTime());
  for (const by of inOrder) {
    const outcome = meetClock(clock, by, notBefore);
    if (outcome.ok) return { met: outcome, by };
  }
  return null;
}

/** The shortest of these terms, in milliseconds, among the duties that a document numbers (not the place itself). */
export function shortestTermMs(plans: readonly Pick<ClockPlan, 'rule' | 'anchorAt' | 'dueAt'>[]): number | null {
  const terms = plans
    .filter((p) => p.rule.anchor === 'detected' && p.rule.legalEffect !== 'local')
    .map((p) => p.dueAt.getTime() - p.anchorAt.getTime());
  return terms.length === 0 ? null : Math.min(...terms);
}

/**
 * 发现滞后: already public for longer than a quarter of the case's shortest term when the system detected it.
 * Terms that the place sets itself (签收 in minutes) are no measure of monitoring: pass `shortestTermMs(plans)`.
 */
export function isLateDetection(firstPublicAt: Date | null, detectedAt: Date, shortestMs: number | null): boolean {
  if (firstPublicAt === null || shortestMs === null) return false;
  return detectedAt.getTime() - firstPublicAt.getTime() > shortestMs / 4;
}

function isRunning(clock: Pick<Clock, 'state'>): boolean {
  return clock.state === 'open' || clock.state === 'suspended';
}
