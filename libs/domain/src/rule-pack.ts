import type { Calendar } from './calendar';
import type { Clock, Derivation } from './clock';
import { deriveSheet } from './derivation';
import { fingerprint } from './fingerprint';
import type { CaseClass } from './label';
import { planLadder } from './ladder';
import type { AnchorKind, Circumstance, DutyRule, EvidenceKind, Ladder, RecurringDuty, RulePack, Trigger } from './rule';

/** The known instants of a case. A duty whose anchor is not known yet is not planned yet. */
export type Anchors = Partial<Record<AnchorKind, Date | null>>;

/** A duty with everything a clock freezes when it starts. */
export interface BookDuty {
  packId: string;
  /** `pack@version#content`: changes with every edit of the rule or its ladder. */
  ruleVersion: string;
  rule: DutyRule;
  ladder: Ladder;
}

/** The rules that hold here: one pack, or a local one laid over the national one. */
export interface RuleBook {
  id: string;
  title: string;
  duties: BookDuty[];
  recurring: BookRecurring[];
}

/** A recurring duty with the pack that it came from. */
export interface BookRecurring {
  packId: string;
  packVersion: string;
  rule: RecurringDuty;
  ladder: Ladder;
}

/** A clock that is to start. */
export interface ClockPlan extends Pick<
  Clock,
  | 'duty'
  | 'packId'
  | 'ruleVersion'
  | 'rule'
  | 'ladder'
  | 'anchorKind'
  | 'anchorAt'
  | 'targetAt'
  | 'dueAt'
  | 'provisional'
> {
  /** The first instant of its ladder; may be past when the clock is overdue at birth. */
  nextAt: Date;
  derivation: Derivation;
}

export interface PlanOptions {
  circumstances?: readonly Circumstance[];
  /** Duties that already have a clock in this case (whatever its state): not started again. */
  have?: readonly string[];
}

/** What stops a book from being built, for the config check. */
export interface BookFault {
  pack: string;
  duty: string;
  key: string;
  value: unknown;
  allowed: string;
}

/**
 * Lays packs over one another, the first at the bottom. A duty id of an upper pack replaces all entries of that id
 * below; `drops` takes ids away. Everything else below stays: a local duty to settle (办结) in three days does not
 * take away the national duty to respond (回应) in 48 hours, because to respond and to settle are different duties.
 */
export function layerPacks(
  packs: RulePack[],
  ladders: Record<string, Ladder>,
): { book: RuleBook; faults: BookFault[] } {
  const faults: BookFault[] = [];
  let duties: BookDuty[] = [];
  let recurring: BookRecurring[] = [];
  for (const pack of packs) {
    const own = [...pack.duties, ...(pack.recurring ?? [])].map((d) => d.id);
    const gone = new Set([...own, ...(pack.drops ?? []).map((d) => d.duty)]);
    for (const drop of pack.drops ?? []) {
      if ([...duties, ...recurring].some((d) => d.rule.id === drop.duty)) continue;
      faults.push({
        pack: pack.id,
        duty: drop.duty,
        key: 'drops',
        value: drop.duty,
        allowed: 'a duty of the pack below',
      });
    }
    duties = duties.filter((d) => !gone.has(d.rule.id));
    recurring = recurring.filter((d) => !gone.has(d.rule.id));
    const ladderOf = (rule: { id: string; ladder: string }): Ladder | null => {
      const allowed = `one of ${Object.keys(ladders).join(', ')}`;
      const ladder = ladders[rule.ladder];
      if (!ladder) faults.push({ pack: pack.id, duty: rule.id, key: 'ladder', value: rule.ladder, allowed });
      return ladder ?? null;
    };
    for (const rule of pack.duties) {
      const ladder = ladderOf(rule);
      if (ladder) duties.push(bookDuty(pack, rule, ladder));
    }
    for (const rule of pack.recurring ?? []) {
      const ladder = ladderOf(rule);
      if (ladder) recurring.push({ packId: pack.id, packVersion: pack.version, rule, ladder });
    }
  }
  // A dropped duty may still be named: then it is neither opened nor superseded.
  const ids = new Set(packs.flatMap((p) => p.duties.map((d) => d.id)));
  for (const { packId, rule } of duties) {
    for (const duty of [...(rule.opens ?? []).map((o) => o.duty), ...(rule.supersedes ?? [])]) {
      if (ids.has(duty)) continue;
      faults.push({ pack: packId, duty: rule.id, key: 'opens/supersedes', value: duty, allowed: 'the id of a duty' });
    }
  }
  const top = packs.at(-1);
  return { book: { id: packs.map((p) => p.id).join('+'), title: top?.title ?? '', duties, recurring }, faults };
}

/**
 * The packs to layer for these ids, the lowest first: each with the packs it extends below it, none twice.
 */
