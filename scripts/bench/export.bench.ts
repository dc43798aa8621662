/**
 * `npm run bench -- export [10000 50000 100000]`: the cases of a month as an Excel file, row by row, each in a process of its
 * own: what it takes of memory by the number of rows, with a reader as fast as the rows come and with a slow one.
 */
import { fork } from 'node:child_process';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { MonthFold } from '@app/stats';
import { rows } from '@app/storage';
import { openBenchDatabase } from './bench-database';
import { figure, sizesOf } from './figure';
import { MONTH, seedMonth } from './month-fixture';

const SIZES = sizesOf(
  process.argv
    .slice(2)
    .map(Number)
    .filter((n) => n > 0),
  { quick: [1_000, 5_000, 20_000], full: [10_000, 50_000, 100_000] },
);
/** Bytes a second of the slow reader: some 6,500 rows. */
const SLOW = 500_000;
/** What an export of any number of rows may take above the process without it: the slack between two collections. */
const MOST_MB = 64;

const mb = (bytes: number): number => Math.round(bytes / 2 ** 20);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

interface Taken {
  before: number;
  peak: number;
  seconds: number;
  bytes: number;
}

function exported(url: string, pace: number): Promise<Taken> {
  const child = fork(join(__dirname, 'export-worker.js'), [url, MONTH, String(pace)]);
  return new Promise((resolve, reject) => {
    child.once('message', (taken) => resolve(taken as Taken));
    child.once('exit', (code) => code !== 0 && reject(new Error(`the export ended with ${code}`)));
  });
}

async function main(): Promise<boolean> {
  const grown: Record<'fast' | 'slow', number[]> = { fast: [], slow: [] };
  for (const cases of SIZES) {
    const database = await openBenchDatabase();
    try {
      await seedMonth(database.dataSource, cases);
      await rows(
        database.dataSource,
        `insert into department (id, name) select 'd' || n, '部门' || n from generate_series(0, 19) n`,
      );
      await new MonthFold(database.dataSource).catchUp();
      for (const [reader, pace] of [
        ['fast', 0],
        ['slow', SLOW],
      ] as const) {
        const t = await exported(database.url, pace);
        grown[reader].push(mb(t.peak - t.before));
        if (reader === 'fast')
          figure({ name: 'Excel of a month', size: cases, of: 'rows', value: t.seconds, unit: 's' });
        figure({
          name: `memory above the process, ${reader} reader`,
          size: cases,
          of: 'rows',
          value: mb(t.peak - t.before),
          unit: 'MB',
          atMost: MOST_MB,
        });
        say(
          `${cases} rows, ${reader} reader: ${(t.bytes / 2 ** 20).toFixed(1)} MB in ${t.seconds.toFixed(1)} s; memory ${mb(t.before)} → at most ${mb(t.peak)} MB; load ${loadavg()[0]?.toFixed(1)}`,
        );
      }
    } finally {
      await database.close();
    }
  }
  const flat = Object.values(grown).every((g) => Math.max(...g) <= MOST_MB);
  say(
    `above the process by number of rows: fast ${grown.fast.join(', ')} MB, slow ${grown.slow.join(', ')} MB (wanted: ≤ ${MOST_MB} MB)`,
  );
  return flat;
}

void main().then((fine) => (process.exitCode = fine ? 0 : 1));
