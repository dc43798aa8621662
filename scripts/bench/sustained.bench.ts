/**
 * npm run bench -- sustained [--stored 5000000] [--minutes 10] [--rate 330] [--feeds 600] [--crawlers 2] [--data DIR] [--json FILE]:
 * a database that holds so many items already, then so many new ones a second for so many minutes through the real processes:
 * crawlers (fetch, parse, label, cluster, store, index for the search), rules, gateway. Told every minute: items stored a
 * second, from the feed's answer to the open board's socket (p50, p95, p99), memory and CPU of each process.
 * `--data` keeps the filled database for the next time. Limits: 300 items a second, p95 2 s, memory flat.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { io } from 'socket.io-client';
import { loadTokeniser } from '@app/intake';
import { loadSettings } from '@app/settings';
import { row } from '@app/storage';
import { type BenchDatabase, openBenchDatabase } from './bench-database';
import { openSession } from './browser-session';
import { pause, said, startApp, stopApp } from './child';
import { seedCases } from './clock-fixture';
import { figure, QUICK, quantile } from './figure';
import { fillItems } from './item-fixture';
import { cpu, databaseCpu, memory } from './process-cost';

const { values: given } = parseArgs({
  options: {
    stored: { type: 'string', default: QUICK ? '20000' : '5000000' },
    minutes: { type: 'string', default: QUICK ? '1' : '10' },
    rate: { type: 'string', default: QUICK ? '50' : '330' },
    feeds: { type: 'string', default: QUICK ? '100' : '600' },
    crawlers: { type: 'string', default: '2' },
    data: { type: 'string' },
    json: { type: 'string' },
  },
});
const [STORED, MINUTES, RATE, FEEDS] = [given.stored, given.minutes, given.rate, given.feeds].map(Number) as [
  number,
  number,
  number,
  number,
];
const OPEN_CASES = 200;
const LEAST_RATE = 300;
const LIMIT_MS = 2000;
/** Of the first minute's memory: less than so much more at the end is flat. */
const FLAT = 1.15;
const FIRST_PASS_MS = 300_000;

interface Minute {
  minute: number;
  itemsPerSecond: number;
  /** Published by the feeds and not stored yet, at its end. */
  behind: number;
  boardMs: { count: number; p50: number; p95: number; p99: number; most: number };
  rssMb: Record<string, number>;
  cpuShare: Record<string, number>;
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const db = await openBenchDatabase(given.data);
  const children: [string, ChildProcess][] = [];
  try {
    loadTokeniser(loadSettings().configDir);
    const started = performance.now();
    await fillItems(db.dataSource, STORED, (line) => say(`  ${seconds(started)} s ${line}`));
    const cases = await row<{ n: string }>(db.dataSource, 'select count(*) as n from case_file');
    if (Number(cases?.n ?? 0) === 0) await seedCases(db.dataSource, OPEN_CASES);
    say(`${STORED} items stored after ${seconds(started)} s`);
    process.exitCode = (await measure(db, children)) ? 0 : 1;
  } finally {
    for (const [, child] of children.reverse()) await stopApp(child, 'SIGKILL');
    await db.close();
  }
}

async function measure(db: BenchDatabase, children: [string, ChildProcess][]): Promise<boolean> {
  const rules = await startApp('rules', db.url);
  const gateway = await startApp('gateway', db.url);
  children.push(['rules', rules.child], ['gateway', gateway.child]);
  const board = await openBoard(db, `http://127.0.0.1:${gateway.port}`);
  const farm = forked('sustained-farm.js', { FARM_FEEDS: String(FEEDS), FARM_RATE: String(RATE) });
  children.push(['farm', farm]);
  const { port } = await said<{ port: number }>(farm);
  const env = { DATABASE_URL: db.url, FARM_FEEDS: String(FEEDS), FARM_PORT: String(port), FARM_PAUSE: '0' };
  for (let n = 1; n <= Number(given.crawlers); n++) {
    const crawler = forked('poll-worker.js', env);
    children.push([`crawler ${n}`, crawler]);
    await said(crawler);
  }
  await firstPass(db);
  const minutes: Minute[] = [];
  for (let minute = 1; minute <= MINUTES; minute++) {
    const m = await oneMinute(minute, db, children, farm, board);
    minutes.push(m);
    tell(m);
  }
  board.close();
  return judge(minutes, board.all);
}

const forked = (file: string, env: Record<string, string>): ChildProcess =>
  fork(join(__dirname, file), { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });

const seconds = (since: number): string => ((performance.now() - since) / 1000).toFixed(0);

/** The dictionaries are loaded, each feed has been read once, what had gathered is stored. */
async function firstPass(db: BenchDatabase): Promise<void> {
  const started = performance.now();
  for (;;) {
    const left = await row<{ n: number }>(
      db.dataSource,
      `select count(*)::int as n from source_state where name like 'farm-%' and fetches = 0`,
    );
    if (left?.n === 0) break;
    if (performance.now() - started > FIRST_PASS_MS) throw new Error(`${left?.n} feeds were not read once in time`);
    await pause(1000);
  }
  say(`each of ${FEEDS} feeds read once after ${seconds(started)} s`);
  await pause(10_000);
}

