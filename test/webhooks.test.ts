import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { signatureOf, WebhookBook, WebhookLoop } from '@app/notify';
import { Addressing } from '@app/response';
import { loadSettings, type WebhookSettings } from '@app/settings';
import { dataSourceOptions, PgListener, rows } from '@app/storage';
import { openScratchDatabase, type ScratchDatabase } from './scratch-database';

const SECRET = 'a secret of the receiver';

interface Got {
  key: string;
  type: string;
  at: number;
  body: { id: string; type: string; summary: string; case: { id: string; title: string }; clock: { duty: string } | null };
}

/** A receiver as one should be written: the signature first, then the age, then whether it is known already. */
class Receiver {
  readonly got: Got[] = [];
  readonly refused: string[] = [];
  answer: (response: ServerResponse) => void = (r) => void r.writeHead(204).end();
  private readonly known = new Set<string>();
  private server!: Server;

  async open(): Promise<string> {
    this.server = createServer((request, response) => void this.take(request, response));
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const fault = signatureFault(String(request.headers['x-huiying-signature']), text);
    if (fault !== null) {
      this.refused.push(fault);
      response.writeHead(401).end();
      return;
    }
    const key = String(request.headers['idempotency-key']);
    const before = response.writableEnded;
    this.answer(response);
    if (before || response.statusCode >= 300 || !response.writableEnded) return;
    if (!this.known.has(key)) this.got.push({ key, type: String(request.headers['x-huiying-event']), at: Date.now(), body: JSON.parse(text) as Got['body'] });
    this.known.add(key);
  }
}

function signatureFault(header: string, body: string): string | null {
  const [, t, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header) ?? [];
  if (!t || !v1) return 'no signature';
  if (Math.abs(Date.now() / 1000 - Number(t)) > 300) return 'too old';
  const wanted = createHmac('sha256', SECRET).update(`${t}.${body}`).digest();
  return timingSafeEqual(wanted, Buffer.from(v1, 'hex')) ? null : 'wrong signature';
}

let database: ScratchDatabase;
let db: DataSource;
let book: WebhookBook;
let receiver: Receiver;
let hook: WebhookSettings;
let loop: WebhookLoop;

function loopOf(hooks: WebhookSettings[]): WebhookLoop {
  const settings = { ...loadSettings({ env: {} }), webhooks: hooks };
  return new WebhookLoop(db, book, { listen: () => Promise.resolve() } as unknown as PgListener, settings);
}

beforeAll(async () => {
  Logger.overrideLogger(false);
  database = await openScratchDatabase();
  db = await new DataSource(dataSourceOptions(database.url, 6, 'webhook-test')).initialize();
  book = new WebhookBook(db);
  await rows(db, `insert into department (id, name, region) values ('fire', '消防', '990101'), ('water', '水利', '990102')`);
}, 60_000);
afterAll(async () => {
  await db.destroy();
  await database.drop();
});
beforeEach(async () => {
  receiver = new Receiver();
  hook = { name: 'platform', enabled: true, url: await receiver.open(), secretFile: 'x', secret: SECRET, events: ['case', 'clock'], timeoutSeconds: 1 };
  await rows(db, 'delete from webhook');
  await book.sync([hook]);
  loop = loopOf([hook]);
});
afterEach(() => receiver.close());

let made = 0;
async function openFile(more: { region?: string; department?: string } = {}): Promise<string> {
  const [found] = await rows<{ id: string }>(
    db,
    `insert into case_file (code, title, level, case_class, topic, region, department_id, detected_at, opened_at, changed_at)
     values ($1, '联系电话13812345678，停水', 'ordinary', 'ordinary', '其他', $2, $3, app_now(), app_now(), app_now()) returning id`,
    [`W-${++made}`, more.region ?? null, more.department ?? null],
  );
  return found!.id;
}
const event = async (caseId: string, kind: string, on: Pick<DataSource, 'query'> = db): Promise<string> => {
  const found = (await on.query(
    `insert into case_event (case_id, kind, at, recorded_at, actor, summary) values ($1, $2, app_now(), app_now(), '王小明', '请联系13812345678') returning id`,
    [caseId, kind],
  )) as { id: string }[];
  return found[0]!.id;
};
/** A second ago: the column rounds to milliseconds, and "now" rounded up is not due yet. */
const due = () => rows(db, `update webhook set next_try_at = clock_timestamp() - interval '1 second'`);

