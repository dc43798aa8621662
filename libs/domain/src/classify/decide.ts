import type { Category, Label, Level, Reason, Topic } from '../label';
import { CATEGORIES, TOPICS } from '../label';
import type { Evidence } from './evidence';
import type { Figure } from './facts';
import { gradeByRow, gradeFacts, officialGrade, rowOfKind, type GradeFinding } from './grade';
import type { LinearScorer } from './model';
import { isHarmlessRumour, ofBroadSubject } from './cues';
import { unshownMalus } from './unshown';
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

/** Names of heads, built once: they are asked for with every text. */
const CATEGORY_HEADS = CATEGORIES.map((c) => `category ${c}`);
const TOPIC_HEADS = TOPICS.map((t) => `topic ${t}`);

const OTHER_RULES = ['M2', 'M3', 'M4', 'M5', 'M6', 'M7', 'M8'] as const;

/** From evidence and margins to the label. Pure; the order follows CODEBOOK sections 1 to 4. */
export function decide(input: DecisionInput): Label {
  const { scorer, evidence } = input;
  const t = scorer.model.thresholds;
  const reasons: Reason[] = [];
  const { relevant: relevance, other: otherMargin } = decisionMargins(evidence, scorer, input.text);
  const relevant = relevance > t.relevant;
  const category = relevant ? pickCategory(input, t) : null;
  const grade = category === null ? null : findGrade(input, category);
  const m1 = grade === null || category === null ? null : findM1({ evidence, grade, category, chars: input.text.chars });
  const fired = relevant ? pickRules(input, m1, otherMargin > t.major) : [];
  const level: Level = !relevant ? 'none' : fired.length > 0 ? 'major' : 'ordinary';
  const emergency = relevant && category !== null && isEmergency(input, t);
  const topic = pickTopic(scorer);
  if (relevant) addReasons(reasons, input, { level, category, emergency, grade, m1, rules: fired, topic });
  return {
    relevant,
    level,
    emergency,
    category,
    grade: grade?.grade ?? null,
    dead: evidence.facts.dead?.value ?? null,
    injured: evidence.facts.injured?.value ?? null,
    topic,
    rules: fired,
    needsReview: needsReview(relevance, otherMargin, relevant, m1 !== null, t),
    score: probability(relevance, scorer.model.calibration),
    reasons,
  };
}

function cueWeight(e: Evidence): number {
  return e.cues.reduce((most, c) => Math.max(most, c.strength), 0);
}

/** A cue speaks for relevance too, more weakly: a quoted rule or a film can hold its words. */
const CUE_RELEVANCE = 0.5;

/** A denied rumour that no subject of M6 stands in: one person's morals, a building site, harmless weather. */
const HARMLESS_RUMOUR_MALUS = -0.3;
/** One about the wider fields of M6 leans to them: a rumour names its subject in many words. */
const BROAD_RUMOUR_BONUS = 0.15;

/** Events abroad and in Hong Kong, Macau and Taiwan are not relevant (CODEBOOK section 1). */
const FOREIGN_MALUS = -0.2;

/** A text that is barely relevant must show its rule the more clearly: on ordinary news alarms that nobody believes cost most. */
const DOUBT = 0.6;
const CLEARLY_RELEVANT = 0.4;

/** The margins that decide relevance and the rules M2 to M8: the model's, helped by figures and cues. */
export function decisionMargins(evidence: Evidence, scorer: LinearScorer, text: PreparedText): { relevant: number; other: number } {
  const cue = cueWeight(evidence);
  const large = evidence.large?.certain ? evidence.large.weight : 0;
  const away = evidence.foreign ? FOREIGN_MALUS : 0;
  const unnamed = evidence.denial && !evidence.foreign && !evidence.cues.some((c) => c.rule === 'M6');
  const harmless = !unnamed ? 0 : isHarmlessRumour(text.chars) ? 2 * HARMLESS_RUMOUR_MALUS : ofBroadSubject(text.chars) ? BROAD_RUMOUR_BONUS : HARMLESS_RUMOUR_MALUS;
  const aside = evidence.aside?.weight ?? 0;
  const relevant = scorer.margin('relevant') + large + away + cue * CUE_RELEVANCE - aside;
  const doubt = DOUBT * Math.max(0, CLEARLY_RELEVANT - relevant);
  return { relevant, other: scorer.margin('other') + cue + harmless + unshownMalus(evidence, text) - doubt };
}

