import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { encodeWeights, type ClassifierTables, type Thresholds } from '@app/domain';
import { ConfigFaults, loadModel, loadRuleTables, projectRoot, type ConfigFault } from '@app/settings';
import { classifierOf, type Classifier } from '../classifier';
import { cutWords, loadTokeniser } from '../tokeniser';
import {
  confusionLines,
  judgeAll,
  labelledFigures,
  labelTables,
  levelConfusion,
  plainFigures,
  worstErrors,
  type Figure,
} from './evaluation';
import { readHeadlines, readLabelled, readMessages } from './labelled';
import { levelAt, readTrainingData, train, type HeldOut } from './training';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function ruleTables(configDir: string): Omit<ClassifierTables, 'model'> {
  const faults: ConfigFault[] = [];
  const tables = loadRuleTables(configDir, faults);
  if (tables === null) throw new ConfigFaults(faults);
  return tables;
}

const configDirOf = (): string => process.env.HUIYING_CONFIG ?? join(projectRoot(), 'config');

/** npm run train -- DATA MESSAGES [OUT]: learns, cross-validates, writes model.json and weights.bin.gz. */
export async function trainCommand(args: string[]): Promise<void> {
  const [dataDir, messages, out] = args;
  if (dataDir === undefined || messages === undefined)
    throw new Error('usage: npm run train -- DATA_FOLDER MESSAGES_FILE [OUT_FOLDER]');
  const configDir = configDirOf();
  loadTokeniser(configDir);
  const tables = ruleTables(configDir);
  const data = await readTrainingData(dataDir, messages, configDir, tables);
  say(`${data.samples.length} labelled texts, ${data.plain.length} headlines and messages`);
  const { model, held, thresholds } = train(data, tables, `m${tablesVersion(tables)}`, say);
  const folder = out ?? join(configDir, 'classifier');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'weights.bin.gz'), gzipSync(encodeWeights(model), { level: 9 }));
  const { keys: _k, bias: _b, scale: _s, weights: _w, vectors, dense: _d, ...meta } = model;
  const training = {
    labelled: data.samples.length,
    plain: data.plain.length,
    annotated: data.annotated.length,
    unlabelled: data.unlabelled,
    features: model.keys.length,
    vectors: vectors.keys.length,
    crossValidation: heldFigures(held, thresholds),
  };
  writeFileSync(join(folder, 'model.json'), `${JSON.stringify({ ...meta, training }, null, 2)}\n`);
  say(JSON.stringify({ thresholds, ...training }, null, 1));
}

/** A short hash of lexicon and tables: a model belongs to the rules it was trained with. */
function tablesVersion(tables: Omit<ClassifierTables, 'model'>): string {
  let h = 0x811c9dc5;
  for (const ch of JSON.stringify(tables)) h = Math.imul(h ^ ch.charCodeAt(0), 0x01000193);
  return (h >>> 0).toString(16).padStart(8, '0');
}

function heldFigures(held: readonly HeldOut[], t: Thresholds): Record<string, number> {
  const rows = held.map((h) => {
    const level = levelAt(h, t);
    const relevant = level !== 'none';
    return { item: h.item, label: { ...h.label, level, relevant, emergency: relevant && h.label.category !== null && h.emergency > t.emergency } };
  });
  return Object.fromEntries(labelledFigures(rows, []).map((f) => [f.name, Math.round(f.value * 1000) / 1000]));
}

function classifierFrom(configDir: string, modelFolder: string): Classifier {
  const faults: ConfigFault[] = [];
  const model = loadModel(modelFolder, faults);
  if (model === null) throw new ConfigFaults(faults);
  return classifierOf({ ...ruleTables(configDir), model }, configDir);
}

interface EvaluateOptions {
  dataDir: string;
  messages: string | undefined;
  compare: string | undefined;
  errors: number;
}

function parseEvaluate(args: string[]): EvaluateOptions {
  const rest = [...args];
  const take = (flag: string): string | undefined => {
    const at = rest.indexOf(flag);
    return at < 0 ? undefined : rest.splice(at, 2)[1];
  };
  const compare = take('--compare');
  const errors = Number(take('--errors') ?? 15);
  const [dataDir, messages] = rest;
  if (dataDir === undefined || !Number.isInteger(errors))
    throw new Error('usage: npm run evaluate -- DATA_FOLDER [MESSAGES_FILE] [--compare MODEL_FOLDER] [--errors N]');
  return { dataDir, messages, compare, errors };
}

