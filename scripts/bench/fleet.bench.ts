/**
 * npm run bench -- fleet [PEOPLE…] [--seconds N]: so many open dashboards over three gateways behind a plain balancer of TCP
 * connections, all on one machine (default 1,250, 2,500 and 5,000 people in units of 250; N 30).
 *   flow     20 alerts a second, each to one unit of 250 people: from before the row is written to each browser
 *   to all   one alert to everybody, five times: until the last has it
 * None lost (the numbers of each person have no gap and end where the database's counter does), none twice.
 */
import type { ChildProcess } from 'node:child_process';
import { execFileSync } from 'node:child_process';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import type { DataSource } from 'typeorm';
import { row, rows } from '@app/storage';
import { openBenchDatabase, type BenchDatabase } from './bench-database';
import { pause } from './child';
import { addPeople, Crowd, waitAt } from './crowd';
import { figure, QUICK, sizesOf } from './figure';
import { Fleet, putAllOnDuty, raiseAlert } from './fleet';
import { cpu, databaseCpu, memory } from './process-cost';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: QUICK ? '15' : '30' } },
});
const SIZES = sizesOf(positionals.map(Number), { quick: [500, 1_000, 2_000], full: [1_250, 2_500, 5_000] });
const SECONDS = Number(values.seconds);
const GATEWAYS = 3;
const ENGINES = 2;
const CROWDS = 4;
const PEOPLE_A_UNIT = 250;
const ALERTS_A_SECOND = 20;
const TO_ALL = 5;
const PATIENCE_MS = 60_000;
const LIMIT = { p99Ms: 500, toAllMs: 2_000 };

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const load = (): string => `load ${loadavg()[0]?.toFixed(1)}`;

