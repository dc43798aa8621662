import type { CaseClass } from './label';

/** Units of a term; each rule says its own, none is guessed (民法典 第201–203条). */
export type TermUnit = 'hours' | 'natural_days' | 'working_days' | 'until' | 'every';

/** The known instants of a case that a rule may start from. */
export type AnchorKind = 'happened' | 'first_public' | 'detected' | 'confirmed' | 'assigned' | 'last_release' | 'settled';

export interface Term {
  unit: TermUnit;
  /** Count of the unit; hours for `every`. Absent for `until`. */
  amount?: number;
  /** A last day on a 法定休假日 moves to the day after the holiday (民法典 第203条第1款). natural_days only. */
  roll?: boolean;
  /** Fixed date (YYYY-MM-DD, ends 24:00 Beijing) for `until`. */
  date?: string;
}

/** Kinds of evidence that can meet a duty. */
export const EVIDENCE_KINDS = [
  'report', // 第一时间报告 to the county
  'receipt', // 签收
  'release', // 权威信息发布
  'press-conference', // 新闻发布会
  'settlement', // 办结
  'plan', // 处理方案
  'clarification', // 说明原因、澄清
  'feedback', // 办理结果反馈
] as const;
export type EvidenceKind = (typeof EVIDENCE_KINDS)[number];

/** Offices a rung can reach, from the lowest to the highest. */
export const OFFICES = ['duty_officer', 'department_contact', 'department_head', 'deputy_leader', 'leader'] as const;
export type Office = (typeof OFFICES)[number];

/**
 * One rung of an escalation ladder (阶梯). Exactly one of `share`, `offsetMinutes`.
 * Its instant is absolute from the anchor: a late sweep never shifts the chain.
 */
export interface LadderRung {
  /** Unique within the ladder, e.g. `half`, `warn`, `due`, `after-1h`, `daily`. */
  id: string;
  /** Share of the term from anchor (0) to due (1). */
  share?: number;
  /** Minutes relative to due; negative before, positive after. */
  offsetMinutes?: number;
  /** After this rung, repeat every so many minutes while the clock is open. */
  repeatMinutes?: number;
  /** Which instant of the duty it counts from: the target (力争) or the limit (最迟). Default limit. */
  of?: 'target' | 'limit';
  audience: Office[];
  severity: 'info' | 'warning' | 'critical';
  /** Minutes without a receipt after which the next higher rung's audience is alerted at once. */
  receiptMinutes?: number;
}

export interface Ladder {
  id: string;
  title: string;
  rungs: LadderRung[];
}

/** One duty of a rule pack: the term the law sets and where it says so. */
export interface DutyRule {
  /** e.g. `settle-ordinary`, `release`, `press-conference`. */
  id: string;
  title: string;
  appliesTo: CaseClass[];
  limit: Term;
  /** 力争: counted apart from the limit, never a duty of its own. */
  target?: Term;
  anchor: AnchorKind;
  metBy: EvidenceKind[];
  /** Duties opened when this one is met by a given evidence (a 处理方案 opens a duty to finish). */
  opens?: { by: EvidenceKind; duty: string }[];
  ladder: string;
  /** Most that an approved extension may add; absent: not extendable. */
  extension?: Term;
  document: string;
  number: string;
  article: string;
  quote: string;
  /** e.g. `statutory` 法定, `notice` 文件要求, `local` 本地设定. */
  legalEffect: 'statutory' | 'notice' | 'local';
}

export interface RulePack {
  id: string;
  title: string;
  /** Changes with every edit of the pack; a clock keeps the version that made it. */
  version: string;
  extends?: string;
  duties: DutyRule[];
}
