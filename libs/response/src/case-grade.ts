import { caseClassOf, type CaseClass, GRADES, type Grade, type Label, LEVELS, type Level } from '@app/domain';
import type { CaseRow } from './case-row';

/** The labels of a case: what decides which duties run, and the figures beside it. */
export type CaseLabels = Pick<
  CaseRow,
  'level' | 'emergency' | 'grade' | 'category' | 'topic' | 'dead' | 'injured' | 'needsReview' | 'override'
>;

const CLASSES: readonly CaseClass[] = ['ordinary', 'major', 'emergency'];

/**
 * A case takes the highest of its items (codebook 5); a person's override wins whatever comes in. A report
 * of a later figure never lowers one: a correction downwards is a person's to make.
 */
export function foldLabel(c: CaseLabels, label: Label): CaseLabels {
  const o = c.override ?? {};
  return {
    ...c,
    level: o.level ?? higher(LEVELS, c.level, label.level),
    emergency: o.emergency ?? (c.emergency || label.emergency),
    grade: o.grade === undefined ? higherGrade(c.grade, label.grade) : o.grade,
    category: c.category ?? label.category,
    dead: larger(c.dead, label.dead),
    injured: larger(c.injured, label.injured),
    needsReview: c.needsReview || label.needsReview,
  };
}

/** The labels of a case as its first item gives them. */
export function firstLabels(label: Label): CaseLabels {
  const { level, emergency, grade, category, topic, dead, injured, needsReview } = label;
  return { level, emergency, grade, category, topic, dead, injured, needsReview, override: null };
}

/** What a person set, laid over the labels. */
export function overrideLabels(c: CaseLabels, o: NonNullable<CaseRow['override']>): CaseLabels {
  const override = { ...c.override, ...o };
  return {
    ...c,
    override,
    level: override.level ?? c.level,
    emergency: override.emergency ?? c.emergency,
    grade: override.grade === undefined ? c.grade : override.grade,
    topic: override.topic ?? c.topic,
    needsReview: false,
  };
}

/** The class of a case; a case is at least ordinary. */
export function classOf(c: Pick<CaseLabels, 'level' | 'emergency' | 'grade'>): CaseClass {
  return caseClassOf(c) ?? 'ordinary';
}

export function isRaise(from: CaseClass, to: CaseClass): boolean {
  return CLASSES.indexOf(to) > CLASSES.indexOf(from);
}

export const CLASS_NAMES: Record<CaseClass, string> = {
  ordinary: '一般性政务舆情',
  major: '重大问题政务舆情',
  emergency: '重大突发事件政务舆情',
};

function higher(order: readonly Level[], a: Level, b: Level): Level {
  return order.indexOf(a) >= order.indexOf(b) ? a : b;
}

function higherGrade(a: Grade | null, b: Grade | null): Grade | null {
  const rank = (g: Grade | null): number => (g === null ? -1 : GRADES.indexOf(g));
  return rank(a) >= rank(b) ? a : b;
}

function larger(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}
