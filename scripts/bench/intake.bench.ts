import { type ChildProcess, execFileSync, fork, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { loadClassifierTables } from '@app/settings';
import { rows } from '@app/storage';
import { type BenchDatabase, openBenchDatabase } from './bench-database';
import { figure } from './figure';
import { makeFeeds, makeTexts, readTexts } from './feed-texts';
import { pollFarm } from './poll-farm';

/**
 * npm run bench -- intake [--items N] [--workers N] [--runs N] [--texts FILE.jsonl] [--feeds N]: items per second from the bytes of
 * feeds to committed rows, classified, placed, clustered, with the cases and clocks they open; and the same bytes through
 * scripts/bench/intake-plain.py in the same run. Both write to a PostgreSQL of the bench's own with durable commits, both
 * have loaded their dictionaries before the clock starts; run in turn, the median of the ratios counts. Limit: 8. Then
 * conditional polling of a farm of feeds (--feeds 0: none).
 */
const { values: given } = parseArgs({
  options: {
    items: { type: 'string', default: '6000' },
    workers: { type: 'string', default: '2' },
    runs: { type: 'string', default: '3' },
    texts: { type: 'string' },
    'without-plain': { type: 'boolean', default: false },
    feeds: { type: 'string', default: '10000' },
  },
});
const PER_FEED = 50;
const LIMIT = 8;
const PLAIN = resolve('scripts', 'bench', 'intake-plain.py');
const PYTHON = '/usr/bin/python3';

interface Run {
  items: number;
  seconds: number;
  /** Of the pipeline's own processes. */
  cpuSeconds: number;
  /** Of PostgreSQL's processes. */
  databaseSeconds: number;
}

async function main(): Promise<void> {
  const plain = !given['without-plain'] && plainIsThere();
  const folder = mkdtempSync(join(tmpdir(), 'huiying-feeds-'));
  const db = await openBenchDatabase();
  const ratios: Record<string, number[]> = {};
  try {
    writeFileSync(join(folder, 'rules.json'), JSON.stringify(loadClassifierTables(configDir(), [])?.lexicon ?? {}));
    for (let run = 0; run < Number(given.runs); run++) {
      const feeds = writeFeeds(folder, run);
      const ours = await runOurs(db, feeds, run);
      const cases = await rows<{ n: string }>(db.dataSource, 'select count(*) as n from case_file');
      say(`huiying, ${given.workers} crawlers`, ours, `${cases[0]?.n} cases so far`);
      for (const [name, flags] of plain ? PLAIN_FORMS : []) {
        const theirs = runPlain(db, folder, flags);
        say(`plain Python, ${name}`, theirs);
        (ratios[name] ??= []).push(ours.items / ours.seconds / (theirs.items / theirs.seconds));
      }
    }
    if (Number(given.feeds) > 0) await pollFarm(db, Number(given.feeds), Number(given.workers));
  } finally {
    await db.close();
    rmSync(folder, { recursive: true, force: true });
  }
  for (const [name, list] of Object.entries(ratios)) {
    const sorted = [...list].sort((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)] ?? NaN;
    const verdict =
      name === PLAIN_FORMS[0]?.[0] ? `   limit ${LIMIT}: ${median >= LIMIT ? 'reached' : 'NOT reached'}` : '';
    process.stdout.write(
      `ratio to ${name.padEnd(38)} ${list.map((r) => r.toFixed(2)).join(' ')}   median ${median.toFixed(2)}${verdict}\n`,
    );
  }
}

const PLAIN_FORMS: [string, string[]][] = [
  ['each item committed', []],
  ['each feed committed', ['feed']],
  ['each item committed, places by jieba', ['places']],
];

function plainIsThere(): boolean {
  const found = spawnSync(PYTHON, ['-c', 'import feedparser, jieba, psycopg2'], { encoding: 'utf8' });
  if (found.status === 0) return true;
  const why = found.error ? `${PYTHON} is missing` : (found.stderr.trim().split('\n').at(-1) ?? '');
  process.stdout.write(
    `NO COMPARISON: ${why}. Debian: apt-get install python3-feedparser python3-jieba python3-psycopg2\n`,
  );
  process.exitCode = 1;
  return false;
}

const configDir = (): string => process.env['HUIYING_CONFIG'] ?? resolve('config');

/** Other texts in each run: what was stored before is no work. */
function writeFeeds(folder: string, run: number): string[] {
  const count = Number(given.items);
  const texts = given.texts === undefined ? makeTexts(count, run + 1) : readTexts(given.texts, count);
  const dir = join(folder, 'feeds');
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir);
  makeFeeds(texts, PER_FEED).forEach((bytes, i) =>
    writeFileSync(join(dir, `${String(i).padStart(5, '0')}.xml`), bytes),
  );
  return readdirSync(dir)
    .sort()
    .map((f) => join(dir, f));
}

