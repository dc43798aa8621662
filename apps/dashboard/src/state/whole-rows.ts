/** So many rows are laid out whole in one frame: more, and a slow computer misses the next one. */
export const WHOLE_A_FRAME = 4;

/**
 * Which of the rows in the page are shown whole: those that were, and `budget` more, what is in sight (from `inSight` on) first.
 * `more`: some are still brief.
 */
export function nextWhole(
  rows: readonly string[],
  whole: ReadonlySet<string>,
  budget: number,
  inSight = 0,
): { whole: ReadonlySet<string>; more: boolean } {
  const brief = [...rows.slice(inSight), ...rows.slice(0, inSight)].filter((row) => !whole.has(row));
  return {
    whole: new Set([...rows.filter((row) => whole.has(row)), ...brief.slice(0, budget)]),
    more: brief.length > budget,
  };
}