/** Words of a kind beside harm done, or a stated grade, are better witnesses than a few words of a short text. */
const HARM_BONUS = 0.4;
const OFFICIAL_BONUS = 1;

function pickCategory({ scorer, evidence, grades, text }: DecisionInput, t: Thresholds): Category | null {
  const { large } = evidence;
  const kind = evidence.kinds[0]?.kind ?? null;
  const own = kind === null ? null : (grades.find((r) => r.kinds.includes(kind))?.category ?? null);
  let support = 0;
  if (harmed(evidence) && !NO_EVENT.test(text.chars.slice(0, 160)) && !oneVictim(evidence, own)) support = HARM_BONUS;
  if (own !== null && !evidence.denial && scorer.margin('emergency') > t.emergency) support = Number.POSITIVE_INFINITY;
  const stated = evidence.denial ? null : officialGrade(text.chars, evidence.facts.killed?.value ?? null);
  let best: Category | null = null;
  let margin = t.category - support + (evidence.denial ? DENIAL_MALUS : 0);
  const head = text.chars.slice(0, Math.max(text.titleEnd, 30));
  const crime = CRIME_TITLE.test(head) && !evidence.denial;
  const eaten = EATEN_TITLE.test(head);
  const natural = NATURAL_TITLE.test(text.chars.slice(0, Math.max(text.titleEnd, 30))) && !MAN_MADE.test(text.chars.slice(0, Math.max(text.titleEnd, 30)));
  if (stated !== null) margin -= OFFICIAL_BONUS;
  for (let i = 0; i < CATEGORIES.length; i++) {
    const c = CATEGORIES[i]!;
    const named = (natural && c === '自然灾害') || (crime && c === '社会安全') || (eaten && c === '公共卫生') ? (NATURAL_DEATH.test(head) ? 2 * NATURAL_BONUS : NATURAL_BONUS) : 0;
    const m = scorer.margin(CATEGORY_HEADS[i]!) + (large?.category === c ? 1 : 0) + (own === c ? KIND_BONUS : 0) + named;
    if (m > margin) {
      best = c;
      margin = m;
    }
  }
  return best ?? large?.category ?? null;
}

const KIND_BONUS = 0.1;

/** A title that names a force of nature and nothing made by people tells a natural disaster. */
const NATURAL_BONUS = 0.5;
const NATURAL_DEATH = /雷击|遭雷|泥石流|山洪|雪崩|龙卷风|冰雹|冲撞(?:人群|路人|行人)/;
const NATURAL_TITLE = /地震|洪水|山洪|洪涝|洪灾|暴雨|强降雨|台风|泥石流|滑坡|暴雪|雪灾|雪崩|雷击|龙卷风|冰雹|干旱|旱灾|寒潮|森林火灾|山火|林火|草原火灾|草地失火|山林火灾|山林(?:起火|着火)|森林(?:起火|着火)|林区/;
/** Likewise violence against people, and poisoning by what was eaten. */
const CRIME_TITLE = /冲撞(?:人群|路人|行人|多人)|(?:驾车|开车)(?:冲|撞)(?:入人群|向人群|人)|持刀|持械|砍(?:伤|死)|捅(?:伤|死)|放火|纵火|泼汽油|枪击|行凶|斗殴/;
const EATEN_TITLE = /食物中毒|(?:误食|食用|聚餐|就餐|吃)[^，。！？]{0,14}中毒|毒(?:蘑菇|菇|菌)|野生菌/;
const MAN_MADE = /车祸|相撞|追尾|爆炸|矿|工厂|坠楼|电梯|中毒|持刀|工地|漏电|触电/;

/** What a denial speaks of has mostly not happened. */
const DENIAL_MALUS = 0.3;

/** Death by one's own hand or by illness is no 突发事件. */
const NO_EVENT = /轻生|自杀|自缢|跳楼|猝死|患病|因病|情感纠葛|吃喝|饮酒|醉酒/;

/** Crime against one person is no 突发事件 (CODEBOOK section 3). */
function oneVictim({ facts, kinds }: Evidence, own: Category | null): boolean {
  const hurt = (facts.dead?.value ?? 0) + (facts.injured?.value ?? 0);
  return hurt <= 1 && (own === '社会安全' || kinds.slice(0, 2).some((k) => k.kind === 'violence'));
}

/** Somebody dead, hurt or trapped, as a fact of the text. */
function harmed({ facts, denial }: Evidence): boolean {
  return !denial && [facts.dead, facts.injured, facts.trapped].some((f) => f !== null && f.value > 0);
}

