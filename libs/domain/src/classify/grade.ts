import type { Category, Grade } from '../label';
import { GRADES } from '../label';
import type { Facts, Figure } from './facts';
import type { GradeFact, GradeRow } from './tables';

/** The values that the tables compare, with the words behind each. */
export type GradeFacts = Partial<Record<GradeFact, Figure>>;

export interface GradeFinding {
  grade: Grade | null;
  row: GradeRow | null;
  /** The fact that decided and its words; null when only harm was reported. */
  fact: GradeFact | null;
  figure: Figure | null;
  official: boolean;
}

/** Water intake of a place cut off, by the rank of the place (国家突发环境事件应急预案). */
const INTAKE = /(?:停止|中断|暂停|关闭|切断)[^，。]{0,10}(?:取水|供水)|(?:取水|饮用水水?源|水源地)[^，。]{0,14}(?:中断|停止|受影响|受到影响)/;
const OFFICE_ATTACK = /(?:冲击|打砸|围攻|焚烧|冲进)[^，。]{0,6}(?:县|市|省|区)(?:委|政府|公安局|法院)/;

/** Official grade of an event as found by an authority, not an adjective, a crime's name or a wish. */
const OFFICIAL =
  /(特别重大|重大|较大|一般)(?:[“"「]?[\u4e00-\u9fa5A-Za-z0-9·. ]{0,12}?)(?<!责任|安全)(?:事故|突发环境事件|坍塌事故|火灾|爆炸)(?!罪|隐患|风险|多发|案件|以上|责任人)/g;
/** What stands before a grade that is a wish, a limit or an adjective. */
const NO_FINDING = /(?:遏制|防范|防止|杜绝|避免|谨防)[^，。]{0,6}$|(?:防|以上|致|造成|现|特别)$/;
const OFFICIAL_CONTEXT = /调查报告|调查评估|调查结果|认定|批复|挂牌督办|调查组|被?问责|追责|被查处|被处理|获刑|被判|判处|受审|受处分|事故等级|三问|追问/;

export function gradeFacts(facts: Facts, chars: string, harm: Figure | null, poisonedAsSerious: boolean): GradeFacts {
  const out: GradeFacts = {};
  if (facts.dead !== null) out.dead = facts.dead;
  const serious = poisonedAsSerious ? larger(facts.seriouslyInjured, facts.poisoned) : facts.seriouslyInjured;
  if (serious !== null) out.seriouslyInjured = serious;
  if (facts.loss !== null) out.loss = facts.loss;
  if (facts.magnitude !== null) out.magnitude = facts.magnitude;
  if (facts.evacuated !== null) out.evacuated = facts.evacuated;
  const harmed = larger(facts.poisoned, facts.injured);
  if (harmed !== null) out.harmed = harmed;
  if (facts.gathered !== null) out.gathered = facts.gathered;
  if (harm !== null) out.harm = { ...harm, value: 1 };
  const intake = INTAKE.exec(chars.slice(0, 4000));
  if (intake !== null) out.intake = { value: intakeRank(chars, intake.index), start: intake.index, end: intake.index + intake[0].length };
  const attack = OFFICE_ATTACK.exec(chars.slice(0, 4000));
  if (attack !== null) out.officeAttacked = { value: 1, start: attack.index, end: attack.index + attack[0].length };
  return out;
}

function larger(a: Figure | null, b: Figure | null): Figure | null {
  return b !== null && (a === null || b.value > a.value) ? b : a;
}

function intakeRank(chars: string, at: number): number {
  const near = chars.slice(Math.max(0, at - 30), at + 30);
  if (/[\u4e00-\u9fa5]{2,3}市(?!场|民)|地级/.test(near) && !/县/.test(near)) return 3;
  if (/县|县城|城区/.test(near)) return 2;
  return 1;
}

/** The highest grade that the facts reach by one row; the row's steps stand from high to low. */
export function gradeByRow(row: GradeRow, facts: GradeFacts): GradeFinding {
  for (const step of row.steps) {
    for (const criterion of step.any) {
      const names = Object.keys(criterion) as GradeFact[];
      const met = names.every((name) => (facts[name]?.value ?? -1) >= criterion[name]!);
      if (!met) continue;
      const fact = names[0]!;
      return { grade: step.grade, row, fact: fact === 'harm' ? null : fact, figure: facts[fact] ?? null, official: false };
    }
  }
  return { grade: null, row, fact: null, figure: null, official: false };
}

function firstFinding(head: string): RegExpExecArray | null {
  OFFICIAL.lastIndex = 0;
  for (let m = OFFICIAL.exec(head); m !== null; m = OFFICIAL.exec(head)) {
    if (!NO_FINDING.test(head.slice(Math.max(0, m.index - 10), m.index))) return m;
    OFFICIAL.lastIndex = m.index + 1;
  }
  return null;
}

/** Grade that the text states as an official finding; null when it states none. */
export function officialGrade(chars: string, dead: number | null): { grade: Grade; start: number; end: number } | null {
  const head = chars.slice(0, 1500);
  const m = firstFinding(head);
  if (m === null) return null;
  const grade = m[1] as Grade;
  if (grade === '一般' && !/一般(?:生产安全|道路|火灾|事故)/.test(m[0])) return null;
  // 「“9·13”重大道路交通事故」: an event that bears a date bears its finding.
  if (dead === null && /[0-9]{1,2}[·•.－-][0-9]{1,2}[”"」’']?$/.test(head.slice(0, m.index))) return { grade, start: m.index, end: m.index + m[0].length };
  const around = head.slice(Math.max(0, m.index - 60), m.index + m[0].length + 40);
  if (grade !== '特别重大' && !OFFICIAL_CONTEXT.test(around)) return null;
  // 「重大交通事故」 of three dead is an adjective unless a report says so.
  if (grade !== '特别重大' && dead !== null && !/调查报告|调查评估|认定|批复/.test(around)) return null;
  return { grade, start: m.index, end: m.index + m[0].length };
}

/** The row of a kind, preferring the given category. */
export function rowOfKind(rows: GradeRow[], kind: string | null, category: Category): GradeRow | null {
  const own = rows.filter((r) => r.category === category);
  return own.find((r) => kind !== null && r.kinds.includes(kind)) ?? own.find((r) => r.id === DEFAULT_ROW[category]) ?? own[0] ?? null;
}

const DEFAULT_ROW: Record<Category, string> = { 事故灾难: 'production', 自然灾害: 'natural', 公共卫生: 'food', 社会安全: 'violence' };

/** 一般 0 … 特别重大 3; −1 for none. */
export function gradeRank(grade: Grade | null): number {
  return grade === null ? -1 : GRADES.indexOf(grade);
}
