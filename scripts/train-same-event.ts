/**
 * Learns the model of same events and measures it.
 * Usage: train-same-event EVENT.jsonl [--topic TOPIC.jsonl] [--headlines FILE.jsonl] [--texts FILE.jsonl]… [--unseen] [--write [--threshold T]]
 * EVENT and TOPIC: {"source","target","label"}; headlines: {"label","text"}; texts: {"title","text"}, without labels.
 * Reported: each of five parts by a model that was fitted on the other four, with the threshold of the other four. The
 * table of words is counted once over all texts, without labels; `--unseen` counts it without the texts of part 0 and
 * reports that part alone, as for texts never met. `--write` fits on all pairs and writes config/cluster; with
 * `--threshold T`, known from an earlier run, it does so without measuring first.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scorePair, type TopicModel, type WordTable } from '@app/domain';
import {
  bestThreshold,
  figuresAt,
  fitPairModel,
  inTurn,
  jsonLines,
  PairReader,
  PARTS,
  plainCosine,
  readAll,
  readPairs,
  tableOf,
  topicsFrom,
  type ReadPair,
  type Scored,
} from '@app/intake';
import { projectRoot } from '@app/settings';

/** Nets of the model that is kept; each part is measured with the first alone. */
const FINAL_SEEDS = [1, 2];

const configDir = join(projectRoot(), 'config');
const args = process.argv.slice(2);
const valuesOf = (flag: string): string[] => args.flatMap((a, i) => (a === flag ? [args[i + 1] ?? ''] : []));
const say = (s: string): boolean => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${s}\n`);

const labelled = readPairs(args[0] ?? '', valuesOf('--topic')[0] ?? null);
const headlines = valuesOf('--headlines').flatMap((f) =>
  jsonLines(f).map((l) => ({ text: String(l['text']), topic: String(l['label']) })),
);
const others = valuesOf('--texts').flatMap((f) =>
  jsonLines(f).map((l) => `${String(l['title'] ?? '')}\n${String(l['text'] ?? '')}`),
);

interface Read {
  table: WordTable;
  topics: TopicModel;
  pairs: ReadPair[];
}

/** The table of words, and all pairs read with it. @param without part whose texts are not counted */
function read(without: number | null): Read {
  const counted = new Set(labelled.filter((p) => p.part !== without).flatMap((p) => [p.a, p.b]));
  const table = tableOf([...counted, ...headlines.map((h) => h.text), ...others]);
  say(`table of ${table.textCount} texts`);
  const reader = new PairReader(configDir, table);
  const topics = topicsFrom(headlines, reader, table);
  const pairs = readAll(labelled, reader, table, topics);
  say(`${pairs.length} pairs read`);
  return { table, topics, pairs };
}

/** Scores of one part by a model that was fitted without it. */
function scoresOf(part: number, { table, topics, pairs }: Read, score?: (p: ReadPair) => number): Scored[] {
  const own = pairs.filter((p) => p.part === part && p.about === 'event');
  if (score) return own.map((p) => ({ y: p.y, part, score: score(p) }));
  const model = fitPairModel(pairs.filter((p) => p.part !== part), table, topics, [1]);
  say(`part ${part} fitted`);
  return own.map((p) => ({ y: p.y, part, score: scorePair(p.textA, p.textB, p.measures, model, table) }));
}

const parts = Array.from({ length: PARTS }, (_, part) => part);

if (args.includes('--unseen')) {
  const given = read(0);
  const scored = parts.flatMap((part) => scoresOf(part, given));
  const threshold = bestThreshold(scored.filter((s) => s.part !== 0));
  report({ unseen: figuresAt(scored.filter((s) => s.part === 0), threshold) });
} else if (valuesOf('--threshold').length > 0) {
  write(read(null), Number(valuesOf('--threshold')[0]));
} else {
  const given = read(null);
  const cosine = inTurn(parts.flatMap((part) => scoresOf(part, given, plainCosine)));
  const full = inTurn(parts.flatMap((part) => scoresOf(part, given)));
  report({ pairs: labelled.length, full, cosine });
  if (args.includes('--write')) write(given, full.threshold);
}

function report(figures: object): void {
  process.stdout.write(`${JSON.stringify(figures, null, 1)}\n`);
}

function write({ table, topics, pairs }: Read, threshold: number): void {
  const model = fitPairModel(pairs, table, topics, FINAL_SEEDS);
  const nets = model.nets.map((p) => Buffer.from(p.buffer, p.byteOffset, p.byteLength).toString('base64'));
  const rounded = { mean: model.mean.map(fine), spread: model.spread.map(fine), base: fine(model.base) };
  const written = { threshold, ...model, ...rounded, nets };
  writeFileSync(join(configDir, 'cluster', 'same-event.json'), `${JSON.stringify(written)}\n`);
  writeFileSync(join(configDir, 'cluster', 'words.bin'), table.toBytes());
}

function fine(x: number): number {
  return Math.round(x * 1e6) / 1e6;
}
