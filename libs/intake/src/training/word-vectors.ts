/**
 * Vectors of words from the company they keep: positive pointwise mutual information in a window, then its strongest
 * directions (truncated singular value decomposition by subspace iteration). For scripts/train-same-event.
 */
import { randomFrom } from './pair-net-fit';

/** Rows of a sparse matrix one after the other. */
export interface Sparse {
  n: number;
  from: Uint32Array;
  columns: Uint32Array;
  values: Float32Array;
}

const WINDOW = 10;
const SHIFT = 0.3;
const CONTEXT_POWER = 0.75;
const OVERSAMPLED = 10;
const ITERATIONS = 3;
const SEED = 11;

/** @param texts each a list of word numbers below `n`, -1 for words left out */
export function companyOf(texts: readonly Int32Array[], n: number): Sparse {
  const places = Array.from({ length: n }, (): number[] => []);
  texts.forEach((t, k) => t.forEach((w, i) => w >= 0 && places[w]!.push(k, i)));
  const sums = new Float64Array(n);
  const row = new Float32Array(n);
  const from = new Uint32Array(n + 1);
  const [columns, values]: [number[][], number[][]] = [[], []];
  for (let w = 0; w < n; w++) {
    const touched: number[] = [];
    for (let q = 0; q < places[w]!.length; q += 2) {
      const [t, i] = [texts[places[w]![q]!]!, places[w]![q + 1]!];
      for (let j = Math.max(0, i - WINDOW); j <= Math.min(t.length - 1, i + WINDOW); j++) {
        const v = t[j]!;
        if (v < 0 || v === w) continue;
        if (row[v] === 0) touched.push(v);
        row[v] = row[v]! + 1 / (1 + Math.floor(Math.abs(j - i) / 4));
      }
    }
    columns.push(touched);
    values.push(touched.map((v) => row[v]!));
    for (const v of touched) {
      sums[w] = sums[w]! + row[v]!;
      row[v] = 0;
    }
  }
  return informative(columns, values, sums, from);
}

function informative(columns: number[][], values: number[][], sums: Float64Array, from: Uint32Array): Sparse {
  const n = columns.length;
  const powers = sums.map((s) => s ** CONTEXT_POWER);
  const all = powers.reduce((s, x) => s + x, 0);
  const [keptColumns, keptValues]: [number[], number[]] = [[], []];
  for (let w = 0; w < n; w++) {
    columns[w]!.forEach((v, i) => {
      const x = Math.log(values[w]![i]! / sums[w]! / (powers[v]! / all)) - SHIFT;
      if (x <= 0) return;
      keptColumns.push(v);
      keptValues.push(x);
    });
    from[w + 1] = keptColumns.length;
  }
  return { n, from, columns: Uint32Array.from(keptColumns), values: Float32Array.from(keptValues) };
}

/** n × k blocks are kept row by row. */
function times(m: Sparse, x: Float32Array, k: number): Float32Array {
  const out = new Float32Array(m.n * k);
  for (let r = 0; r < m.n; r++) {
    for (let q = m.from[r]!; q < m.from[r + 1]!; q++) {
      const [v, at] = [m.values[q]!, m.columns[q]! * k];
      for (let i = 0; i < k; i++) out[r * k + i] = out[r * k + i]! + v * x[at + i]!;
    }
  }
  return out;
}

function turnedTimes(m: Sparse, x: Float32Array, k: number): Float32Array {
  const out = new Float32Array(m.n * k);
  for (let r = 0; r < m.n; r++) {
    for (let q = m.from[r]!; q < m.from[r + 1]!; q++) {
      const [v, at] = [m.values[q]!, m.columns[q]! * k];
      for (let i = 0; i < k; i++) out[at + i] = out[at + i]! + v * x[r * k + i]!;
    }
  }
  return out;
}

