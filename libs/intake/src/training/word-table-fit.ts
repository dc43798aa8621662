/** Counts words and character pairs of texts and learns vectors of words, for scripts/train-same-event. */
import { COUNT_STEPS, digestOf, runsOf, WordTable } from '@app/domain';
import { companyOf, strongestDirections } from './word-vectors';

const COUNT_BITS = 20;
const MOST_WORDS = 30_000;
const LEAST_USES = 4;
export const VECTOR_DIMS = 64;

/** @param texts words in order, lower case, without marks */
export function fitWordTable(texts: readonly (readonly string[])[]): WordTable {
  const counts = new Uint32Array(1 << COUNT_BITS);
  const uses = new Map<string, number>();
  for (const words of texts) {
    const digests = new Set(words.map((w) => digestOf(w)));
    for (const two of runsOf(words.join(''), 2)) digests.add(digestOf(`\u0000${two}`));
    for (const d of digests) counts[d & (counts.length - 1)]!++;
    for (const w of words) uses.set(w, (uses.get(w) ?? 0) + 1);
  }
  const kept = [...uses]
    .filter(([, n]) => n >= LEAST_USES)
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, MOST_WORDS)
    .map(([w]) => w);
  const places = new Map(kept.map((w, i) => [w, i]));
  const numbered = texts.map((t) => Int32Array.from(t, (w) => places.get(w) ?? -1));
  const vectors = strongestDirections(companyOf(numbered, kept.length), VECTOR_DIMS);
  return new WordTable(
    texts.length,
    Uint8Array.from(counts, (n) => Math.round(Math.log2(1 + n) * COUNT_STEPS)),
    Uint32Array.from(kept, digestOf),
    VECTOR_DIMS,
    Int8Array.from(vectors, (x) => Math.round(x * 127)),
  );
}
