/** Learning of the pair net (AdamW, one cycle of the step size), for scripts/train-same-event. */
import { pairNet, type PairTokens, type WordTable } from '@app/domain';
import { gradientOf } from './pair-net-gradient';

const { LAST, layoutOf, runNet, WORD } = pairNet;

export interface NetExample {
  a: PairTokens;
  b: PairTokens;
  x: Float32Array;
  /** Wanted answer and weight for each head: same event, same topic. */
  wanted: readonly [number, number];
  weights: readonly [number, number];
}

const EPOCHS = 3;
const BATCH = 48;
const TOP_STEP = 3e-3;
const DECAY = 0.01;
const LONGEST_GRADIENT = 2;

/** @returns the parameters in the order of layoutOf */
export function fitPairNet(examples: readonly NetExample[], table: WordTable, seed: number): Float32Array {
  const random = randomFrom(seed);
  const layout = layoutOf({ vector: table.dims, measures: examples[0]?.x.length ?? 0 });
  const p = startOf(layout, { vector: table.dims, measures: examples[0]?.x.length ?? 0 }, random);
  const drop: pairNet.Drop = (x, share) => {
    for (let i = 0; i < x.length; i++) x[i] = random() < share ? 0 : x[i]! / (1 - share);
    return x;
  };
  const adam = new Adam(p);
  const batches = Math.ceil(examples.length / BATCH);
  for (let epoch = 0, step = 0; epoch < EPOCHS; epoch++) {
    const order = shuffled(examples.length, random);
    for (let from = 0; from < order.length; from += BATCH, step++) {
      const batch = order.slice(from, from + BATCH).map((i) => examples[i]!);
      const g = new Float32Array(p.length);
      for (const e of batch) {
        const run = runNet(p, layout, [e.a, e.b], e.x, table, drop);
        const dOut = Float32Array.from(run.out, (z, h) => {
          return ((1 / (1 + Math.exp(-z)) - e.wanted[h]!) * e.weights[h]!) / batch.length;
        });
        gradientOf(p, g, layout, run, e, dOut, table.dims);
      }
      adam.step(g, TOP_STEP * cycle(step / (EPOCHS * batches)));
    }
  }
  return p;
}

/** Up over the first third, then down to nothing. */
const cycle = (t: number): number => (t < 0.3 ? 0.04 + 0.96 * hump(t / 0.3) : hump(1 - (t - 0.3) / 0.7));
const hump = (t: number): number => (1 - Math.cos(Math.PI * t)) / 2;

class Adam {
  private readonly m: Float32Array;
  private readonly v: Float32Array;
  private t = 0;

  constructor(private readonly p: Float32Array) {
    this.m = new Float32Array(p.length);
    this.v = new Float32Array(p.length);
  }

  step(g: Float32Array, rate: number): void {
    this.t++;
    let squares = 0;
    for (const x of g) squares += x * x;
    const scale = Math.min(1, LONGEST_GRADIENT / (Math.sqrt(squares) + 1e-9));
    const [c1, c2] = [1 - 0.9 ** this.t, 1 - 0.999 ** this.t];
    for (let i = 0; i < g.length; i++) {
      const x = g[i]! * scale;
      this.m[i] = 0.9 * this.m[i]! + 0.1 * x;
      this.v[i] = 0.999 * this.v[i]! + 0.001 * x * x;
      this.p[i] = this.p[i]! * (1 - rate * DECAY) - (rate * (this.m[i]! / c1)) / (Math.sqrt(this.v[i]! / c2) + 1e-8);
    }
  }
}

/** Mulberry32: the same numbers in every run. */
export function randomFrom(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function shuffled(n: number, random: () => number): number[] {
  const out = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}

/** Uniform within one over the root of each layer's width; attention begins as plain likeness. */
function startOf(l: pairNet.NetLayout, shape: { vector: number; measures: number }, random: () => number): Float32Array {
  const p = new Float32Array(l.size);
  const at = [l.project, l.context, l.compare, l.gate, l.measure, l.last, l.out];
  const ends = [l.context, l.attend, l.gate, l.measure, l.last, l.out, l.size];
  const widths = [shape.vector, 3 * WORD, pairNet.SEEN, pairNet.SEEN, shape.measures, pairNet.JOINED, LAST];
  at.forEach((from, i) => {
    const bound = 1 / Math.sqrt(widths[i] ?? 1);
    for (let k = from; k < ends[i]!; k++) p[k] = (random() * 2 - 1) * bound;
  });
  p.fill(1, l.attend, l.match);
  p[l.match] = 2;
  return p;
}
