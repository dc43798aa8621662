import type { AnchorKind, DutyRule, EvidenceKind, Ladder, Term } from './rule';

export const CLOCK_STATES = ['open', 'suspended', 'met', 'met_late', 'cancelled', 'superseded'] as const;
export type ClockState = (typeof CLOCK_STATES)[number];

/** A day of the derivation sheet: counted or skipped, and the notice that says so. */
export interface DayStep {
  /** YYYY-MM-DD, Beijing. */
  date: string;
  counted: boolean;
  why: string;
}

/** 期限计算书: everything needed to compute the instant again and get the same one. */
export interface Derivation {
  term: Term;
  targetTerm?: Term;
  anchorKind: AnchorKind;
  /** ISO 8601, +08:00. */
  anchorAt: string;
  dueAt: string;
  targetAt?: string;
  provisional: boolean;
  calendarVersion: string;
  days: DayStep[];
  suspensions: Suspension[];
  extensions: Extension[];
  /** Instants that a new or amended calendar moved: the old and the new one are kept. */
  reprojections: Reprojection[];
  /** When the revision last grew; rungs that fired before and now stand before this do not fire again. */
  revisedAt: string | null;
  basis: { document: string; number: string; article: string; quote: string; note?: string };
}

export interface Reprojection {
  at: string;
  calendarVersion: string;
  /** Still 暂定 under the new calendar; absent on sheets of before this was kept. */
  provisional?: boolean;
  oldDueAt: string;
  newDueAt: string;
  oldTargetAt?: string;
  newTargetAt?: string;
}

export interface Suspension {
  from: string;
  to: string | null;
  /** When it ends by itself: the rule's bound on suspensions is used up then. */
  until: string;
  reason: string;
  basis: string;
  approver: string;
}

export interface Extension {
  term: Term;
  reason: string;
  basis: string;
  approver: string;
  at: string;
}

/** A running or ended term of one duty of one case (时限). */
export interface Clock {
  id: string;
  caseId: string;
  duty: string;
  packId: string;
  ruleVersion: string;
  /** The rule and ladder as they were when the clock started; never edited. */
  rule: DutyRule;
  ladder: Ladder;
  anchorKind: AnchorKind;
  anchorAt: Date;
  targetAt: Date | null;
  dueAt: Date;
  provisional: boolean;
  state: ClockState;
  /** Raised by suspension, extension, re-projection: rungs are unique per (clock, rung, revision). */
  revision: number;
  /** When something of this clock fires next; null when nothing will. */
  nextAt: Date | null;
  /** The computed instant (never the sweep's), once it has passed without evidence; null again when evidence of
   * a timely response comes in late. */
  breachedAt: Date | null;
  /** The evidence's own instant, not its entry. */
  metAt: Date | null;
  metBy: EvidenceKind | null;
  /** The target was met too (metAt ≤ targetAt); null without a target or while open. */
  targetMet: boolean | null;
  derivation: Derivation;
  supersededBy: string | null;
}