/** Gram-Schmidt on the columns, twice for exactness. */
function orthonormal(x: Float32Array, n: number, k: number): Float32Array {
  for (let c = 0; c < k; c++) {
    for (let pass = 0; pass < 2; pass++) {
      for (let d = 0; d < c; d++) {
        let dot = 0;
        for (let r = 0; r < n; r++) dot += x[r * k + c]! * x[r * k + d]!;
        for (let r = 0; r < n; r++) x[r * k + c] = x[r * k + c]! - dot * x[r * k + d]!;
      }
    }
    let squares = 0;
    for (let r = 0; r < n; r++) squares += x[r * k + c]! ** 2;
    const norm = Math.sqrt(squares) || 1;
    for (let r = 0; r < n; r++) x[r * k + c] = x[r * k + c]! / norm;
  }
  return x;
}

/** Unit vectors (n × dims), each direction weighed by the root of its strength. */
export function strongestDirections(m: Sparse, dims: number): Float32Array {
  const k = dims + OVERSAMPLED;
  const random = randomFrom(SEED);
  const start = Float32Array.from({ length: m.n * k }, () => random() + random() + random() - 1.5);
  let q = orthonormal(times(m, start, k), m.n, k);
  for (let i = 0; i < ITERATIONS; i++) q = orthonormal(times(m, turnedTimes(m, q, k), k), m.n, k);
  const b = turnedTimes(m, q, k);
  const { vectors, values } = symmetricEigen(gram(b, m.n, k), k);
  const out = new Float32Array(m.n * dims);
  for (let r = 0; r < m.n; r++) {
    let squares = 0;
    for (let d = 0; d < dims; d++) {
      let sum = 0;
      for (let i = 0; i < k; i++) sum += q[r * k + i]! * vectors[i * k + d]!;
      // The eigenvalue is the square of the singular value.
      const x = sum * Math.max(0, values[d]!) ** 0.25;
      out[r * dims + d] = x;
      squares += x * x;
    }
    const norm = Math.sqrt(squares) || 1;
    for (let d = 0; d < dims; d++) out[r * dims + d] = out[r * dims + d]! / norm;
  }
  return out;
}

function gram(b: Float32Array, n: number, k: number): Float64Array {
  const out = new Float64Array(k * k);
  for (let r = 0; r < n; r++) {
    for (let i = 0; i < k; i++) {
      const x = b[r * k + i]!;
      for (let j = 0; j < k; j++) out[i * k + j] = out[i * k + j]! + x * b[r * k + j]!;
    }
  }
  return out;
}

/** Jacobi's rotations; columns of `vectors` by falling value. */
export function symmetricEigen(a: Float64Array, k: number): { vectors: Float64Array; values: number[] } {
  const v = new Float64Array(k * k);
  for (let i = 0; i < k; i++) v[i * k + i] = 1;
  for (let sweep = 0; sweep < 30; sweep++) {
    let off = 0;
    for (let p = 0; p < k; p++) {
      for (let q = p + 1; q < k; q++) {
        off += a[p * k + q]! ** 2;
        rotate(a, v, k, p, q);
      }
    }
    if (off < 1e-12) break;
  }
  const order = Array.from({ length: k }, (_, i) => i).sort((x, y) => a[y * k + y]! - a[x * k + x]!);
  const vectors = new Float64Array(k * k);
  order.forEach((from, to) => {
    for (let i = 0; i < k; i++) vectors[i * k + to] = v[i * k + from]!;
  });
  return { vectors, values: order.map((i) => a[i * k + i]!) };
}

function rotate(a: Float64Array, v: Float64Array, k: number, p: number, q: number): void {
  const apq = a[p * k + q]!;
  if (Math.abs(apq) < 1e-300) return;
  const theta = (a[q * k + q]! - a[p * k + p]!) / (2 * apq);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let i = 0; i < k; i++) {
    const [x, y] = [a[i * k + p]!, a[i * k + q]!];
    a[i * k + p] = c * x - s * y;
    a[i * k + q] = s * x + c * y;
  }
  for (let i = 0; i < k; i++) {
    const [x, y] = [a[p * k + i]!, a[q * k + i]!];
    a[p * k + i] = c * x - s * y;
    a[q * k + i] = s * x + c * y;
    const [f, g] = [v[i * k + p]!, v[i * k + q]!];
    v[i * k + p] = c * f - s * g;
    v[i * k + q] = s * f + c * g;
  }
}