async function oneMinute(
  minute: number,
  db: BenchDatabase,
  children: readonly [string, ChildProcess][],
  farm: ChildProcess,
  board: Board,
): Promise<Minute> {
  board.waits.length = 0;
  const [from, before] = [performance.now(), await stored(db)];
  const spent = costs(db, children);
  await pause(60_000);
  const [after, took] = [await stored(db), (performance.now() - from) / 1000];
  const answered = said<{ comeUp: number }>(farm);
  farm.send({});
  const { comeUp } = await answered;
  const waits = board.waits.slice().sort((a, b) => a - b);
  const p = (q: number): number => Math.round(quantile(waits, q));
  const cpuShare = Object.fromEntries(
    Object.entries(costs(db, children)).map(([name, s]) => [
      name,
      Number(((s - (spent[name] ?? 0)) / took).toFixed(2)),
    ]),
  );
  return {
    ...{ minute, itemsPerSecond: Math.round((after - before) / took), behind: comeUp - after },
    boardMs: { count: waits.length, p50: p(0.5), p95: p(0.95), p99: p(0.99), most: p(1) },
    ...{ rssMb: Object.fromEntries(children.map(([name, child]) => [name, memory(child).rss])), cpuShare },
  };
}

/** Seconds of CPU so far. */
function costs(db: BenchDatabase, children: readonly [string, ChildProcess][]): Record<string, number> {
  return {
    ...Object.fromEntries(children.map(([name, child]) => [name, cpu(child)])),
    database: databaseCpu(db.server().pid),
  };
}

async function stored(db: BenchDatabase): Promise<number> {
  const found = await row<{ n: number }>(
    db.dataSource,
    `select coalesce(sum(items), 0)::int as n from source_state where name like 'farm-%'`,
  );
  return found?.n ?? 0;
}

interface Board {
  /** Of the running minute: ms from the feed's first answer with an entry to the open board. */
  waits: number[];
  all: number[];
  close(): void;
}

async function openBoard(db: BenchDatabase, base: string): Promise<Board> {
  const { cookie } = await openSession(db.dataSource, base, 'bench-board', 'duty_officer');
  const socket = io(base, {
    extraHeaders: { cookie, origin: base },
    auth: (tell) => tell({ lastSeq: 0 }),
    transports: ['websocket'],
  });
  const [waits, all]: number[][] = [[], []];
  socket.on('alert', (_alert: unknown, ack: () => void) => ack());
  socket.on('item', ({ url }: { url: string | null }) => {
    const at = Number(/[?]at=(\d{13})$/.exec(url ?? '')?.[1] ?? NaN);
    if (Number.isNaN(at)) return;
    waits!.push(Date.now() - at);
    all!.push(Date.now() - at);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', () => resolve());
    socket.once('connect_error', reject);
  });
  return { waits: waits!, all: all!, close: () => void socket.disconnect() };
}

function tell({ minute, itemsPerSecond, behind, boardMs, rssMb, cpuShare }: Minute): void {
  const list = (of: Record<string, number>, unit: string): string =>
    Object.entries(of)
      .map(([name, n]) => `${name} ${n}${unit}`)
      .join(', ');
  say(
    `minute ${minute}: ${itemsPerSecond} items/s, ${behind} waiting at the feeds; feed → board ${boardMs.count} items, p50 ${boardMs.p50}, p95 ${boardMs.p95}, p99 ${boardMs.p99}, most ${boardMs.most} ms`,
  );
  say(`  RSS ${list(rssMb, ' MB')}; cores ${list(cpuShare, '')}`);
}

function judge(minutes: readonly Minute[], all: readonly number[]): boolean {
  const rate = minutes.reduce((n, m) => n + m.itemsPerSecond, 0) / minutes.length;
  const waits = [...all].sort((a, b) => a - b);
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((q) => quantile(waits, q)) as [number, number, number];
  const of = (m: Minute | undefined): number =>
    Object.entries(m?.rssMb ?? {})
      .filter(([name]) => name !== 'farm')
      .reduce((n, [, mb]) => n + mb, 0);
  const growth = of(minutes.at(-1)) / of(minutes[0]);
  const size = { size: STORED, of: 'items stored' };
  const least = Math.min(LEAST_RATE, RATE * 0.95);
  figure({ name: `items a second for ${MINUTES} minutes`, ...size, value: rate, unit: '/s', atLeast: least });
  figure({ name: 'feed → board, p50', ...size, value: p50, unit: 'ms' });
  figure({ name: 'feed → board, p95', ...size, value: p95, unit: 'ms', atMost: LIMIT_MS });
  figure({ name: 'feed → board, p99', ...size, value: p99, unit: 'ms' });
  figure({ name: 'memory of the last minute to the first', ...size, value: growth, unit: '×', atMost: FLAT });
  const fine = rate >= least && p95 <= LIMIT_MS && growth <= FLAT;
  say(
    `${STORED} stored: ${rate.toFixed(0)} items/s (limit ${least}), feed → board p50 ${p50} p95 ${p95} p99 ${p99} ms (limit ${LIMIT_MS} at p95), memory ×${growth.toFixed(2)} (limit ${FLAT}): ${fine ? 'reached' : 'NOT reached'}`,
  );
  if (given.json !== undefined)
    writeFileSync(
      given.json,
      `${JSON.stringify({ options: given, rate, p50, p95, p99, growth, fine, minutes }, null, 2)}\n`,
    );
  return fine;
}

void main();
