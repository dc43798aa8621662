import type { Spread } from '../wire-month';

/** How many acts took so many full minutes, by hours of 60 counts. Counts may be negative while differences are summed up. */
export class Histogram {
  private readonly hours: (number[] | undefined)[] = [];

  add(minutes: number, n: number): void {
    const hour = Math.floor(minutes / 60);
    (this.hours[hour] ??= new Array<number>(60).fill(0))[minutes - hour * 60]! += n;
  }

  addAll(other: Histogram): void {
    other.eachHour((hour, counts) => counts.forEach((n, minute) => n !== 0 && this.add(hour * 60 + minute, n)));
  }

  /** The hours of which anything is counted, in order. */
  eachHour(take: (hour: number, counts: readonly number[]) => void): void {
    // forEach passes over what was never set: somebody's lag of ten years is one hour and not ninety thousand.
    this.hours.forEach((counts, hour) => counts?.some((n) => n !== 0) && take(hour, counts));
  }

  isEmpty(): boolean {
    return !this.hours.some((counts) => counts?.some((n) => n !== 0));
  }
}

/** Median (mean of the middle two) and 90th percentile by nearest rank, in minutes. */
export function spreadOf(histogram: Histogram): Spread {
  const steps: [minutes: number, n: number][] = [];
  let count = 0;
  histogram.eachHour((hour, counts) =>
    counts.forEach((n, minute) => {
      if (n === 0) return;
      steps.push([hour * 60 + minute, n]);
      count += n;
    }),
  );
  if (count === 0) return { count: 0, median: null, p90: null };
  const nth = (rank: number): number => {
    let seen = 0;
    for (const [minutes, n] of steps) if ((seen += n) >= rank) return minutes;
    throw new RangeError(`rank ${rank} of ${count}`);
  };
  const { low, high, p90 } = ranksOf(count);
  return { count, median: (nth(low) + nth(high)) / 2, p90: nth(p90) };
}

/** Which of `count` values in order the median lies between, and which is the 90th percentile. In whole numbers: 0.9 is none. */
export function ranksOf(count: number): { low: number; high: number; p90: number } {
  return { low: Math.floor((count + 1) / 2), high: Math.floor(count / 2) + 1, p90: Math.ceil((9 * count) / 10) };
}

export function spreadOfList(minutes: readonly number[]): Spread {
  const histogram = new Histogram();
  for (const m of minutes) histogram.add(m, 1);
  return spreadOf(histogram);
}
