/**
 * npm run bench -- soak [--minutes N] [--people N] [--alerts N] [--items N] [--json FILE]: half the load of the fleet (2,500 people
 * over three gateways, 10 alerts a second to 250 each) and of the intake (150 items a second), five rungs due a second, for so long
 * (default 120 minutes), while each minute a crawler, an engine or a gateway is killed in turn, and now and then PostgreSQL crashes or
 * Redis is killed. At the end: no alert, item or rung lost, none twice, no source read before its time, no growth of memory, WAL or
 * tables beyond their data. Tells each minute how it stands, and keeps that as JSON all along. Exit 1 for a loss or growth.
 */
import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { DataSource } from 'typeorm';
import { openAccountBook } from '@app/accounts';
import { CHANNELS, freePort, row, rows, sendHint } from '@app/storage';
import { type BenchDatabase, openBenchDatabase } from './bench-database';
import { pause, startApp, stopApp } from './child';
import { seedCases, seedDue } from './clock-fixture';
import { addPeople, Crowd, waitAt } from './crowd';
import { figure } from './figure';
import { freePorts, openBalancer } from './fleet';
import { memory } from './process-cost';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '120' },
    people: { type: 'string', default: '2500' },
    alerts: { type: 'string', default: '10' },
    items: { type: 'string', default: '150' },
    json: {
      type: 'string',
      default:
        process.env['BENCH_JSON'] ||
        `data/bench/soak-${new Date().toISOString().slice(0, 16).replace(/[-:]/g, '')}.json`,
    },
  },
});
const [MINUTES, PEOPLE, ALERTS, ITEMS] = [values.minutes, values.people, values.alerts, values.items].map(Number) as [
  number,
  number,
  number,
  number,
];
const PROGRESS = resolve(values.json.replace(/(\.json)?$/, '.progress.json'));
const UNITS = Math.max(1, Math.floor(PEOPLE / 250));
const FEEDS = 600;
const EVERY_SECONDS = 120;
/** A killed crawler's sources are taken up by another after five minutes: until then nothing may drop out of a feed. */
const SHOWN = Math.ceil((ITEMS / FEEDS) * (EVERY_SECONDS * 2 + 360));
const RUNGS_A_SECOND = 5;
const CASES = 5_000;
const PATIENCE_MS = 15 * 60_000;
/** Of the first of each kind, which is never killed, from a tenth of the way on. */
const MOST_GROWTH_MB_AN_HOUR = 40;
const MOST_WAL_MB = 1_200;

const say = (line: string): void => void process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
const faults: string[] = [];
/** Things the bench itself could not do at once, such as asking a database that is just away. */
let hiccups = 0;

/** A process that is started again whenever it ends, as a supervisor does. */
class Kept {
  child: ChildProcess | null = null;
  restarts = -1;
  private stopping = false;
  constructor(
    readonly name: string,
    private readonly launch: () => Promise<ChildProcess>,
  ) {}

  async run(): Promise<void> {
    while (!this.stopping) {
      try {
        const child = await this.launch();
        this.child = child;
        this.restarts++;
        child.once('exit', () => {
          this.child = null;
          if (!this.stopping) setTimeout(() => void this.run(), 250);
        });
        if (this.stopping) await stopApp(child, 'SIGKILL');
        return;
      } catch {
        hiccups++;
        await pause(500);
      }
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.stopping = true;
    if (this.child) await stopApp(this.child, signal);
  }
}

interface Minute {
  minute: number;
  load: number;
  raised: number;
  came: number;
  repeats: number;
  missing: number;
  connected: number;
  p50Ms: number;
  p99Ms: number;
  items: number;
  itemsBehind: number;
  rungsLateSeconds: number;
  memoryMb: Record<string, number>;
  walMb: number;
  tablesMb: Record<string, number>;
  killed: string;
}

class Soak {
  readonly minutes: Minute[] = [];
  readonly struck: { at: number; what: string }[] = [];
  readonly kept: Kept[] = [];
  redis: ChildProcess | null = null;
  raised = 0;
  private stopRaising = false;

  constructor(
    readonly database: BenchDatabase,
    readonly crowd: Crowd,
    readonly farm: ChildProcess,
    readonly redisPort: number | null,
  ) {}

  get db(): DataSource {
    return this.database.dataSource;
  }

