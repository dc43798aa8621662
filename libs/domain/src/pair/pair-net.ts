import type { PairTokens } from './pair-text';
import type { WordTable } from './word-table';

/** Sizes of the net; the number of measures is that of pairMeasures. */
export interface NetShape {
  vector: number;
  measures: number;
}

/** Width of a word, of a comparison, of the measures' layer and of the last layer. */
export const WORD = 32;
export const COMPARED = 48;
export const MEASURED = 32;
export const LAST = 32;
/** Same event, same topic: the second is learnt beside the first and steadies it. */
export const HEADS = 2;
export const JOINED = 4 * COMPARED + MEASURED;
export const SEEN = 4 * WORD + 2;

/** Where each layer lies in the flat list of parameters. */
export interface NetLayout {
  project: number;
  context: number;
  attend: number;
  match: number;
  compare: number;
  gate: number;
  measure: number;
  last: number;
  out: number;
  size: number;
}

/** Each layer is its weights (out × in), then its biases. */
export function layoutOf({ vector, measures }: NetShape): NetLayout {
  let at = 0;
  const take = (n: number): number => (at += n) - n;
  const layout = {
    project: take((vector + 1) * WORD),
    context: take((3 * WORD + 1) * WORD),
    attend: take(WORD),
    match: take(1),
    compare: take((SEEN + 1) * COMPARED),
    gate: take(SEEN + 1),
    measure: take((measures + 1) * MEASURED),
    last: take((JOINED + 1) * LAST),
    out: take((LAST + 1) * HEADS),
  };
  return { ...layout, size: at };
}

/** y = W x + b for each of n rows. */
export function linear(
  p: Float32Array,
  at: number,
  x: Float32Array,
  n: number,
  width: number,
  out: number,
): Float32Array {
  const y = new Float32Array(n * out);
  const bias = at + width * out;
  for (let r = 0; r < n; r++) {
    const from = r * width;
    for (let o = 0; o < out; o++) {
      let sum = p[bias + o]!;
      const w = at + o * width;
      for (let i = 0; i < width; i++) sum += p[w + i]! * x[from + i]!;
      y[r * out + o] = sum;
    }
  }
  return y;
}

/** One text inside the net. */
export interface NetSide {
  n: number;
  /** Vectors of the words, zero where there is none. */
  vectors: Float32Array;
  projected: Float32Array;
  /** Each word beside its neighbours, and that through its layer. */
  windows: Float32Array;
  context: Float32Array;
  words: Float32Array;
}

/** Multiplies by masks while learning; the identity otherwise. */
export type Drop = (x: Float32Array, share: number) => Float32Array;
const KEEP: Drop = (x) => x;

export function readSide(p: Float32Array, l: NetLayout, t: PairTokens, table: WordTable, drop: Drop = KEEP): NetSide {
  const n = Math.max(1, t.rows.length);
  const raw = new Float32Array(n * table.dims);
  t.rows.forEach((row, i) => {
    if (row >= 0) table.copyVector(row, raw, i * table.dims);
  });
  const vectors = drop(raw, 0.2);
  const projected = linear(p, l.project, vectors, n, table.dims, WORD);
  for (let i = 0; i < projected.length; i++) projected[i] = Math.tanh(projected[i]!);
  const windows = new Float32Array(n * 3 * WORD);
  for (let r = 0; r < n; r++) {
    if (r > 0) windows.set(projected.subarray((r - 1) * WORD, r * WORD), r * 3 * WORD);
    windows.set(projected.subarray(r * WORD, (r + 1) * WORD), r * 3 * WORD + WORD);
    if (r + 1 < n) windows.set(projected.subarray((r + 1) * WORD, (r + 2) * WORD), r * 3 * WORD + 2 * WORD);
  }
  const context = relu(linear(p, l.context, windows, n, 3 * WORD, WORD));
  const words = projected.map((x, i) => x + context[i]!);
  return { n, vectors, projected, windows, context, words };
}

export function relu(x: Float32Array): Float32Array {
  for (let i = 0; i < x.length; i++) if (x[i]! < 0) x[i] = 0;
  return x;
}

/** How much each word of one side looks at each of the other: likeness of meaning, and being the same word. */
export function attention(p: Float32Array, l: NetLayout, a: NetSide, b: NetSide, same: Uint8Array): Float32Array {
  const s = new Float32Array(a.n * b.n);
  for (let i = 0; i < a.n; i++) {
    for (let j = 0; j < b.n; j++) {
      let sum = 0;
      for (let k = 0; k < WORD; k++) sum += a.words[i * WORD + k]! * p[l.attend + k]! * b.words[j * WORD + k]!;
      s[i * b.n + j] = sum / 4 + p[l.match]! * same[i * b.n + j]!;
    }
  }
  return s;
}

/** Softmax of each of n rows of the given width. */
export function softmaxRows(s: Float32Array, n: number, width: number): Float32Array {
  const out = new Float32Array(s.length);
  for (let i = 0; i < n; i++) {
    let top = -Infinity;
    for (let j = 0; j < width; j++) top = Math.max(top, s[i * width + j]!);
    let all = 0;
    for (let j = 0; j < width; j++) all += out[i * width + j] = Math.exp(s[i * width + j]! - top);
    for (let j = 0; j < width; j++) out[i * width + j] = out[i * width + j]! / all;
  }
  return out;
}

