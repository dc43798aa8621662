import type { JudgedLabel, Verdict } from './label-decision';
import type { MonthQuality } from './label-quality';
import type { CaseState, WireItem } from './wire';

/** A thing a person must look at: a case, or an item without one. */
export interface WireReview {
  kind: 'case' | 'item';
  id: string;
  /** Of a case. */
  code: string | null;
  state: CaseState | null;
  /** What is judged now; of a case its own, else the item's. */
  judged: JudgedLabel;
  /** The text to read, with the classifier's reasons; of a case the item that speaks for its level. */
  item: WireItem;
  waitingSince: string;
}

export interface WireReviewQueue {
  total: number;
  cases: number;
  items: number;
  entries: WireReview[];
}

export interface WireQuality {
  /** Months with fewer decisions than this show counts instead of percentages. */
  smallCount: number;
  months: MonthQuality[];
}

/** One line of the exported overrides: the form of the training data, the text masked. */
export interface WireTrainingText {
  id: string;
  title: string;
  text: string;
  date: string | null;
  labels: JudgedLabel & { dead: number | null; injured: number | null; m: string[] };
  verdict: Verdict;
  reason: string;
  decidedAt: string;
  classifierVersion: string;
}

/** The unmasked text of an item, handed out once for a reason that stands in the audit. */
export interface WireRevealed {
  id: string;
  title: string;
  text: string;
}
