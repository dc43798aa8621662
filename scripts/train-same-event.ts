/**
 * Fits the weights of same-event on pairs {"source","target","label"} and measures them on the part held back.
 * Usage: train-same-event FILE [--write libs/domain/src/same-event-weights.ts]
 * Held back: every fifth pair by position. Plain TF-IDF cosine is measured beside it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cosine, pairSignals } from '@app/domain';
import { EventReader } from '@app/intake';
import { projectRoot } from '@app/settings';
import { join } from 'node:path';

interface Row {
  x: number[];
  y: number;
  cos: number;
}

const file = process.argv[2] ?? '';
const reader = new EventReader(join(projectRoot(), 'config'));
const read = (s: string) => reader.read({ title: s.trim(), text: '' });
const data: Row[] = readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  .map((l) => JSON.parse(l) as { source: string; target: string; label: number })
  .map((p) => {
    const [a, b] = [read(p.source), read(p.target)];
    return { x: pairSignals(a, b), y: Number(p.label), cos: cosine(a.words, b.words) };
  });
const train = data.filter((_, i) => i % 5 !== 0);
const held = data.filter((_, i) => i % 5 === 0);

function fit(rows: Row[], rounds = 4000, rate = 0.5, l2 = 1e-4): { bias: number; weights: number[] } {
  const n = rows[0]?.x.length ?? 0;
  const w = new Array<number>(n).fill(0);
  const m = new Array<number>(n + 1).fill(0);
  const v = new Array<number>(n + 1).fill(0);
  let bias = 0;
  for (let t = 1; t <= rounds; t++) {
    const g = new Array<number>(n + 1).fill(0);
    for (const r of rows) {
      const z = r.x.reduce((s, x, i) => s + x * (w[i] as number), bias);
      const e = 1 / (1 + Math.exp(-z)) - r.y;
      for (let i = 0; i < n; i++) g[i] = (g[i] as number) + e * (r.x[i] as number);
      g[n] = (g[n] as number) + e;
    }
    for (let i = 0; i <= n; i++) {
      const gi = (g[i] as number) / rows.length + (i < n ? l2 * (w[i] as number) : 0);
      m[i] = 0.9 * (m[i] as number) + 0.1 * gi;
      v[i] = 0.999 * (v[i] as number) + 0.001 * gi * gi;
      const step = (rate * 0.1 * ((m[i] as number) / (1 - 0.9 ** t))) / (Math.sqrt((v[i] as number) / (1 - 0.999 ** t)) + 1e-8);
      if (i < n) w[i] = (w[i] as number) - step;
      else bias -= step;
    }
  }
  return { bias, weights: w };
}

const f1At = (rows: Row[], score: (r: Row) => number, threshold: number): { f1: number; precision: number; recall: number } => {
  let [tp, fp, fn] = [0, 0, 0];
  for (const r of rows) {
    const yes = score(r) >= threshold;
    if (yes && r.y) tp++;
    else if (yes) fp++;
    else if (r.y) fn++;
  }
  return { f1: (2 * tp) / (2 * tp + fp + fn || 1), precision: tp / (tp + fp || 1), recall: tp / (tp + fn || 1) };
};
const bestThreshold = (rows: Row[], score: (r: Row) => number): number => {
  let best = { t: 0.5, f1: 0 };
  for (let t = 0.02; t < 1; t += 0.01) {
    const { f1 } = f1At(rows, score, t);
    if (f1 > best.f1) best = { t, f1 };
  }
  return best.t;
};

const model = fit(train);
const score = (r: Row): number => 1 / (1 + Math.exp(-r.x.reduce((s, x, i) => s + x * (model.weights[i] as number), model.bias)));
const threshold = bestThreshold(train, score);
const cosThreshold = bestThreshold(train, (r) => r.cos);
const round = (x: number): number => Math.round(x * 1000) / 1000;
console.log(JSON.stringify({ pairs: data.length, threshold: round(threshold), train: f1At(train, score, threshold), held: f1At(held, score, threshold), cosineHeld: f1At(held, (r) => r.cos, cosThreshold) }, null, 1));
const out = process.argv.indexOf('--write');
if (out > 0) {
  const body = `/** Fitted by scripts/train-same-event; the order is that of pairSignals. */\nexport const SAME_EVENT_WEIGHTS = {\n  bias: ${round(model.bias)},\n  threshold: ${round(threshold)},\n  weights: [${model.weights.map(round).join(', ')}],\n};\n`;
  writeFileSync(process.argv[out + 1] as string, body);
}
