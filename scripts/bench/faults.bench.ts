/**
 * Faults under load, on the real processes: `npm run bench faults [-- --short]`.
 * Rungs fall due all the time while engines are killed (SIGKILL), PostgreSQL crashes (immediate shutdown) and
 * connections are cut. Afterwards: no rung missing, no outbox row or event doubled, every alert at its client.
 */
import type { ChildProcess } from 'node:child_process';
import { row, rows } from '@app/storage';
import type { DataSource } from 'typeorm';
import { openBenchDatabase, type BenchDatabase } from './bench-database';
import { pause, startApp, stopApp } from './child';
import { figure, QUICK } from './figure';
import { lateness, seedCases, seedDue, seedIdle } from './clock-fixture';
import { openListener } from './listener';

const SHORT = QUICK || process.argv.includes('--short');
/** The short form of all benches measures over three numbers of open clocks. */
const IDLE = QUICK ? [2_000, 20_000, 100_000] : [20_000];
const KILLS = QUICK ? 4 : SHORT ? 10 : 100;
const CRASHES = QUICK ? 1 : SHORT ? 2 : 20;
const CUTS = QUICK ? 1 : SHORT ? 2 : 20;
/** Lag shows itself so long after a fault, if it shows at all. */
const SETTLE_MS = 700;
/** A rung every so many ms, for the whole length of the faults. */
const STEP_MS = 40;
/** More than a fault and its recovery take on average. */
const FAULT_MS = 6_000;
const CASES = 5_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Keeps two engines alive, as the supervisor does. */
class Engines {
  private readonly children: (ChildProcess | null)[] = [null, null];
  private stopping = false;
  restarts = 0;

  constructor(private readonly url: string) {}

  async start(): Promise<void> {
    await Promise.all(this.children.map((_, i) => this.run(i)));
  }

  /** Kills one that lives; waits for one where both are just starting. */
  async kill(i: number): Promise<void> {
    for (;;) {
      const child = this.children[i % 2] ?? this.children[(i + 1) % 2];
      if (child?.kill('SIGKILL')) return;
      await pause(50);
    }
  }

  whole(): boolean {
    return this.children.every((child) => child !== null);
  }

  async stop(): Promise<void> {
    this.stopping = true;
    for (const child of this.children) if (child) await stopApp(child);
  }

  private async run(i: number): Promise<void> {
    for (;;) {
      try {
        const { child } = await startApp('rules', this.url);
        this.children[i] = child;
        child.once('exit', () => {
          this.children[i] = null;
          this.restarts++;
          if (!this.stopping) void this.run(i);
        });
        return;
      } catch {
        // PostgreSQL is just away: the supervisor would try again, too.
        await pause(200);
      }
    }
  }
}

async function main(): Promise<boolean> {
  let fine = true;
  for (const idle of IDLE) fine = (await measure(idle)) && fine;
  return fine;
}

