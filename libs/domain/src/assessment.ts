import type { MonthGroup } from './wire-month';

/** 考评 (001 五(三)): 日常 40 % and 年终 60 %, by indicators that are data (config/assessment.yaml). */
export interface AssessmentScheme {
  version: string;
  title: string;
  basis: string;
  parts: { id: string; title: string; /** Per cent of the whole. */ weight: number }[];
  indicators: AssessmentIndicator[];
}

export interface AssessmentIndicator {
  id: string;
  part: string;
  title: string;
  /** Points within its part; those of a part make 100. */
  points: number;
  scoring: AssessmentScoring;
}

/** What a year's figures of a department tell. */
export const ASSESSMENT_MEASURES = ['onTimeRate', 'targetRate', 'overdue', 'metLate', 'lateDetections', 'signForMedian', 'firstReleaseMedian', 'settleMedian', 'falseAlarms'] as const;
export type AssessmentMeasure = (typeof ASSESSMENT_MEASURES)[number];

export type AssessmentScoring =
  /** Full points at `full`, none at `none`, in proportion between them. */
  | { kind: 'proportion'; of: AssessmentMeasure; full: number; none: number }
  /** Full points, less `each` for every one of what is counted. */
  | { kind: 'deduct'; of: AssessmentMeasure; each: number }
  /** A person gives them, with a reason. */
  | { kind: 'manual' };

export interface AssessmentMark {
  points: number;
  reason: string;
  by: string;
  at: string;
}

export interface AssessedIndicator {
  id: string;
  title: string;
  points: number;
  /** null: nothing to judge (no duty in the year), or no mark yet; then it does not count. */
  got: number | null;
  /** How it was reached, in Chinese. */
  how: string;
  appeal: WireAppeal | null;
}

export interface WireAppeal {
  id: string;
  reason: string;
  raisedBy: string;
  raisedAt: string;
  answer: { upheld: boolean; points: number | null; reason: string; by: string; at: string } | null;
}

export interface AssessedPart {
  id: string;
  title: string;
  weight: number;
  /** Of 100; null while nothing in it counts. */
  score: number | null;
  indicators: AssessedIndicator[];
}

export interface AssessedDepartment {
  departmentId: string;
  name: string;
  /** Of 100; null while nothing counts. */
  total: number | null;
  parts: AssessedPart[];
  how: string;
}

/** The figures of a department over the year: months summed up. */
export type AssessmentFigures = Pick<MonthGroup, 'cases' | 'lateDetections' | 'falseAlarms' | 'duties' | 'target' | 'times'>;

/** The score of one department, and how it was reached. `marks` by indicator: the last one, `appeals` the last one. */
export function assess(
  scheme: AssessmentScheme,
  department: { id: string; name: string },
  figures: AssessmentFigures | null,
  marks: ReadonlyMap<string, AssessmentMark>,
  appeals: ReadonlyMap<string, WireAppeal>,
): AssessedDepartment {
  const parts = scheme.parts.map((part): AssessedPart => {
    const indicators = scheme.indicators
      .filter((i) => i.part === part.id)
      .map((i) => judge(i, figures, marks.get(i.id) ?? null, appeals.get(i.id) ?? null));
    // Points that persons still have to give make a part unfinished: half of it would be no score.
    const unfinished = scheme.indicators.some((i) => i.part === part.id && i.scoring.kind === 'manual' && indicators.find((x) => x.id === i.id)?.got === null);
    return { ...part, score: unfinished ? null : weighted(indicators.map((i) => ({ got: i.got, of: i.points }))), indicators };
  });
  const counting = parts.filter((p) => p.score !== null);
  const total = weighted(counting.map((p) => ({ got: ((p.score ?? 0) / 100) * p.weight, of: p.weight })));
  const how = counting.map((p) => `${p.title} ${fixed(p.score ?? 0)} × ${p.weight}%`).join(' + ');
  return { departmentId: department.id, name: department.name, total, parts, how: how === '' ? '没有可计分的部分' : counting.length < parts.length ? `${how}；其余部分尚未评完，按已评部分折算，不是最终得分` : how };
}

