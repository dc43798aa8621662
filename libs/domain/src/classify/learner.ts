import type { ClassifierModel, Thresholds } from './tables';

/** One text made ready for learning: feature hashes (unique) and the answers of its heads. */
export interface Sample {
  text: Uint32Array;
  rules: Uint32Array;
  /** The vector parts of the text. */
  vector: Float32Array;
  /** Head → +1 or −1; heads that are absent do not learn from this sample. */
  targets: Map<string, number>;
  /** How much the sample counts beside the others. */
  weight: number;
}

export interface LearnOptions {
  heads: string[];
  /** Cost of an error; larger fits the data more closely. */
  cost: number;
  /** Share by which a positive sample of a rare head counts more. */
  positiveWeight: number;
  iterations: number;
  ruleWeight: number;
  /** Weight of the vector parts beside the text features. */
  vectorWeight: number;
  /** Features seen in fewer samples are dropped. */
  minSamples: number;
  minRuleSamples: number;
  seed: number;
}

/** Sparse rows: feature indices and values of every sample, one after the other. */
interface Matrix {
  offsets: Int32Array;
  indices: Int32Array;
  values: Float32Array;
}

/** Small reproducible generator (xorshift32); learning must give the same weights twice. */
export function seeded(seed: number): () => number {
  let x = seed | 0 || 1;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) / 4294967296;
  };
}

/** Learns every head by dual coordinate descent of the L2-loss support vector machine (Hsieh et al. 2008). */
export function learn(samples: readonly Sample[], options: LearnOptions): Pick<ClassifierModel, 'keys' | 'bias' | 'scale' | 'weights' | 'dense'> {
  const keys = chooseFeatures(samples, options);
  const matrix = buildMatrix(samples, keys, options);
  const parts = samples[0]!.vector.length;
  const heads = options.heads.length;
  const bias = new Float32Array(heads);
  const scale = new Float32Array(heads);
  const weights = new Int8Array(keys.length * heads);
  const dense = new Float32Array(parts * heads);
  options.heads.forEach((head, h) => {
    const w = learnHead(samples, matrix, keys.length + parts, head, options);
    bias[h] = w[keys.length + parts]!;
    for (let d = 0; d < parts; d++) dense[h * parts + d] = w[keys.length + d]! * options.vectorWeight;
    let max = 1e-9;
    for (let i = 0; i < keys.length; i++) max = Math.max(max, Math.abs(w[i]!));
    scale[h] = max / 127;
    for (let i = 0; i < keys.length; i++) weights[i * heads + h] = Math.round(w[i]! / scale[h]!);
  });
  return { ...dropEmpty({ keys, bias, scale, weights }), dense };
}

function chooseFeatures(samples: readonly Sample[], options: LearnOptions): Uint32Array {
  const text = new Map<number, number>();
  const rules = new Map<number, number>();
  for (const s of samples) {
    for (const h of s.text) text.set(h, (text.get(h) ?? 0) + (s.weight >= 1 ? 1 : 0.34));
    for (const h of s.rules) rules.set(h, (rules.get(h) ?? 0) + 1);
  }
  const kept: number[] = [];
  for (const [h, n] of text) if (n >= options.minSamples) kept.push(h);
  for (const [h, n] of rules) if (n >= options.minRuleSamples && !text.has(h)) kept.push(h);
  return Uint32Array.from(kept).sort();
}

function buildMatrix(samples: readonly Sample[], keys: Uint32Array, { ruleWeight, vectorWeight }: LearnOptions): Matrix {
  const rowOf = new Map<number, number>();
  keys.forEach((k, i) => rowOf.set(k, i));
  let total = 0;
  for (const s of samples) total += s.text.length + s.rules.length + s.vector.length;
  const offsets = new Int32Array(samples.length + 1);
  const indices = new Int32Array(total);
  const values = new Float32Array(total);
  let at = 0;
  samples.forEach((s, i) => {
    const from = at;
    for (const h of s.text) {
      const row = rowOf.get(h);
      if (row !== undefined) indices[at++] = row;
    }
    const norm = at > from ? 1 / Math.sqrt(at - from) : 0;
    values.fill(norm, from, at);
    for (const h of s.rules) {
      const row = rowOf.get(h);
      if (row === undefined) continue;
      values[at] = ruleWeight;
      indices[at++] = row;
    }
    s.vector.forEach((value, d) => {
      values[at] = value * vectorWeight;
      indices[at++] = keys.length + d;
    });
    offsets[i + 1] = at;
  });
  return { offsets, indices: indices.subarray(0, at), values: values.subarray(0, at) };
}

