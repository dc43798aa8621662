import { GRADES, LEVELS, TOPICS, type Category, type Grade, type Label, type Level, type Topic } from './label';

/** The part of a label that a person judges. */
export interface JudgedLabel {
  relevant: boolean;
  level: Level;
  emergency: boolean;
  category: Category | null;
  grade: Grade | null;
  topic: Topic;
}

/** What a person changes of it. */
export type LabelChange = Partial<JudgedLabel>;

export const VERDICTS = ['confirmed', 'changed'] as const;
export type Verdict = (typeof VERDICTS)[number];

export function judgedOf({ relevant, level, emergency, category, grade, topic }: JudgedLabel): JudgedLabel {
  return { relevant, level, emergency, category, grade, topic };
}

/**
 * A label with a person's change laid over it. Level and relevance follow each other (codebook 2): level `none` is not
 * relevant and no emergency.
 */
export function changeLabel(label: JudgedLabel, change: LabelChange): JudgedLabel {
  const level = change.level ?? (change.relevant === false ? 'none' : label.level === 'none' && change.relevant === true ? 'ordinary' : label.level);
  const merged = { ...judgedOf(label), ...given(change), level, relevant: level !== 'none' };
  return level === 'none' ? { ...merged, emergency: false, grade: null, category: null } : merged;
}

/** What is wrong with a change, in Chinese; null: nothing. */
export function changeFault(change: LabelChange): { field: string; reason: string } | null {
  if (Object.keys(given(change)).length === 0) return { field: 'level', reason: '至少改判一项：级别、是否突发事件、等级、主题' };
  if (change.level !== undefined && !LEVELS.includes(change.level)) return { field: 'level', reason: `级别必须是：${LEVELS.join('、')}` };
  if (change.grade != null && !GRADES.includes(change.grade)) return { field: 'grade', reason: `等级必须是：${GRADES.join('、')}` };
  if (change.topic !== undefined && !TOPICS.includes(change.topic)) return { field: 'topic', reason: `主题必须是：${TOPICS.join('、')}` };
  if (change.level === 'none' && change.emergency === true) return { field: 'emergency', reason: '无关信息不能是突发事件' };
  return null;
}

/**
 * What contradicts itself in a label that a person has changed (codebook 2, M1): a 突发事件 of grade 较大 or above is
 * 重大问题. A 较大 of 自然灾害 may stand by the magnitude of an earthquake alone, which makes no M1 below M 6.0. What
 * stood before is not the person's doing; a grade without 突发事件 is a follow-up's. Null: nothing.
 */
export function labelConflict(before: Graded, after: Graded): { field: string; reason: string } | null {
  if ((['level', 'emergency', 'grade'] as const).every((k) => before[k] === after[k])) return null;
  if (!after.emergency || after.grade === null || after.grade === '一般' || after.level === 'major') return null;
  if (after.category === '自然灾害' && after.grade === '较大') return null;
  return { field: 'level', reason: `${after.grade}突发事件属于重大问题舆情，级别须为“重大问题”；不是突发事件或不到该等级的，请一并改判` };
}
type Graded = Pick<JudgedLabel, 'level' | 'emergency' | 'grade' | 'category'>;

export function sameJudgement(a: JudgedLabel, b: JudgedLabel): boolean {
  return labelDifferences(a, b).length === 0;
}

/** The fields in which two labels differ. */
export function labelDifferences(a: JudgedLabel, b: JudgedLabel): (keyof JudgedLabel)[] {
  return (Object.keys(judgedOf(a)) as (keyof JudgedLabel)[]).filter((k) => a[k] !== b[k]);
}

/** The whole label as it is shown after a person decided: reasons of the classifier stay, the person's comes first. */
export function decidedLabel(label: Label, judged: JudgedLabel, verdict: Verdict, why: { actor: string; reason: string }): Label {
  const first = { rule: verdict === 'changed' ? '人工改判' : '人工确认', text: '', start: 0, end: 0, source: why.reason === '' ? why.actor : `${why.actor}：${why.reason}` };
  return { ...label, ...judged, needsReview: false, reasons: [first, ...label.reasons] };
}

/** Fields that are set; `undefined` leaves a field as it is, `null` empties it. */
function given(change: LabelChange): LabelChange {
  return Object.fromEntries(Object.entries(change).filter(([, v]) => v !== undefined)) as LabelChange;
}
