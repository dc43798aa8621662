/**
 * The month over many cases: `npm run bench -- stats [10000 100000 1000000]`. For each size, on an embedded PostgreSQL:
 *   building    the sums from nothing, as at the first start
 *   the page    GET /api/v1/stats/months/… of the real gateway, new events coming in between
 *   cold        the same month counted from the events, using nothing that is kept; must be equal to the last digit
 *   export      the month's cases as an Excel file, row by row, and what it takes of memory
 */
import { createHash } from 'node:crypto';
import { loadavg } from 'node:os';
import { Writable } from 'node:stream';
import { MonthFold, ReportDesk, StatsService } from '@app/stats';
import { loadSettings } from '@app/settings';
import { row, rows } from '@app/storage';
import type { WireMonth } from '@app/domain';
import type { DataSource } from 'typeorm';
import { openBenchDatabase } from './bench-database';
import { openSession } from './browser-session';
import { startApp, stopApp } from './child';
import { figure, sizesOf } from './figure';
import { MONTH, seedMonth } from './month-fixture';

const SIZES = sizesOf(
  process.argv
    .slice(2)
    .map(Number)
    .filter((n) => n > 0),
  { quick: [1_000, 5_000, 20_000], full: [10_000, 100_000, 1_000_000] },
);
const ASKED = 9;
const LATE_ENTRIES = 50;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const took = async <T>(work: () => Promise<T>): Promise<[T, number]> => {
  const started = performance.now();
  return [await work(), performance.now() - started];
};

async function main(): Promise<boolean> {
  let fine = true;
  for (const cases of SIZES) fine = (await measure(cases)) && fine;
  return fine;
}

async function measure(cases: number): Promise<boolean> {
  const database = await openBenchDatabase();
  const db = database.dataSource;
  try {
    await rows(db, `insert into department (id, name) select 'd' || n, '部门' || n from generate_series(0, 19) n`);
    const [, seeded] = await took(() => seedMonth(db, cases));
    const size = await row<{ clocks: string; events: string }>(
      db,
      'select (select count(*) from clock) as clocks, (select count(*) from case_event) as events',
    );
    say(`${cases} cases, ${size?.clocks} clocks, ${size?.events} events (written in ${(seeded / 1000).toFixed(0)} s)`);
    const fold = new MonthFold(db);
    const [, built] = await took(() => fold.catchUp());
    figure({ name: 'building the sums', size: cases, of: 'cases', value: built / 1000, unit: 's' });
    say(`  building: ${(built / 1000).toFixed(1)} s, ${Math.round(cases / (built / 1000))} cases a second`);
    const gateway = await startApp('gateway', database.url);
    const { worst, last } = await thePage(db, `http://127.0.0.1:${gateway.port}`, cases);
    await stopApp(gateway.child);
    const stats = new StatsService(db, fold);
    const before = process.cpuUsage();
    const [cold, coldMs] = await took(() => stats.recountMonth(MONTH, new Date(last.asOf)));
    const { user, system } = process.cpuUsage(before);
    const same = JSON.stringify(cold) === JSON.stringify(last);
    figure({
      name: 'the month cold, from the events',
      size: cases,
      of: 'cases',
      value: coldMs / 1000,
      unit: 's',
      atMost: 60,
    });
    say(
      `  cold: ${(coldMs / 1000).toFixed(1)} s (wanted: ≤ 60 s), ${same ? 'equal to the last digit' : 'NOT EQUAL'}, ${hash(cold)}; ${((user + system) / 1e6).toFixed(1)} s of a core in this process; ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MB; load ${loadavg()[0]?.toFixed(1)}`,
    );
    await exported(db, stats, cases);
    return same && worst <= 1000 && coldMs <= 60_000;
  } finally {
    await database.close();
  }
}

/** Asked as a browser asks, each time after further late entries; then once by a department head, and behind a figure. */
async function thePage(db: DataSource, base: string, cases: number): Promise<{ worst: number; last: WireMonth }> {
  const leader = await openSession(db, base, 'bench-leader', 'leader');
  const head = await openSession(db, base, 'bench-head', 'department_head', 'd3');
  const now = (await row<{ at: string }>(db, `select app_now()::text as at`))?.at ?? '';
  const path = `/stats/months/${MONTH}`;
  const [, first] = await took(() => leader.get(path));
  const ms: number[] = [];
  for (let i = 0; i < ASKED; i++) {
    await enterLate(db, cases, i, now);
    ms.push((await took(() => leader.get(path)))[1]);
  }
  ms.sort((a, b) => a - b);
  const worst = Math.max(first, ms.at(-1) ?? 0);
  figure({
    name: "the month's page, after late entries, median",
    size: cases,
    of: 'cases',
    value: ms[Math.floor(ASKED / 2)] ?? NaN,
    unit: 'ms',
  });
  figure({ name: "the month's page, worst", size: cases, of: 'cases', value: worst, unit: 'ms', atMost: 1000 });
  say(
    `  the page: first ${first.toFixed(0)} ms, then after ${LATE_ENTRIES} late entries each time median ${(ms[Math.floor(ASKED / 2)] ?? NaN).toFixed(0)} ms, worst ${worst.toFixed(0)} ms (wanted: ≤ 1000 ms)`,
  );
  const [, bounded] = await took(() => head.get(path));
  const [behind, drilled] = await took(() =>
    leader.get(`${path}/cases?outcome=overdue&topic=${encodeURIComponent('教育')}`),
  );
  say(
    `  a department head's month (a twentieth of the cases): ${bounded.toFixed(0)} ms; the cases behind a figure: ${drilled.toFixed(0)} ms (${(behind as { total: number | null }).total ?? 'more than 500'})`,
  );
  const {
    before: _b,
    yearBefore: _y,
    bounded: _o,
    ...last
  } = (await leader.get(path)) as WireMonth & Record<string, unknown>;
  return { worst, last: last as WireMonth };
}

/** Every case a row; memory is that of the process, at its highest while it writes. */
async function exported(db: DataSource, stats: StatsService, cases: number): Promise<void> {
  const desk = new ReportDesk(db, stats, loadSettings());
  const report = await desk.month(MONTH);
  let bytes = 0;
  let peak = 0;
  const before = process.memoryUsage.rss();
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 50);
  const nowhere = new Writable({ write: (chunk: Buffer, _e, done) => ((bytes += chunk.length), done()) });
  const [, ms] = await took(() => desk.sheet(nowhere, report, { month: MONTH }));
  clearInterval(watch);
  say(
    `  export: ${cases} rows in ${(ms / 1000).toFixed(1)} s, ${(bytes / 2 ** 20).toFixed(1)} MB; memory at most ${Math.round(Math.max(0, peak - before) / 2 ** 20)} MB above before`,
  );
}

/** Labels are changed after the month's end, answers come in late: the month as of its end must not move. */
async function enterLate(db: DataSource, cases: number, round: number, now: string): Promise<void> {
  await rows(
    db,
    `insert into case_event (case_id, kind, at, recorded_at, actor, summary, data)
     select 1 + (g * 997 + $2::int * 31) % $1::int, 'overridden', $3::timestamptz, app_now(), '值班员', '改判', '{"to":{"level":"major","emergency":false,"grade":null,"topic":"教育"}}'
     from generate_series(1, ${LATE_ENTRIES}) g`,
    [cases, round, now],
  );
}

const hash = (month: WireMonth): string =>
  createHash('sha256').update(JSON.stringify(month)).digest('hex').slice(0, 12);

void main().then((fine) => (process.exitCode = fine ? 0 : 1));