/** Weights of one head; the last entry is the bias. */
function learnHead(samples: readonly Sample[], m: Matrix, features: number, head: string, o: LearnOptions): Float64Array {
  const rows: number[] = [];
  const labels: number[] = [];
  let positives = 0;
  samples.forEach((s, i) => {
    const y = s.targets.get(head);
    if (y === undefined) return;
    rows.push(i);
    labels.push(y);
    if (y > 0) positives++;
  });
  const w = new Float64Array(features + 1);
  if (positives === 0 || positives === rows.length) {
    w[features] = positives === 0 ? -1 : 1;
    return w;
  }
  const boost = Math.max(1, Math.pow((rows.length - positives) / positives, o.positiveWeight));
  const alpha = new Float64Array(rows.length);
  const diagonal = new Float64Array(rows.length);
  const squares = new Float64Array(rows.length);
  rows.forEach((row, k) => {
    diagonal[k] = 0.5 / (o.cost * samples[row]!.weight * (labels[k]! > 0 ? boost : 1));
    let q = BIAS * BIAS;
    for (let j = m.offsets[row]!; j < m.offsets[row + 1]!; j++) q += m.values[j]! * m.values[j]!;
    squares[k] = q;
  });
  const order = Int32Array.from(rows.keys());
  const random = seeded(o.seed);
  for (let pass = 0; pass < o.iterations; pass++) {
    shuffle(order, random);
    for (const k of order) stepDual(k, rows[k]!, labels[k]!, m, w, alpha, diagonal[k]!, squares[k]!, features);
  }
  w[features]! *= BIAS;
  return w;
}

/** Value of the constant feature. */
const BIAS = 0.5;

function stepDual(k: number, row: number, y: number, m: Matrix, w: Float64Array, alpha: Float64Array, diagonal: number, square: number, features: number): void {
  const from = m.offsets[row]!;
  const to = m.offsets[row + 1]!;
  let dot = w[features]! * BIAS;
  for (let j = from; j < to; j++) dot += w[m.indices[j]!]! * m.values[j]!;
  const gradient = y * dot - 1 + diagonal * alpha[k]!;
  const next = Math.max(0, alpha[k]! - gradient / (square + diagonal));
  const change = (next - alpha[k]!) * y;
  if (change === 0) return;
  alpha[k] = next;
  for (let j = from; j < to; j++) w[m.indices[j]!]! += change * m.values[j]!;
  w[features]! += change * BIAS;
}

function shuffle(order: Int32Array, random: () => number): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const t = order[i]!;
    order[i] = order[j]!;
    order[j] = t;
  }
}

/** Rows whose weights all round to zero say nothing. */
function dropEmpty(m: Pick<ClassifierModel, 'keys' | 'bias' | 'scale' | 'weights'>): typeof m {
  const heads = m.bias.length;
  const kept: number[] = [];
  for (let row = 0; row < m.keys.length; row++) {
    let any = false;
    for (let h = 0; h < heads && !any; h++) any = m.weights[row * heads + h] !== 0;
    if (any) kept.push(row);
  }
  const keys = new Uint32Array(kept.length);
  const weights = new Int8Array(kept.length * heads);
  kept.forEach((row, i) => {
    keys[i] = m.keys[row]!;
    weights.set(m.weights.subarray(row * heads, (row + 1) * heads), i * heads);
  });
  return { keys, bias: m.bias, scale: m.scale, weights };
}

/** Slope and intercept of a logistic curve over margins (Platt), by Newton's method on two parameters. */
export function calibrate(margins: readonly number[], positive: readonly boolean[]): [number, number] {
  let a = 1;
  let b = 0;
  for (let pass = 0; pass < 50; pass++) {
    let ga = 0;
    let gb = 0;
    let haa = 1e-6;
    let hab = 0;
    let hbb = 1e-6;
    margins.forEach((x, i) => {
      const p = 1 / (1 + Math.exp(-(a * x + b)));
      const d = p - (positive[i] ? 1 : 0);
      const v = p * (1 - p);
      ga += d * x;
      gb += d;
      haa += v * x * x;
      hab += v * x;
      hbb += v;
    });
    const det = haa * hbb - hab * hab;
    if (Math.abs(det) < 1e-12) break;
    const da = (hbb * ga - hab * gb) / det;
    const db = (haa * gb - hab * ga) / det;
    a -= da;
    b -= db;
    if (Math.abs(da) + Math.abs(db) < 1e-7) break;
  }
  return [a, b];
}

export const START_THRESHOLDS: Thresholds = { relevant: 0, major: 0, emergency: 0, category: 0, rule: 0, review: 0.15 };
