/**
 * npm run bench -- classify [ITEMS] [TEXTS.jsonl]: the classifier over ITEMS texts (default 1,000,000), memory every
 * tenth of the way, its speed as a share of raw nodejieba.cut on the same texts, and the time a process needs to have
 * it ready. Texts are the invented ones of config/classifier/examples.yaml, or the `title` and `text` of each line of
 * TEXTS.jsonl; every tenth text is changed on its way, so that nothing can be remembered.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { figure, QUICK } from './figure';
import { createClassifier, cutWords, readExamples, type Classifier } from '@app/intake';

interface Text {
  title: string;
  text: string;
}

const ITEMS = Number(process.argv[2] ?? (QUICK ? 30_000 : 1_000_000));
/** Speed and memory are told at these shares of the way. */
const STATIONS = [0.1, 0.3, 1].map((share) => Math.ceil(ITEMS * share));
const FILE = process.argv[3];
const configDir = process.env.HUIYING_CONFIG!;
/** A process that stays within this growth of resident memory after its first tenth is called flat. */
const FLAT_MIB = 64;
const START_LIMIT_SECONDS = 2.5;
const TURNS = QUICK ? 4 : 10;
/** Beside the copy of the build that the bench runs on. */
const MODULE = join(__dirname, '../../libs/intake/src/classifier.js');

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const mib = (bytes: number): number => Math.round(bytes / 1_048_576);

function readTexts(): Text[] {
  if (FILE === undefined) return readExamples(configDir);
  return readFileSync(FILE, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Text);
}

function processorMs(run: () => void): number {
  const from = process.cpuUsage();
  run();
  return process.cpuUsage(from).user / 1000;
}

/** Best of several turns of each, in alternation: other work on the machine weighs on both alike. */
function share(classifier: Classifier, texts: readonly Text[]): number {
  let cut = Number.POSITIVE_INFINITY;
  let all = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < TURNS; turn++) {
    cut = Math.min(
      cut,
      processorMs(() => texts.forEach((t) => void cutWords(`${t.title}\n${t.text}`))),
    );
    all = Math.min(
      all,
      processorMs(() => texts.forEach((t) => void classifier.classify(t))),
    );
  }
  return cut / all;
}

/** Seconds of a fresh process until its first label. */
function startSeconds(): number {
  const code = `const s=process.hrtime.bigint();const {createClassifier}=require(${JSON.stringify(MODULE)});createClassifier(${JSON.stringify(configDir)}).classify({title:'某县车祸致3死',text:''});process.stdout.write(String(Number(process.hrtime.bigint()-s)/1e9))`;
  const runs = Array.from({ length: 3 }, () =>
    Number(spawnSync(process.execPath, ['-e', code], { encoding: 'utf8' }).stdout),
  );
  return Math.min(...runs);
}

function main(): void {
  const texts = readTexts();
  const classifier = createClassifier(configDir);
  say(`classifier ${classifier.version}, ${texts.length} texts`);
  const shared = share(classifier, texts);
  figure({ name: 'speed as a share of raw cut', value: shared, unit: '×', atLeast: 0.3 });
  say(`share of raw cut ${shared.toFixed(3)} (floor 0.3)`);
  const levels: Record<string, number> = {};
  let first = 0;
  let most = 0;
  const started = performance.now();
  for (let i = 0; i < ITEMS; i++) {
    const t = texts[i % texts.length]!;
    const { level } = classifier.classify(
      i % 10 === 0 ? { title: `${t.title} ${i}`, text: `${i}号通报：${t.text}` } : t,
    );
    levels[level] = (levels[level] ?? 0) + 1;
    if (STATIONS.includes(i + 1)) {
      const sized = { size: i + 1, of: 'items' };
      figure({
        name: 'items classified a second',
        ...sized,
        value: (i + 1) / ((performance.now() - started) / 1000),
        unit: '/s',
      });
      figure({ name: 'resident memory', ...sized, value: mib(process.memoryUsage().rss), unit: 'MB' });
    }
    if ((i + 1) % Math.ceil(ITEMS / 10) !== 0) continue;
    const { rss, heapUsed } = process.memoryUsage();
    if (first === 0) first = rss;
    most = Math.max(most, rss);
    say(`${String(i + 1).padStart(9)} items: resident ${mib(rss)} MiB, heap ${mib(heapUsed)} MiB`);
  }
  const seconds = (performance.now() - started) / 1000;
  say(`${ITEMS} items in ${seconds.toFixed(0)} s, ${Math.round(ITEMS / seconds)} a second: ${JSON.stringify(levels)}`);
  say(
    `memory grew by ${mib(most - first)} MiB after the first tenth: ${mib(most - first) <= FLAT_MIB ? 'flat' : 'NOT FLAT'}`,
  );
  const start = startSeconds();
  figure({ name: 'fresh process to its first label', value: start, unit: 's', atMost: START_LIMIT_SECONDS });
  say(`start to the first label ${start.toFixed(2)} s (limit ${START_LIMIT_SECONDS})`);
  process.exitCode = mib(most - first) <= FLAT_MIB && start <= START_LIMIT_SECONDS ? 0 : 1;
}

main();