  async startRedis(): Promise<void> {
    if (this.redisPort === null) return;
    this.redis = spawn(
      'redis-server',
      ['--port', String(this.redisPort), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
      { stdio: 'ignore' },
    );
    await pause(500);
  }

  /** So many a second until told to stop; one that cannot be written is written later, once. */
  async raise(): Promise<void> {
    const started = performance.now();
    for (let n = 0; !this.stopRaising; n++) {
      await pause(Math.max(0, started + (n * 1000) / ALERTS - performance.now()));
      void this.write(n);
    }
  }

  private async write(n: number): Promise<void> {
    const key = `soak:${n}@${Date.now()}`;
    for (;;) {
      try {
        await this.db.transaction(async (manager) => {
          await rows(
            manager,
            `insert into alert (key, kind, severity, title, body, audience, department_id, instant_at, created_at)
             values ($1, 'warn', 'critical', '【即将到期】权威信息发布', '距届满还有1小时。', '{department_contact}', $2, app_now(), app_now()) on conflict (key) do nothing`,
            [key, `unit-${n % UNITS}`],
          );
          await sendHint(manager, CHANNELS.clockChanged, '');
        });
        this.raised++;
        return;
      } catch {
        hiccups++;
        await pause(1_000);
      }
    }
  }

  /** Crawler, engine and gateway in turn, never the first of a kind; every tenth minute PostgreSQL, five after it Redis. */
  async strike(minute: number): Promise<string> {
    const what =
      minute % 10 === 4
        ? 'postgres'
        : minute % 10 === 9 && this.redis
          ? 'redis'
          : (['crawler', 'rules', 'gateway'][minute % 3] as string);
    this.struck.push({ at: Date.now(), what });
    if (what === 'postgres') await this.database.crash();
    else if (what === 'redis') {
      this.redis?.kill('SIGKILL');
      setTimeout(() => void this.startRedis(), 5_000);
    } else {
      const others = this.kept.filter((k) => k.name.startsWith(what) && !k.name.endsWith('-0'));
      const victim = others[Math.floor(minute / 3) % others.length];
      victim?.child?.kill('SIGKILL');
      return victim?.name ?? what;
    }
    return what;
  }

  async farmSays(
    order: 'tell' | 'freeze' = 'tell',
  ): Promise<{ early: { source: string; before: number; at: number }[]; fetches: number; itemsOfEach: number }> {
    const answered = once(this.farm, 'message');
    this.farm.send(order);
    const [answer] = (await answered) as [Awaited<ReturnType<Soak['farmSays']>>];
    for (const e of answer.early) this.judgeEarly(e);
    return answer;
  }

  /** What was in a killed crawler's hands, or could not be written down, is read again; nothing else may be. */
  private judgeEarly({ source, before, at }: { source: string; before: number; at: number }): void {
    const excused = this.struck.some(
      (s) =>
        (s.what.startsWith('crawler') || s.what === 'postgres') && s.at > before - 10_000 && s.at < before + 30_000,
    );
    if (!excused) faults.push(`${source} was read again after ${((at - before) / 1000).toFixed(1)} s`);
  }

  async look(minute: number, killed: string): Promise<void> {
    const { came, repeats, missing, connected, waits } = await this.crowd.tally();
    const farm = await this.farmSays();
    const found = await row<{ items: string; late: number; wal: string }>(
      this.db,
      `select (select count(*) from item) as items,
         (select coalesce(extract(epoch from max(app_now() - next_at)), 0)::float8 from clock where next_at < app_now()) as late,
         (select sum(size) from pg_ls_waldir()) as wal`,
    );
    const tables = await rows<{ name: string; mb: number }>(
      this.db,
      `select relname as name, (pg_total_relation_size(oid) / 1048576.0)::float8 as mb from pg_class
       where relname in ('alert_counter', 'source_state', 'heartbeat', 'session', 'clock', 'alert', 'alert_delivery', 'item', 'case_event') and relkind in ('r', 'p')`,
    );
    const now: Minute = {
      ...{ minute, load: loadavg()[0] ?? NaN, raised: this.raised, came, repeats, missing, connected },
      ...{ p50Ms: waitAt(waits, 0.5), p99Ms: waitAt(waits, 0.99) },
      ...{
        items: Number(found?.items ?? NaN),
        itemsBehind: farm.itemsOfEach * FEEDS - Number(found?.items ?? NaN),
        rungsLateSeconds: Math.max(0, found?.late ?? NaN),
      },
      memoryMb: Object.fromEntries(this.kept.map((k) => [k.name, k.child ? memory(k.child).rss : NaN])),
      walMb: Number(found?.wal ?? NaN) / 2 ** 20,
      tablesMb: Object.fromEntries(tables.map((t) => [t.name, Number(t.mb.toFixed(1))])),
      killed,
    };
    this.minutes.push(now);
    say(
      `minute ${minute}: ${now.raised} alerts raised; ${came} came, ${repeats} again, ${missing} missing, p50 ${now.p50Ms} ms, p99 ${now.p99Ms} ms, ${connected} connected; ` +
        `${now.items} items (${now.itemsBehind} not yet read); oldest due rung ${now.rungsLateSeconds.toFixed(1)} s; WAL ${now.walMb.toFixed(0)} MB; killed ${killed}; load ${now.load.toFixed(1)}`,
    );
    this.keep(false);
  }

  keep(finished: boolean): void {
    mkdirSync(dirname(PROGRESS), { recursive: true });
    const whole = {
      finished,
      minutes: MINUTES,
      people: PEOPLE,
      alertsASecond: ALERTS,
      itemsASecond: ITEMS,
      hiccups,
      faults,
      restarts: Object.fromEntries(this.kept.map((k) => [k.name, k.restarts])),
      struck: this.struck.length,
      history: this.minutes,
    };
    writeFileSync(`${PROGRESS}.new`, JSON.stringify(whole, null, 1));
    renameSync(`${PROGRESS}.new`, PROGRESS);
  }

  stopLoad(): void {
    this.stopRaising = true;
  }
}

async function main(): Promise<boolean> {
  const database = await openBenchDatabase();
  const crowd = new Crowd(2);
  const farm = fork(join(__dirname, 'soak-farm.js'), [FEEDS, ITEMS, EVERY_SECONDS, SHOWN].map(String), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [{ port: farmPort }] = (await once(farm, 'message')) as [{ port: number }];
  const redisPort = spawnSync('redis-server', ['--version']).status === 0 ? await freePort() : null;
  const soak = new Soak(database, crowd, farm, redisPort);
  let balancer: ChildProcess | null = null;
  try {
    await soak.startRedis();
    balancer = await startAll(soak, farmPort);
    return await run(soak);
  } finally {
    soak.keep(true);
    crowd.close();
    for (const k of soak.kept) await k.stop(k.name.startsWith('crawler') ? 'SIGKILL' : 'SIGTERM');
    for (const child of [balancer, farm, soak.redis]) child?.kill('SIGKILL');
    await database.close();
  }
}

async function startAll(soak: Soak, farmPort: number): Promise<ChildProcess> {
  const { db, database, kept } = soak;
  // Before the crawlers open cases of their own: the clocks of the rungs belong to the first ones.
  await seedCases(db, CASES);
  await openAccountBook(db).add({ username: 'soak-duty', displayName: '值班员', role: 'duty_officer' }, 'bench');
  const cookies = await addPeople(db, PEOPLE, 0, UNITS);
  const env: Record<string, string> =
    soak.redisPort === null ? {} : { REDIS_URL: `redis://127.0.0.1:${soak.redisPort}` };
  const ports = await freePorts(3);
  for (const [i, port] of ports.entries())
    kept.push(
      new Kept(
        `gateway-${i}`,
        async () => (await startApp('gateway', database.url, { ...env, HUIYING_PORT: String(port) })).child,
      ),
    );
  for (let i = 0; i < 2; i++)
    kept.push(new Kept(`rules-${i}`, async () => (await startApp('rules', database.url)).child));
  for (let i = 0; i < 2; i++) kept.push(new Kept(`crawler-${i}`, () => startCrawler(database.url, farmPort)));
  await Promise.all(kept.map((k) => k.run()));
  const balancer = await openBalancer(ports);
  await soak.crowd.open(`http://127.0.0.1:${balancer.port}`, cookies, false);
  await soak.crowd.all({ kind: 'connect' });
  return balancer.child;
}

async function startCrawler(url: string, farmPort: number): Promise<ChildProcess> {
  const env = {
    ...process.env,
    DATABASE_URL: url,
    FARM_FEEDS: String(FEEDS),
    FARM_PORT: String(farmPort),
    FARM_EVERY: String(EVERY_SECONDS),
    FARM_AT_ONCE: '6',
  };
  const stderr = process.env['BENCH_LOUD'] ? 'inherit' : 'ignore';
  const child = fork(join(__dirname, 'poll-worker.js'), { env, stdio: ['ignore', 'ignore', stderr, 'ipc'] });
  await new Promise<void>((ready, fail) => {
    child.once('message', () => ready());
    child.once('exit', (code) => fail(new Error(`a crawler ended with ${code} before it was ready`)));
  });
  return child;
}

async function run(soak: Soak): Promise<boolean> {
  const { db } = soak;
  const first = new Date(Date.now() + 10_000);
  const lowest = await seedDue(db, MINUTES * 60 * RUNGS_A_SECOND, CASES, first, 1000 / RUNGS_A_SECOND);
  say(
    `${PEOPLE} people, ${ALERTS} alerts/s, ${ITEMS} items/s from ${FEEDS} sources, ${RUNGS_A_SECOND} rungs/s, ${MINUTES} minutes; Redis ${soak.redis ? 'too' : 'is not on this machine'}; progress in ${PROGRESS}`,
  );
  const raising = soak.raise();
  const begun = performance.now();
  for (let minute = 1; minute <= MINUTES; minute++) {
    let killed = '';
    try {
      await pause(Math.max(0, begun + (minute - 0.5) * 60_000 - performance.now()));
      killed = await soak.strike(minute);
    } catch (error) {
      hiccups++;
      say(`could not strike: ${(error as Error).message}`);
    }
    await pause(Math.max(0, begun + minute * 60_000 - performance.now()));
    await again('look', () => soak.look(minute, killed));
  }
  soak.stopLoad();
  await raising;
  return judge(soak, lowest);
}

/** What the database answers with a fault (it is just coming back) is asked again. */
async function again<T>(what: string, ask: () => Promise<T>): Promise<T | null> {
  for (let tries = 0; tries < 20; tries++) {
    try {
      return await ask();
    } catch (error) {
      hiccups++;
      if (tries === 19) say(`${what}: ${(error as Error).message}`);
      await pause(1_500);
    }
  }
  return null;
}

async function judge(soak: Soak, lowest: string): Promise<boolean> {
  const { db, crowd } = soak;
  const { itemsOfEach } = await soak.farmSays('freeze');
  const wanted = itemsOfEach * FEEDS;
  let [missingItems, repeats] = [NaN, soak.minutes.reduce((n, m) => n + m.repeats, 0)];
  let missingAlerts = NaN;
  say('the load has ended; waiting until everything is through');
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await pause(2_000)) {
    const tally = await crowd.tally();
    repeats += tally.repeats;
    const found = await again('counting', () =>
      row<{ items: string; owed: string; waiting: string }>(
        db,
        `select (select count(*) from item) as items, (select coalesce(sum(c.seq), 0) from alert_counter c join account a on a.id = c.account_id where a.username like 'crowd-%') as owed,
           (select count(*) from alert where addressed_at is null) + (select count(*) from clock where id >= ${lowest} and next_at < app_now()) as waiting`,
      ),
    );
    missingItems = wanted - Number(found?.items ?? NaN);
    missingAlerts = Number(found?.owed ?? NaN) - tally.seqs.reduce((n, s) => n + s, 0) + tally.missing;
    if (missingItems === 0 && missingAlerts === 0 && found?.waiting === '0') break;
  }
  await soak.farmSays();
  const doubled = await again('doubles', () =>
    row<{
      items: number;
      rungs: number;
      events: number;
      alerts: number;
      deliveries: number;
      unfired: number;
      written: number;
    }>(
      db,
      `select (select count(*)::int from (select 1 from item group by source_name, guid having count(*) > 1) x) as items,
         (select count(*)::int from (select 1 from rung_fired where clock_id >= $1 group by clock_id, rung, revision having count(*) > 1) x) as rungs,
         (select count(*)::int from (select 1 from case_event where clock_id >= $1 and kind = 'breach' and data ->> 'rung' = 'due' group by clock_id having count(*) > 1) x) as events,
         (select count(*)::int from (select 1 from alert where clock_id >= $1 and rung = 'due' and raised_from is null group by clock_id having count(*) > 1) x) as alerts,
         (select count(*)::int from (select 1 from alert_delivery group by alert_id, account_id, channel having count(*) > 1) x) as deliveries,
         (select count(*)::int from clock c where c.id >= $1 and c.due_at <= app_now() and c.state = 'open' and c.duty = 'respond-other' and c.pack_id = 'bench'
            and not exists (select 1 from rung_fired r where r.clock_id = c.id and r.rung = 'due')) as unfired,
         (select count(*)::int from alert where key like 'soak:%') as written`,
      [lowest],
    ),
  );
  const check = (what: string, n: number): void => {
    figure({ name: what, value: n, unit: '', atMost: 0 });
    if (n !== 0) faults.push(`${what}: ${n}`);
  };
  check('alerts that are not at their person', missingAlerts);
  check('alerts raised but not in the database', soak.raised - (doubled?.written ?? NaN));
  check('items lost', missingItems);
  check('items twice', doubled?.items ?? NaN);
  check('rungs missed', doubled?.unfired ?? NaN);
  check(
    'rungs, events or alerts of a rung twice',
    (doubled?.rungs ?? NaN) + (doubled?.events ?? NaN) + (doubled?.alerts ?? NaN),
  );
  check('deliveries twice', doubled?.deliveries ?? NaN);
  judgeGrowth(soak);
  const worst = Math.max(...soak.minutes.map((m) => m.p99Ms));
  const sorted = soak.minutes.map((m) => m.p99Ms).sort((a, b) => a - b);
  say(
    `${soak.raised} alerts, ${wanted} items, ${soak.struck.length} kills; ${repeats} alerts sent again after a break and dropped by their number; p99 by minute: median ${sorted[sorted.length >> 1]} ms, worst ${worst} ms; ${hiccups} hiccups of the bench itself`,
  );
  figure({ name: 'p99 of a minute, median', value: sorted[sorted.length >> 1] ?? NaN, unit: 'ms' });
  for (const fault of faults.slice(0, 30)) say(`FAULT ${fault}`);
  say(faults.length === 0 ? 'nothing lost, nothing twice, no growth' : `${faults.length} faults`);
  return faults.length === 0;
}

/** Slopes need a while: judged in a soak of at least half an hour, told in any. */
function judgeGrowth({ minutes }: Soak): void {
  const rest = minutes.slice(Math.ceil(minutes.length / 10));
  const long = MINUTES >= 30;
  for (const name of ['gateway-0', 'rules-0', 'crawler-0']) {
    const slope = slopeOf(rest.map((m) => [m.minute / 60, m.memoryMb[name] ?? NaN]));
    figure({
      name: `memory of ${name}, slope`,
      value: slope,
      unit: 'MB/h',
      ...(long ? { atMost: MOST_GROWTH_MB_AN_HOUR } : {}),
    });
    say(
      `memory of ${name}: ${rest[0]?.memoryMb[name]} → ${rest.at(-1)?.memoryMb[name]} MB, ${slope.toFixed(1)} MB an hour`,
    );
    if (long && slope > MOST_GROWTH_MB_AN_HOUR)
      faults.push(`memory of ${name} grows by ${slope.toFixed(0)} MB an hour`);
  }
  const wal = Math.max(...minutes.map((m) => m.walMb));
  figure({ name: 'WAL, highest', value: wal, unit: 'MB', atMost: MOST_WAL_MB });
  if (wal > MOST_WAL_MB) faults.push(`WAL came to ${wal.toFixed(0)} MB`);
  // Tables whose rows do not grow in number: what they take beyond their data is bloat.
  for (const name of ['alert_counter', 'source_state', 'heartbeat', 'session']) {
    const [third, last] = [
      minutes[Math.floor(minutes.length / 3)]?.tablesMb[name] ?? NaN,
      minutes.at(-1)?.tablesMb[name] ?? NaN,
    ];
    say(`table ${name}: ${third} MB after a third, ${last} MB at the end`);
    if (long && last > third * 1.5 + 8) faults.push(`${name} grew from ${third} to ${last} MB`);
  }
}

/** Least squares, of the points that are numbers. */
function slopeOf(points: [number, number][]): number {
  const known = points.filter(([, y]) => !Number.isNaN(y));
  const [mx, my] = [0, 1].map((i) => known.reduce((n, p) => n + p[i]!, 0) / known.length) as [number, number];
  const over = known.reduce((n, [x]) => n + (x - mx) ** 2, 0);
  return over === 0 ? 0 : known.reduce((n, [x, y]) => n + (x - mx) * (y - my), 0) / over;
}

process.on('unhandledRejection', (error) => {
  hiccups++;
  say(`hiccup: ${error instanceof Error ? error.message : String(error)}`);
});

main().then(
  (fine) => process.exit(fine ? 0 : 1),
  (error: Error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(2);
  },
);
