import { seeded } from '@app/domain';

/** A sparse symmetric matrix, row after row. */
export interface SymmetricMatrix {
  size: number;
  offsets: Int32Array;
  columns: Int32Array;
  values: Float32Array;
}

export interface EigenPairs {
  /** `count` values, largest magnitude first. */
  values: number[];
  /** `size` rows of `count` entries. */
  vectors: Float64Array;
}

/** Columns more than wanted: the subspace then converges in few turns (Halko et al. 2011). */
const OVERSAMPLE = 10;
const TURNS = 5;

/** The `count` leading eigenpairs by randomised subspace iteration; the same seed gives the same pairs. */
export function leadingEigenPairs(m: SymmetricMatrix, count: number, seed: number): EigenPairs {
  const width = count + OVERSAMPLE;
  const random = seeded(seed);
  let q: Float64Array = new Float64Array(m.size * width).map(() => random() - 0.5);
  for (let turn = 0; turn < TURNS; turn++) q = orthonormal(orthonormal(times(m, q, width), width), width);
  const small = gram(q, times(m, q, width), width);
  const { values, vectors } = jacobi(small, width);
  const order = values.map((_, i) => i).sort((a, b) => Math.abs(values[b]!) - Math.abs(values[a]!)).slice(0, count);
  const out = new Float64Array(m.size * count);
  for (let i = 0; i < m.size; i++) {
    for (let c = 0; c < count; c++) {
      let sum = 0;
      for (let k = 0; k < width; k++) sum += q[i * width + k]! * vectors[k * width + order[c]!]!;
      out[i * count + c] = sum;
    }
  }
  return { values: order.map((i) => values[i]!), vectors: out };
}

function times(m: SymmetricMatrix, q: Float64Array, width: number): Float64Array {
  const out = new Float64Array(q.length);
  for (let i = 0; i < m.size; i++) {
    const to = i * width;
    for (let e = m.offsets[i]!; e < m.offsets[i + 1]!; e++) {
      const from = m.columns[e]! * width;
      const v = m.values[e]!;
      for (let k = 0; k < width; k++) out[to + k]! += v * q[from + k]!;
    }
  }
  return out;
}

/** aᵀ·b of two tall matrices. */
function gram(a: Float64Array, b: Float64Array, width: number): Float64Array {
  const g = new Float64Array(width * width);
  for (let row = 0; row < a.length; row += width) {
    for (let i = 0; i < width; i++) {
      const x = a[row + i]!;
      for (let k = 0; k < width; k++) g[i * width + k]! += x * b[row + k]!;
    }
  }
  return g;
}

/** Orthonormal columns by Cholesky's factor of the Gram matrix; called twice for accuracy. */
function orthonormal(q: Float64Array, width: number): Float64Array {
  const g = gram(q, q, width);
  // g = L·Lᵀ, in place in the lower triangle.
  for (let i = 0; i < width; i++) {
    for (let k = 0; k <= i; k++) {
      let sum = g[i * width + k]!;
      for (let t = 0; t < k; t++) sum -= g[i * width + t]! * g[k * width + t]!;
      g[i * width + k] = i === k ? Math.sqrt(Math.max(sum, 1e-300)) : sum / g[k * width + k]!;
    }
  }
  for (let row = 0; row < q.length; row += width) {
    for (let i = 0; i < width; i++) {
      let x = q[row + i]!;
      for (let t = 0; t < i; t++) x -= g[i * width + t]! * q[row + t]!;
      q[row + i] = x / g[i * width + i]!;
    }
  }
  return q;
}

/** All eigenpairs of a small symmetric matrix by Jacobi's rotations. */
function jacobi(source: Float64Array, n: number): { values: number[]; vectors: Float64Array } {
  const a = Float64Array.from(source);
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) v[i * n + i] = 1;
  for (let sweep = 0; sweep < 30; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) for (let r = p + 1; r < n; r++) off += a[p * n + r]! ** 2;
    if (off < 1e-18) break;
    for (let p = 0; p < n; p++) for (let r = p + 1; r < n; r++) rotate(a, v, n, p, r);
  }
  return { values: Array.from({ length: n }, (_, i) => a[i * n + i]!), vectors: v };
}

function rotate(a: Float64Array, v: Float64Array, n: number, p: number, r: number): void {
  const apr = a[p * n + r]!;
  if (Math.abs(apr) < 1e-300) return;
  const theta = (a[r * n + r]! - a[p * n + p]!) / (2 * apr);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let k = 0; k < n; k++) {
    const x = a[k * n + p]!;
    const y = a[k * n + r]!;
    a[k * n + p] = c * x - s * y;
    a[k * n + r] = s * x + c * y;
  }
  for (let k = 0; k < n; k++) {
    const x = a[p * n + k]!;
    const y = a[r * n + k]!;
    a[p * n + k] = c * x - s * y;
    a[r * n + k] = s * x + c * y;
    const e = v[k * n + p]!;
    const f = v[k * n + r]!;
    v[k * n + p] = c * e - s * f;
    v[k * n + r] = s * e + c * f;
  }
}