const LARGE_BONUS = 0.7;
const AFTERMATH_MALUS = -0.3;

/** A large toll told as news is an emergency unless the title tells its aftermath. */
function isEmergency({ scorer, evidence }: DecisionInput, t: Thresholds): boolean {
  return emergencyMargin(evidence, scorer) > t.emergency;
}

export function emergencyMargin(evidence: Evidence, scorer: LinearScorer): number {
  const { large } = evidence;
  const after = evidence.followUp || evidence.old;
  return scorer.margin('emergency') + (large === null ? 0 : after ? AFTERMATH_MALUS : large.certain ? LARGE_BONUS : 0);
}

function pickTopic(scorer: LinearScorer): Topic {
  let best: Topic = '其他';
  let margin = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < TOPICS.length; i++) {
    const m = scorer.margin(TOPIC_HEADS[i]!);
    if (m > margin) {
      best = TOPICS[i]!;
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
  const official = officialGrade(text.chars, evidence.facts.killed?.value ?? null);
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

/** M1 by the tables; the other rules by their cues and heads, the strongest when only the joint head fires. */
function pickRules({ scorer, evidence }: DecisionInput, m1: M1Finding | null, other: boolean): string[] {
  const out: string[] = m1 === null ? [] : ['M1'];
  if (!other) return out;
  const t = scorer.model.thresholds;
  const fired = OTHER_RULES.filter((rule) => scorer.margin(rule) + (evidence.cues.some((c) => c.rule === rule) ? CUE_BONUS : 0) > t.rule);
  return [...out, ...(fired.length > 0 ? fired : [strongestRule(scorer, evidence)])];
}

/** A cue names its rule even where the head, with few examples, stays a little below its threshold. */
const CUE_BONUS = 0.3;

/** A rule whose words stand in the text goes before one that only the statistics name. */
function strongestRule(scorer: LinearScorer, evidence: Evidence): string {
  const cued = OTHER_RULES.filter((rule) => evidence.cues.some((c) => c.rule === rule));
  const candidates: readonly string[] = cued.length > 0 ? cued : OTHER_RULES;
  let best: string = candidates[0]!;
  for (const rule of candidates) if (scorer.margin(rule) > scorer.margin(best)) best = rule;
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

/** Heads whose features are reasons of this decision, and how many of each are shown. */
function headsOfReasons(d: Decided): Map<string, number> {
  const heads = new Map<string, number>([['relevant', 5], [`topic ${d.topic}`, 2]]);
  for (const rule of d.rules) if (rule !== 'M1') heads.set(rule, 2);
  if (d.level === 'major' && d.m1 === null) heads.set('other', 3);
  if (d.emergency) heads.set('emergency', 2);
  return heads;
}

function addReasons(reasons: Reason[], input: DecisionInput, d: Decided): void {
  const { evidence } = input;
  const push = (rule: string, figure: { start: number; end: number } | null, source: string): void => {
    if (figure === null) return;
    const span = originalSpan(input.text, figure.start, figure.end);
    reasons.push({ rule, text: input.text.raw.slice(span.start, span.end), ...span, source });
  };
  const strongest = input.scorer.strongest(input.features, headsOfReasons(d));
  const statistic = (rule: string, head: string): void => {
    for (const f of strongest.get(head) ?? []) push(rule, f, `统计模型 ${input.version}${f.vector ? ' 词向量' : ''}`);
  };
  if (d.m1 !== null) push('M1', d.m1.figure, d.m1.source);
  if (d.grade?.grade && d.grade.row) {
    const source = d.grade.official ? '文中官方定级' : d.grade.row.source;
    push(`grade:${d.grade.row.id}:${d.grade.grade}`, d.grade.figure ?? evidence.facts.noCasualties, source);
  }
  push('dead', evidence.facts.dead, '正文数字');
  push('injured', evidence.facts.injured, '正文数字');
  for (const cue of evidence.cues) if (d.rules.includes(cue.rule)) push(cue.rule, cue, cue.source);
  for (const rule of d.rules) if (rule !== 'M1') statistic(rule, rule);
  statistic('relevant', 'relevant');
  if (d.level === 'major' && d.m1 === null) statistic('major', 'other');
  if (d.emergency) statistic('emergency', 'emergency');
  statistic(`topic:${d.topic}`, `topic ${d.topic}`);
  if (reasons.length === 0) push('relevant', { start: 0, end: Math.min(input.text.chars.length, 20) }, `统计模型 ${input.version}`);
}

