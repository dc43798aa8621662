import { actsOf, type ActFact } from './act';
import { caseThen, type CaseThen, type Dims } from './case-then';
import { clockThen, type DutyFact } from './clock-then';
import { type CaseHistory, cutHistory, type EventRecord, type Ms } from './history';
import { monthOf, monthOfLimit } from './span';

/** The case itself, for the month in which it was detected. */
export interface DetectedFact extends Pick<CaseThen, 'rejected' | 'closed' | 'lateDetection' | 'lagMinutes'> {
  month: string;
  demo: boolean;
}

/** All that one case brings to the months, as it stood at a cut-off. Its duties belong to the month of their limit. */
export interface CaseFacts {
  caseId: string;
  dims: Dims;
  /** null: it had been merged into another case. */
  detected: DetectedFact | null;
  duties: DutyFact[];
  acts: ActFact[];
}

/** Reads a case back to the cut-off; null: it was not known then. Pure: what was recorded later changes nothing. */
export function factsOf(history: CaseHistory, asOf: Ms): CaseFacts | null {
  const h = cutHistory(history, asOf);
  if (h === null) return null;
  const then = caseThen(h);
  const { trigger, caseClass, topic, departmentId, region, sourceName } = then;
  const { rejected, closed, lateDetection, lagMinutes } = then;
  return {
    caseId: h.id,
    dims: { trigger, caseClass, topic, departmentId, region, sourceName },
    detected: then.merged
      ? null
      : { month: monthOf(h.detectedAt), rejected, closed, lateDetection, lagMinutes, demo: h.demo },
    duties: h.clocks.map((c) => clockThen(c, eventsOf(h, c.id))),
    acts: actsOf(h, then),
  };
}

/** The part of the facts that belongs to one month; null: none does. */
export function factsOfMonth(facts: CaseFacts | null, month: string): CaseFacts | null {
  if (facts === null) return null;
  const detected = facts.detected?.month === month ? facts.detected : null;
  const duties = facts.duties.filter((d) => monthOfLimit(d.dueAt) === month);
  const acts = facts.acts.filter((a) => a.month === month);
  return detected || duties.length + acts.length > 0 ? { ...facts, detected, duties, acts } : null;
}

/** The months that the facts belong to, in order. */
export function monthsOf(facts: CaseFacts | null): string[] {
  if (facts === null) return [];
  const months = new Set(facts.acts.map((a) => a.month));
  if (facts.detected) months.add(facts.detected.month);
  for (const d of facts.duties) months.add(monthOfLimit(d.dueAt));
  return [...months].sort();
}

/** When time alone changes what the facts mean: the next limit or target of an open duty after `asOf`; null: never. */
export function nextTurn(facts: CaseFacts, asOf: Ms): Ms | null {
  let next = Infinity;
  for (const d of facts.duties) {
    if (d.fate === 'open' && d.dueAt > asOf) next = Math.min(next, d.dueAt);
    if (d.targetOpen && d.targetAt !== null && d.targetAt > asOf) next = Math.min(next, d.targetAt);
  }
  return next === Infinity ? null : next;
}

/** A case has a handful of each: going through them is quicker than any index of them. */
function eventsOf(h: CaseHistory, clockId: string): EventRecord[] {
  const own: EventRecord[] = [];
  for (const e of h.events) if (e.clockId === clockId) own.push(e);
  return own;
}
