import type { CaseClass } from './label';

/** Units of a term; each rule says its own, none is guessed (民法典 第201–203条). */
export type TermUnit = 'hours' | 'natural_days' | 'working_days' | 'until' | 'every';

/** The known instants of a case that a rule may start from. `triggered`: what started a matter of the second ring. */
export const ANCHOR_KINDS = [
  'happened',
  'first_public',
  'detected',
  'confirmed',
  'assigned',
  'last_release',
  'settled',
  'planned',
  'triggered',
  'handed_over',
] as const;
export type AnchorKind = (typeof ANCHOR_KINDS)[number];

/**
 * `transferred`: 上级转办, or handed on by a 新媒体/问政平台; such a case owes the sender its result. `handed-over`: it went from
 * here to a superior or another place (转上级、转办); what became of it is still to be learned and reported back.
 */
export const CIRCUMSTANCES = ['transferred', 'handed-over'] as const;
export type Circumstance = (typeof CIRCUMSTANCES)[number];

/**
 * What starts the duties of the second ring (RULES 2): promised terms that no 舆情 starts. A matter of these kinds is a case
 * like any other: clocks, ladder, evidence, derivation sheet and statistics are the same.
 */
export const TRIGGERS = [
  'policy-published', // 政策文件印发
  'superior-document', // 上级文件印发
  'programme-published', // 工作要点公布
  'congress-closed', // 人代会结束
  'application-received', // 收到政府信息公开申请
  'personnel-changed', // 机构人员调整
  'site-watched', // 网站栏目、政务新媒体账号纳入监测
  'period', // 定期: a week, month, quarter or year begins
  'task', // 任务台账
] as const;
export type Trigger = (typeof TRIGGERS)[number];
export const TRIGGER_NAMES: Record<Trigger, string> = {
  'policy-published': '政策文件解读',
  'superior-document': '上级文件配套',
  'programme-published': '要点公布后的实施方案',
  'congress-closed': '人代会后的公开',
  'application-received': '依申请公开',
  'personnel-changed': '机构人员报备',
  'site-watched': '网站与新媒体更新',
  period: '定期事项',
  task: '台账任务',
};

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
  'interpretation', // 政策解读
  'publication', // 公开
  'filing', // 报审、报备、报送
  'reply', // 答复申请人
  'update', // 信息更新
  'hearing', // 听取汇报
  'inspection', // 抽查、督查
  'completion', // 任务完成
] as const;
export type EvidenceKind = (typeof EVIDENCE_KINDS)[number];

/** What each kind is called, on every page and paper. */
export const EVIDENCE_NAMES: Record<EvidenceKind, string> = {
  report: '向上报告',
  receipt: '签收',
  release: '权威信息发布',
  'press-conference': '新闻发布会',
  settlement: '办结',
  plan: '处理方案',
  clarification: '说明原因、澄清',
  feedback: '办理结果反馈',
  interpretation: '政策解读',
  publication: '公开',
  filing: '报审、报备',
  reply: '答复申请人',
  update: '信息更新',
  hearing: '听取汇报',
  inspection: '抽查、督查',
  completion: '任务完成',
};

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

export const LEGAL_EFFECTS = ['statutory', 'notice', 'local'] as const;

/** One duty of a rule pack: the term the law sets and where it says so. */
export interface DutyRule {
  /** e.g. `settle-ordinary`, `release`, `press-conference`. */
  id: string;
  title: string;
  /** One id may stand in a pack several times with different terms, for classes that do not overlap. */
  appliesTo: CaseClass[];
  /** Only for cases of this circumstance. */
  when?: Circumstance;
  /** A duty of the second ring; absent: of a 舆情. */
  trigger?: Trigger;
  /** Met only by the so-many-th piece of evidence (每年不少于6次); absent: by the first. */
  times?: number;
  /** Only what the head of the unit did himself counts (主要领导解读). */
  byHead?: boolean;
  limit: Term;
  /** 力争: counted apart from the limit, never a duty of its own. */
  target?: Term;
  anchor: AnchorKind;
  metBy: EvidenceKind[];
  /** Duties opened when this one is met by a given evidence (a 处理方案 opens a duty to finish). */
  opens?: { by: EvidenceKind; duty: string }[];
  /** Duties that give way to this one when a case is raised to a class in which they no longer apply. */
  supersedes?: string[];
  ladder: string;
  /** Most that an approved extension may add; absent: not extendable. */
  extension?: Term;
  /** Most hours that all suspensions together may take; absent: not suspendable. */
  suspensionHours?: number;
  document: string;
  number: string;
  article: string;
  quote: string;
  /** `statutory` 法定, `notice` 文件要求, `local`: the number is set by the place itself. */
  legalEffect: (typeof LEGAL_EFFECTS)[number];
  /** How the text was read where it leaves room; shown on the derivation sheet. */
  note?: string;
}

export const PERIODS = ['week', 'month', 'quarter', 'year'] as const;
export type PeriodLength = (typeof PERIODS)[number];
/** The last day of the period's term: a day of the year, the end of the period, or its last seven days alone. */
export type PeriodEnd = { month: number; day: number } | 'end' | 'last-week';

/** A duty that the calendar itself starts anew in each period: 每年1月31日前, 每季度最后一个星期, 每年不少于6次. */
export interface RecurringDuty extends Omit<
  DutyRule,
  'appliesTo' | 'when' | 'trigger' | 'limit' | 'target' | 'anchor' | 'opens' | 'supersedes'
> {
  per: PeriodLength;
  by: PeriodEnd;
  /** `each`: every department owes it; `office`: the office in charge alone. */
  units: 'each' | 'office';
}

export interface RulePack {
  id: string;
  title: string;
  /** Changes with every edit of the pack; a clock keeps the version that made it. */
  version: string;
  /** The pack below this one: a duty id named here replaces all entries of that id there. */
  extends?: string;
  /** Duties of the pack below that do not run here, each with the reason. */
  drops?: { duty: string; reason: string }[];
  duties: DutyRule[];
  /** Layered like duties, by id. */
  recurring?: RecurringDuty[];
}
