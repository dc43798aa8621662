/** Measures of agreement between labels given and labels wanted. */
export interface Rate {
  hits: number;
  of: number;
  value: number;
  /** Wilson interval at 95 %. */
  low: number;
  high: number;
}

/** Share with its Wilson interval (z = 1.96). */
export function rate(hits: number, of: number): Rate {
  if (of === 0) return { hits, of, value: 0, low: 0, high: 1 };
  const z = 1.96;
  const p = hits / of;
  const base = 1 + (z * z) / of;
  const middle = (p + (z * z) / (2 * of)) / base;
  const half = (z * Math.sqrt((p * (1 - p)) / of + (z * z) / (4 * of * of))) / base;
  return { hits, of, value: p, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

export interface ClassScore {
  label: string;
  precision: Rate;
  recall: Rate;
  f1: number;
}

/** Counts pairs of wanted and given labels. Pairs with other labels count too, as misses and false alarms. */
export class Confusion {
  private readonly counts = new Map<string, number>();
  private readonly wantedTotals = new Map<string, number>();
  private readonly givenTotals = new Map<string, number>();

  constructor(readonly labels: readonly string[]) {}

  add(wanted: string, given: string): void {
    const key = `${wanted}\t${given}`;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
    this.wantedTotals.set(wanted, (this.wantedTotals.get(wanted) ?? 0) + 1);
    this.givenTotals.set(given, (this.givenTotals.get(given) ?? 0) + 1);
  }

  count(wanted: string, given: string): number {
    return this.counts.get(`${wanted}\t${given}`) ?? 0;
  }

  score(label: string): ClassScore {
    const hits = this.count(label, label);
    const given = this.givenTotals.get(label) ?? 0;
    const wanted = this.wantedTotals.get(label) ?? 0;
    const sum = given + wanted;
    return { label, precision: rate(hits, given), recall: rate(hits, wanted), f1: sum === 0 ? 0 : (2 * hits) / sum };
  }

  /** Mean F1 over the labels that occur. */
  macroF1(): number {
    const present = this.labels.filter((l) => this.wantedTotals.has(l) || this.givenTotals.has(l));
    return present.length === 0 ? 0 : present.reduce((n, l) => n + this.score(l).f1, 0) / present.length;
  }
}