interface Answer {
  ready?: boolean;
  stored?: number;
  rss?: number;
  cpu?: NodeJS.CpuUsage;
}

async function runOurs(db: BenchDatabase, feeds: readonly string[], run: number): Promise<Run> {
  const workers = await Promise.all(Array.from({ length: Number(given.workers) }, () => startWorker(db.url)));
  let next = 0;
  let items = 0;
  const cpuBefore = await cpuOf(workers);
  const databaseBefore = databaseCpu(db);
  const started = performance.now();
  await Promise.all(
    workers.map(async (worker) => {
      for (let n = next++; n < feeds.length; n = next++) {
        const { stored } = await ask(worker, { file: feeds[n], source: `bench-${run}-${n}` });
        items += stored ?? 0;
      }
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  const databaseSeconds = databaseCpu(db) - databaseBefore;
  const cpuSeconds = (await cpuOf(workers)) - cpuBefore;
  await Promise.all(workers.map((worker) => stop(worker)));
  return { items, seconds, cpuSeconds, databaseSeconds };
}

async function cpuOf(workers: readonly ChildProcess[]): Promise<number> {
  const used = await Promise.all(workers.map(async (worker) => (await ask(worker, { cpu: true })).cpu));
  return used.reduce((n, u) => n + ((u?.user ?? 0) + (u?.system ?? 0)) / 1e6, 0);
}

const TICKS_A_SECOND = 100;

/** Seconds of all processes of the bench's PostgreSQL, ended ones too; 0 where there is no /proc. */
function databaseCpu(db: BenchDatabase): number {
  const postmaster = db.server().pid;
  const spent = (pid: string, of: number[]): number => {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      if (pid !== String(postmaster) && fields[1] !== String(postmaster)) return 0;
      return of.reduce((n, i) => n + Number(fields[i]), 0);
    } catch {
      return 0;
    }
  };
  const living = existsSync('/proc') ? readdirSync('/proc').filter((f) => /^\d+$/.test(f)) : [];
  const own = living.reduce((n, pid) => n + spent(pid, [11, 12]), 0);
  return (own + spent(String(postmaster), [13, 14])) / TICKS_A_SECOND;
}

async function startWorker(url: string): Promise<ChildProcess> {
  const worker = fork(join(__dirname, 'intake-worker.js'), {
    env: { ...process.env, DATABASE_URL: url },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await answer(worker);
  return worker;
}

async function ask(worker: ChildProcess, what: unknown): Promise<Answer> {
  const answered = answer(worker);
  worker.send(what as object);
  return answered;
}

function answer(worker: ChildProcess): Promise<Answer> {
  return new Promise((done, fail) => {
    const ended = (code: number | null): void => fail(new Error(`a worker ended with ${code}`));
    worker.once('exit', ended);
    worker.once('message', (message) => {
      worker.off('exit', ended);
      done(message as Answer);
    });
  });
}

async function stop(worker: ChildProcess): Promise<void> {
  const gone = new Promise((done) => worker.once('exit', done));
  worker.send({ stop: true });
  await gone;
}

function runPlain(db: BenchDatabase, folder: string, flags: string[]): Run {
  execFileSync(PYTHON, [
    '-c',
    `import psycopg2; c = psycopg2.connect(${JSON.stringify(db.url)}); c.cursor().execute('drop table if exists plain_item'); c.commit()`,
  ]);
  const before = databaseCpu(db);
  const said = execFileSync(PYTHON, [PLAIN, join(folder, 'feeds'), db.url, join(folder, 'rules.json'), ...flags], {
    encoding: 'utf8',
  });
  return { ...(JSON.parse(said) as Run), databaseSeconds: databaseCpu(db) - before };
}

function say(name: string, { items, seconds, cpuSeconds, databaseSeconds }: Run, more = ''): void {
  const each = (s: number): string => ((s * 1000) / items).toFixed(2);
  figure({
    name: `${name}, items stored a second`,
    size: Number(given.items),
    of: 'items',
    value: items / seconds,
    unit: '/s',
  });
  figure({
    name: `${name}, CPU of an item`,
    size: Number(given.items),
    of: 'items',
    value: ((cpuSeconds + databaseSeconds) * 1000) / items,
    unit: 'ms',
  });
  process.stdout.write(
    `${name.padEnd(50)} ${String(items).padStart(6)} items ${seconds.toFixed(2).padStart(7)} s ${(items / seconds).toFixed(0).padStart(6)} a second   ` +
      `CPU ms an item: ${each(cpuSeconds)} + database ${each(databaseSeconds)}  ${more}\n`,
  );
}

void main();
