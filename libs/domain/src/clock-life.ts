import { beijingIso, beijingText, HOUR_MS } from './beijing';
import type { Calendar } from './calendar';
import type { Clock, Extension, Reprojection, Suspension } from './clock';
import { suspensionEnd } from './clock-step';
import { termFault } from './deadline';
import { recompute, written } from './derivation';
import type { EvidenceKind, Term } from './rule';

/** An expected refusal is a value; the reason is shown to the person. */
export type Outcome<T> = ({ ok: true } & T) | { ok: false; reason: string };

/** What meets a duty: a registered response with its own time and the time it was entered. */
export interface MeetingEvidence {
  kind: EvidenceKind;
  happenedAt: Date;
  enteredAt: Date;
  /** The head of the unit did it himself (主要领导). */
  byHead?: boolean;
  /** What is registered in the case already: duties that want several pieces count it. */
  earlier?: readonly Pick<MeetingEvidence, 'kind' | 'happenedAt' | 'byHead'>[];
}

/** Who decided, why, and on what basis: nothing is suspended or extended silently. */
export interface Decision {
  reason: string;
  basis: string;
  approver: string;
}

export interface Met {
  clock: Clock;
  /** Entered after the limit although done in time, or after an earlier judgement. */
  lateEntry: boolean;
  /** Whole intervals of a recurring duty that passed without a discharge, each to be recorded. */
  missedIntervals: { from: Date; to: Date }[];
}

const ENDED: Record<string, string> = {
  met: '已按时完成',
  met_late: '已逾期完成',
  cancelled: '已撤销',
  superseded: '已被新的时限取代',
};

/**
 * Evidence meets the duty, judged by the evidence's own time: done exactly at the limit is on time. A clock that was
 * met late is judged again when an earlier response is entered afterwards; both entries stay in the history.
 *
 * `notBefore` is the earliest instant at which a response can count; default the anchor. (A release before the
 * system detected the case counts when the caller passes the time of the first public report.)
 */
export function meetClock(clock: Clock, evidence: MeetingEvidence, notBefore: Date = clock.anchorAt): Outcome<Met> {
  const refusal = evidenceRefusal(clock, evidence, notBefore);
  if (refusal !== null) return { ok: false, reason: refusal };
  const at = countedAt(clock, evidence);
  if (at === null) return { ok: false, reason: stillWanted(clock, evidence) };
  const frozen = clock.derivation.suspensions.find((s) => s.to === null);
  // Under suspension the rest of the term stands still: what is done then is in time.
  const stoppedAt = frozen && clock.state === 'suspended' ? Date.parse(frozen.from) : Infinity;
  const inTime = (end: Date) => at.getTime() <= end.getTime() || stoppedAt <= end.getTime();
  const onTime = inTime(clock.dueAt);
  return {
    ok: true,
    clock: {
      ...clock,
      state: onTime ? 'met' : 'met_late',
      metAt: at,
      metBy: evidence.kind,
      targetMet: clock.targetAt === null ? null : inTime(clock.targetAt),
      breachedAt: onTime ? null : clock.dueAt,
      nextAt: null,
    },
    lateEntry: onTime && evidence.enteredAt.getTime() > clock.dueAt.getTime(),
    missedIntervals: clock.rule.limit.unit === 'every' ? missedIntervals(clock, at) : [],
  };
}

function evidenceRefusal(clock: Clock, evidence: MeetingEvidence, notBefore: Date): string | null {
  const { kind, happenedAt, enteredAt } = evidence;
  if (clock.state === 'cancelled' || clock.state === 'superseded') return `该时限${ENDED[clock.state]},不能再登记完成`;
  if (!clock.rule.metBy.includes(kind)) return `「${clock.rule.title}」不能以此类回应(${kind})完成`;
  if (happenedAt.getTime() > enteredAt.getTime()) {
    return `回应时间 ${beijingText(happenedAt)} 晚于登记时间,不能登记尚未发生的回应`;
  }
  if (happenedAt.getTime() < notBefore.getTime()) {
    return `回应时间 ${beijingText(happenedAt)} 早于起算时间 ${beijingText(notBefore)},不能作为该项义务的完成依据`;
  }
  if (clock.rule.byHead && !evidence.byHead) return `「${clock.rule.title}」只计单位主要负责人本人的，本次不计入`;
  if (clock.metAt !== null && happenedAt.getTime() >= clock.metAt.getTime()) {
    return `该时限${ENDED[clock.state] ?? '已完成'},且完成时间更早(${beijingText(clock.metAt)})`;
  }
  return null;
}