/** npm run evaluate -- DATA [MESSAGES] [--compare FOLDER]: every figure of the issue, then the details. */
export async function evaluateCommand(args: string[]): Promise<void> {
  const o = parseEvaluate(args);
  const configDir = configDirOf();
  const started = performance.now();
  const classifier = classifierFrom(configDir, join(configDir, 'classifier'));
  const start = performance.now() - started;
  const dev = await readLabelled(o.dataDir, 'dev');
  const large = await readLabelled(o.dataDir, 'grade-dev');
  const rows = judgeAll(classifier, dev);
  const largeRows = judgeAll(classifier, large);
  const headlines = await readHeadlines(o.dataDir, 1);
  const messages = o.messages === undefined ? [] : await readMessages(o.messages, 1);
  const figures = [
    ...labelledFigures(rows, largeRows),
    ...plainFigures(headlines, messages, classifier),
    ...throughput(classifier, [...dev, ...large]),
  ];
  say(`model ${classifier.version}, start ${(start / 1000).toFixed(2)} s`);
  for (const f of figures) say(figureLine(f));
  say('');
  labelTables(rows).forEach(say);
  say('');
  confusionLines(levelConfusion(rows)).forEach(say);
  say('');
  worstErrors([...rows, ...largeRows], o.errors).forEach(say);
  if (o.compare !== undefined) compareWith(classifierFrom(configDir, o.compare), figures, rows, largeRows);
}

function figureLine(f: Figure): string {
  const met = f.below ? f.value <= f.floor : f.value >= f.floor;
  return `${met ? 'ok ' : 'LOW'} ${f.name.padEnd(44)} ${f.value.toFixed(3).padStart(8)}  (floor ${f.floor}) ${f.detail}`;
}

function compareWith(
  other: Classifier,
  figures: readonly Figure[],
  rows: ReturnType<typeof judgeAll>,
  large: ReturnType<typeof judgeAll>,
): void {
  const otherRows = judgeAll(
    other,
    rows.map((r) => r.item),
  );
  const otherLarge = judgeAll(
    other,
    large.map((r) => r.item),
  );
  say(`\ncompared with model ${other.version}`);
  for (const f of labelledFigures(otherRows, otherLarge)) {
    const own = figures.find((x) => x.name === f.name)!;
    say(
      `${f.name.padEnd(44)} ${f.value.toFixed(3)} -> ${own.value.toFixed(3)} (${(own.value - f.value >= 0 ? '+' : '') + (own.value - f.value).toFixed(3)})`,
    );
  }
  rows.forEach((r, i) => {
    const before = otherRows[i]!.label;
    if (before.level !== r.label.level)
      say(`changed ${r.item.id}: ${before.level} -> ${r.label.level} (wanted ${r.item.labels.level}) ${r.item.title}`);
  });
}

const TURNS = 15;

/**
 * Speed of the whole classifier as a share of raw cut on the same texts: the best of several turns of each, taken in
 * alternation and in processor time, so that other work on the machine weighs on both alike.
 */
function throughput(classifier: Classifier, items: { title: string; text: string }[]): Figure[] {
  const raw = items.map((i) => `${i.title}\n${i.text}`);
  const processorMs = (run: () => void): number => {
    const from = process.cpuUsage();
    run();
    return process.cpuUsage(from).user / 1000;
  };
  let cut = Number.POSITIVE_INFINITY;
  let all = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < TURNS; turn++) {
    cut = Math.min(cut, processorMs(() => raw.forEach((t) => void cutWords(t))));
    all = Math.min(all, processorMs(() => items.forEach((i) => void classifier.classify(i))));
  }
  return [{ name: 'throughput as a share of raw cut', value: cut / all, floor: 0.3, detail: `cut ${cut.toFixed(0)} ms, all ${all.toFixed(0)} ms over ${items.length} texts` }];
}
