/** Backward through the pair net: the chain rule written out layer by layer, in the names of domain/pair/pair-net. */
import { pairNet, type PairTokens } from '@app/domain';

const { COMPARED, HEADS, JOINED, LAST, MEASURED, SEEN, sameWords, transposed, WORD } = pairNet;
type NetLayout = pairNet.NetLayout;
type NetRun = pairNet.NetRun;
type NetSide = pairNet.NetSide;
type NetView = pairNet.NetView;
type Grads = { p: Float32Array; g: Float32Array; l: NetLayout };

/** Adds to `g` the gradient of one pair. */
export function gradientOf(
  p: Float32Array,
  g: Float32Array,
  l: NetLayout,
  run: NetRun,
  given: { a: PairTokens; b: PairTokens; x: Float32Array },
  dOut: Float32Array,
  dims: number,
): void {
  const all = { p, g, l };
  const dLast = back(all, l.out, run.last, dOut, 1, LAST, HEADS);
  unmask(dLast, run.last, 0.3);
  const dJoined = back(all, l.last, run.joined, dLast, 1, JOINED, LAST);
  unmask(dJoined, run.joined, 0.3);
  const dMeasured = dJoined.slice(4 * COMPARED);
  unmask(dMeasured, run.measured, 0.3);
  back(all, l.measure, given.x, dMeasured, 1, given.x.length, MEASURED);
  const [dA, dB] = [new Float32Array(run.a.words.length), new Float32Array(run.b.words.length)];
  const sA = viewBack(all, run.viewA, [run.a, run.b], poolGradient(run.viewA, run.viewB, dJoined), [dA, dB]);
  const sB = viewBack(all, run.viewB, [run.b, run.a], poolGradient(run.viewB, run.viewA, dJoined, -1), [dB, dA]);
  const turned = transposed(sB, run.b.n, run.a.n);
  for (let i = 0; i < sA.length; i++) sA[i] = sA[i]! + turned[i]!;
  attentionBack(all, run, sameWords(given.a, given.b).same, sA, [dA, dB]);
  sideBack(all, run.a, dA, dims);
  sideBack(all, run.b, dB, dims);
}

/** Gradient of weights and biases added up; that of the input returned. */
function back(
  { p, g }: Grads,
  at: number,
  x: Float32Array,
  dy: Float32Array,
  n: number,
  width: number,
  out: number,
): Float32Array {
  const dx = new Float32Array(n * width);
  const bias = at + width * out;
  for (let r = 0; r < n; r++) {
    const from = r * width;
    for (let o = 0; o < out; o++) {
      const d = dy[r * out + o]!;
      if (d === 0) continue;
      g[bias + o] = g[bias + o]! + d;
      const w = at + o * width;
      for (let i = 0; i < width; i++) {
        dx[from + i] = dx[from + i]! + d * p[w + i]!;
        g[w + i] = g[w + i]! + d * x[from + i]!;
      }
    }
  }
  return dx;
}

/** Nothing flows where the value was cut off or dropped; the rest had been made larger. */
function unmask(d: Float32Array, value: Float32Array, dropped: number): void {
  for (let i = 0; i < d.length; i++) d[i] = value[i] === 0 ? 0 : d[i]! / (1 - dropped);
}

function poolGradient(own: NetView, other: NetView, dJoined: Float32Array, side = 1): { mean: Float32Array; most: Float32Array } {
  const [mean, most] = [new Float32Array(COMPARED), new Float32Array(COMPARED)];
  for (let k = 0; k < COMPARED; k++) {
    // |x − y| is the same from both sides; where both are equal the first side counts as the greater.
    const [m, t] = [own.mean[k]! - other.mean[k]!, own.most[k]! - other.most[k]!];
    mean[k] = dJoined[k]! + dJoined[COMPARED + k]! * (m === 0 ? side : Math.sign(m));
    most[k] = dJoined[2 * COMPARED + k]! + dJoined[3 * COMPARED + k]! * (t === 0 ? side : Math.sign(t));
  }
  return { mean, most };
}

