import type { Spread } from '../wire-month';

/** How many acts took so many full minutes. Counts may be negative while differences are summed up. */
export type Histogram = Map<number, number>;

export function addTo(histogram: Histogram, minutes: number, n: number): void {
  const sum = (histogram.get(minutes) ?? 0) + n;
  if (sum === 0) histogram.delete(minutes);
  else histogram.set(minutes, sum);
}

/** Median (mean of the middle two) and 90th percentile by nearest rank, in minutes. */
export function spreadOf(histogram: Histogram): Spread {
  const steps = [...histogram].sort((a, b) => a[0] - b[0]);
  const count = steps.reduce((n, [, c]) => n + c, 0);
  if (count === 0) return { count: 0, median: null, p90: null };
  const nth = (rank: number): number => {
    let seen = 0;
    for (const [minutes, n] of steps) if ((seen += n) >= rank) return minutes;
    throw new RangeError(`rank ${rank} of ${count}`);
  };
  const { low, high } = ranksOf(count);
  const median = (nth(low) + nth(high)) / 2;
  return { count, median, p90: nth(ranksOf(count).p90) };
}

/** Which of `count` values in order the median lies between, and which is the 90th percentile. In whole numbers: 0.9 is none. */
export function ranksOf(count: number): { low: number; high: number; p90: number } {
  return { low: Math.floor((count + 1) / 2), high: Math.floor(count / 2) + 1, p90: Math.ceil((9 * count) / 10) };
}

export function spreadOfList(minutes: readonly number[]): Spread {
  const histogram: Histogram = new Map();
  for (const m of minutes) addTo(histogram, m, 1);
  return spreadOf(histogram);
}
