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
  basis: { document: string; number: string; article: string; quote: string };
}

export interface Suspension {
  from: string;
  to: string | null;
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
  /** The evidence's own instant, not its entry. */
  metAt: Date | null;
  metBy: EvidenceKind | null;
  /** The target was met too (metAt ≤ targetAt); null without a target or while open. */
  targetMet: boolean | null;
  derivation: Derivation;
  supersededBy: string | null;
}