it('is told each event once, in order, signed, masked, without the names of persons', async () => {
  const caseId = await openFile();
  const ids = [await event(caseId, 'opened'), await event(caseId, 'assigned'), await event(caseId, 'clock-met')];
  expect(await loop.sendBatch(hook)).toBe(3);
  expect(receiver.got.map((g) => g.key)).toEqual(ids.map((i) => `event-${i}`));
  expect(receiver.got.map((g) => g.type)).toEqual(['case.opened', 'case.assigned', 'clock.met']);
  expect(receiver.got[0]!.body).toMatchObject({ id: `event-${ids[0]}`, type: 'case.opened', case: { id: caseId } });
  expect(JSON.stringify(receiver.got)).not.toMatch(/13812345678|王小明/);
  expect(receiver.refused).toEqual([]);
  expect(await loop.sendBatch(hook)).toBe(0);
});

it('an event that is rolled back is never told, one that commits late is not passed over', async () => {
  const caseId = await openFile();
  const late = db.createQueryRunner();
  await late.startTransaction();
  const early = await event(caseId, 'assigned', late);
  const after = await event(caseId, 'begun');
  expect(BigInt(early) < BigInt(after)).toBe(true);
  await loop.sendBatch(hook);
  expect(receiver.got.map((g) => g.key)).toEqual([`event-${after}`]);
  await late.commitTransaction();
  await late.startTransaction();
  await event(caseId, 'rejected', late);
  await late.rollbackTransaction();
  await late.release();
  await loop.sendBatch(hook);
  expect(receiver.got.map((g) => g.key)).toEqual([`event-${after}`, `event-${early}`]);
});

it.each([
  ['500', (r: ServerResponse) => void r.writeHead(500).end(), '对方答复 HTTP 500'],
  ['a redirect', (r: ServerResponse) => void r.writeHead(302, { location: 'https://elsewhere.example/' }).end(), '对方答复 HTTP 302'],
  ['nothing in time', () => undefined, '对方超时未答复'],
  ['a connection that breaks', (r: ServerResponse) => void r.destroy(), /^无法送达/],
])('after %s the same event comes again with the same key, and what follows waits for it', async (_, answer, fault) => {
  const caseId = await openFile();
  const ids = [await event(caseId, 'opened'), await event(caseId, 'assigned')];
  receiver.answer = answer;
  expect(await loop.sendBatch(hook)).toBe(0);
  const [state] = await book.list([hook]);
  expect(state).toMatchObject({ state: 'failing', fails: 1, waiting: 2, lastFault: expect.stringMatching(fault) });
  // Not before its time.
  receiver.answer = (r) => void r.writeHead(200).end();
  expect(await loop.sendBatch(hook)).toBe(0);
  await due();
  expect(await loop.sendBatch(hook)).toBe(2);
  expect(receiver.got.map((g) => g.key)).toEqual(ids.map((i) => `event-${i}`));
  expect((await book.list([hook]))[0]).toMatchObject({ state: 'ok', fails: 0, waiting: 0, sent: 2, lastFault: null });
});

it('a slow answer that arrives in time is taken, and the key of a repeated event makes it one at the receiver', async () => {
  const caseId = await openFile();
  const id = await event(caseId, 'opened');
  receiver.answer = (r) => void r.writeHead(200).end();
  await loop.sendBatch(hook);
  // The process died after the receiver had it and before that was written down.
  await rows(db, `insert into webhook_event (webhook, event_id) values ('platform', $1)`, [id]);
  expect(await loop.sendBatch(hook)).toBe(1);
  expect(receiver.got).toHaveLength(1);
});

it('two processes never send the same at the same time', async () => {
  const caseId = await openFile();
  for (let i = 0; i < 20; i++) await event(caseId, 'assigned');
  const sent = await Promise.all([loop.sendBatch(hook), loopOf([hook]).sendBatch(hook), loopOf([hook]).sendBatch(hook)]);
  expect(sent.sort((a, b) => a - b)).toEqual([0, 0, 20]);
  expect(new Set(receiver.got.map((g) => g.key)).size).toBe(20);
});

