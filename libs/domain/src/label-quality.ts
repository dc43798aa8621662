import { beijingDayNumber, dateOfDayNumber } from './beijing';
import { LEVELS, type Level } from './label';

/** One decided item or case: what the classifier had said first, and what persons said last. */
export interface JudgedPair {
  at: Date;
  machine: Level;
  person: Level;
}

/** Counts of one level in one month. Precision is `both / machine`, recall `both / person`; null where nothing was counted. */
export interface LevelQuality {
  level: Level;
  machine: number;
  person: number;
  both: number;
  precision: number | null;
  recall: number | null;
}

export interface MonthQuality {
  /** `2026-11`, Beijing. */
  month: string;
  decided: number;
  agreed: number;
  levels: LevelQuality[];
}

/** Under so many a share says little: it is shown as a count, not as a percentage. */
export const SMALL_COUNT = 20;

/** Precision and recall by the month of the last decision, the latest month first. Only what people looked at is counted. */
export function foldQuality(pairs: readonly JudgedPair[]): MonthQuality[] {
  const byMonth = new Map<string, JudgedPair[]>();
  for (const p of pairs) {
    const month = dateOfDayNumber(beijingDayNumber(p.at)).slice(0, 7);
    byMonth.set(month, [...(byMonth.get(month) ?? []), p]);
  }
  return [...byMonth.keys()].sort().reverse().map((month) => monthOf(month, byMonth.get(month)!));
}

function monthOf(month: string, pairs: readonly JudgedPair[]): MonthQuality {
  return {
    month,
    decided: pairs.length,
    agreed: pairs.filter((p) => p.machine === p.person).length,
    levels: [...LEVELS].reverse().map((level) => {
      const machine = pairs.filter((p) => p.machine === level).length;
      const person = pairs.filter((p) => p.person === level).length;
      const both = pairs.filter((p) => p.machine === level && p.person === level).length;
      return { level, machine, person, both, precision: machine === 0 ? null : both / machine, recall: person === 0 ? null : both / person };
    }),
  };
}
