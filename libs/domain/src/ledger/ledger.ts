import type { PeriodEnd, PeriodLength } from '../rule';

/**
 * 任务台账: what a 工作要点, 实施方案 or 通知 promises, read out of its text. Reading proposes; a person corrects and confirms.
 */

/** Where a thing was read: positions in the text of its task. */
export interface LedgerSpan {
  text: string;
  start: number;
  end: number;
}

/** A term that a task names. */
export type TaskTerm = LedgerSpan &
  (
    | { kind: 'until'; /** YYYY-MM-DD, ends 24:00 Beijing. */ date: string }
    /** 持续推进: no end, so no clock. */
    | { kind: 'ongoing' }
    /** 每年1月31日前, 每季度最后一个星期, 按月. */
    | { kind: 'recurring'; per: PeriodLength; /** The last day in the period, where one is named. */ by: PeriodEnd | null }
    /** 印发之日起5日内, 3个工作日内. `trigger`: the words that start it; '' where none are named. */
    | { kind: 'within'; amount: number; unit: 'hours' | 'natural_days' | 'working_days'; trigger: string }
    /** 每年不少于6次, 年内至少听取一次. `year`: only in this year; null: in every year. */
    | { kind: 'count'; atLeast: number; year: number | null; what: string }
    /** 从10月起. */
    | { kind: 'from'; date: string }
  );

export const UNIT_PARTS = ['lead', 'responsible', 'supporting'] as const;
/** 牵头单位, 责任单位, 配合单位. */
export type UnitPart = (typeof UNIT_PARTS)[number];

export interface TaskUnit {
  name: string;
  part: UnitPart;
  /** `named`: in a bracket that names who is responsible; `text`: taken from a sentence, to be looked at. */
  from: 'named' | 'text';
}

export interface LedgerTask {
  /** As the document numbers it: 一(二), 二13; a further paragraph with units of its own: 二13-2. */
  number: string;
  /** Headings above it, outermost first. */
  headings: string[];
  title: string;
  text: string;
  /** The term of the task as a whole (责任时限), else null. Also in `terms`. */
  main: TaskTerm | null;
  terms: TaskTerm[];
  units: TaskUnit[];
  /** What a person should look at before the task is taken over, in Chinese. */
  doubts: string[];
}

export interface Ledger {
  title: string;
  /** 国办发〔2016〕80号; '' where none is printed. */
  number: string;
  /** The year that dates without one belong to; null where the document does not tell. */
  year: number | null;
  /** YYYY-MM-DD of the date printed under or over the document; null where there is none. */
  issuedOn: string | null;
  tasks: LedgerTask[];
  /** What could not be read, in Chinese. */
  doubts: string[];
}
