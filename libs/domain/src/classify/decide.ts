import type { Category, Grade, Label, Level, Reason, Topic } from '../label';
import { CATEGORIES, TOPICS } from '../label';
import type { Evidence } from './evidence';
import type { Figure } from './facts';
import { gradeByRow, gradeFacts, gradeRank, officialGrade, rowOfKind, type GradeFinding } from './grade';
import type { LinearScorer } from './model';
import { findM1, type M1Finding } from './rules';
import type { FeatureSet } from './features';
import type { GradeRow, Thresholds } from './tables';
import { originalSpan, type PreparedText } from './text';

export interface DecisionInput {
  text: PreparedText;
  evidence: Evidence;
  grades: GradeRow[];
  scorer: LinearScorer;
  features: FeatureSet;
  version: string;
}

const RULES = ['M1', 'M2', 'M3', 'M4', 'M5', 'M6', 'M7', 'M8'] as const;

/** From evidence and margins to the label. Pure; the order follows CODEBOOK sections 1 to 4. */
export function decide(input: DecisionInput): Label {
  const { scorer, evidence } = input;
  const t = scorer.model.thresholds;
  const reasons: Reason[] = [];
  const relevance = scorer.margin('relevant');
  const relevant = relevance > t.relevant;
  const category = relevant ? pickCategory(scorer, t) : null;
  const grade = category === null ? null : findGrade(input, category);
  const m1 = grade === null || category === null ? null : findM1({ evidence, grade, category, chars: input.text.chars });
  const fired = relevant ? pickRules(scorer, t, m1) : [];
  const majorMargin = scorer.margin('major');
  const major = relevant && (m1 !== null || majorMargin > t.major);
  const level: Level = !relevant ? 'none' : major ? 'major' : 'ordinary';
  const rules = major ? (fired.length > 0 ? fired : [strongestRule(scorer)]) : [];
  const emergency = relevant && category !== null && scorer.margin('emergency') > t.emergency;
  const topic = pickTopic(scorer);
  if (relevant) addReasons(reasons, input, { level, category, emergency, grade, m1, rules, topic });
  return {
    relevant,
    level,
    emergency,
    category,
    grade: grade?.grade ?? null,
    dead: evidence.facts.dead?.value ?? null,
    injured: evidence.facts.injured?.value ?? null,
    topic,
    rules,
    needsReview: needsReview(relevance, majorMargin, relevant, m1 !== null, t),
    score: probability(relevance, scorer.model.calibration),
    reasons,
  };
}

function pickCategory(scorer: LinearScorer, t: Thresholds): Category | null {
  let best: Category | null = null;
  let margin = t.category;
  for (const c of CATEGORIES) {
    const m = scorer.margin(`category ${c}`);
    if (m > margin) {
      best = c;
      margin = m;
    }
  }
  return best;
}

function pickTopic(scorer: LinearScorer): Topic {
  let best: Topic = '其他';
  let margin = Number.NEGATIVE_INFINITY;
  for (const topic of TOPICS) {
    const m = scorer.margin(`topic ${topic}`);
    if (m > margin) {
      best = topic;
      margin = m;
    }
  }
  return best;
}

function findGrade(input: DecisionInput, category: Category): GradeFinding {
  const { evidence, text, grades } = input;
  const kinds = grades.filter((r) => r.category === category).flatMap((r) => r.kinds);
  const kind = evidence.kinds.find((k) => kinds.includes(k.kind))?.kind ?? null;
  const row = rowOfKind(grades, kind, category);
  const official = officialGrade(text.chars, evidence.followUp);
  if (official !== null) {
    const figure: Figure = { value: 0, start: official.start, end: official.end };
    return { grade: official.grade, row, fact: null, figure, official: true };
  }
  if (row === null) return { grade: null, row: null, fact: null, figure: null, official: false };
  const facts = gradeFacts(evidence.facts, text.chars, harmOf(evidence, kind), row.id === 'production' || row.id === 'environment');
  return gradeByRow(row, facts);
}

/** Harm to people or property that the text reports, whatever its size. */
function harmOf(e: Evidence, kind: string | null): Figure | null {
  const { dead, injured, noCasualties, loss, trapped } = e.facts;
  if (dead !== null && dead.value > 0) return dead;
  if (injured !== null && injured.value > 0) return injured;
  if (loss !== null) return loss;
  if (trapped !== null) return trapped;
  if (kind === 'quake' || kind === 'wildfire') return null;
  return noCasualties ?? (kind === null ? null : { value: 1, start: 0, end: 0 });
}

function pickRules(scorer: LinearScorer, t: Thresholds, m1: M1Finding | null): string[] {
  const out: string[] = [];
  for (const rule of RULES) {
    if (rule === 'M1' ? m1 !== null || scorer.margin('M1') > t.rule + 0.3 : scorer.margin(rule) > t.rule) out.push(rule);
  }
  return out;
}

function strongestRule(scorer: LinearScorer): string {
  let best: string = RULES[0];
  for (const rule of RULES) if (scorer.margin(rule) > scorer.margin(best)) best = rule;
  return best;
}

function needsReview(relevance: number, major: number, relevant: boolean, ruled: boolean, t: Thresholds): boolean {
  if (Math.abs(relevance - t.relevant) < t.review) return true;
  return relevant && !ruled && Math.abs(major - t.major) < t.review;
}

function probability(margin: number, [slope, intercept]: [number, number]): number {
  const p = 1 / (1 + Math.exp(-(slope * margin + intercept)));
  return Math.round(p * 10_000) / 10_000;
}

interface Decided {
  level: Level;
  category: Category | null;
  emergency: boolean;
  grade: GradeFinding | null;
  m1: M1Finding | null;
  rules: string[];
  topic: Topic;
}

function addReasons(reasons: Reason[], input: DecisionInput, d: Decided): void {
  const { evidence } = input;
  const push = (rule: string, figure: { start: number; end: number } | null, source: string): void => {
    if (figure === null) return;
    const span = originalSpan(input.text, figure.start, figure.end);
    reasons.push({ rule, text: input.text.raw.slice(span.start, span.end), ...span, source });
  };
  const statistic = (rule: string, head: string, limit: number): void => {
    for (const f of input.scorer.strongest(input.features, head, limit, 1)) push(rule, f, `统计模型 ${input.version}`);
  };
  if (d.m1 !== null) push('M1', d.m1.figure, d.m1.source);
  if (d.grade?.grade && d.grade.row) {
    const source = d.grade.official ? '文中官方定级' : d.grade.row.source;
    push(`grade:${d.grade.row.id}:${d.grade.grade}`, d.grade.figure ?? evidence.facts.noCasualties, source);
  }
  push('dead', evidence.facts.dead, '正文数字');
  push('injured', evidence.facts.injured, '正文数字');
  for (const rule of d.rules) if (rule !== 'M1' || d.m1 === null) statistic(rule, rule, 3);
  statistic('relevant', 'relevant', 5);
  if (d.level === 'major' && d.m1 === null) statistic('major', 'major', 3);
  if (d.emergency) statistic('emergency', 'emergency', 2);
  statistic(`topic:${d.topic}`, `topic ${d.topic}`, 2);
  if (reasons.length === 0) push('relevant', { start: 0, end: Math.min(input.text.chars.length, 20) }, `统计模型 ${input.version}`);
}

export { gradeRank };
export type { Grade };
