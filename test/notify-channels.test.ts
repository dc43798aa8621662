import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Logger } from '@nestjs/common';
import { SMTPServer } from 'smtp-server';
import { DataSource } from 'typeorm';
import { openAccountBook } from '@app/accounts';
import { DeliveryLoop, openSender, type Sender } from '@app/notify';
import { Addressing, type AlertChannel, DeliveryClaims } from '@app/response';
import type { ChannelSettings } from '@app/settings';
import { dataSourceOptions, PgListener, rows, shiftTime } from '@app/storage';
import { openScratchDatabase, type ScratchDatabase } from './scratch-database';

interface Mail {
  to: string[];
  user: string | undefined;
  raw: string;
}

let database: ScratchDatabase;
let db: DataSource;
let http: Server;
let answers: number[] = [];
let posts: { key: string; recipients: string[]; dutyLine: string | undefined }[] = [];
let smtp: SMTPServer;
let mails: Mail[] = [];
let refuseMail = false;
let senders: { hook: Sender; mail: Sender };
let loop: DeliveryLoop;

beforeAll(async () => {
  Logger.overrideLogger(false);
  database = await openScratchDatabase();
  db = await new DataSource(dataSourceOptions(database.url, 4, 'notify-test')).initialize();
  const book = openAccountBook(db);
  await book.add(
    { username: 'zhang', displayName: '张三', role: 'duty_officer', email: 'zhang@example.invalid' },
    'test',
  );
  await book.add({ username: 'li', displayName: '李四', role: 'duty_officer', email: 'li@example.invalid' }, 'test');
  await book.add({ username: 'wang', displayName: '王五', role: 'duty_officer' }, 'test');
  const ports = [await openHttp(), await openSmtp()];
  const shared = { enabled: true, minSeverity: 'warning' as const, timeoutSeconds: 2 };
  const channels: ChannelSettings[] = [
    { ...shared, name: 'hook', kind: 'webhook', url: `http://127.0.0.1:${ports[0]}/`, secretFile: 'f', secret: 's' },
    {
      ...shared,
      name: 'mail',
      kind: 'email',
      host: '127.0.0.1',
      port: ports[1]!,
      secure: false,
      username: 'huiying',
      secret: 'pass',
      from: '回应 <huiying@example.invalid>',
    },
  ];
  senders = { hook: openSender(channels[0]!, db), mail: openSender(channels[1]!, db) };
  loop = new DeliveryLoop(db, new DeliveryClaims(db), new PgListener(database.url), [], 'https://huiying.example');
}, 60_000);

afterAll(async () => {
  senders.mail.close();
  await db.destroy();
  await new Promise<void>((resolve) => smtp.close(() => resolve()));
  http.closeAllConnections();
  await new Promise((resolve) => http.close(resolve));
  await database.drop();
});

beforeEach(async () => {
  [posts, mails, answers, refuseMail] = [[], [], [], false];
  await rows(db, 'delete from alert_delivery');
});

async function openHttp(): Promise<number> {
  http = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (c: Buffer) => chunks.push(c));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as {
        key: string;
        recipients: string[];
        lines: string[];
      };
      posts.push({ key: body.key, recipients: body.recipients, dutyLine: body.lines[1] });
      response.writeHead(answers.shift() ?? 200).end();
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return (http.address() as AddressInfo).port;
}

