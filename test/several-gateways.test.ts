import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket as TcpSocket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { io, type Socket } from 'socket.io-client';
import { Client } from 'pg';
import type { WireAlert } from '@app/domain';
import { freePort } from '@app/storage';
import { type AppProcess, startApp, stopApp } from './app-process';
import { quiet } from './quiet-config';
import { buildOnce, root } from './running-system';
import { openScratchDatabase, type ScratchDatabase } from './scratch-database';

const PEOPLE = 24;
const REDIS = redisServer();
let database: ScratchDatabase;
let client: Client;
let configDir: string;
let redis: ChildProcess | null = null;
let redisPort: number;
let balancer: Server;
let address: string;
/** Ports of the gateways that take connections; the next one in turn gets the next. */
let takers: number[] = [];
const gateways: AppProcess[] = [];
const engines: AppProcess[] = [];
const people: Person[] = [];

interface Person {
  socket: Socket;
  lastSeq: number;
  /** Keys as they came; what the browser drops as a repeat is dropped here too. */
  got: string[];
  /** The number of each of these among the person's alerts. */
  numbers: number[];
  repeats: number;
}

beforeAll(async () => {
  buildOnce();
  database = await openScratchDatabase();
  client = new Client({ connectionString: database.url });
  client.on('error', () => undefined);
  await client.connect();
  configDir = mkdtempSync(join(tmpdir(), 'huiying-config-'));
  cpSync(join(root, 'config'), configDir, { recursive: true });
  quiet(configDir);
  redisPort = await freePort();
  await startRedis();
  for (let n = 0; n < 3; n++) engines.push(await startApp('rules', env()));
  for (let n = 0; n < 3; n++) await startGateway();
  balancer = createServer(balance).listen(0, '127.0.0.1');
  await once(balancer, 'listening');
  address = `http://127.0.0.1:${(balancer.address() as AddressInfo).port}`;
  for (const cookie of await addPeople()) people.push(open(cookie));
  await until('all are connected', () => people.every((p) => p.socket.connected));
}, 120_000);

afterAll(async () => {
  for (const p of people) p.socket.disconnect();
  balancer?.close();
  await Promise.all([...gateways, ...engines].map((p) => stopApp(p)));
  redis?.kill();
  await client?.end();
  await database?.drop();
  if (configDir) rmSync(configDir, { recursive: true, force: true });
}, 60_000);

function redisServer(): string | null {
  try {
    return execFileSync('which', ['redis-server'], { encoding: 'utf8' }).trim();
  } catch {
    return null;
  }
}

/** Without a Redis on this machine the address is that of nobody: everything must work all the same. */
async function startRedis(): Promise<void> {
  if (REDIS === null) return;
  redis = spawn(REDIS, ['--port', String(redisPort), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], { stdio: ['ignore', 'pipe', 'ignore'] });
  for await (const chunk of redis.stdout!) if (String(chunk).includes('Ready to accept')) break;
}

const env = (): Record<string, string> => ({ DATABASE_URL: database.url, REDIS_URL: `redis://127.0.0.1:${redisPort}`, HUIYING_CONFIG: configDir });

async function startGateway(): Promise<void> {
  const gateway = await startApp('gateway', env());
  gateways.push(gateway);
  takers.push(gateway.port!);
}

/** A plain balancer of connections: it knows nothing of HTTP, sessions or cookies. */
let turn = 0;
function balance(from: TcpSocket): void {
  const port = takers[turn++ % takers.length]!;
  const to = connect(port, '127.0.0.1');
  from.on('error', () => to.destroy()).pipe(to);
  to.on('error', () => from.destroy()).pipe(from);
  to.on('close', () => from.destroy());
  from.on('close', () => to.destroy());
}

async function addPeople(): Promise<string[]> {
  const tokens = Array.from({ length: PEOPLE }, () => randomBytes(32).toString('base64url'));
  await client.query(
    `with person as (
       insert into account (username, display_name, role, password_hash, must_change_password, created_at)
       select 'p-' || n, '值班员' || n, 'duty_officer', '', false, app_now() from generate_series(1, $1::int) n returning id, username)
     insert into session (token_hash, account_id, csrf_token, created_at, last_seen_at, expires_at)
     select t.hash, p.id, 'x', clock_timestamp(), clock_timestamp(), clock_timestamp() + interval '1 day'
     from person p join unnest($2::text[]) with ordinality as t(hash, n) on p.username = 'p-' || t.n`,
    [PEOPLE, tokens.map((t) => createHash('sha256').update(t).digest('hex'))],
  );
  return tokens.map((t) => `huiying_session=${t}`);
}