export function packChain(
  all: Readonly<Record<string, RulePack>>,
  ids: readonly string[],
): { ok: true; packs: RulePack[] } | { ok: false; at: string; allowed: string } {
  const packs: RulePack[] = [];
  for (const id of ids) {
    const below: RulePack[] = [];
    for (let next: string | undefined = id; next !== undefined; next = all[next]?.extends) {
      const pack: RulePack | undefined = all[next];
      if (!pack) return { ok: false, at: next, allowed: `one of ${Object.keys(all).join(', ')}` };
      if (below.includes(pack)) return { ok: false, at: next, allowed: 'no circle of extends' };
      below.unshift(pack);
    }
    for (const pack of below) if (!packs.includes(pack)) packs.push(pack);
  }
  return { ok: true, packs };
}

/** What a clock freezes of a rule. */
export function bookDuty(pack: Pick<RulePack, 'id' | 'version'>, rule: DutyRule, ladder: Ladder): BookDuty {
  const ruleVersion = `${pack.id}@${pack.version}#${fingerprint({ rule, ladder }).slice(0, 12)}`;
  return { packId: pack.id, ruleVersion, rule, ladder };
}

/**
 * The clocks that a case of this class starts now: every duty of the class whose anchor is known, except those that
 * only another duty opens (`opens`) and those in `options.have`. Call it again when a further anchor becomes known
 * (交办 gives `assigned`, and with it the clock of 签收).
 */
export function planDuties(
  book: RuleBook,
  caseClass: CaseClass,
  anchors: Anchors,
  calendar: Calendar,
  options: PlanOptions = {},
): ClockPlan[] {
  const opened = new Set(book.duties.flatMap((d) => (d.rule.opens ?? []).map((o) => o.duty)));
  return dutiesOf(book, caseClass, options.circumstances).flatMap((duty) => {
    if (opened.has(duty.rule.id) || options.have?.includes(duty.rule.id)) return [];
    const anchorAt = anchors[duty.rule.anchor];
    return anchorAt ? [planClock(duty, anchorAt, calendar)] : [];
  });
}

/** The duties of a class, also those whose anchor is not known yet. */
export function dutiesOf(
  book: RuleBook,
  caseClass: CaseClass,
  circumstances: readonly Circumstance[] = [],
): BookDuty[] {
  return book.duties.filter(
    ({ rule }) =>
      rule.trigger === undefined &&
      rule.appliesTo.includes(caseClass) &&
      (rule.when === undefined || circumstances.includes(rule.when)),
  );
}

/** The clocks of a matter of the second ring, anchored at what started it. Several texts may promise a term for one thing. */
export function planTriggered(book: RuleBook, trigger: Trigger, triggeredAt: Date, calendar: Calendar): ClockPlan[] {
  return dutiesOfTrigger(book, trigger).map((duty) => planClock(duty, triggeredAt, calendar));
}

export function dutiesOfTrigger(book: RuleBook, trigger: Trigger): BookDuty[] {
  return book.duties.filter((d) => d.rule.trigger === trigger);
}

/**
 * The clocks that evidence opens when it meets a duty: a 处理方案 opens the duty to finish, a release the next
 * follow-up release. They are anchored at the evidence's own time.
 */
export function planOpened(
  book: RuleBook,
  caseClass: CaseClass,
  met: DutyRule,
  evidence: { kind: EvidenceKind; happenedAt: Date },
  calendar: Calendar,
): ClockPlan[] {
  const ids = (met.opens ?? []).filter((o) => o.by === evidence.kind).map((o) => o.duty);
  return book.duties
    .filter(({ rule }) => ids.includes(rule.id) && rule.appliesTo.includes(caseClass))
    .map((duty) => planClock(duty, evidence.happenedAt, calendar));
}

/** One clock of a duty from an anchor. Rule, ladder and version are frozen in it. */
export function planClock(duty: BookDuty, anchorAt: Date, calendar: Calendar): ClockPlan {
  const { packId, ruleVersion, rule, ladder } = duty;
  const derivation = deriveSheet(rule, rule.anchor, anchorAt, calendar);
  const dueAt = new Date(derivation.dueAt);
  const targetAt = derivation.targetAt === undefined ? null : new Date(derivation.targetAt);
  const first = planLadder({ ladder, anchorAt, targetAt, dueAt })[0];
  return {
    duty: rule.id,
    packId,
    ruleVersion,
    rule,
    ladder,
    anchorKind: rule.anchor,
    anchorAt,
    targetAt,
    dueAt,
    provisional: derivation.provisional,
    nextAt: first?.rungAt ?? dueAt,
    derivation,
  };
}

/** A clock that starts after its limit has passed (raised late, entered late): it says so at once. */
export function overdueAtBirth(plan: Pick<ClockPlan, 'dueAt'>, now: Date): boolean {
  return now.getTime() > plan.dueAt.getTime();
}
