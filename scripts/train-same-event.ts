/**
 * Fits the models of same-event on pairs {"source","target","label"} and measures them on the part held back.
 * Usage: train-same-event FILE [--write]
 * Held back: every fifth pair by position. `--write` writes the full model to config/cluster/same-event.json and the
 * model over signals alone, which clustering uses, to libs/domain/src/same-event-weights.ts.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cosine, pairSignals, wordSignals } from '@app/domain';
import { EventReader } from '@app/intake';
import { projectRoot } from '@app/settings';

interface Row {
  x: number[];
  words: number[];
  y: number;
  cos: number;
}

interface Model {
  bias: number;
  weights: number[];
  words: Float64Array;
}

/** A word feature must stand in so many pairs. */
const LEAST_PAIRS = 4;
const L2 = 0.0025;
const ROUNDS = 600;

const file = process.argv[2] ?? '';
const reader = new EventReader(join(projectRoot(), 'config'));
const read = (s: string) => reader.read({ title: s.trim(), text: '' });
const pairs = readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  .map((l) => JSON.parse(l) as { source: string; target: string; label: number });
const isHeld = (i: number): boolean => i % 5 === 0;

const namesOf = (p: (typeof pairs)[number]): string[] =>
  wordSignals(reader.tokens({ title: p.source.trim(), text: '' }), reader.tokens({ title: p.target.trim(), text: '' }));
const named = pairs.map(namesOf);
const counts = new Map<string, number>();
named.forEach((names, i) => {
  if (!isHeld(i)) for (const n of names) counts.set(n, (counts.get(n) ?? 0) + 1);
});
const vocabulary = new Map([...counts].filter(([, n]) => n >= LEAST_PAIRS).map(([name], i) => [name, i]));
const data: Row[] = pairs.map((p, i) => {
  const [a, b] = [read(p.source), read(p.target)];
  const words = (named[i] ?? []).map((n) => vocabulary.get(n)).filter((n): n is number => n !== undefined);
  return { x: pairSignals(a, b), words, y: Number(p.label), cos: cosine(a.words, b.words) };
});
const train = data.filter((_, i) => !isHeld(i));
const held = data.filter((_, i) => isHeld(i));

/** Logistic regression by Adam over all rows at once; signals are standardised while fitting. */
function fit(rows: Row[], withWords: boolean): Model {
  const n = rows[0]?.x.length ?? 0;
  const mean = Array.from({ length: n }, (_, i) => rows.reduce((s, r) => s + (r.x[i] ?? 0), 0) / rows.length);
  const sd = mean.map((m, i) => Math.sqrt(rows.reduce((s, r) => s + ((r.x[i] ?? 0) - m) ** 2, 0) / rows.length) || 1);
  const std = rows.map((r) => r.x.map((x, i) => (x - (mean[i] ?? 0)) / (sd[i] ?? 1)));
  const size = n + 1 + (withWords ? vocabulary.size : 0);
  const [w, m, v] = [new Float64Array(size), new Float64Array(size), new Float64Array(size)];
  for (let t = 1; t <= ROUNDS; t++) {
    const g = new Float64Array(size);
    rows.forEach((r, k) => {
      const x = std[k] ?? [];
      let z = w[n] ?? 0;
      for (let i = 0; i < n; i++) z += (x[i] ?? 0) * (w[i] ?? 0);
      if (withWords) for (const j of r.words) z += w[n + 1 + j] ?? 0;
      const e = (1 / (1 + Math.exp(-z)) - r.y) / rows.length;
      for (let i = 0; i < n; i++) g[i] = (g[i] ?? 0) + e * (x[i] ?? 0);
      g[n] = (g[n] ?? 0) + e;
      if (withWords) for (const j of r.words) g[n + 1 + j] = (g[n + 1 + j] ?? 0) + e;
    });
    for (let i = 0; i < size; i++) {
      const gi = (g[i] ?? 0) + (i === n ? 0 : L2 * (w[i] ?? 0));
      m[i] = 0.9 * (m[i] ?? 0) + 0.1 * gi;
      v[i] = 0.999 * (v[i] ?? 0) + 0.001 * gi * gi;
      w[i] = (w[i] ?? 0) - (0.02 * ((m[i] ?? 0) / (1 - 0.9 ** t))) / (Math.sqrt((v[i] ?? 0) / (1 - 0.999 ** t)) + 1e-9);
    }
  }
  const weights = mean.map((_, i) => (w[i] ?? 0) / (sd[i] ?? 1));
  const bias = (w[n] ?? 0) - mean.reduce((s, mu, i) => s + mu * (weights[i] ?? 0), 0);
  return { bias, weights, words: withWords ? w.slice(n + 1) : new Float64Array(0) };
}

