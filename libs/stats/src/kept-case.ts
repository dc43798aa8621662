import { type CaseFacts, type CaseHistory, factsOf, factsOfMonth, lastRecorded, MonthBook, monthOf, monthPlus, monthSpan, monthsOf, type Ms, nextTurn } from '@app/domain';
import { encodeFacts, type Frozen } from './fact-code';

/** A case as it stands in the sums. */
export interface KeptCase {
  caseId: string;
  /** The instant for which it stands in the sums. */
  foldedAt: Ms;
  facts: CaseFacts;
  frozen: Frozen;
}

/** The two ways a month is looked at: as of now, and as of its end (the same while it runs). */
export interface Books {
  now: MonthBook;
  end: MonthBook;
}

export const newBooks = (): Books => ({ now: new MonthBook(), end: new MonthBook() });

/** The case folded for `at`; null while it was not known. For months that have ended it is also read back to their end. */
export function keepCase(history: CaseHistory, at: Ms): KeptCase | null {
  const facts = factsOf(history, at);
  if (facts === null) return null;
  const frozen: Frozen = {};
  // A month that ended after the last record of the case is read as the case stands now.
  const last = monthOf(Math.min(at, lastRecorded(history)));
  for (let month = monthOf(firstInstant(history)); month < last; month = monthPlus(month, 1)) {
    const then = factsOfMonth(factsOf(history, endOf(month)), month);
    if (codeOf(then) !== codeOf(factsOfMonth(facts, month))) frozen[month] = then;
  }
  return { caseId: history.id, foldedAt: at, facts, frozen };
}

/** A limit that passed and an answer that came can lie before the detection: everything begins with the first of them. */
function firstInstant(h: CaseHistory): Ms {
  return Math.min(h.detectedAt, ...h.clocks.map((c) => c.dueAt), ...h.evidence.map((e) => e.happenedAt));
}

/** Puts the case into the sums, or takes it out as it was put in. */
export function count(books: Books, kept: KeptCase, sign: 1 | -1): void {
  books.now.add(kept.facts, kept.foldedAt, sign);
  // A limit of a month lies before its end: what is judged by now was judged by then, unless something came in late.
  if (Object.keys(kept.frozen).length === 0) return books.end.add(kept.facts, kept.foldedAt, sign);
  for (const month of monthsKept(kept)) {
    const then = factsAtEnd(kept, month);
    if (then) books.end.add(then, Math.min(kept.foldedAt, endOf(month)), sign);
  }
}

/** The facts of a month as of its end, or as of now while it runs. */
export function factsAtEnd(kept: KeptCase, month: string): CaseFacts | null {
  return month in kept.frozen ? (kept.frozen[month] ?? null) : factsOfMonth(kept.facts, month);
}

export function monthsKept(kept: KeptCase): string[] {
  return [...new Set([...monthsOf(kept.facts), ...Object.keys(kept.frozen)])];
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
