import type { CaseClass, Topic } from './label';

/**
 * What became of the duties whose limit falls in the month. Every duty is judged in exactly one month, that of its
 * limit; the denominator of the rate leaves out nobody who missed it.
 */
export interface DutyTally {
  /** Limit in the month: the sum of the six counts below. */
  due: number;
  metOnTime: number;
  metLate: number;
  /** Not met as of the cut-off; also clocks that were ended only after their limit had passed unmet. */
  overdue: number;
  /** Ended before their limit (下调、不予受理、办结时终止的循环义务). */
  cancelled: number;
  /** Gave way to another duty before their limit. */
  superseded: number;
  /** Standing still at the cut-off. */
  suspended: number;
  /** metOnTime ÷ (metOnTime + metLate + overdue); null without any. */
  onTimeRate: number | null;
}

/** 力争: apart from the limit, for duties that have a target. */
export interface TargetTally {
  met: number;
  missed: number;
  /** met ÷ (met + missed); null without any. */
  rate: number | null;
}

export interface MonthGroup {
  /** The level, topic, department id, source name or duty; '' where there is none. */
  key: string;
  label: string;
  cases: number;
  duties: DutyTally;
  target: TargetTally;
}

/** Durations in minutes. */
export interface Spread {
  count: number;
  median: number | null;
  /** Nearest rank: nine in ten took no longer. */
  p90: number | null;
}

export const DUTY_OUTCOMES = ['due', 'metOnTime', 'metLate', 'overdue', 'cancelled', 'superseded', 'suspended'] as const;
export type DutyOutcome = (typeof DUTY_OUTCOMES)[number];

/** Which figure of the report is looked into. With duty or outcome: of the limits that fall in the month; else of the cases detected in it. */
export interface MonthFigure {
  duty?: string;
  /** With a duty: of its terms the one of this title. */
  dutyTitle?: string;
  outcome?: DutyOutcome;
  caseClass?: CaseClass;
  topic?: Topic;
  /** '' of those that nobody was assigned. */
  departmentId?: string;
  sourceName?: string;
}

/** The month's report (月报) as of a cut-off: what was recorded later does not count. */
export interface WireMonth {
  /** YYYY-MM, Beijing. */
  month: string;
  /** First instant of the month, and first instant after it. */
  from: string;
  to: string;
  asOf: string;
  cases: {
    /** Detected in the month. */
    total: number;
    byClass: Record<CaseClass, number>;
    rejected: number;
    /** Of them settled or rejected by the cut-off. */
    closed: number;
    /** 发现滞后. */
    lateDetections: number;
    /** From the demonstration source. */
    demo: number;
  };
  /** 改判 recorded in the month. */
  overrides: number;
  /** Clocks started in the month. */
  started: number;
  duties: DutyTally;
  target: TargetTally;
  /** Each counted in `duties` too, and shown apart here. */
  apart: { provisional: DutyTally; suspended: DutyTally; extended: DutyTally };
  byDuty: MonthGroup[];
  byLevel: MonthGroup[];
  byTopic: MonthGroup[];
  byDepartment: MonthGroup[];
  bySource: MonthGroup[];
  /** Of acts done in the month: 签收 from 交办; the others from the detection of the case. */
  times: { signFor: Spread; firstRelease: Spread; pressConference: Spread; settle: Spread };
  /** Responses entered after the limit although done in time, recorded in the month. */
  lateEntries: number;
  /** Intervals of recurring duties that passed without a discharge, recorded in the month. */
  missedIntervals: number;
}