export function transposed(x: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(x.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = x[i * columns + j]!;
  return out;
}

/** One side seen against the other. */
export interface NetView {
  looks: Float32Array;
  met: Float32Array;
  seen: Float32Array;
  compared: Float32Array;
  gates: Float32Array;
  mean: Float32Array;
  most: Float32Array;
  /** For each place of `most` the word that has it. */
  mostOf: Int32Array;
}

export function view(
  p: Float32Array,
  l: NetLayout,
  [a, b]: readonly [NetSide, NetSide],
  looks: Float32Array,
  [weights, hits]: readonly [Float32Array, Uint8Array],
  drop: Drop = KEEP,
): NetView {
  const met = new Float32Array(a.n * WORD);
  const seen = new Float32Array(a.n * SEEN);
  for (let i = 0; i < a.n; i++) {
    for (let j = 0; j < b.n; j++) {
      const look = looks[i * b.n + j]!;
      for (let k = 0; k < WORD; k++) met[i * WORD + k] = met[i * WORD + k]! + look * b.words[j * WORD + k]!;
    }
    const at = i * SEEN;
    for (let k = 0; k < WORD; k++) {
      const [h, m] = [a.words[i * WORD + k]!, met[i * WORD + k]!];
      seen[at + k] = h;
      seen[at + WORD + k] = m;
      seen[at + 2 * WORD + k] = h * m;
      seen[at + 3 * WORD + k] = Math.abs(h - m);
    }
    seen[at + 4 * WORD] = weights[i] ?? 0;
    seen[at + 4 * WORD + 1] = (weights[i] ?? 0) * (hits[i] ?? 0);
  }
  const compared = drop(relu(linear(p, l.compare, seen, a.n, SEEN, COMPARED)), 0.3);
  const gates = softmaxRows(linear(p, l.gate, seen, a.n, SEEN, 1), 1, a.n);
  return { looks, met, seen, compared, gates, ...pool(compared, gates, a.n) };
}

function pool(compared: Float32Array, gates: Float32Array, n: number): Pick<NetView, 'mean' | 'most' | 'mostOf'> {
  const [mean, most, mostOf] = [new Float32Array(COMPARED), new Float32Array(COMPARED), new Int32Array(COMPARED)];
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < COMPARED; k++) {
      const x = compared[i * COMPARED + k]!;
      mean[k] = mean[k]! + gates[i]! * x;
      if (i === 0 || x > most[k]!) [most[k], mostOf[k]] = [x, i];
    }
  }
  return { mean, most, mostOf };
}

/** Which words of a are those of b, and which words of each side have a like. */
export function sameWords(a: PairTokens, b: PairTokens): { same: Uint8Array; hitsA: Uint8Array; hitsB: Uint8Array } {
  const [n, m] = [Math.max(1, a.digests.length), Math.max(1, b.digests.length)];
  const [same, hitsA, hitsB] = [new Uint8Array(n * m), new Uint8Array(n), new Uint8Array(m)];
  a.digests.forEach((d, i) =>
    b.digests.forEach((e, j) => {
      if (d === e) same[i * m + j] = hitsA[i] = hitsB[j] = 1;
    }),
  );
  return { same, hitsA, hitsB };
}

/** Everything the net computed for a pair, for learning from it. */
export interface NetRun {
  a: NetSide;
  b: NetSide;
  viewA: NetView;
  viewB: NetView;
  measured: Float32Array;
  joined: Float32Array;
  last: Float32Array;
  /** Log-odds of same event and of same topic. */
  out: Float32Array;
}

/** @param x the measures, standardised */
export function runNet(
  p: Float32Array,
  l: NetLayout,
  [a, b]: readonly [PairTokens, PairTokens],
  x: Float32Array,
  table: WordTable,
  drop: Drop = KEEP,
): NetRun {
  const { same, hitsA, hitsB } = sameWords(a, b);
  const [sideA, sideB] = [readSide(p, l, a, table, drop), readSide(p, l, b, table, drop)];
  const s = attention(p, l, sideA, sideB, same);
  const looksB = softmaxRows(transposed(s, sideA.n, sideB.n), sideB.n, sideA.n);
  const viewA = view(p, l, [sideA, sideB], softmaxRows(s, sideA.n, sideB.n), [a.weights, hitsA], drop);
  const viewB = view(p, l, [sideB, sideA], looksB, [b.weights, hitsB], drop);
  const measured = drop(relu(linear(p, l.measure, x, 1, x.length, MEASURED)), 0.3);
  const raw = new Float32Array(JOINED);
  for (let k = 0; k < COMPARED; k++) {
    raw[k] = viewA.mean[k]! + viewB.mean[k]!;
    raw[COMPARED + k] = Math.abs(viewA.mean[k]! - viewB.mean[k]!);
    raw[2 * COMPARED + k] = viewA.most[k]! + viewB.most[k]!;
    raw[3 * COMPARED + k] = Math.abs(viewA.most[k]! - viewB.most[k]!);
  }
  raw.set(measured, 4 * COMPARED);
  const joined = drop(raw, 0.3);
  const last = drop(relu(linear(p, l.last, joined, 1, JOINED, LAST)), 0.3);
  return { a: sideA, b: sideB, viewA, viewB, measured, joined, last, out: linear(p, l.out, last, 1, LAST, HEADS) };
}
