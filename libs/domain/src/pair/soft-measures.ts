import type { PairText } from './pair-text';
import type { WordTable } from './word-table';

interface Cloud {
  digests: number[];
  weights: number[];
  vectors: Float32Array;
}

/**
 * Agreement by meaning: words that are not the same and stand in like company (逝世, 去世) agree in part. First of all
 * words, then of those that only one of the texts has.
 */
export function softMeasures(a: PairText, b: PairText, table: WordTable): number[] {
  const [x, y] = [cloudOf(a, table), cloudOf(b, table)];
  const [alone, other] = [without(x, y, table.dims), without(y, x, table.dims)];
  return [...matches(x, y, table.dims), ...rest(alone, other, table.dims)];
}

function matches(x: Cloud, y: Cloud, dims: number): number[] {
  if (x.weights.length === 0 || y.weights.length === 0) return [0, 0, 0];
  const { near, far } = nearest(x, y, dims);
  return [towards(x, y, dims), Math.min(near, far), Math.max(near, far)];
}

function rest(x: Cloud, y: Cloud, dims: number): number[] {
  if (x.weights.length === 0 || y.weights.length === 0) return [1, 1, 1, 1, 0, 0];
  const { near, far, top } = nearest(x, y, dims);
  const [sumX, sumY] = [x, y].map((c) => c.weights.reduce((s, w) => s + w, 0)) as [number, number];
  return [
    Math.min(near, far),
    Math.max(near, far),
    top,
    towards(x, y, dims),
    Math.min(sumX, sumY),
    Math.max(sumX, sumY),
  ];
}

function cloudOf(t: PairText, table: WordTable): Cloud {
  const { digests, rows, weights } = t.tokens;
  const seen = new Map<number, number>();
  digests.forEach((d, i) => {
    if ((rows[i] ?? -1) >= 0) seen.set(d, i);
  });
  const vectors = new Float32Array(seen.size * table.dims);
  [...seen.values()].forEach((i, n) => table.copyVector(rows[i] ?? 0, vectors, n * table.dims));
  return { digests: [...seen.keys()], weights: [...seen.values()].map((i) => (weights[i] ?? 0) * 10), vectors };
}

function without(x: Cloud, y: Cloud, dims: number): Cloud {
  const other = new Set(y.digests);
  const kept = x.digests.map((_, i) => i).filter((i) => !other.has(x.digests[i] ?? 0));
  const vectors = new Float32Array(kept.length * dims);
  kept.forEach((i, n) => vectors.set(x.vectors.subarray(i * dims, (i + 1) * dims), n * dims));
  return { digests: kept.map((i) => x.digests[i] ?? 0), weights: kept.map((i) => x.weights[i] ?? 0), vectors };
}

/** The mean of each word's best match on the other side, weighed by idf, both ways; and the best of all. */
function nearest(x: Cloud, y: Cloud, dims: number): { near: number; far: number; top: number } {
  const bestX = new Float32Array(x.weights.length).fill(-1);
  const bestY = new Float32Array(y.weights.length).fill(-1);
  for (let i = 0; i < bestX.length; i++) {
    for (let j = 0; j < bestY.length; j++) {
      let dot = 0;
      for (let k = 0; k < dims; k++) dot += (x.vectors[i * dims + k] ?? 0) * (y.vectors[j * dims + k] ?? 0);
      if (dot > (bestX[i] ?? 0)) bestX[i] = dot;
      if (dot > (bestY[j] ?? 0)) bestY[j] = dot;
    }
  }
  return { near: weighedMean(bestX, x.weights), far: weighedMean(bestY, y.weights), top: Math.max(...bestX) };
}

function weighedMean(values: Float32Array, weights: number[]): number {
  let [sum, all] = [0, 0];
  weights.forEach((w, i) => {
    sum += w * (values[i] ?? 0);
    all += w;
  });
  return sum / (all || 1);
}

/** The sum of a text's weighed vectors, unit length: what it is about. */
export function meaningOf(t: PairText, table: WordTable): Float32Array {
  const sum = sumOf(cloudOf(t, table), table.dims);
  const norm = Math.hypot(...sum) || 1;
  return sum.map((x) => x / norm);
}

function sumOf(c: Cloud, dims: number): Float32Array {
  const sum = new Float32Array(dims);
  c.weights.forEach((w, i) => {
    for (let k = 0; k < dims; k++) sum[k] = (sum[k] ?? 0) + w * (c.vectors[i * dims + k] ?? 0);
  });
  return sum;
}

/** Cosine of the two sums of weighed vectors. */
function towards(x: Cloud, y: Cloud, dims: number): number {
  const [a, b] = [sumOf(x, dims), sumOf(y, dims)];
  let [dot, aa, bb] = [0, 0, 0];
  for (let k = 0; k < dims; k++) {
    const [p, q] = [a[k] ?? 0, b[k] ?? 0];
    dot += p * q;
    aa += p * p;
    bb += q * q;
  }
  return dot / (Math.sqrt(aa * bb) || 1);
}