async function main(): Promise<boolean> {
  const most = Number(execFileSync('/bin/sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }));
  const wanted = Math.max(...SIZES) * 2 + 200;
  say(`open files a process may have: ${most}; the balancer needs ${wanted} (two for each browser)`);
  if (most < wanted) throw new Error(`too few open files: ulimit -n ${wanted}`);
  let fine = true;
  for (const people of SIZES) fine = (await measure(people)) && fine;
  return fine;
}

async function measure(people: number): Promise<boolean> {
  const database = await openBenchDatabase();
  const db = database.dataSource;
  const units = Math.max(1, Math.floor(people / PEOPLE_A_UNIT));
  const crowd = new Crowd(CROWDS);
  let fleet: Fleet | null = null;
  try {
    const cookies = await addPeople(db, people, 0, units);
    await rows(db, 'analyze account, session');
    fleet = await Fleet.start(database, { gateways: GATEWAYS, engines: ENGINES });
    const empty = fleet.gateways.map((g) => memory(g).rss);
    await crowd.open(fleet.base, cookies, false);
    const started = performance.now();
    await crowd.all({ kind: 'connect' });
    const { connected } = await crowd.tally();
    say(
      `${people} people in ${units} unit(s): ${connected} connected over ${GATEWAYS} gateways in ${((performance.now() - started) / 1000).toFixed(1)} s; ${load()}`,
    );
    await pause(3_000);
    const fine = await flow(database, fleet, crowd, people, units);
    await putAllOnDuty(db);
    const all = await toAll(db, crowd, people);
    const held = fleet.gateways.map((g) => memory(g));
    say(
      `  memory of the gateways: empty ${empty.join(', ')} MB; at the end ${held.map((m) => m.rss).join(', ')} MB, highest ${held.map((m) => m.peak).join(', ')} MB`,
    );
    figure({
      name: 'memory of a gateway at the end',
      size: people,
      of: 'people',
      value: Math.max(...held.map((m) => m.rss)),
      unit: 'MB',
    });
    return connected === people && fine && all;
  } finally {
    crowd.close();
    await fleet?.stop();
    await database.close();
  }
}

async function flow(
  database: BenchDatabase,
  fleet: Fleet,
  crowd: Crowd,
  people: number,
  units: number,
): Promise<boolean> {
  const db = database.dataSource;
  const costs = costOf(database, fleet, crowd);
  const alerts = ALERTS_A_SECOND * SECONDS;
  const started = performance.now();
  const raising: Promise<unknown>[] = [];
  for (let n = 0; n < alerts; n++) {
    await pause(Math.max(0, started + (n * 1000) / ALERTS_A_SECOND - performance.now()));
    raising.push(raiseAlert(db, n % units));
  }
  await Promise.all(raising);
  const raisedIn = (performance.now() - started) / 1000;
  const { came, repeats, missing, waits } = await settled(db, crowd);
  const wanted = await addressed(db);
  const receipts = await delivered(db, wanted);
  const [p50, p99, last] = [waitAt(waits, 0.5), waitAt(waits, 0.99), waitAt(waits, 1)];
  say(
    `  flow: ${alerts} alerts in ${raisedIn.toFixed(1)} s, ${Math.round(wanted / alerts)} people each: ${came} of ${wanted} came, ${missing} missing, ${repeats} sent again; receipts ${receipts} of ${wanted}`,
  );
  say(`  raised → browser: p50 ${p50} ms, p99 ${p99} ms, longest ${last} ms (wanted: p99 ≤ ${LIMIT.p99Ms}); ${load()}`);
  say(`  seconds of CPU in ${raisedIn.toFixed(0)} s: ${costs()}`);
  const sized = { size: people, of: 'people' };
  figure({ name: `${ALERTS_A_SECOND} alerts/s to ${PEOPLE_A_UNIT} each, p50`, ...sized, value: p50, unit: 'ms' });
  figure({
    name: `${ALERTS_A_SECOND} alerts/s to ${PEOPLE_A_UNIT} each, p99`,
    ...sized,
    value: p99,
    unit: 'ms',
    atMost: LIMIT.p99Ms,
  });
  figure({ name: 'lost', ...sized, value: wanted - came, unit: 'alerts', atMost: 0 });
  figure({ name: 'sent again', ...sized, value: repeats, unit: 'alerts', atMost: 0 });
  return came === wanted && missing === 0 && repeats === 0 && receipts === wanted && p99 <= LIMIT.p99Ms;
}

async function toAll(db: DataSource, crowd: Crowd, people: number): Promise<boolean> {
  const lasts: number[] = [];
  let fine = true;
  for (let n = 0; n < TO_ALL; n++) {
    await pause(1_000);
    await raiseAlert(db, null);
    const { came, repeats, missing, waits } = await settled(db, crowd);
    fine &&= came === people && repeats === 0 && missing === 0;
    lasts.push(waitAt(waits, 1));
  }
  lasts.sort((a, b) => a - b);
  const worst = lasts.at(-1) ?? NaN;
  say(
    `  one alert to all ${people}, ×${TO_ALL}: the last had it after ${lasts.join(', ')} ms (wanted: ≤ ${LIMIT.toAllMs})${fine ? '' : ' NOT EACH ONCE'}; ${load()}`,
  );
  figure({
    name: 'one alert to all, until the last (median)',
    size: people,
    of: 'people',
    value: lasts[TO_ALL >> 1] ?? NaN,
    unit: 'ms',
    atMost: LIMIT.toAllMs,
  });
  return fine && worst <= LIMIT.toAllMs;
}

/** The tally of everything that is owed, once it has come (or patience is at its end) and what would come twice had a moment. */
async function settled(db: DataSource, crowd: Crowd): ReturnType<Crowd['tally']> {
  const sum = await crowd.tally();
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end;) {
    const owed = await row<{ n: string | null }>(db, `select sum(seq) as n from alert_counter`);
    const waiting = await row<{ n: string }>(db, `select count(*) as n from alert where addressed_at is null`);
    if (waiting?.n === '0' && sum.missing === 0 && sum.seqs.reduce((n, s) => n + s, 0) === Number(owed?.n ?? 0)) break;
    await pause(100);
    add(sum, await crowd.tally());
  }
  await pause(500);
  add(sum, await crowd.tally());
  return sum;
}

function add(sum: Awaited<ReturnType<Crowd['tally']>>, more: Awaited<ReturnType<Crowd['tally']>>): void {
  sum.came += more.came;
  sum.repeats += more.repeats;
  sum.missing = more.missing;
  sum.seqs = more.seqs;
  more.waits.forEach((n, i) => (sum.waits[i]! += n));
}

async function addressed(db: DataSource): Promise<number> {
  return Number((await row<{ n: string }>(db, 'select count(*) as n from alert_delivery'))?.n ?? NaN);
}

async function delivered(db: DataSource, wanted: number): Promise<number> {
  for (let waited = 0; ; waited += 200) {
    const found = Number(
      (await row<{ n: string }>(db, `select count(*) as n from alert_delivery where state = 'delivered'`))?.n ?? NaN,
    );
    if (found === wanted || waited > 20_000) return found;
    await pause(200);
  }
}

/** Says what each part has used since it was called. */
function costOf(database: BenchDatabase, fleet: Fleet, crowd: Crowd): () => string {
  const used = (list: readonly ChildProcess[]): number => list.reduce((n, child) => n + cpu(child), 0);
  const read = (): [string, number][] => [
    ['gateways', used(fleet.gateways)],
    ['engines', used(fleet.engines)],
    ['PostgreSQL', databaseCpu(database.server().pid)],
    ['balancer', used([fleet.balancer])],
    ['browsers', used(crowd.members)],
  ];
  const before = read();
  return () =>
    read()
      .map(([name, now], i) => `${name} ${(now - before[i]![1]).toFixed(1)}`)
      .join(', ');
}

main().then(
  (fine) => (process.exitCode = fine ? 0 : 1),
  (error: Error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exitCode = 2;
  },
);
