/**
 * npm run bench -- sockets [SIZES]: so many signed-in people with an open dashboard (250, 500, 1000), all on duty.
 *   alert      one alert to all, twenty times: from its row in the outbox to each browser; the gateway's memory
 *   reconnect  all leave, five alerts are raised, all come back at the same instant: each gets exactly these five
 *   crash      the gateway is killed, five alerts are raised, it comes back: every browser finds it by itself
 */
import type { ChildProcess } from 'node:child_process';
import { DataSource } from 'typeorm';
import { CHANNELS, freePort, rows, sendHint } from '@app/storage';
import { openBenchDatabase } from './bench-database';
import { pause, startApp, stopApp } from './child';
import { addPeople, Crowd, type CrowdClient as Client } from './crowd';
import { figure, quantile, sizesOf } from './figure';
import { cpu, memory } from './process-cost';

const SIZES = sizesOf(process.argv.slice(2).map(Number), { quick: [100, 200, 400], full: [250, 500, 1000] });
const ALERTS = 20;
const MISSED = 5;
const PATIENCE_MS = 60_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const ms = (n: number): string => `${Math.round(n)} ms`;

async function main(): Promise<boolean> {
  const database = await openBenchDatabase();
  try {
    const rules = await startApp('rules', database.url);
    let fine = true;
    for (const size of SIZES) {
      fine = (await measure(database.dataSource, database.url, await newPeople(database.dataSource, size))) && fine;
    }
    await stopApp(rules.child);
    return fine;
  } finally {
    await database.close();
  }
}

async function measure(db: DataSource, url: string, cookies: string[]): Promise<boolean> {
  const port = await freePort();
  const start = () => startApp('gateway', url, { HUIYING_PORT: String(port) });
  let gateway = await start();
  const crowd = new Crowd();
  try {
    const empty = memory(gateway.child);
    await crowd.open(`http://127.0.0.1:${port}`, cookies);
    await crowd.all({ kind: 'connect' });
    const { connected, connectMs } = await crowd.report();
    say(
      `${cookies.length} people: ${connected} connected at once, the last after ${ms(Math.max(...connectMs))}; ${cpu(gateway.child)} s of the gateway's CPU so far`,
    );
    await pause(2_000);
    const held = memory(gateway.child);
    const before = cpu(gateway.child);
    const toAll = await alertAll(db, crowd, cookies.length);
    const after = memory(gateway.child);
    say(
      `  gateway: ${empty.rss} MB empty, ${held.rss} MB with them, ${after.rss} MB after the alerts, peak ${after.peak} MB; ${(cpu(gateway.child) - before).toFixed(1)} s of its CPU for the alerts`,
    );
    figure({
      name: 'gateway memory after the alerts',
      size: cookies.length,
      of: 'people',
      value: after.rss,
      unit: 'MB',
    });
    figure({
      name: 'gateway CPU for the 20 alerts',
      size: cookies.length,
      of: 'people',
      value: cpu(gateway.child) - before,
      unit: 's',
    });
    const back = await reconnect(gateway.child, db, crowd, cookies.length);
    await stopApp(gateway.child, 'SIGKILL');
    const again = await crash(db, crowd, cookies.length, async () => void (gateway = await start()));
    say(`  gateway: peak ${memory(gateway.child).peak} MB when all came back to a new one`);
    return connected === cookies.length && toAll && back && again;
  } finally {
    crowd.close();
    await stopApp(gateway.child);
  }
}

async function alertAll(db: DataSource, crowd: Crowd, size: number): Promise<boolean> {
  const keys: string[] = [];
  for (let n = 0; n < ALERTS; n++) {
    keys.push(await raise(db));
    await pause(500);
  }
  await crowd.all({ kind: 'await', alerts: ALERTS, withinMs: PATIENCE_MS });
  const { clients } = await crowd.report();
  const written = await writtenAt(db, keys);
  const waits = clients
    .flatMap((c) => [...new Map([...c.came].reverse())].map(([key, at]) => at - (written.get(key) ?? NaN)))
    .sort((a, b) => a - b);
  const wrong = clients.filter((c) => !exactly(c, keys)).length;
  const p = (q: number): number => quantile(waits, q);
  figure({ name: 'alert to all ×20, outbox → browser, p50', size, of: 'people', value: p(0.5), unit: 'ms' });
  figure({ name: 'alert to all ×20, outbox → browser, p99', size, of: 'people', value: p(0.99), unit: 'ms' });
  say(
    `  alert to all ×${ALERTS}: ${waits.length} of ${ALERTS * size} came, ${wrong} people without exactly their ${ALERTS}; outbox → browser p50 ${ms(p(0.5))}, p99 ${ms(p(0.99))}, max ${ms(p(1))}`,
  );
  const receipts = await delivered(db, keys, ALERTS * size);
  say(`  receipts written: ${receipts} of ${ALERTS * size}`);
  return wrong === 0 && waits.length === ALERTS * size && receipts === ALERTS * size;
}