type Score = (r: Row) => number;
const scoreOf =
  (model: Model): Score =>
  (r) => {
    let z = model.bias + r.x.reduce((s, x, i) => s + x * (model.weights[i] ?? 0), 0);
    if (model.words.length > 0) for (const j of r.words) z += model.words[j] ?? 0;
    return 1 / (1 + Math.exp(-z));
  };

function measure(rows: Row[], score: Score, threshold: number): { f1: number; precision: number; recall: number } {
  const yes = rows.filter((r) => score(r) >= threshold);
  const tp = yes.filter((r) => r.y).length;
  const all = rows.filter((r) => r.y).length;
  return {
    f1: round((2 * tp) / (yes.length + all || 1)),
    precision: round(tp / (yes.length || 1)),
    recall: round(tp / (all || 1)),
  };
}

function bestThreshold(rows: Row[], score: Score): number {
  let best = { t: 0.5, f1: 0 };
  for (let t = 0.02; t < 1; t += 0.01) {
    const { f1 } = measure(rows, score, t);
    if (f1 > best.f1) best = { t, f1 };
  }
  return round(best.t);
}

function round(x: number): number {
  return Math.round(x * 1000) / 1000;
}

/** The threshold from inside the training part: fitted without a quarter of it, so that it is not fitted to itself. */
function thresholdOf(withWords: boolean): number {
  const inner = fit(
    train.filter((_, i) => i % 4 !== 0),
    withWords,
  );
  return bestThreshold(
    train.filter((_, i) => i % 4 === 0),
    scoreOf(inner),
  );
}

const report: Record<string, unknown> = { pairs: data.length, wordFeatures: vocabulary.size };
const models = [false, true].map((withWords) => {
  const model = fit(train, withWords);
  const threshold = thresholdOf(withWords);
  report[withWords ? 'full' : 'signals'] = {
    threshold,
    train: measure(train, scoreOf(model), threshold),
    held: measure(held, scoreOf(model), threshold),
  };
  return { ...model, threshold };
});
const byCosine: Score = (r) => r.cos;
report.cosine = measure(held, byCosine, bestThreshold(train, byCosine));
process.stdout.write(`${JSON.stringify(report, null, 1)}\n`);

if (process.argv.includes('--write')) {
  const [signals, full] = models;
  if (signals && full) {
    const names = [...vocabulary.keys()];
    const words = Object.fromEntries(
      names
        .map((name, i): [string, number] => [name, round(full.words[i] ?? 0)])
        .filter(([, x]) => Math.abs(x) >= 0.02)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
    writeFileSync(
      join(projectRoot(), 'config/cluster/same-event.json'),
      `${JSON.stringify({ bias: round(full.bias), threshold: full.threshold, weights: full.weights.map(round), words }, null, 0)}\n`,
    );
    writeFileSync(
      join(projectRoot(), 'libs/domain/src/same-event-weights.ts'),
      `/** Fitted by scripts/train-same-event; the order is that of pairSignals. */\nexport const SAME_EVENT_WEIGHTS = {\n  bias: ${round(signals.bias)},\n  threshold: ${signals.threshold},\n  weights: [${signals.weights.map(round).join(', ')}],\n};\n`,
    );
  }
}
