import type { LedgerTask } from './ledger';
import type { Trigger } from './rule';
import type { SiteFindingKind } from './site-check';
import type { WireCaseSummary } from './wire';

/** What is known of a matter of the second ring, by what started it. Nothing in it names a person. */
export interface MatterFacts {
  /** Title or name of the document, application, site. */
  subject: string;
  /** 发文字号. */
  number?: string;
  url?: string;
  /** The item in which the crawler saw it. */
  itemId?: string;
  /** `2026-Q4`, of a recurring duty. */
  period?: string;
  /** Pieces of evidence that the term wants (每年不少于6次). */
  times?: number;
  /** Source whose updates are watched. */
  sourceName?: string;
  ledgerTaskId?: string;
  note?: string;
}

/** A matter in a list: a case with what started it. */
export interface WireMatter extends WireCaseSummary {
  trigger: Trigger;
  triggeredAt: string;
  matter: MatterFacts;
  /** Of `matter.times`: how many are registered. */
  done: number;
}

export interface WireLedger {
  id: string;
  title: string;
  number: string;
  year: number | null;
  issuedOn: string | null;
  importedBy: string;
  importedAt: string;
  tasks: number;
  done: number;
  overdue: number;
}

/** A task as it is taken over: what was read, as far as a person left it so, and the departments it goes to. */
export type TakenTask = Omit<LedgerTask, 'doubts' | 'main'> & {
  departmentId: string | null;
  supporting: string[];
};

/** Something wrong on a page of the own sites. */
export interface WireSiteFinding {
  id: string;
  sourceName: string;
  sourceTitle?: string;
  url: string;
  kind: SiteFindingKind;
  sentence: string;
  /** SHA-256 of the page as it was read; null where it could not be read. */
  contentHash: string | null;
  /** Whether the page as it was read is kept. */
  kept: boolean;
  departmentId: string | null;
  departmentName: string | null;
  foundAt: string;
  seenAt: string;
  resolvedAt: string | null;
}

export const TASK_STATES = ['done', 'late', 'overdue', 'running', 'ongoing', 'waiting'] as const;
/** 已完成, 逾期完成, 逾期未完成, 办理中, 持续推进, 待起算 (its term waits for what starts it). */
export type TaskState = (typeof TASK_STATES)[number];

export interface WireLedgerTask extends TakenTask {
  id: string;
  position: number;
  state: TaskState;
  /** Last limit of its terms. */
  dueAt: string | null;
  matters: { caseId: string; code: string; title: string; dueAt: string | null; state: TaskState }[];
}

/** How far one unit is: 任务台账 进度表. */
export interface WireUnitProgress {
  unit: string;
  lead: number;
  states: Record<TaskState, number>;
  /** Done in time of those that are done or overdue; null where there is none. */
  onTime: { met: number; of: number } | null;
}