it('waits longer after each failure, is paused after a day without a success, keeps what happens meanwhile, and goes on when told', async () => {
  const caseId = await openFile();
  await event(caseId, 'opened');
  receiver.answer = (r) => void r.writeHead(503).end();
  const waits: number[] = [];
  for (let i = 0; i < 5; i++) {
    await loop.sendBatch(hook);
    const [w] = await rows<{ s: number }>(db, `select extract(epoch from next_try_at - clock_timestamp())::float8 as s from webhook`);
    waits.push(Math.round(w!.s / 15));
    await due();
  }
  expect(waits).toEqual([1, 2, 4, 8, 16]);
  await rows(db, `update webhook set failing_since = clock_timestamp() - interval '25 hours'`);
  await loop.sendBatch(hook);
  expect((await book.list([hook]))[0]).toMatchObject({ state: 'paused' });
  // The administrators of the whole are told once, with the name, the fault and what to do; nobody of a county is.
  await rows(db, `insert into account (username, display_name, role, region, password_hash, created_at) values
    ('hook-admin', '管理员', 'administrator', null, '', app_now()), ('hook-county', '县管理员', 'administrator', '360734', '', app_now()), ('hook-duty', '值班员', 'duty_officer', null, '', app_now())`);
  await new Addressing(db).addressBatch();
  const told = () => rows<{ username: string; title: string; body: string }>(db, `select u.username, a.title, a.body from alert a join alert_delivery d on d.alert_id = a.id join account u on u.id = d.account_id where a.key like 'webhook-paused:%'`);
  expect(await told()).toEqual([{ username: 'hook-admin', title: '【推送暂停】platform', body: expect.stringMatching(/24 小时.*503.*事件推送/) }]);
  await book.fail('platform', 'HTTP 503');
  await new Addressing(db).addressBatch();
  expect(await told()).toHaveLength(1);
  await due();
  await event(caseId, 'assigned');
  receiver.answer = (r) => void r.writeHead(200).end();
  expect(await loop.sendBatch(hook)).toBe(0);
  expect((await book.list([hook]))[0]).toMatchObject({ state: 'paused', waiting: 2 });
  expect(await book.resume('platform')).toBe(true);
  expect(await loop.sendBatch(hook)).toBe(2);
  expect(await book.resume('none-such')).toBe(false);
});

it('tells only what it is for: its events, its region, its department', async () => {
  await book.sync([{ ...hook, events: ['case.assigned', 'clock'] }]);
  const bound = { ...hook, events: ['case.assigned', 'clock'], region: '990101', departmentId: 'fire' };
  const own = await openFile({ region: '990101', department: 'fire' });
  for (const caseId of [own, await openFile({ region: '990102', department: 'water' }), await openFile({ region: '990101', department: 'water' })])
    for (const kind of ['opened', 'assigned', 'clock-started']) await event(caseId, kind);
  await loopOf([bound]).sendBatch(bound);
  expect(receiver.got.map((g) => [g.body.case.id, g.type])).toEqual([[own, 'case.assigned'], [own, 'clock.started']]);
  expect((await book.list([bound]))[0]).toMatchObject({ waiting: 0, sent: 2 });
});

it('one that left the config is told nothing more, and costs no event', async () => {
  await book.sync([]);
  await event(await openFile(), 'opened');
  expect(await rows(db, 'select 1 from webhook_event')).toEqual([]);
  expect(await loop.sendBatch(hook)).toBe(0);
});

describe('a forger', () => {
  const forge = (body: string, signature: string) => fetch(hook.url, { method: 'POST', body, headers: { 'x-huiying-signature': signature, 'idempotency-key': 'event-1' } });
  const now = () => Math.floor(Date.now() / 1000);
  const body = JSON.stringify({ id: 'event-1', type: 'case.rejected' });

  it.each([
    ['without a signature', () => forge(body, '')],
    ['with another secret', () => forge(body, signatureOf('guessed', now(), body))],
    ['with the signature of another body', () => forge(body, signatureOf(SECRET, now(), '{}'))],
    ['that replays a recorded request', () => forge(body, signatureOf(SECRET, now() - 3600, body))],
    ['that moves the time of a recorded request', () => forge(body, signatureOf(SECRET, now() - 3600, body).replace(/t=\d+/, `t=${now()}`))],
  ])('%s is not believed', async (_, send) => {
    expect((await send()).status).toBe(401);
    expect(receiver.got).toEqual([]);
  });
});
