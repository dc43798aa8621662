import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SMTPServer } from 'smtp-server';
import { openAccountBook } from '@app/accounts';
import { CHANNELS, rows, sendHint, shiftTime } from '@app/storage';
import { quiet } from './quiet-config';
import { RunningSystem } from './running-system';

const ALERTS = 30;
/** The process is killed when so many messages have been received whole and not been answered yet. */
const KILLED_AT = [4, 12, 21];

/** What came, by the key that a receiver drops repeats by. */
const came: string[] = [];
let kills: Promise<void>[] = [];
let system: RunningSystem;
let http: Server;
let smtp: SMTPServer;

async function killMidway(): Promise<void> {
  await system.killChild('rules');
  // The claims of the dead come back by their lease.
  await shiftTime(await system.db(), { byMs: 61_000 });
}

/** Received whole; the answer waits for the kill where one is due. */
async function received(key: string): Promise<void> {
  came.push(key);
  if (!KILLED_AT.includes(came.length)) return new Promise((resolve) => setTimeout(resolve, 20));
  const kill = killMidway();
  kills.push(kill);
  await kill;
}

beforeAll(async () => {
  http = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (c: Buffer) => chunks.push(c));
    request.on('end', () => {
      const { key } = JSON.parse(Buffer.concat(chunks).toString()) as { key: string };
      void received(key).then(() => response.destroyed || response.end('{}'));
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  smtp = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    logger: false,
    onData: (stream, _session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (c: Buffer) => chunks.push(c));
      stream.on('end', () => {
        const id = /^Message-ID: (\S+)/im.exec(Buffer.concat(chunks).toString())?.[1] ?? '';
        void received(id).then(() => done());
      });
    },
  });
  // Whoever was killed leaves the line.
  smtp.on('error', () => undefined);
  await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', () => resolve()));
}, 30_000);
beforeEach(() => {
  came.length = 0;
  kills = [];
});
afterEach(() => RunningSystem.stopAll());
afterAll(async () => {
  http.closeAllConnections();
  await new Promise((resolve) => http.close(resolve));
  await new Promise<void>((resolve) => smtp.close(() => resolve()));
});

function channel(configDir: string, kind: 'webhook' | 'email'): void {
  quiet(configDir);
  mkdirSync(join(configDir, 'secrets'), { recursive: true });
  writeFileSync(join(configDir, 'secrets', 'one'), 'secret');
  const where =
    kind === 'webhook'
      ? `url: 'http://127.0.0.1:${(http.address() as AddressInfo).port}/', secretFile: secrets/one`
      : `host: 127.0.0.1, port: ${(smtp.server.address() as AddressInfo).port}, secure: false, from: huiying@example.invalid, storm: null`;
  writeFileSync(join(configDir, 'channels.yaml'), `channels: [{ name: one, kind: ${kind}, enabled: true, ${where} }]\n`);
}

it.each(['webhook', 'email'] as const)('%s: with the process killed in the middle of sending, three times, nothing is lost and nothing comes twice under another key', async (kind) => {
  system = await RunningSystem.start({ edit: (dir) => channel(dir, kind) });
  const db = await system.db();
  const added = await openAccountBook(db).add({ username: 'duty', displayName: '值班', role: 'duty_officer', email: 'duty@example.invalid' }, 'test');
  expect(added.ok).toBe(true);
  await rows(
    db,
    `insert into alert (key, kind, severity, title, audience, instant_at, created_at)
     select 'killed:' || g, 'warn', 'critical', '第' || g || '条', '{duty_officer}', app_now(), app_now() from generate_series(1, $1::int) g`,
    [ALERTS],
  );
  await sendHint(db, CHANNELS.clockChanged, '');
  const sent = () => rows<{ n: number }>(db, `select count(*)::int as n from alert_delivery where channel = 'one' and state = 'sent'`).then((r) => r[0]!.n);
  const end = performance.now() + 90_000;
  while ((await sent()) < ALERTS && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 200));
  await Promise.all(kills);
  expect(kills).toHaveLength(KILLED_AT.length);
  expect(await sent()).toBe(ALERTS);
  // By key each arrived once; what was being answered when the process died arrived again, under the same key.
  expect(new Set(came).size).toBe(ALERTS);
  expect(came.length - ALERTS).toBeGreaterThan(0);
  expect(came.length - ALERTS).toBeLessThanOrEqual(KILLED_AT.length);
  expect(await rows(db, `select count(*)::int as n, count(sent_at)::int as sent from alert_message`)).toEqual([{ n: ALERTS, sent: ALERTS }]);
}, 150_000);