/** When the last piece that the duty wants was done (每年不少于6次: the sixth by its own time); null: pieces are missing. */
function countedAt(clock: Clock, evidence: MeetingEvidence): Date | null {
  const done = countingFor(clock, evidence);
  return done[(clock.rule.times ?? 1) - 1] ?? null;
}

/** Times of the pieces that count, this one included, the earliest first. Duties that one piece meets look at it alone. */
function countingFor({ rule, anchorAt }: Clock, evidence: MeetingEvidence): Date[] {
  if ((rule.times ?? 1) === 1) return [evidence.happenedAt];
  const earlier = (evidence.earlier ?? []).filter(
    (e) => rule.metBy.includes(e.kind) && e.happenedAt.getTime() >= anchorAt.getTime() && (!rule.byHead || e.byHead === true),
  );
  return [...earlier.map((e) => e.happenedAt), evidence.happenedAt].sort((a, b) => a.getTime() - b.getTime());
}

function stillWanted(clock: Clock, evidence: MeetingEvidence): string {
  const { times = 1, title } = clock.rule;
  const done = countingFor(clock, evidence).length;
  return `「${title}」已计第 ${done} 次，共需 ${times} 次，还差 ${times - done} 次`;
}

/** The whole intervals of a recurring duty that passed up to this instant without a discharge (RULES 4: recorded, never skipped). */
export function missedIntervals(clock: Pick<Clock, 'anchorAt' | 'dueAt' | 'rule'>, until: Date): { from: Date; to: Date }[] {
  const length = (clock.rule.limit.amount ?? 0) * HOUR_MS;
  const missed: { from: Date; to: Date }[] = [];
  let from = clock.anchorAt.getTime();
  for (let to = clock.dueAt.getTime(); to < until.getTime(); from = to, to += length) {
    missed.push({ from: new Date(from), to: new Date(to) });
  }
  return missed;
}

/** Stops the term (中止). Refused once the limit has passed: a breach stays a breach. */
export function suspendClock(clock: Clock, decision: Decision, now: Date): Outcome<{ clock: Clock }> {
  const refusal = runningRefusal(clock, decision, now, '中止');
  if (refusal !== null) return { ok: false, reason: refusal };
  if (clock.state === 'suspended') return { ok: false, reason: '该时限已在中止中' };
  const unbound = suspensionRefusal(clock);
  if (unbound !== null) return { ok: false, reason: unbound };
  const until = new Date(now.getTime() + suspensionLeftMs(clock));
  const suspension = { from: beijingIso(now), to: null, until: beijingIso(until), ...decided(decision) };
  const derivation = { ...clock.derivation, suspensions: [...clock.derivation.suspensions, suspension] };
  return { ok: true, clock: { ...revise(clock, now, { state: 'suspended', derivation }), nextAt: until } };
}

/** Why the frozen rule lets nobody suspend this clock (any more), in Chinese; null: it does. The limit's instant apart. */
export function suspensionRefusal(clock: Clock): string | null {
  if (clock.rule.suspensionHours === undefined) return noBound(clock, '中止', 'suspensionHours');
  if (suspensionLeftMs(clock) > 0) return null;
  return `「${clock.rule.title}」的中止时间已用完(最多 ${clock.rule.suspensionHours} 小时)`;
}

function suspensionLeftMs(clock: Clock): number {
  const used = clock.derivation.suspensions.reduce((ms, s) => ms + spanOf(s), 0);
  return (clock.rule.suspensionHours ?? 0) * HOUR_MS - used;
}

function spanOf(s: Suspension): number {
  return s.to === null ? 0 : Date.parse(s.to) - Date.parse(s.from);
}

