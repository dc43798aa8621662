/** The longest run of characters that stands in both; the first of several. */
export function longestShared(a: string, b: string): string {
  let [before, row] = [new Uint16Array(b.length + 1), new Uint16Array(b.length + 1)];
  let best = 0;
  let end = 0;
  for (let i = 0; i < a.length; i++) {
    const c = a.charCodeAt(i);
    for (let j = 0; j < b.length; j++) {
      const n = c === b.charCodeAt(j) ? (before[j] ?? 0) + 1 : 0;
      row[j + 1] = n;
      if (n > best) [best, end] = [n, i + 1];
    }
    [before, row] = [row, before];
  }
  return a.slice(end - best, end);
}
