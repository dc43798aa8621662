/** Logistic regression over signals and features that are there or not, for scripts/train-same-event. */
export interface FitRow {
  x: number[];
  /** Places of the features that are there. */
  on: number[];
  y: number;
}

export interface Fitted {
  bias: number;
  weights: number[];
  on: Float64Array;
}

/** Strength of the pull to zero: of a standardised signal, of a word. */
const L2_SIGNAL = 0.0063;
const L2_WORD = 0.0032;
const ROUNDS = 250;
const STEP = 0.03;

/** By Adam over all rows at once; signals are standardised while fitting. */
export function fitLogistic(rows: FitRow[], features: number): Fitted {
  const n = rows[0]?.x.length ?? 0;
  const mean = Array.from({ length: n }, (_, i) => rows.reduce((s, r) => s + (r.x[i] ?? 0), 0) / rows.length);
  const sd = mean.map((m, i) => Math.sqrt(rows.reduce((s, r) => s + ((r.x[i] ?? 0) - m) ** 2, 0) / rows.length) || 1);
  const std = rows.map((r) => Float64Array.from(r.x, (x, i) => (x - (mean[i] ?? 0)) / (sd[i] ?? 1)));
  const on = rows.map((r) => Int32Array.from(r.on));
  const size = n + 1 + features;
  const pull = Float64Array.from({ length: size }, (_, i) => (i < n ? L2_SIGNAL : i === n ? 0 : L2_WORD));
  const [w, m, v] = [new Float64Array(size), new Float64Array(size), new Float64Array(size)];
  for (let t = 1; t <= ROUNDS; t++) {
    const g = gradient(rows, std, on, w, n);
    for (let i = 0; i < size; i++) {
      const gi = g[i]! / rows.length + pull[i]! * w[i]!;
      m[i] = 0.9 * m[i]! + 0.1 * gi;
      v[i] = 0.999 * v[i]! + 0.001 * gi * gi;
      w[i] = w[i]! - (STEP * (m[i]! / (1 - 0.9 ** t))) / (Math.sqrt(v[i]! / (1 - 0.999 ** t)) + 1e-9);
    }
  }
  const weights = mean.map((_, i) => (w[i] ?? 0) / (sd[i] ?? 1));
  const bias = (w[n] ?? 0) - mean.reduce((s, mu, i) => s + mu * (weights[i] ?? 0), 0);
  return { bias, weights, on: w.slice(n + 1) };
}

function gradient(rows: FitRow[], std: Float64Array[], on: Int32Array[], w: Float64Array, n: number): Float64Array {
  const g = new Float64Array(w.length);
  for (let k = 0; k < rows.length; k++) {
    const [x, features] = [std[k]!, on[k]!];
    let z = w[n]!;
    for (let i = 0; i < n; i++) z += x[i]! * w[i]!;
    for (let j = 0; j < features.length; j++) z += w[n + 1 + features[j]!]!;
    const e = 1 / (1 + Math.exp(-z)) - rows[k]!.y;
    for (let i = 0; i < n; i++) g[i] = g[i]! + e * x[i]!;
    g[n] = g[n]! + e;
    for (let j = 0; j < features.length; j++) g[n + 1 + features[j]!] = g[n + 1 + features[j]!]! + e;
  }
  return g;
}