/** Lets the term run on; the suspended time is added, at most as much as the rule allows. */
export function resumeClock(clock: Clock, now: Date, calendar: Calendar): Outcome<{ clock: Clock }> {
  const end = suspensionEnd(clock);
  if (end === null) return { ok: false, reason: '该时限没有在中止中' };
  const to = beijingIso(new Date(Math.min(now.getTime(), end.getTime())));
  const suspensions = clock.derivation.suspensions.map((s) => (s.to === null ? { ...s, to } : s));
  const inputs = { ...clock.derivation, suspensions };
  return { ok: true, clock: recomputed(revise(clock, now, { state: 'open', derivation: inputs }), calendar, now) };
}

/** Lengthens the term within the bound of the frozen rule. Refused once the limit has passed. */
export function extendClock(
  clock: Clock,
  decision: Decision & { term: Term },
  now: Date,
  calendar: Calendar,
): Outcome<{ clock: Clock }> {
  const refusal = runningRefusal(clock, decision, now, '延长') ?? boundRefusal(clock, decision.term);
  if (refusal !== null) return { ok: false, reason: refusal };
  const extension: Extension = { term: decision.term, ...decided(decision), at: beijingIso(now) };
  const derivation = { ...clock.derivation, extensions: [...clock.derivation.extensions, extension] };
  return { ok: true, clock: recomputed(revise(clock, now, { derivation }), calendar, now) };
}

/** Why the frozen rule lets nobody extend this clock (any more), in Chinese; null: it does. The limit's instant apart. */
export function extensionRefusal(clock: Clock): string | null {
  const bound = clock.rule.extension;
  if (bound === undefined) return noBound(clock, '延长', 'extension');
  const limit = bound.amount ?? 0;
  if (extendedBy(clock) < limit) return null;
  return `「${clock.rule.title}」的延长已用完(最多 ${limit} ${UNIT_NAMES[bound.unit]})`;
}

function extendedBy(clock: Clock): number {
  return clock.derivation.extensions.reduce((sum, e) => sum + (e.term.amount ?? 0), 0);
}

function boundRefusal(clock: Clock, term: Term): string | null {
  const bound = clock.rule.extension;
  if (bound === undefined) return noBound(clock, '延长', 'extension');
  const fault = termFault(term);
  if (fault) return `延长的期限无效:${fault.key} = ${JSON.stringify(fault.value)}`;
  if (term.unit !== bound.unit) return `延长的单位必须与规则一致(${UNIT_NAMES[bound.unit]})`;
  const used = extendedBy(clock);
  const [limit, asked] = [bound.amount ?? 0, term.amount ?? 0];
  if (used + asked <= limit) return null;
  return `超出规则允许的延长上限:最多 ${limit} ${UNIT_NAMES[bound.unit]},已延长 ${used},本次申请 ${asked}`;
}

/** A text that gives no bound allows nothing; a place that has a bound of its own says so in its own rule pack. */
function noBound({ rule }: Clock, what: string, key: string): string {
  const text = `《${rule.document}》${rule.number === '' ? '' : `(${rule.number})`}${rule.article}`;
  return `「${rule.title}」的规则不允许${what}:${text}没有规定可以${what}。本地另有规定的,由管理员在本地规则包中写明上限(${key})及依据,对此后新起的时限生效`;
}

const UNIT_NAMES: Record<Term['unit'], string> = {
  hours: '小时',
  natural_days: '日',
  working_days: '个工作日',
  until: '指定日期',
  every: '小时(循环)',
};

/**
 * Computes an open clock again under another calendar. `moved` tells whether an instant changed: then the revision
 * grows, the old and the new one are kept on the sheet, and those whom the clock concerns are to be told. Where the
 * instants stay and only 暂定 ends (or begins), the sheet keeps that too, but no rung fires anew.
 */
