import type { CaseClass, Topic } from './label';
import type { BoardTotals, WireCaseSummary } from './wire';

/** What the wall (大屏) shows, of what its account may see. Days are Beijing days. */
export interface WireWall {
  now: string;
  totals: BoardTotals;
  /** Running terms of open cases. */
  duties: { running: number; overdue: number; withinHour: number; byClass: Record<CaseClass, number> };
  today: {
    items: number;
    relevant: number;
    opened: number;
    closed: number;
    responses: number;
    /** Of each full or begun hour of the day, from 0: relevant items. */
    byHour: number[];
  };
  /** Open cases by topic and by place, the most first; `late` of them have a passed limit. */
  topics: { name: Topic; open: number; late: number }[];
  places: { name: string; open: number; late: number }[];
  /** Of the terms that ran out this month so far; `rate` null: none did. */
  month: { month: string; rate: number | null; metOnTime: number; judged: number };
  /** The most urgent. */
  cases: WireCaseSummary[];
}