/** Points got of points possible, as of 100. What does not count makes neither side. */
function weighted(list: readonly { got: number | null; of: number }[]): number | null {
  const counting = list.filter((l): l is { got: number; of: number } => l.got !== null);
  const of = counting.reduce((sum, l) => sum + l.of, 0);
  return of === 0 ? null : round((counting.reduce((sum, l) => sum + l.got, 0) / of) * 100);
}

function judge(i: AssessmentIndicator, figures: AssessmentFigures | null, mark: AssessmentMark | null, appeal: WireAppeal | null): AssessedIndicator {
  const base = { id: i.id, title: i.title, points: i.points, appeal };
  const upheld = appeal?.answer?.upheld ? appeal.answer : null;
  if (upheld && upheld.points !== null) {
    return { ...base, got: Math.min(i.points, upheld.points), how: `申诉成立，改为${fixed(upheld.points)}分：${upheld.reason}（${upheld.by}）` };
  }
  if (i.scoring.kind === 'manual') {
    if (mark === null) return { ...base, got: null, how: '尚未评分，暂不计入' };
    return { ...base, got: Math.min(i.points, mark.points), how: `人工评分：${mark.reason}（${mark.by}）` };
  }
  const measured = figures === null ? null : measureOf(figures, i.scoring.of);
  if (measured === null) return { ...base, got: null, how: '本年没有可评的记录，不计入' };
  return { ...base, ...scored(i, i.scoring, measured) };
}

function scored(i: AssessmentIndicator, s: Exclude<AssessmentScoring, { kind: 'manual' }>, m: { value: number; text: string }): { got: number; how: string } {
  if (s.kind === 'deduct') {
    const got = round(Math.max(0, i.points - m.value * s.each));
    return { got, how: `${m.text}，每件扣${s.each}分：${i.points} − ${m.value} × ${s.each} = ${fixed(got)}分` };
  }
  const share = Math.min(1, Math.max(0, (m.value - s.none) / (s.full - s.none)));
  const got = round(share * i.points);
  const edge = (v: number): string => (isRate(s.of) ? `${round(v * 100)}%` : `${v}分钟`);
  return { got, how: `${m.text}；${edge(s.full)}得满分、${edge(s.none)}不得分，按比例 ${i.points} × ${fixed(share * 100)}% = ${fixed(got)}分` };
}

const isRate = (m: AssessmentMeasure): boolean => m === 'onTimeRate' || m === 'targetRate';

function measureOf(f: AssessmentFigures, of: AssessmentMeasure): { value: number; text: string } | null {
  const { duties: d, target: t, times } = f;
  const judged = d.metOnTime + d.metLate + d.overdue;
  const median = (spread: { count: number; median: number | null }, name: string) =>
    spread.median === null ? null : { value: spread.median, text: `${name}中位数${spread.median}分钟（${spread.count}次）` };
  switch (of) {
    case 'onTimeRate':
      return d.onTimeRate === null ? null : { value: d.onTimeRate, text: `按期 ${d.metOnTime}/${judged} 项` };
    case 'targetRate':
      return t.rate === null ? null : { value: t.rate, text: `力争达成 ${t.met}/${t.met + t.missed} 项` };
    case 'overdue':
      return judged === 0 ? null : { value: d.overdue, text: `超期未完成 ${d.overdue} 项` };
    case 'metLate':
      return judged === 0 ? null : { value: d.metLate, text: `逾期完成 ${d.metLate} 项` };
    case 'lateDetections':
      return f.cases === 0 ? null : { value: f.lateDetections, text: `发现滞后 ${f.lateDetections} 件` };
    case 'falseAlarms':
      return f.cases === 0 ? null : { value: f.falseAlarms, text: `不予受理 ${f.falseAlarms} 件` };
    case 'signForMedian':
      return median(times.signFor, '签收');
    case 'firstReleaseMedian':
      return median(times.firstRelease, '首次发布');
    case 'settleMedian':
      return median(times.settle, '办结');
  }
}

const round = (n: number): number => Math.round(n * 100) / 100;
const fixed = (n: number): string => String(round(n));