/** As the dashboard opens its line. */
function open(cookie: string): Person {
  const socket = io(address, {
    transports: ['websocket', 'polling'],
    extraHeaders: { cookie, origin: address },
    auth: (tell) => tell({ lastSeq: person.lastSeq }),
    forceNew: true,
    reconnectionDelay: 200,
    reconnectionDelayMax: 1_000,
  });
  const person: Person = { socket, lastSeq: 0, got: [], numbers: [], repeats: 0 };
  socket.on('alert', (alert: WireAlert, receipt: () => void) => {
    if (person.got.includes(alert.key)) person.repeats++;
    else {
      person.got.push(alert.key);
      person.numbers.push(alert.seq);
    }
    person.lastSeq = Math.max(person.lastSeq, alert.seq);
    receipt();
  });
  return person;
}

async function until(what: string, done: () => boolean | Promise<boolean>, withinMs = 40_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await done())) {
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${what}; gateways said:\n${gateways.map((g) => g.said().slice(-1500)).join('\n--\n')}`);
    await new Promise((next) => setTimeout(next, 50));
  }
}

let raised = 0;
const expected: string[] = [];
/** As the outbox writes it; one of the engines addresses it to everybody on duty. */
async function raise(): Promise<void> {
  const key = `several:${++raised}`;
  expected.push(key);
  await client.query(
    `insert into alert (key, kind, severity, title, body, audience, instant_at, created_at)
     values ($1, 'warn', 'critical', '【即将到期】权威信息发布', '距届满还有1小时。', '{duty_officer}', app_now(), app_now())`,
    [key],
  );
  await client.query(`select pg_notify('clock_changed', '')`);
}

/**
 * Everybody has every alert, each person in the order of their own numbers, and each has its receipt. Two engines that address at
 * the same moment may number two alerts the other way round than they were raised: neither waits for the other, which may be dying.
 */
async function allTold(): Promise<void> {
  await until('everybody has everything', () => people.every((p) => p.got.length >= expected.length));
  for (const p of people) {
    expect([...p.got].sort()).toEqual([...expected].sort());
    expect(p.numbers).toEqual([...p.numbers].sort((a, b) => a - b));
  }
  await until('the receipts', async () => {
    const { rows } = await client.query<{ n: number }>(`select count(*)::int as n from alert_delivery where state = 'delivered'`);
    return rows[0]?.n === expected.length * PEOPLE;
  });
}

it('three gateways share the people; each of them gets each alert once, whichever gateway holds the line', async () => {
  for (let n = 0; n < 5; n++) await raise();
  await allTold();
  expect(people.map((p) => p.repeats)).toEqual(people.map(() => 0));
  expect(new Set(gateways.map((g) => g.port)).size).toBe(3);
  const held = await Promise.all(gateways.map(async (g) => /huiying_sockets_connected (\d+)/.exec(await (await fetch(`http://127.0.0.1:${g.port}/metrics`)).text())?.[1]));
  expect(held.reduce((n, h) => n + Number(h), 0)).toBe(PEOPLE);
  for (const h of held) expect(Number(h)).toBeGreaterThan(0);
  // Three engines addressed them: each once to each person.
  const { rows } = await client.query(`select 1 from alert_delivery group by alert_id, account_id having count(*) > 1`);
  expect(rows).toEqual([]);
}, 60_000);

it('Redis killed: alerts come as before, and the gateways say that it is away; Redis back: they say so', async () => {
  if (redis) {
    const gone = once(redis, 'exit');
    redis.kill('SIGKILL');
    await gone;
  }
  await until('it is said', () => gateways.every((g) => g.said().includes('Redis is away')));
  for (let n = 0; n < 3; n++) await raise();
  await allTold();
  // One may be started while Redis is away.
  await startGateway();
  await startRedis();
  if (REDIS !== null) await until('it is said', () => gateways.every((g) => /Redis is (back|there)/.test(g.said())));
  await raise();
  await allTold();
}, 90_000);

it('a gateway killed: its people come back over the others with what they missed; an engine killed: the others address', async () => {
  const [first] = gateways;
  takers = takers.filter((port) => port !== first!.port);
  await stopApp(first!, 'SIGKILL');
  await stopApp(engines[0]!, 'SIGKILL');
  for (let n = 0; n < 4; n++) await raise();
  await until('all are connected', () => people.every((p) => p.socket.connected));
  await allTold();
}, 90_000);

it('every connection to the database cut: nothing is lost, and each rung is there once', async () => {
  await raise();
  await client.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`);
  for (let n = 0; n < 4; n++) await raise();
  await allTold();
}, 90_000);
