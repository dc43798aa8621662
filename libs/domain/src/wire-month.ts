import type { CaseClass, Topic } from './label';
import type { WireCaseSummary } from './wire';

/**
 * What became of the duties whose limit falls in the month. Every duty is judged in exactly one month, that of its
 * limit; the denominator of the rate leaves out nobody who missed it.
 */
export interface DutyTally {
  /** Limit in the month: the sum of metOnTime, metLate, overdue, cancelled, superseded, suspended. */
  due: number;
  metOnTime: number;
  metLate: number;
  /** Not met as of the cut-off; also clocks that were ended only after their limit had passed unmet. */
  overdue: number;
  /** Of `overdue` those that still run and can still be met. */
  overdueOpen: number;
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

/** Durations in full minutes. */
export interface Spread {
  count: number;
  median: number | null;
  /** Nearest rank: nine in ten took no longer. */
  p90: number | null;
}

/** Of acts done in the month: 签收 from 交办, the others from the detection of the case; of cases detected in the month: the lag. */
export interface MonthTimes {
  signFor: Spread;
  firstRelease: Spread;
  pressConference: Spread;
  settle: Spread;
  /** From the first known publication to the detection. */
  detectionLag: Spread;
}

export interface MonthGroup {
  /** The level, topic, department id, region code, source name or duty; '' where there is none. */
  key: string;
  label: string;
  cases: number;
  closed: number;
  rejected: number;
  lateDetections: number;
  overrides: number;
  raised: number;
  falseAlarms: number;
  duties: DutyTally;
  target: TargetTally;
  times: MonthTimes;
}

export const DUTY_OUTCOMES = [
  ...[
    'due',
    'judged',
    'unjudged',
    'metOnTime',
    'metLate',
    'overdue',
    'overdueOpen',
    'cancelled',
    'superseded',
    'suspended',
  ],
  ...['targetMet', 'targetMissed', 'targetJudged'],
] as const;
export type DutyOutcome = (typeof DUTY_OUTCOMES)[number];
export const CASE_FACETS = ['open', 'closed', 'rejected', 'late', 'lag', 'demo'] as const;
export type CaseFacet = (typeof CASE_FACETS)[number];
export const MONTH_ACTS = [
  ...['signFor', 'firstRelease', 'pressConference', 'settle'],
  ...['started', 'overrides', 'raised', 'lowered', 'falseAlarms', 'lateEntries', 'missedIntervals'],
] as const;

/**
 * Which figure of the report is looked into: with `act`, what was done in the month; with `outcome`, the duties that came
 * out so; with only `duty` or `apart`, the cases with such a limit in the month; else the cases detected in it.
 */
export interface MonthFigure {
  duty?: string;
  /** With a duty: of its terms the one of this title. */
  dutyTitle?: string;
  outcome?: DutyOutcome;
  apart?: 'provisional' | 'suspended' | 'extended';
  facet?: CaseFacet;
  act?: (typeof MONTH_ACTS)[number];
  /** Of the matters of the second ring with this trigger; absent: of 舆情. */
  trigger?: string;
  caseClass?: CaseClass;
  topic?: Topic;
  /** '' of those that nobody was assigned. */
  departmentId?: string;
  region?: string;
  sourceName?: string;
}

/** What stands behind a figure. */
export interface WireBehind {
  /** The newest first, a page of at most some hundreds. */
  cases: WireCaseSummary[];
  /** `below` of the next page; null: this was the last one. */
  next: string | null;
  /** How many cases there are, on the first page; null: more than are listed, not counted. */
  total: number | null;
  /** The figure itself: the cases, or how many duties or acts of theirs it counts; null: as `total`. */
  amount: number | null;
}

/** The month's figures as a whole. */
export interface MonthTotals {
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
  /** Clocks started in the month. */
  started: number;
  /** 改判 recorded in the month. */
  overrides: number;
  /** Cases that went to a higher class, or to a lower one, in the month. */
  raised: number;
  lowered: number;
  /** 不予受理 recorded in the month. */
  falseAlarms: number;
  /** Responses entered after the limit although done in time, recorded in the month. */
  lateEntries: number;
  /** Intervals of recurring duties that passed without a discharge, recorded in the month. */
  missedIntervals: number;
  duties: DutyTally;
  target: TargetTally;
  times: MonthTimes;
}

/** The month's report (月报) as of a cut-off: what was recorded later does not count. */
export interface WireMonth extends MonthTotals {
  /** Each counted in `duties` too, and shown apart here. */
  apart: { provisional: DutyTally; suspended: DutyTally; extended: DutyTally };
  byDuty: MonthGroup[];
  byLevel: MonthGroup[];
  byTopic: MonthGroup[];
  byDepartment: MonthGroup[];
  byRegion: MonthGroup[];
  bySource: MonthGroup[];
  /** 政务公开事项 by their trigger; in no other figure of the report. */
  byMatter: MonthGroup[];
}

/** The month beside the one before and the same month of the year before, each as of its own end. */
export interface WireMonthCompared extends WireMonth {
  before: MonthTotals | null;
  yearBefore: MonthTotals | null;
}

/** A month's report as it was kept, and whether counting it anew from the events gives the same. */
export interface WireMonthProof {
  month: string;
  asOf: string;
  takenAt: string;
  takenBy: string;
  /** SHA-256, hex, of the figures. */
  hash: string;
  /** Only after it was counted anew. */
  recountedHash?: string;
  agrees?: boolean;
  differences?: { path: string; kept: unknown; recounted: unknown }[];
}

/** A case whose part in a month that has ended would be otherwise by what was entered afterwards. */
export interface WireLateChange {
  caseId: string;
  code: string;
  title: string;
  /** What changed, in Chinese. */
  changes: string[];
  /** What was recorded of the case after the month's end. */
  entries: { recordedAt: string; actor: string; summary: string }[];
}
