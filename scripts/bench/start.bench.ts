import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort } from '@app/storage';
import { openBenchDatabase } from './bench-database';
import { seedCases, seedIdle } from './clock-fixture';
import { figure, QUICK } from './figure';

/**
 * npm run bench -- start [RUNS] [CLOCKS…]: milliseconds from `node scripts/start.mjs` to the first page served, on fresh data
 * (cold: a database is made) and on kept data (warm), in turn, with the bare start of Node beside them as the measure
 * of the machine, then warm over a database that holds so many open clocks. Limit of the warm start: 5 s.
 */
const RUNS = Number(process.argv[2] ?? (QUICK ? 2 : 5));
const CLOCKS =
  process.argv.length > 3
    ? process.argv.slice(3).map(Number)
    : QUICK
      ? [1_000, 10_000, 50_000]
      : [10_000, 100_000, 1_000_000];
const LIMIT_MS = 5_000;
const START = resolve('scripts', 'start.mjs');

async function main(): Promise<void> {
  const cold: number[] = [];
  const warm: number[] = [];
  const bare: number[] = [];
  for (let n = 0; n < RUNS; n++) {
    const data = mkdtempSync(join(tmpdir(), 'huiying-bench-'));
    try {
      bare.push(await bareNode());
      cold.push(await firstPage(data));
      warm.push(await firstPage(data));
    } finally {
      rmSync(data, { recursive: true, force: true });
    }
  }
  report('bare node', bare, bare);
  report('cold start', cold, bare);
  report('warm start', warm, bare);
  figure({ name: 'npm start to the first page, on fresh data', value: median(cold), unit: 'ms' });
  figure({ name: 'npm start to the first page, on kept data', value: median(warm), unit: 'ms', atMost: LIMIT_MS });
  for (const clocks of CLOCKS) await overData(clocks);
}

async function overData(clocks: number): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'huiying-bench-'));
  try {
    const database = await openBenchDatabase(data);
    await seedCases(database.dataSource, Math.ceil(clocks / 4));
    await seedIdle(database.dataSource, clocks, Math.ceil(clocks / 4));
    await database.close();
    const ms = [await firstPage(data), await firstPage(data)];
    figure({
      name: 'npm start over a filled database',
      size: clocks,
      of: 'open clocks',
      value: Math.min(...ms),
      unit: 'ms',
      atMost: LIMIT_MS,
    });
    process.stdout.write(`over ${clocks} open clocks: ${ms.map((v) => v.toFixed(0)).join(', ')} ms\n`);
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? NaN;

async function bareNode(): Promise<number> {
  const started = performance.now();
  await ended(spawn(process.execPath, ['-e', '0']));
  return performance.now() - started;
}

async function firstPage(data: string): Promise<number> {
  const port = await freePort();
  const args = [START, '--as-built', '--data', data, '--port', String(port)];
  const started = performance.now();
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const gone = ended(child);
  try {
    for (;;) {
      if (child.exitCode !== null) throw new Error(`start ended with code ${child.exitCode}`);
      const page = await fetch(`http://127.0.0.1:${port}/`).catch(() => null);
      if (page?.ok) return performance.now() - started;
      await new Promise((done) => setTimeout(done, 20));
    }
  } finally {
    child.kill('SIGINT');
    await gone;
  }
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((done) => child.once('close', () => done()));
}

function report(name: string, ms: number[], base: number[]): void {
  const sorted = [...ms].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? NaN;
  const ratios = ms.map((v, i) => v / (base[i] ?? NaN)).sort((a, b) => a - b);
  const at = (list: number[], i: number): string => (list.at(i) ?? NaN).toFixed(1);
  process.stdout.write(
    `${name.padEnd(11)} min ${at(sorted, 0)}  median ${median.toFixed(1)}  max ${at(sorted, -1)} ms   ` +
      `${at(ratios, Math.floor(ratios.length / 2))} × bare node\n`,
  );
}

void main();