/** @returns the gradient of the attention that this view used, rows of its own side */
function viewBack(
  all: Grads,
  v: NetView,
  [a, b]: readonly [NetSide, NetSide],
  d: { mean: Float32Array; most: Float32Array },
  [dA, dB]: readonly [Float32Array, Float32Array],
): Float32Array {
  const dCompared = new Float32Array(v.compared.length);
  const dGate = new Float32Array(a.n);
  for (let i = 0; i < a.n; i++) {
    for (let k = 0; k < COMPARED; k++) {
      dCompared[i * COMPARED + k] = v.gates[i]! * d.mean[k]! + (v.mostOf[k] === i ? d.most[k]! : 0);
      dGate[i] = dGate[i]! + d.mean[k]! * v.compared[i * COMPARED + k]!;
    }
  }
  unmask(dCompared, v.compared, 0.3);
  softmaxBack(dGate, v.gates, 1, a.n);
  const dSeen = back(all, all.l.compare, v.seen, dCompared, a.n, SEEN, COMPARED);
  const byGate = back(all, all.l.gate, v.seen, dGate, a.n, SEEN, 1);
  for (let i = 0; i < dSeen.length; i++) dSeen[i] = dSeen[i]! + byGate[i]!;
  return meetingBack(v, [a, b], dSeen, [dA, dB]);
}

function meetingBack(
  v: NetView,
  [a, b]: readonly [NetSide, NetSide],
  dSeen: Float32Array,
  [dA, dB]: readonly [Float32Array, Float32Array],
): Float32Array {
  const dLooks = new Float32Array(v.looks.length);
  const dMet = new Float32Array(WORD);
  for (let i = 0; i < a.n; i++) {
    const at = i * SEEN;
    for (let k = 0; k < WORD; k++) {
      const [h, m] = [a.words[i * WORD + k]!, v.met[i * WORD + k]!];
      const [product, apart] = [dSeen[at + 2 * WORD + k]!, dSeen[at + 3 * WORD + k]! * Math.sign(h - m)];
      dA[i * WORD + k] = dA[i * WORD + k]! + dSeen[at + k]! + product * m + apart;
      dMet[k] = dSeen[at + WORD + k]! + product * h - apart;
    }
    for (let j = 0; j < b.n; j++) {
      const look = v.looks[i * b.n + j]!;
      let sum = 0;
      for (let k = 0; k < WORD; k++) {
        sum += dMet[k]! * b.words[j * WORD + k]!;
        dB[j * WORD + k] = dB[j * WORD + k]! + look * dMet[k]!;
      }
      dLooks[i * b.n + j] = sum;
    }
  }
  softmaxBack(dLooks, v.looks, a.n, b.n);
  return dLooks;
}

function softmaxBack(d: Float32Array, y: Float32Array, n: number, width: number): void {
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < width; j++) sum += d[i * width + j]! * y[i * width + j]!;
    for (let j = 0; j < width; j++) d[i * width + j] = y[i * width + j]! * (d[i * width + j]! - sum);
  }
}

function attentionBack(
  { p, g, l }: Grads,
  { a, b }: NetRun,
  same: Uint8Array,
  ds: Float32Array,
  [dA, dB]: readonly [Float32Array, Float32Array],
): void {
  for (let i = 0; i < a.n; i++) {
    for (let j = 0; j < b.n; j++) {
      const d = ds[i * b.n + j]! / 4;
      if (same[i * b.n + j] === 1) g[l.match] = g[l.match]! + d * 4;
      for (let k = 0; k < WORD; k++) {
        const [x, w, y] = [a.words[i * WORD + k]!, p[l.attend + k]!, b.words[j * WORD + k]!];
        g[l.attend + k] = g[l.attend + k]! + d * x * y;
        dA[i * WORD + k] = dA[i * WORD + k]! + d * w * y;
        dB[j * WORD + k] = dB[j * WORD + k]! + d * w * x;
      }
    }
  }
}

function sideBack(all: Grads, s: NetSide, dWords: Float32Array, dims: number): void {
  const dContext = dWords.map((d, i) => (s.context[i]! > 0 ? d : 0));
  const dWindows = back(all, all.l.context, s.windows, dContext, s.n, 3 * WORD, WORD);
  const dProjected = dWords.slice();
  for (let r = 0; r < s.n; r++) {
    for (let k = 0; k < WORD; k++) {
      const at = r * 3 * WORD + k;
      if (r > 0) dProjected[(r - 1) * WORD + k] = dProjected[(r - 1) * WORD + k]! + dWindows[at]!;
      dProjected[r * WORD + k] = dProjected[r * WORD + k]! + dWindows[at + WORD]!;
      if (r + 1 < s.n) dProjected[(r + 1) * WORD + k] = dProjected[(r + 1) * WORD + k]! + dWindows[at + 2 * WORD]!;
    }
  }
  for (let i = 0; i < dProjected.length; i++) dProjected[i] = dProjected[i]! * (1 - s.projected[i]! ** 2);
  back(all, all.l.project, s.vectors, dProjected, s.n, dims, WORD);
}