async function measure(idle: number): Promise<boolean> {
  const database = await openBenchDatabase();
  const db = database.dataSource;
  try {
    await seedCases(db, CASES);
    await seedIdle(db, idle, CASES);
    const gateway = await startApp('gateway', database.url);
    const listener = await openListener(db, `http://127.0.0.1:${gateway.port}`, 'bench-duty');
    const engines = new Engines(database.url);
    await engines.start();
    const actions = shuffled([
      ...Array<'kill'>(KILLS).fill('kill'),
      ...Array<'crash'>(CRASHES).fill('crash'),
      ...Array<'cut'>(CUTS).fill('cut'),
    ]);
    const seeded = Math.ceil((actions.length * FAULT_MS) / STEP_MS);
    const first = new Date(Date.now() + 8_000);
    const lowest = await seedDue(db, seeded, CASES, first, STEP_MS);
    const recoveries: number[] = [];
    await pause(Math.max(0, first.getTime() - Date.now()));
    for (const [i, action] of actions.entries()) {
      const struck = performance.now();
      if (action === 'kill') await engines.kill(i);
      else if (action === 'crash') await database.crash();
      else await cut(database);
      await pause(SETTLE_MS);
      while (!(await caughtUp(db))) await pause(100);
      recoveries.push(performance.now() - struck);
      while (!engines.whole()) await pause(50);
    }
    const n = await endFlow(db, lowest);
    const keys = await drained(db, lowest, n);
    const end = performance.now() + 60_000;
    const missingAtClient = (): number => keys.filter((key) => !listener.came.has(key)).length;
    while (missingAtClient() > 0 && performance.now() < end) await pause(200);
    const doubles = await row<{ events: number; alerts: number }>(
      db,
      `select (select count(*)::int from (select clock_id from case_event where clock_id >= $1 and kind = 'breach'
                 and data ->> 'rung' = 'due' group by clock_id having count(*) > 1) e) as events,
         (select count(*)::int from (select clock_id from alert where clock_id >= $1 and rung = 'due' and raised_from is null
                 group by clock_id having count(*) > 1) a) as alerts`,
      [lowest],
    );
    const l = await lateness(db, lowest);
    say(
      `faults: ${KILLS} SIGKILLs of engines, ${CRASHES} crashes of PostgreSQL, ${CUTS} cuts of all connections; ${engines.restarts} restarts`,
    );
    say(`  rungs: ${n} due, ${n - l.n} missed; doubled: ${doubles?.events} events, ${doubles?.alerts} outbox rows`);
    say(
      `  at the client: ${keys.length - missingAtClient()} of ${keys.length}, ${listener.repeats()} sent again and dropped by key`,
    );
    recoveries.sort((a, b) => a - b);
    const seconds = (q: number): string =>
      ((recoveries[Math.floor((recoveries.length - 1) * q)] ?? NaN) / 1000).toFixed(1);
    say(
      `  instant to commit: p50 ${l.p50.toFixed(0)} ms, p99 ${l.p99.toFixed(0)} ms, longest ${(l.max / 1000).toFixed(1)} s`,
    );
    say(
      `  from the fault until nothing waits: median ${seconds(0.5)} s, longest ${seconds(1)} s   (wanted: ≤ 10 s each)`,
    );
    const sized = { size: idle, of: 'open clocks' };
    figure({ name: 'from a fault until nothing waits, median', ...sized, value: Number(seconds(0.5)), unit: 's' });
    figure({
      name: 'from a fault until nothing waits, longest',
      ...sized,
      value: Number(seconds(1)),
      unit: 's',
      atMost: 10,
    });
    figure({ name: 'rungs missed', ...sized, value: n - l.n, unit: 'rungs', atMost: 0 });
    figure({
      name: 'events or outbox rows doubled',
      ...sized,
      value: (doubles?.events ?? 0) + (doubles?.alerts ?? 0),
      unit: 'rows',
      atMost: 0,
    });
    figure({ name: 'alerts not at the client', ...sized, value: missingAtClient(), unit: 'alerts', atMost: 0 });
    listener.close();
    await engines.stop();
    await stopApp(gateway.child);
    return (
      l.n === n &&
      doubles?.events === 0 &&
      doubles.alerts === 0 &&
      missingAtClient() === 0 &&
      // CI runs the short form on any machine: it judges what was lost or doubled, never how long it took.
      (SHORT || (recoveries.at(-1) ?? 0) <= 10_000)
    );
  } finally {
    await database.close();
  }
}

/** Nothing has been due for more than half a second; false also while PostgreSQL is away. */
async function caughtUp(db: DataSource): Promise<boolean> {
  try {
    const found = await row<{ n: number }>(
      db,
      `select count(*)::int as n from clock where next_at < (select app_now()) - interval '500 milliseconds'`,
    );
    return found?.n === 0;
  } catch {
    return false;
  }
}

/** Ends the flow of rungs: what is not due yet never will be. @returns how many were due */
async function endFlow(db: DataSource, lowest: string): Promise<number> {
  await rows(
    db,
    `update clock set state = 'cancelled', next_at = null where id >= $1 and due_at > app_now() + interval '1 second'`,
    [lowest],
  );
  await pause(2_000);
  const found = await row<{ n: number }>(db, `select count(*)::int as n from clock where id >= $1 and state = 'open'`, [
    lowest,
  ]);
  return found?.n ?? 0;
}

/** Keys of the alerts of all the bench's limits, once every one has fired and is addressed (or 60 s have passed). */
async function drained(db: DataSource, lowest: string, n: number): Promise<string[]> {
  for (let i = 0; ; i++) {
    const found = await rows<{ key: string }>(
      db,
      `select key from alert where clock_id >= $1 and rung = 'due' and raised_from is null and addressed_at is not null`,
      [lowest],
    );
    if (found.length >= n || i > 60) return found.map((f) => f.key);
    await pause(1_000);
  }
}

/** Every connection but the bench's own. */
async function cut(database: BenchDatabase): Promise<void> {
  await rows(
    database.dataSource,
    `select pg_terminate_backend(pid) from pg_stat_activity
     where backend_type = 'client backend' and application_name <> 'huiying-bench'`,
  );
}

/** The same order in every run (a linear congruence), so that two runs can be compared. */
function shuffled<T>(list: T[]): T[] {
  let seed = 20_261_121;
  const next = (below: number): number => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % below;
  const out = [...list];
  for (let i = out.length - 1; i > 0; i--) {
    const j = next(i + 1);
    [out[i], out[j]] = [out[j] as T, out[i] as T];
  }
  return out;
}

main().then(
  (fine) => (process.exitCode = fine ? 0 : 1),
  (error: Error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exitCode = 2;
  },
);