async function reconnect(gateway: ChildProcess, db: DataSource, crowd: Crowd, size: number): Promise<boolean> {
  await crowd.all({ kind: 'disconnect' });
  await crowd.all({ kind: 'reset' });
  const keys = await missed(db, size);
  const [started, before] = [Date.now(), cpu(gateway)];
  await crowd.all({ kind: 'connect' });
  await crowd.all({ kind: 'await', alerts: MISSED, withinMs: PATIENCE_MS });
  const fine = await told(crowd, keys, started, size, 'all reconnect at once');
  // What the next part kills must not know better than the database who has what.
  const receipts = await delivered(db, keys, MISSED * size);
  say(
    `    receipts written: ${receipts} of ${MISSED * size}; ${(cpu(gateway) - before).toFixed(1)} s of the gateway's CPU`,
  );
  return fine && receipts === MISSED * size;
}

async function crash(db: DataSource, crowd: Crowd, size: number, restart: () => Promise<void>): Promise<boolean> {
  await crowd.all({ kind: 'reset' });
  const keys = await missed(db, size);
  await restart();
  const started = Date.now();
  await crowd.all({ kind: 'await', alerts: MISSED, withinMs: PATIENCE_MS });
  return told(crowd, keys, started, size, 'the gateway killed and started again');
}

async function told(crowd: Crowd, keys: string[], started: number, size: number, what: string): Promise<boolean> {
  // Whatever would come twice has a moment to do so.
  await pause(1_500);
  const { clients } = await crowd.report();
  const got = clients.reduce((n, c) => n + keysOf(c).length, 0);
  const repeats = clients.reduce((n, c) => n + c.came.length, 0) - got;
  const wrong = clients.filter((c) => !exactly(c, keys)).length;
  const last = clients.map((c) => Math.max(...new Map([...c.came].reverse()).values()) - started).sort((a, b) => a - b);
  const p99 = last[Math.min(last.length - 1, Math.floor(last.length * 0.99))] ?? NaN;
  figure({ name: `${what}, until the last had all`, size, of: 'people', value: last.at(-1) ?? NaN, unit: 'ms' });
  say(
    `  ${what}: ${got} of ${MISSED * size} missed alerts came, ${wrong} people without exactly their ${MISSED}, ${repeats} repeats that their browsers drop by key; p99 of people had all after ${ms(p99)}, the last after ${ms(last.at(-1) ?? NaN)}`,
  );
  return wrong === 0;
}

/** In the order of their first coming: a browser drops the key it has seen. */
const keysOf = (c: Client): string[] => [...new Set(c.came.map(([key]) => key))];

/** Each of them, nothing else, in order. */
function exactly(c: Client, keys: string[]): boolean {
  return keysOf(c).join() === keys.join();
}

async function missed(db: DataSource, size: number): Promise<string[]> {
  const keys: string[] = [];
  for (let n = 0; n < MISSED; n++) keys.push(await raise(db));
  for (let waited = 0; waited < PATIENCE_MS; waited += 100) {
    const [found] = await rows<{ n: number }>(
      db,
      `select count(*)::int as n from alert_delivery d join alert a on a.id = d.alert_id where a.key = any($1)`,
      [keys],
    );
    if (found?.n === MISSED * size) return keys;
    await pause(100);
  }
  throw new Error('the engine did not address the alerts');
}

let raised = 0;
/** As the outbox writes it; the engine addresses it to everybody on duty. */
async function raise(db: DataSource): Promise<string> {
  const key = `sockets:${++raised}`;
  await db.transaction(async (manager) => {
    await rows(
      manager,
      `insert into alert (key, kind, severity, title, body, audience, instant_at, created_at)
       values ($1, 'warn', 'critical', '【即将到期】权威信息发布：化工厂爆炸', '事件 YQ-20261121-0001，权威信息发布：最迟 2026年11月21日 12:05，距届满还有1小时。', '{duty_officer}', app_now(), app_now())`,
      [key],
    );
    await sendHint(manager, CHANNELS.clockChanged, '');
  });
  return key;
}

/** When each was written, a moment before its commit. */
async function writtenAt(db: DataSource, keys: string[]): Promise<Map<string, number>> {
  const found = await rows<{ key: string; at: Date }>(
    db,
    'select key, created_at as at from alert where key = any($1)',
    [keys],
  );
  return new Map(found.map((f) => [f.key, f.at.getTime()]));
}

async function delivered(db: DataSource, keys: string[], wanted: number): Promise<number> {
  for (let waited = 0; ; waited += 200) {
    const [found] = await rows<{ n: number }>(
      db,
      `select count(*)::int as n from alert_delivery d join alert a on a.id = d.alert_id where a.key = any($1) and d.state = 'delivered'`,
      [keys],
    );
    if (found!.n === wanted || waited > 20_000) return found!.n;
    await pause(200);
  }
}

let people = 0;
/** Those of the size before are off duty: each size has its own people, who have missed nothing yet. */
async function newPeople(db: DataSource, count: number): Promise<string[]> {
  const from = people;
  people += count;
  await rows(db, `update account set disabled = true where username like 'crowd-%'`);
  return addPeople(db, count, from);
}

main().then(
  (fine) => (process.exitCode = fine ? 0 : 1),
  (error: Error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exitCode = 2;
  },
);
