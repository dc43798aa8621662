import type { CaseClass } from './label';
import type { BoardTotals, CaseState } from './wire';

/** One open case as it stood when a shift was handed over. */
export interface HandoverCase {
  id: string;
  code: string;
  /** Masked. */
  title: string;
  caseClass: CaseClass;
  state: CaseState;
  departmentId: string | null;
  departmentName: string | null;
  /** Ids of the supporting units; absent in what was written before there were any. */
  supporting?: string[];
  region: string | null;
  overdueClocks: number;
  /** The next limit, and of which duty; null when none is ahead. */
  nextDuty: string | null;
  nextDueAt: string | null;
}

/** 交接班: what one shift leaves to the next, and who took it over. */
export interface WireHandover {
  id: string;
  writtenBy: string;
  writtenByName: string;
  writtenAt: string;
  note: string;
  cases: HandoverCase[];
  totals: BoardTotals;
  /** null: nobody yet. */
  taken: { byName: string; at: string; remark: string } | null;
}
