import type { ClockThen } from './months-history';
import type { DutyTally, Spread, TargetTally } from './wire-month';

/** Counts clocks whose limit falls in the month. Running ones cannot be among them once the limit has passed. */
export function tallyDuties(clocks: readonly ClockThen[]): DutyTally {
  const of = (fate: ClockThen['fate']) => clocks.filter((c) => c.fate === fate).length;
  const [metOnTime, metLate, overdue] = [of('met'), of('met_late'), of('overdue')];
  const [cancelled, superseded, suspended] = [of('cancelled'), of('superseded'), of('suspended')];
  return {
    due: metOnTime + metLate + overdue + cancelled + superseded + suspended,
    ...{ metOnTime, metLate, overdue, cancelled, superseded, suspended },
    onTimeRate: rate(metOnTime, metLate + overdue),
  };
}

export function tallyTargets(clocks: readonly ClockThen[]): TargetTally {
  const judged = clocks.filter((c) => c.targetMet !== null && c.fate !== 'cancelled' && c.fate !== 'superseded');
  const met = judged.filter((c) => c.targetMet).length;
  return { met, missed: judged.length - met, rate: rate(met, judged.length - met) };
}

/** Median (mean of the middle two) and 90th percentile by nearest rank, in minutes. */
export function spreadOf(minutes: readonly number[]): Spread {
  const sorted = [...minutes].sort((a, b) => a - b);
  const n = sorted.length;
  if (n === 0) return { count: 0, median: null, p90: null };
  const nth = (rank: number) => sorted[rank - 1] ?? 0;
  const median = n % 2 === 1 ? nth((n + 1) / 2) : (nth(n / 2) + nth(n / 2 + 1)) / 2;
  return { count: n, median, p90: nth(Math.ceil(0.9 * n)) };
}

function rate(good: number, bad: number): number | null {
  return good + bad === 0 ? null : good / (good + bad);
}
