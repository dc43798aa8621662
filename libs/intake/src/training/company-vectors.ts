import type { WordVectors } from '@app/domain';
import { leadingEigenPairs, type SymmetricMatrix } from './eigen';

export interface VectorOptions {
  dims: number;
  /** Words on each side that count as company. */
  window: number;
  /** A rarer word gets no vector. */
  leastCount: number;
  seed: number;
}

export const VECTOR_OPTIONS: VectorOptions = { dims: 64, window: 5, leastCount: 8, seed: 4711 };

/** Frequent company is dampened by this power (Levy, Goldberg & Dagan 2015). */
const CONTEXT_POWER = 0.75;

/**
 * Vectors of words from texts (each the hashes of its words in order): positive pointwise mutual information of words
 * within a window, its leading eigenvectors, each word weighted by its rarity. No labels are used.
 */
export function learnVectors(texts: readonly Uint32Array[], options: VectorOptions): WordVectors {
  const words = countWords(texts, options.leastCount);
  const ids = new Map([...words.keys()].map((w, i) => [w, i]));
  const matrix = mutualInformation(pairsOf(texts, ids, options.window), ids.size);
  const { dims } = options;
  const { values, vectors } = leadingEigenPairs(matrix, dims, options.seed);
  const rows = [...words].map(([key, inTexts], i) => {
    const row = Float64Array.from({ length: dims }, (_, d) => vectors[i * dims + d]! * Math.sqrt(Math.abs(values[d]!)));
    const length = Math.hypot(...row) || 1;
    return { key, row: row.map((x) => (x / length) * Math.log(texts.length / inTexts)) };
  });
  return quantise(rows.sort((a, b) => a.key - b.key), dims);
}

/** Words seen often enough, with the number of texts that have them. */
function countWords(texts: readonly Uint32Array[], least: number): Map<number, number> {
  const seen = new Map<number, number>();
  const inTexts = new Map<number, number>();
  for (const text of texts) {
    for (const w of text) seen.set(w, (seen.get(w) ?? 0) + 1);
    for (const w of new Set(text)) inTexts.set(w, (inTexts.get(w) ?? 0) + 1);
  }
  return new Map([...inTexts].filter(([w]) => seen.get(w)! >= least));
}

/** Every pair within the window as smaller·size + larger, ascending. */
function pairsOf(texts: readonly Uint32Array[], ids: ReadonlyMap<number, number>, window: number): Float64Array {
  let pairs = new Float64Array(1 << 22);
  let n = 0;
  for (const text of texts) {
    const row = Array.from(text, (w) => ids.get(w) ?? -1);
    for (let i = 0; i < row.length; i++) {
      for (let k = i + 1; k <= i + window && k < row.length; k++) {
        const [a, b] = [row[i]!, row[k]!];
        if (a < 0 || b < 0 || a === b) continue;
        if (n === pairs.length) {
          const longer = new Float64Array(n * 2);
          longer.set(pairs);
          pairs = longer;
        }
        pairs[n++] = a < b ? a * ids.size + b : b * ids.size + a;
      }
    }
  }
  return pairs.subarray(0, n).sort();
}

interface Cells {
  a: Int32Array;
  b: Int32Array;
  counts: Int32Array;
}

/** Runs of equal pairs. */
function cellsOf(pairs: Float64Array, size: number): Cells {
  let n = 0;
  for (let i = 0; i < pairs.length; i++) if (i === 0 || pairs[i] !== pairs[i - 1]) n++;
  const cells = { a: new Int32Array(n), b: new Int32Array(n), counts: new Int32Array(n) };
  let at = -1;
  for (let i = 0; i < pairs.length; i++) {
    if (i === 0 || pairs[i] !== pairs[i - 1]) {
      at++;
      cells.a[at] = Math.floor(pairs[i]! / size);
      cells.b[at] = pairs[i]! % size;
    }
    cells.counts[at]!++;
  }
  return cells;
}

function mutualInformation(pairs: Float64Array, size: number): SymmetricMatrix {
  const { a, b, counts } = cellsOf(pairs, size);
  const sums = new Float64Array(size);
  counts.forEach((n, i) => {
    sums[a[i]!]! += n;
    sums[b[i]!]! += n;
  });
  const context = sums.map((s) => Math.pow(s, CONTEXT_POWER));
  const total = context.reduce((x, y) => x + y, 0);
  const one = (row: number, column: number, n: number): number => Math.max(0, Math.log((n * total) / (sums[row]! * context[column]!)));
  // The dampened measure is not quite symmetric: both directions are averaged.
  const values = Float32Array.from(counts, (n, i) => (one(a[i]!, b[i]!, n) + one(b[i]!, a[i]!, n)) / 2);
  return rowsOf(a, b, values, size);
}

/** Each cell in both of its rows. */
function rowsOf(a: Int32Array, b: Int32Array, cells: Float32Array, size: number): SymmetricMatrix {
  const offsets = new Int32Array(size + 1);
  cells.forEach((_, i) => {
    offsets[a[i]! + 1]!++;
    offsets[b[i]! + 1]!++;
  });
  for (let i = 1; i <= size; i++) offsets[i]! += offsets[i - 1]!;
  const at = offsets.slice();
  const columns = new Int32Array(cells.length * 2);
  const values = new Float32Array(cells.length * 2);
  const put = (row: number, column: number, value: number): void => {
    columns[at[row]!] = column;
    values[at[row]!++] = value;
  };
  cells.forEach((value, i) => {
    put(a[i]!, b[i]!, value);
    put(b[i]!, a[i]!, value);
  });
  return { size, offsets, columns, values };
}

function quantise(rows: readonly { key: number; row: Float64Array }[], dims: number): WordVectors {
  let largest = 1e-9;
  for (const { row } of rows) for (const x of row) largest = Math.max(largest, Math.abs(x));
  const values = new Int8Array(rows.length * dims);
  rows.forEach(({ row }, i) => row.forEach((x, d) => (values[i * dims + d] = Math.round((x / largest) * 127))));
  return { dims, keys: Uint32Array.from(rows, (r) => r.key), values };
}