export function reprojectClock(
  clock: Clock,
  calendar: Calendar,
  now: Date,
): Outcome<{ clock: Clock; moved: boolean; reprojection: Reprojection | null }> {
  if (clock.state !== 'open' && clock.state !== 'suspended') {
    return { ok: false, reason: `该时限${ENDED[clock.state]},不再重算` };
  }
  const fresh = recompute(clock.derivation, calendar);
  const sheet = { ...clock.derivation, ...written(fresh), calendarVersion: calendar.version };
  const same = (a: Date | null, b: Date | null) => a?.getTime() === b?.getTime();
  const moves = !same(fresh.dueAt, clock.dueAt) || !same(fresh.targetAt, clock.targetAt);
  if (!moves && fresh.provisional === clock.provisional) {
    return { ok: true, clock: { ...clock, derivation: sheet }, moved: false, reprojection: null };
  }
  const reprojection: Reprojection = {
    at: beijingIso(now),
    calendarVersion: calendar.version,
    provisional: fresh.provisional,
    oldDueAt: clock.derivation.dueAt,
    newDueAt: sheet.dueAt,
    ...(clock.derivation.targetAt === undefined ? {} : { oldTargetAt: clock.derivation.targetAt }),
    ...(sheet.targetAt === undefined ? {} : { newTargetAt: sheet.targetAt }),
  };
  const reprojections = [...clock.derivation.reprojections, reprojection];
  if (!moves) {
    const kept = { ...clock, provisional: fresh.provisional, derivation: { ...sheet, reprojections } };
    return { ok: true, clock: kept, moved: false, reprojection };
  }
  const derivation = { ...clock.derivation, reprojections };
  const moved = recomputed(revise(clock, now, { derivation }), calendar, now);
  return { ok: true, clock: moved, moved: true, reprojection };
}

/** Ends a clock because another takes its place (上调). `supersededBy` is written when that one has its id. */
export function supersedeClock(clock: Clock, reason: string): Outcome<{ clock: Clock; endReason: string }> {
  return endClock(clock, 'superseded', reason);
}

/** Ends a clock because its duty no longer applies (下调、撤销). The row and its history stay. */
export function cancelClock(clock: Clock, reason: string): Outcome<{ clock: Clock; endReason: string }> {
  return endClock(clock, 'cancelled', reason);
}

function endClock(
  clock: Clock,
  state: 'superseded' | 'cancelled',
  reason: string,
): Outcome<{ clock: Clock; endReason: string }> {
  if (reason.trim() === '') return { ok: false, reason: '必须说明理由' };
  if (clock.state !== 'open' && clock.state !== 'suspended')
    return { ok: false, reason: `该时限${ENDED[clock.state]}` };
  return { ok: true, clock: { ...clock, state, nextAt: null }, endReason: reason };
}

function runningRefusal(clock: Clock, decision: Decision, now: Date, what: string): string | null {
  if (clock.state !== 'open' && clock.state !== 'suspended') return `该时限${ENDED[clock.state]},不能${what}`;
  if (decision.reason.trim() === '') return `${what}必须说明理由`;
  if (decision.basis.trim() === '') return `${what}必须写明依据`;
  if (decision.approver.trim() === '') return `${what}必须有批准人`;
  if (clock.state === 'open' && now.getTime() > clock.dueAt.getTime()) {
    return `时限已于 ${beijingText(clock.dueAt)} 届满,不能再${what}`;
  }
  return null;
}

function decided({ reason, basis, approver }: Decision): Decision {
  return { reason, basis, approver };
}

/** Any change of the instants: rungs are unique per revision, and the engine looks at once. */
function revise(clock: Clock, now: Date, change: Partial<Clock>): Clock {
  const revised = { ...clock, ...change };
  return {
    ...revised,
    revision: clock.revision + 1,
    derivation: { ...revised.derivation, revisedAt: beijingIso(now) },
  };
}

function recomputed(clock: Clock, calendar: Calendar, now: Date): Clock {
  const fresh = recompute(clock.derivation, calendar);
  return {
    ...clock,
    dueAt: fresh.dueAt,
    targetAt: fresh.targetAt,
    provisional: fresh.provisional,
    breachedAt: now.getTime() >= fresh.dueAt.getTime() ? fresh.dueAt : null,
    nextAt: clock.state === 'open' ? now : suspensionEnd(clock),
    derivation: { ...clock.derivation, ...written(fresh), calendarVersion: calendar.version },
  };
}
