import { beijingIso } from './beijing';
import type { Calendar } from './calendar';
import type { Derivation } from './clock';
import type { CaseClass } from './label';
import { planLadder } from './ladder';
import { type Anchors, dutiesOf, planDuties, type RuleBook } from './rule-pack';
import type { AnchorKind, Circumstance, EvidenceKind, Office } from './rule';

/** A clock as it would start. */
export interface SupposedClock {
  duty: string;
  title: string;
  ruleVersion: string;
  anchorKind: AnchorKind;
  targetAt: string | null;
  dueAt: string;
  provisional: boolean;
  metBy: EvidenceKind[];
  derivation: Derivation;
  /** Whom the ladder would reach when, without its repetitions. */
  rungs: { at: string; audience: Office[]; severity: 'info' | 'warning' | 'critical'; kind: string }[];
}

export interface WireSupposition {
  clocks: SupposedClock[];
  /** Duties of the class that start only later: with another anchor, or opened when another duty is met. */
  later: { duty: string; title: string; anchorKind: AnchorKind; openedBy: string | null }[];
}

/** Which clocks a case of this class, found at this instant, would get by the rules in force, each with its sheet. */
export function supposeCase(
  book: RuleBook,
  caseClass: CaseClass,
  anchors: Anchors,
  calendar: Calendar,
  circumstances: readonly Circumstance[],
): WireSupposition {
  const plans = planDuties(book, caseClass, anchors, calendar, { circumstances });
  const clocks = plans.map((p): SupposedClock => ({
    duty: p.duty,
    title: p.rule.title,
    ruleVersion: p.ruleVersion,
    anchorKind: p.anchorKind,
    targetAt: p.targetAt === null ? null : beijingIso(p.targetAt),
    dueAt: beijingIso(p.dueAt),
    provisional: p.provisional,
    metBy: p.rule.metBy,
    derivation: p.derivation,
    rungs: planLadder(p).map(({ rungAt, audience, severity, kind }) => ({ at: beijingIso(rungAt), audience, severity, kind })),
  }));
  const started = new Set(plans.map((p) => p.duty));
  const later = dutiesOf(book, caseClass, circumstances)
    .filter(({ rule }) => !started.has(rule.id))
    .map(({ rule }) => ({
      duty: rule.id,
      title: rule.title,
      anchorKind: rule.anchor,
      openedBy: book.duties.find((d) => d.rule.opens?.some((o) => o.duty === rule.id))?.rule.title ?? null,
    }));
  return { clocks: clocks.sort((a, b) => Date.parse(a.dueAt) - Date.parse(b.dueAt)), later };
}
