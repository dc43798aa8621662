import {
  type CaseFacts,
  type CaseHistory,
  factsOf,
  factsOfMonth,
  lastRecorded,
  MonthBook,
  monthOf,
  monthPlus,
  monthSpan,
  monthsOf,
  type Ms,
  nextTurn,
} from '@app/domain';
import { encodeFacts, type Frozen } from './fact-code';

/** What is told of a case, as of now and as of the end of months that are over. */
export interface Told {
  facts: CaseFacts;
  frozen: Frozen;
}

/** A case as it stands in the sums. */
export interface KeptCase extends Told {
  caseId: string;
  /** The instant for which it stands in the sums. */
  foldedAt: Ms;
  /** By scope what it brings there; null: the same. */
  parts: Map<string, Told | null>;
}

/** The sums of the whole. */
export const WHOLE = '';
/** The sums that a department is told: of the cases that it leads or supports now, its own part. */
export const scopeOfUnit = (departmentId: string): string => `unit:${departmentId}`;

/** The two ways a month is looked at: as of now, and as of its end (the same while it runs). */
export interface Books {
  now: MonthBook;
  end: MonthBook;
}
/** By scope. */
export type ScopeBooks = Map<string, Books>;

export function booksOf(all: ScopeBooks, scope: string): Books {
  let books = all.get(scope);
  if (books === undefined) all.set(scope, (books = { now: new MonthBook(), end: new MonthBook() }));
  return books;
}

/**
 * The case folded for `at`; null while it was not known. For months that have ended it is also read back to their end.
 * @param units that lead or support it now
 */
export function keepCase(history: CaseHistory, at: Ms, units: readonly string[]): KeptCase | null {
  const told = tell(history, at);
  if (told === null) return null;
  const parts = new Map<string, Told | null>();
  for (const unit of units) {
    const own = ofUnit(history, unit);
    const whole = own.clocks.length === history.clocks.length && own.evidence.length === history.evidence.length;
    parts.set(scopeOfUnit(unit), whole ? null : tell(own, at));
  }
  return { caseId: history.id, foldedAt: at, ...told, parts };
}

function tell(history: CaseHistory, at: Ms): Told | null {
  const facts = factsOf(history, at);
  if (facts === null) return null;
  const frozen: Frozen = {};
  // A month that ended after the last record of the case is read as the case stands now.
  const last = monthOf(Math.min(at, lastRecorded(history)));
  for (let month = monthOf(firstInstant(history)); month < last; month = monthPlus(month, 1)) {
    const then = factsOfMonth(factsOf(history, endOf(month)), month);
    if (codeOf(then) !== codeOf(factsOfMonth(facts, month))) frozen[month] = then;
  }
  return { facts, frozen };
}

/** Of a case that several units answer, what is one unit's: its own terms and acts, and those of the case where it leads now. */
export function ofUnit(h: CaseHistory, unit: string): CaseHistory {
  const own = (departmentId: string | null): boolean => (departmentId ?? h.departmentId) === unit;
  return {
    ...h,
    clocks: h.clocks.filter((c) => own(c.departmentId)),
    evidence: h.evidence.filter((e) => own(e.departmentId)),
  };
}

/** A limit that passed and an answer that came can lie before the detection: everything begins with the first of them. */
function firstInstant(h: CaseHistory): Ms {
  return Math.min(h.detectedAt, ...h.clocks.map((c) => c.dueAt), ...h.evidence.map((e) => e.happenedAt));
}

/** Puts the case into the sums of the whole and of every scope, or takes it out as it was put in. */
export function count(all: ScopeBooks, kept: KeptCase, sign: 1 | -1): void {
  countTold(booksOf(all, WHOLE), kept, kept.foldedAt, sign);
  for (const [scope, told] of kept.parts) countTold(booksOf(all, scope), told ?? kept, kept.foldedAt, sign);
}

export function countTold(books: Books, told: Told, foldedAt: Ms, sign: 1 | -1): void {
  books.now.add(told.facts, foldedAt, sign);
  // A limit of a month lies before its end: what is judged by now was judged by then, unless something came in late.
  if (Object.keys(told.frozen).length === 0) return books.end.add(told.facts, foldedAt, sign);
  for (const month of monthsKept(told)) {
    const then = factsAtEnd(told, month);
    if (then) books.end.add(then, Math.min(foldedAt, endOf(month)), sign);
  }
}

/** The facts of a month as of its end, or as of now while it runs. */
export function factsAtEnd(told: Told, month: string): CaseFacts | null {
  return month in told.frozen ? (told.frozen[month] ?? null) : factsOfMonth(told.facts, month);
}

export function monthsKept(told: Told): string[] {
  return [...new Set([...monthsOf(told.facts), ...Object.keys(told.frozen)])];
}

export const turnOf = (kept: KeptCase): Ms | null => nextTurn(kept.facts, kept.foldedAt);

const ends = new Map<string, Ms>();
/** First instant after the month. */
export function endOf(month: string): Ms {
  let end = ends.get(month);
  if (end === undefined) ends.set(month, (end = monthSpan(month).to.getTime()));
  return end;
}

const codeOf = (facts: CaseFacts | null): string => JSON.stringify(facts && encodeFacts(facts));
