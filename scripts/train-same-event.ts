/**
 * Fits the full model of same-event on pairs {"source","target","label"} and measures it.
 * Usage: train-same-event FILE [--write]
 * Parts: texts that stand together in a pair are one group, and a group is wholly in one of five parts (hash of its
 * first text), so nothing of a measured pair was seen in training. Reported: part 0 held back (fitted on the others, the
 * threshold from inside them), and all five in turn. `--write` fits on all pairs, with the threshold of the five parts,
 * and writes config/cluster/same-event.json. `--signals` writes the model over signals alone, which clustering uses, to
 * libs/domain/src/same-event-weights.ts.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cosine, fullSignals, pairSignals, wordSignals, type EventTokens, type WordCounts } from '@app/domain';
import { EventReader, fitLogistic, type Fitted, type FitRow } from '@app/intake';
import { projectRoot } from '@app/settings';

const PARTS = 5;
/** A named feature must stand in so many pairs, a word in so many texts. */
const LEAST_PAIRS = 4;
const LEAST_TEXTS = 4;

interface Pair {
  a: EventTokens;
  b: EventTokens;
  y: number;
  part: number;
}
interface Model extends Fitted, WordCounts {
  names: Map<string, number>;
}

const reader = new EventReader(join(projectRoot(), 'config'));
const pairs = readPairs(process.argv[2] ?? '');

function readPairs(file: string): Pair[] {
  const lines = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((l) => JSON.parse(l) as { source: string; target: string; label: number });
  const leader = new Map<string, string>();
  const find = (x: string): string => {
    let at = x;
    while (leader.has(at) && leader.get(at) !== at) at = leader.get(at) ?? at;
    return at;
  };
  const tidy = lines.map((l) => ({ source: l.source.trim(), target: l.target.trim(), label: Number(l.label) }));
  for (const { source, target } of tidy) {
    const [s, t] = [find(source), find(target)];
    leader.set(t, s);
  }
  const tokens = (text: string): EventTokens => reader.tokened({ title: text, text: '' });
  return tidy.map(({ source, target, label }) => ({
    a: tokens(source),
    b: tokens(target),
    y: label,
    part: createHash('md5').update(find(source)).digest()[0]! % PARTS,
  }));
}

function fit(train: Pair[]): Model {
  const texts = new Map<string, number>();
  for (const { a, b } of train) for (const t of [a, b]) for (const w of t.tokens) texts.set(w, (texts.get(w) ?? 0) + 1);
  const counts: WordCounts = {
    texts: Object.fromEntries([...texts].filter(([w, n]) => n >= LEAST_TEXTS && /[\p{L}\p{N}]/u.test(w))),
    textCount: train.length * 2,
    leastTexts: LEAST_TEXTS,
  };
  const signals = train.map((p) => fullSignals(p.a, p.b, counts));
  const named = train.map((p) => wordSignals(p.a.tokens, p.b.tokens));
  const seen = new Map<string, number>();
  for (const list of named) for (const n of list) seen.set(n, (seen.get(n) ?? 0) + 1);
  const kept = new Map([...seen].filter(([, n]) => n >= LEAST_PAIRS).map(([name], i) => [name, i]));
  const rows = train.map((p, k): FitRow => ({ x: signals[k] ?? [], on: places(named[k] ?? [], kept), y: p.y }));
  return { ...fitLogistic(rows, kept.size), ...counts, names: kept };
}

const places = (list: string[], kept: Map<string, number>): number[] =>
  list.map((n) => kept.get(n)).filter((n): n is number => n !== undefined);

function scoreOf(model: Model, p: Pair): number {
  const x = fullSignals(p.a, p.b, model);
  let z = model.bias + x.reduce((s, v, i) => s + v * (model.weights[i] ?? 0), 0);
  for (const i of places(wordSignals(p.a.tokens, p.b.tokens), model.names)) z += model.on[i] ?? 0;
  return 1 / (1 + Math.exp(-z));
}

type Scored = { y: number; score: number; part: number };

function measure(rows: Scored[], threshold: number): { f1: number; precision: number; recall: number } {
  const yes = rows.filter((r) => r.score >= threshold);
  const tp = yes.filter((r) => r.y).length;
  const all = rows.filter((r) => r.y).length;
  return {
    f1: round((2 * tp) / (yes.length + all || 1)),
    precision: round(tp / (yes.length || 1)),
    recall: round(tp / (all || 1)),
  };
}

function bestThreshold(rows: Scored[]): number {
  let best = { t: 0.5, f1: 0 };
  for (let t = 0.02; t < 1; t += 0.01) {
    const { f1 } = measure(rows, t);
    if (f1 > best.f1) best = { t, f1 };
  }
  return round(best.t);
}

function round(x: number): number {
  return Math.round(x * 1000) / 1000;
}

/** Every pair scored by a model that was fitted without its part; the threshold of a part comes from the others. */
function inTurn(score: (part: number) => (p: Pair) => number): { threshold: number; held: object; five: object } {
  const scored = Array.from({ length: PARTS }, (_, part) => {
    const of = score(part);
    return pairs.filter((p) => p.part === part).map((p): Scored => ({ y: p.y, score: of(p), part }));
  }).flat();
  const parts = Array.from({ length: PARTS }, (_, part) =>
    measure(
      scored.filter((s) => s.part === part),
      bestThreshold(scored.filter((s) => s.part !== part)),
    ),
  );
  const mean = round(parts.reduce((s, p) => s + p.f1, 0) / PARTS);
  const threshold = bestThreshold(scored);
  return {
    threshold,
    held: parts[0] ?? {},
    five: { meanF1: mean, parts: parts.map((p) => p.f1), pooled: measure(scored, threshold) },
  };
}

const cosines = inTurn(() => (p) => cosine(p.a.features.words, p.b.features.words));
const full = inTurn((part) => {
  const model = fit(pairs.filter((p) => p.part !== part));
  return (p) => scoreOf(model, p);
});
const report = { pairs: pairs.length, full, cosine: cosines };
process.stdout.write(`${JSON.stringify(report, null, 1)}\n`);

if (process.argv.includes('--write')) {
  const model = fit(pairs);
  const words = Object.fromEntries(
    [...model.names]
      .map(([name, i]): [string, number] => [name, round(model.on[i] ?? 0)])
      .filter(([, x]) => Math.abs(x) >= 0.02)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  const { bias, weights, texts, textCount, leastTexts } = model;
  const written = {
    bias: round(bias),
    threshold: full.threshold,
    weights: weights.map(round),
    textCount,
    leastTexts,
    texts,
    words,
  };
  writeFileSync(join(projectRoot(), 'config/cluster/same-event.json'), `${JSON.stringify(written)}\n`);
}
if (process.argv.includes('--signals')) {
  const rows = pairs.map((p): FitRow => ({ x: pairSignals(p.a.features, p.b.features), on: [], y: p.y }));
  const { bias, weights } = fitLogistic(rows, 0);
  const scored = rows.map((r): Scored => {
    const z = bias + r.x.reduce((s, v, i) => s + v * (weights[i] ?? 0), 0);
    return { y: r.y, score: 1 / (1 + Math.exp(-z)), part: 0 };
  });
  writeFileSync(
    join(projectRoot(), 'libs/domain/src/same-event-weights.ts'),
    `/** Fitted by scripts/train-same-event; the order is that of pairSignals. */\nexport const SAME_EVENT_WEIGHTS = {\n  bias: ${round(bias)},\n  threshold: ${bestThreshold(scored)},\n  weights: [${weights.map(round).join(', ')}],\n};\n`,
  );
}