async function openSmtp(): Promise<number> {
  smtp = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: (auth, _session, done) =>
      auth.password === 'pass' ? done(null, { user: auth.username }) : done(new Error('wrong password')),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (c: Buffer) => chunks.push(c));
      stream.on('end', () => {
        if (refuseMail) return done(Object.assign(new Error('mailbox full'), { responseCode: 452 }));
        mails.push({
          to: session.envelope.rcptTo.map((r) => r.address),
          user: session.user as string | undefined,
          raw: Buffer.concat(chunks).toString(),
        });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', () => resolve()));
  return (smtp.server.address() as AddressInfo).port;
}

let made = 0;
/** One alert to the three duty officers, addressed for these channels as the rules process does it. */
async function raise(channels: string[], severity = 'critical'): Promise<void> {
  made++;
  await rows(
    db,
    `insert into alert (key, kind, severity, title, body, audience, instant_at, created_at)
     values ('n:' || $1, 'warn', $2, '发布将到期', '第' || $1 || '条' || chr(10) || '<b>x</b>', '{duty_officer}', app_now(), app_now())`,
    [String(made), severity],
  );
  const wanted: AlertChannel[] = channels.map((name) => ({ name, minSeverity: 'warning' }));
  await new Addressing(db, wanted).addressBatch();
}

const states = (channel: string) =>
  rows<{ username: string; state: string; attempts: number; fault: string | null }>(
    db,
    `select a.username, d.state, d.attempts, d.last_fault as fault from alert_delivery d join account a on a.id = d.account_id
      where d.channel = $1 order by a.id, d.seq`,
    [channel],
  );

describe('a group channel', () => {
  it('gets one message for all whom the alert names', async () => {
    await raise(['hook']);
    expect(await loop.sendBatch(senders.hook)).toBe(3);
    expect(posts).toEqual([{ key: `n:${made}`, recipients: ['张三', '李四', '王五'], dutyLine: undefined }]);
    expect((await states('hook')).map((s) => s.state)).toEqual(['sent', 'sent', 'sent']);
    expect(await loop.sendBatch(senders.hook)).toBe(0);
    expect(posts).toHaveLength(1);
  });

  it('that failed is tried again with backoff, with the same key, until it is taken', async () => {
    await raise(['hook']);
    answers = [500, 503];
    await loop.sendBatch(senders.hook);
    expect((await states('hook'))[0]).toMatchObject({ state: 'failed', attempts: 1, fault: '对方答复 HTTP 500' });
    expect(await loop.sendBatch(senders.hook)).toBe(0);
    await shiftTime(db, { byMs: 31_000 });
    await loop.sendBatch(senders.hook);
    expect((await states('hook'))[0]).toMatchObject({ state: 'failed', attempts: 2, fault: '对方答复 HTTP 503' });
    await shiftTime(db, { byMs: 31_000 });
    expect(await loop.sendBatch(senders.hook)).toBe(0);
    await shiftTime(db, { byMs: 30_000 });
    await loop.sendBatch(senders.hook);
    expect((await states('hook'))[0]).toMatchObject({ state: 'sent', attempts: 3, fault: null });
    expect(new Set(posts.map((p) => p.key)).size).toBe(1);
  });

  it('below its severity stays quiet', async () => {
    await raise(['hook'], 'info');
    expect(await loop.sendBatch(senders.hook)).toBe(0);
  });

  it('of a sender that died is taken over after its lease', async () => {
    await raise(['hook']);
    expect(await new DeliveryClaims(db).claim('hook', 20)).toHaveLength(3);
    expect(await loop.sendBatch(senders.hook)).toBe(0);
    await shiftTime(db, { byMs: 61_000 });
    expect(await loop.sendBatch(senders.hook)).toBe(3);
    expect(posts).toHaveLength(1);
  });

  it('for an account that was disabled meanwhile is superseded, and nothing waits for it', async () => {
    await raise(['mail']);
    await rows(db, `update account set disabled = true where username = 'li'`);
    await loop.sendBatch(senders.mail);
    await rows(db, `update account set disabled = false where username = 'li'`);
    expect(mails.map((m) => m.to)).toEqual([['zhang@example.invalid']]);
    expect(await states('mail')).toMatchObject([{ state: 'sent' }, { state: 'superseded' }, { state: 'failed' }]);
    expect(await new DeliveryClaims(db).waitMs('mail', 500)).toBe(500);
  });

  it('that was claimed and could not be tried is handed back at once', async () => {
    await raise(['hook']);
    const claims = new DeliveryClaims(db);
    const claimed = await claims.claim('hook', 20);
    await claims.release(claimed);
    expect((await claims.claim('hook', 20)).map((d) => d.attempts)).toEqual([1, 1, 1]);
  });
});

describe('mail', () => {
  it('goes to each account at its own address, as plain text', async () => {
    await raise(['mail']);
    await loop.sendBatch(senders.mail);
    expect(mails.map((m) => m.to)).toEqual([['zhang@example.invalid'], ['li@example.invalid']]);
    expect(mails[0]).toMatchObject({ user: 'huiying' });
    expect(mails[0]!.raw).toMatch(/^Content-Type: text\/plain; charset=utf-8\r$/m);
    expect(mails[0]!.raw).not.toMatch(/text\/html/);
    expect(await states('mail')).toMatchObject([
      { state: 'sent' },
      { state: 'sent' },
      { state: 'failed', fault: '该账号未填写邮箱' },
    ]);
    // No later try can help: it stays failed and seen, and nothing waits for it.
    await shiftTime(db, { byMs: 24 * 3_600_000 });
    expect(await loop.sendBatch(senders.mail)).toBe(0);
    const open = await rows(db, `select 1 from alert_delivery where channel = 'mail' and next_try_at is not null`);
    expect(open).toEqual([]);
  });

  it('that the server refuses is tried again', async () => {
    await raise(['mail']);
    refuseMail = true;
    await loop.sendBatch(senders.mail);
    expect((await states('mail'))[0]).toMatchObject({ state: 'failed', fault: '邮件未发出：452' });
    refuseMail = false;
    await shiftTime(db, { byMs: 31_000 });
    await loop.sendBatch(senders.mail);
    expect((await states('mail'))[0]).toMatchObject({ state: 'sent' });
  });

  it('is not sent with a wrong password, and says so', async () => {
    const wrong = openSender({ ...senders.mail.channel, secret: 'wrong' }, db);
    await raise(['mail']);
    await loop.sendBatch(wrong);
    wrong.close();
    expect((await states('mail'))[0]).toMatchObject({ state: 'failed', fault: '邮件未发出：535' });
  });
});

it('the loop sends by itself, woken by the hint, and stops cleanly', async () => {
  const listener = new PgListener(database.url);
  const running = new DeliveryLoop(db, new DeliveryClaims(db), listener, [senders.hook], null);
  await running.onApplicationBootstrap();
  const started = performance.now();
  await raise(['hook']);
  while (posts.length === 0 && performance.now() - started < 5_000)
    await new Promise((resolve) => setTimeout(resolve, 10));
  expect(performance.now() - started).toBeLessThan(1_500);
  await running.onApplicationShutdown();
  await listener.close();
  await raise(['hook']);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(posts).toHaveLength(1);
});
