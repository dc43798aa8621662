/** Boosted regression trees as flat lists. */
export interface Tree {
  /** Measure asked at each node; -1: a leaf. */
  on: readonly number[];
  /** Goes left when the measure is below; of a leaf its value. */
  at: readonly number[];
  /** The left child; the right one follows it. */
  left: readonly number[];
}

/** Sum of the leaves that the measures lead to, in log-odds. */
export function treesScore(trees: readonly Tree[], base: number, x: ArrayLike<number>): number {
  let sum = base;
  for (const t of trees) {
    let n = 0;
    for (let on = t.on[0] ?? -1; on >= 0; on = t.on[n] ?? -1) {
      n = (t.left[n] ?? 0) + ((x[on] ?? 0) < (t.at[n] ?? 0) ? 0 : 1);
    }
    sum += t.at[n] ?? 0;
  }
  return sum;
}
