/** Those of a list in order of age that are more than `most`: the oldest. What runs for weeks keeps no more than it can show. */
export function surplus<T>(oldestFirst: Iterable<T>, most: number): T[] {
  const all = [...oldestFirst];
  return all.slice(0, Math.max(0, all.length - most));
}
