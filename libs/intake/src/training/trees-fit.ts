/** Gradient-boosted trees over measures, by histograms, for scripts/train-same-event. */
import type { Tree } from '@app/domain';
import { randomFrom } from './pair-net-fit';

export interface TreeRow {
  x: readonly number[];
  y: number;
  weight: number;
}

const ROUNDS = 260;
const DEPTH = 5;
const RATE = 0.06;
const ROWS_SHARE = 0.7;
const MEASURES_SHARE = 0.4;
const LEAST_HESSIAN = 5;
const L2 = 3;
const BINS = 48;

interface Bins {
  /** Row by row, the bin of each measure. */
  of: Uint8Array;
  /** For each measure the values between its bins. */
  edges: number[][];
  width: number;
}

/** @returns trees whose leaves are log-odds, and the log-odds of all rows */
export function fitTrees(rows: readonly TreeRow[], seed: number): { trees: Tree[]; base: number } {
  const random = randomFrom(seed);
  const bins = binned(rows);
  const share = rows.reduce((s, r) => s + r.y * r.weight, 0) / rows.reduce((s, r) => s + r.weight, 0);
  const base = Math.log(share / (1 - share));
  const score = new Float64Array(rows.length).fill(base);
  const trees: Tree[] = [];
  for (let t = 0; t < ROUNDS; t++) {
    const [g, h] = [new Float64Array(rows.length), new Float64Array(rows.length)];
    rows.forEach((r, i) => {
      const q = 1 / (1 + Math.exp(-score[i]!));
      g[i] = (q - r.y) * r.weight;
      h[i] = q * (1 - q) * r.weight;
    });
    const taken = rows.map((_, i) => i).filter(() => random() < ROWS_SHARE);
    const measures = bins.edges.map((_, i) => i).filter((i) => bins.edges[i]!.length > 0 && random() < MEASURES_SHARE);
    const tree = growTree(bins, taken, measures, g, h);
    rows.forEach((r, i) => (score[i] = score[i]! + leafOf(tree, r.x)));
    trees.push(tree);
  }
  return { trees, base };
}

function leafOf(t: Tree, x: readonly number[]): number {
  let n = 0;
  while ((t.on[n] ?? -1) >= 0) n = t.left[n]! + (x[t.on[n]!]! < t.at[n]! ? 0 : 1);
  return t.at[n]!;
}

function binned(rows: readonly TreeRow[]): Bins {
  const width = rows[0]?.x.length ?? 0;
  const edges = Array.from({ length: width }, (_, i) => {
    const sorted = rows.map((r) => r.x[i] ?? 0).sort((a, b) => a - b);
    const cuts = Array.from({ length: BINS - 1 }, (_, k) => sorted[Math.floor(((k + 1) * sorted.length) / BINS)]!);
    return [...new Set(cuts)].filter((c) => c > sorted[0]!);
  });
  const of = new Uint8Array(rows.length * width);
  rows.forEach((r, k) => {
    for (let i = 0; i < width; i++) of[k * width + i] = binOf(edges[i]!, r.x[i] ?? 0);
  });
  return { of, edges, width };
}

/** How many edges the value has reached. */
function binOf(edges: readonly number[], x: number): number {
  let [low, high] = [0, edges.length];
  while (low < high) {
    const mid = (low + high) >> 1;
    if (x < edges[mid]!) high = mid;
    else low = mid + 1;
  }
  return low;
}

function growTree(bins: Bins, taken: number[], measures: number[], g: Float64Array, h: Float64Array): Tree {
  const tree = { on: [-1], at: [0], left: [0] };
  const grow = (node: number, rows: number[], depth: number): void => {
    const [sumG, sumH] = [rows.reduce((s, i) => s + g[i]!, 0), rows.reduce((s, i) => s + h[i]!, 0)];
    tree.at[node] = Math.round((-sumG / (sumH + L2)) * RATE * 1e5) / 1e5;
    const split = depth < DEPTH ? bestSplit(bins, rows, measures, [g, h], [sumG, sumH]) : null;
    if (!split) return;
    const left = tree.on.length;
    tree.on[node] = split.measure;
    tree.at[node] = bins.edges[split.measure]![split.bin]!;
    tree.left[node] = left;
    tree.on.push(-1, -1);
    tree.at.push(0, 0);
    tree.left.push(0, 0);
    const below = (i: number): boolean => bins.of[i * bins.width + split.measure]! <= split.bin;
    grow(left, rows.filter(below), depth + 1);
    grow(left + 1, rows.filter((i) => !below(i)), depth + 1);
  };
  grow(0, taken, 0);
  return tree;
}

function bestSplit(
  bins: Bins,
  rows: number[],
  measures: number[],
  [g, h]: readonly [Float64Array, Float64Array],
  [sumG, sumH]: readonly [number, number],
): { measure: number; bin: number } | null {
  let best: { measure: number; bin: number; gain: number } | null = null;
  const [binG, binH] = [new Float64Array(BINS), new Float64Array(BINS)];
  for (const measure of measures) {
    binG.fill(0);
    binH.fill(0);
    for (const i of rows) {
      const b = bins.of[i * bins.width + measure]!;
      binG[b] = binG[b]! + g[i]!;
      binH[b] = binH[b]! + h[i]!;
    }
    let [leftG, leftH] = [0, 0];
    for (let bin = 0; bin < bins.edges[measure]!.length; bin++) {
      leftG += binG[bin]!;
      leftH += binH[bin]!;
      const [rightG, rightH] = [sumG - leftG, sumH - leftH];
      if (leftH < LEAST_HESSIAN || rightH < LEAST_HESSIAN) continue;
      const gain = leftG ** 2 / (leftH + L2) + rightG ** 2 / (rightH + L2) - sumG ** 2 / (sumH + L2);
      if (gain > 1e-6 && (best === null || gain > best.gain)) best = { measure, bin, gain };
    }
  }
  return best;
}
