import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Logger } from '@nestjs/common';
import { openSender } from '@app/notify';
import { ChannelBook } from '@app/response';
import { PgListener, rows } from '@app/storage';
import { type NotifyBench, openNotify } from './notify-bench';

let bench: NotifyBench;

beforeAll(async () => {
  Logger.overrideLogger(false);
  bench = await openNotify();
}, 60_000);
afterAll(() => bench.close());
beforeEach(() => bench.reset());

const hook = () => bench.drain(bench.channels.hook);
const mail = () => bench.drain(bench.channels.mail);
const htmlOf = (raw: string) => raw.split('Content-Type: text/html')[1] ?? '';
const status = (code: number) => (response: { writeHead(code: number): { end(): void } }) => response.writeHead(code).end();

describe('a group channel', () => {
  it('gets one message for all whom the alert names', async () => {
    const key = await bench.raise(['hook']);
    expect(await hook()).toBe(1);
    expect(bench.got.posts).toMatchObject([{ key, recipients: ['张三', '李四', '王五'], url: 'https://huiying.example' }]);
    expect((await bench.states('hook')).map((s) => s.state)).toEqual(['sent', 'sent', 'sent']);
    expect(await hook()).toBe(0);
  });

  it('that failed is tried again with backoff, with the same key, until it is taken', async () => {
    await bench.raise(['hook']);
    bench.got.onHook = status(500);
    await hook();
    expect((await bench.states('hook'))[0]).toMatchObject({ state: 'failed', attempts: 1, fault: '对方答复 HTTP 500' });
    expect(await hook()).toBe(0);
    await bench.pass(31);
    bench.got.onHook = status(503);
    await hook();
    expect((await bench.states('hook'))[0]).toMatchObject({ state: 'failed', attempts: 2, fault: '对方答复 HTTP 503' });
    await bench.pass(31);
    expect(await hook()).toBe(0);
    await bench.pass(30);
    bench.got.onHook = status(200);
    await hook();
    expect((await bench.states('hook'))[0]).toMatchObject({ state: 'sent', attempts: 3, fault: null });
    expect(new Set(bench.got.posts.map((p) => p.key)).size).toBe(1);
  });

  it('that asks for patience (429, Retry-After) is left alone for so long', async () => {
    await bench.raise(['hook']);
    bench.got.onHook = (response) => response.writeHead(429, { 'retry-after': '300' }).end();
    await hook();
    await bench.pass(290);
    expect(await hook()).toBe(0);
    await bench.pass(15);
    bench.got.onHook = status(200);
    expect(await hook()).toBe(1);
    expect((await bench.states('hook'))[0]).toMatchObject({ state: 'sent', attempts: 2 });
  });

  it('of a sender that died is taken over after its lease, with the same key', async () => {
    const key = await bench.raise(['hook']);
    const terms = { name: 'hook', group: true, limits: [], quota: null };
    expect((await bench.claims.claim(terms, 20)).messages).toMatchObject([{ key, attempts: 1, count: 1 }]);
    expect(await hook()).toBe(0);
    await bench.pass(61);
    expect(await hook()).toBe(1);
    expect(bench.got.posts.map((p) => p.key)).toEqual([key]);
  });

  it('has the alert once, also for people who are added to it later', async () => {
    await bench.raise(['hook']);
    await hook();
    await rows(bench.db, `update alert_delivery set state = 'queued', next_try_at = app_now(), message_id = null, sent_at = null where channel = 'hook' and seq = (select max(seq) from alert_delivery where channel = 'hook')`);
    expect(await hook()).toBe(0);
    expect((await bench.states('hook')).map((s) => s.state)).toEqual(['sent', 'sent', 'sent']);
    expect(bench.got.posts).toHaveLength(1);
  });

  it('that was claimed and could not be tried is handed back at once', async () => {
    await bench.raise(['hook']);
    const terms = { name: 'hook', group: true, limits: [], quota: null };
    await bench.claims.release((await bench.claims.claim(terms, 20)).messages);
    expect((await bench.claims.claim(terms, 20)).messages.map((m) => m.attempts)).toEqual([1]);
  });
});

it('for an account that was disabled meanwhile a message is superseded, and nothing waits for it', async () => {
  await bench.raise(['mail']);
  await rows(bench.db, `update account set disabled = true where username = 'li'`);
  await mail();
  await rows(bench.db, `update account set disabled = false where username = 'li'`);
  expect(bench.got.mails.map((m) => m.to)).toEqual([['zhang@example.invalid']]);
  expect(await bench.states('mail')).toMatchObject([{ state: 'sent' }, { state: 'superseded' }, { state: 'failed' }]);
  expect(await bench.claims.waitMs('mail', 500)).toBe(500);
});

describe('mail', () => {
  it('goes to each account at its own address, as plain text and as HTML', async () => {
    await bench.raise(['mail']);
    await mail();
    expect(bench.got.mails.map((m) => m.to)).toEqual([['zhang@example.invalid'], ['li@example.invalid']]);
    const { raw, user } = bench.got.mails[0]!;
    expect(user).toBe('huiying');
    expect(raw).toMatch(/^Content-Type: multipart\/alternative/m);
    expect(raw.match(/^Content-Type: text\/(plain|html); charset=utf-8\r$/gm)).toHaveLength(2);
    expect(htmlOf(raw)).toContain('&#60;b&#62;x&#60;/b&#62;');
    expect(htmlOf(raw)).not.toContain('<b>');
    expect(await bench.states('mail')).toMatchObject([{ state: 'sent' }, { state: 'sent' }, { state: 'failed', fault: '该账号未填写邮箱' }]);
    // No later try can help: it stays failed and seen, and nothing waits for it.
    await bench.pass(24 * 3600);
    expect(await mail()).toBe(0);
  });

  it('has no header and no recipient that a text of the open web put there', async () => {
    await bench.raise(['mail'], { title: '停水\r\nBcc: all@example.invalid\r\n\r\n<script>x</script>\u2028Subject: 假的' });
    await mail();
    expect(bench.got.mails.map((m) => m.to)).toEqual([['zhang@example.invalid'], ['li@example.invalid']]);
    const [head = ''] = bench.got.mails[0]!.raw.split('\r\n\r\n');
    expect(head).not.toMatch(/^Bcc:/im);
    expect(head.match(/^Subject:/gim)).toHaveLength(1);
    expect(htmlOf(bench.got.mails[0]!.raw)).not.toContain('<script>');
  });

  it.each([452, 554])('that the server refuses with %d is tried again', async (code) => {
    await bench.raise(['mail']);
    bench.got.refuseMail = { code };
    await mail();
    expect((await bench.states('mail'))[0]).toMatchObject({ state: 'failed', fault: `邮件未发出：${code}` });
    bench.got.refuseMail = null;
    await bench.pass(31);
    await mail();
    expect((await bench.states('mail'))[0]).toMatchObject({ state: 'sent' });
  });

  it('to an address that does not exist is not tried for ever', async () => {
    await bench.raise(['mail']);
    bench.got.refuseMail = { code: 550 };
    await mail();
    await bench.pass(24 * 3600);
    expect(await mail()).toBe(0);
    expect((await bench.states('mail'))[0]).toMatchObject({ state: 'failed', fault: '邮件未发出：550' });
  });

  it('is not sent with a wrong password, and says so', async () => {
    const wrong = openSender({ ...bench.channels.mail, secret: 'wrong' }, bench.db);
    await bench.raise(['mail']);
    await bench.loop.sendBatch(wrong);
    wrong.close();
    expect((await bench.states('mail'))[0]).toMatchObject({ state: 'failed', fault: '邮件未发出：535' });
  });

  it.each([
    ['never greets', () => undefined, 'ETIMEDOUT'],
    ['talks nonsense', (socket: { end(text: string): void }) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), /EPROTOCOL|ECONNECTION|ESOCKET/],
    ['hangs up', (socket: { destroy(): void }) => socket.destroy(), /ECONN|ESOCKET/],
  ])('to a server that %s is a fault within its time', async (_, behave, fault) => {
    const server = createServer(behave as () => void);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const sender = openSender({ ...bench.channels.mail, port: (server.address() as AddressInfo).port, timeoutSeconds: 1 } as typeof bench.channels.mail, bench.db);
    await bench.raise(['mail']);
    await bench.loop.sendBatch(sender);
    sender.close();
    server.close();
    expect((await bench.states('mail'))[0]).toMatchObject({ state: 'failed', fault: expect.stringMatching(fault) });
  });
});

it('a channel’s record tells its last success, its last fault and how often it failed in a row', async () => {
  const book = new ChannelBook(bench.db);
  expect(await book.load(['hook'])).toMatchObject([{ sent: 0, failed: 0, lastOkAt: null, waiting: 0 }]);
  await bench.raise(['hook']);
  await hook();
  bench.got.onHook = status(500);
  await bench.raise(['hook']);
  await hook();
  expect(await book.load(['sms', 'hook'])).toMatchObject([
    { name: 'sms', sent: 0 },
    { name: 'hook', sent: 1, failed: 1, failsInRow: 1, lastFault: '对方答复 HTTP 500', failing: 3, sentToday: 1 },
  ]);
});

it('the loop sends by itself, woken by the hint, and stops cleanly', async () => {
  const listener = new PgListener(bench.url);
  const running = bench.loopOf(listener, [bench.sender(bench.channels.hook)]);
  await running.onApplicationBootstrap();
  const started = performance.now();
  await bench.raise(['hook']);
  while (bench.got.posts.length === 0 && performance.now() - started < 5_000) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(performance.now() - started).toBeLessThan(1_500);
  await running.onApplicationShutdown();
  await listener.close();
  await bench.raise(['hook']);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(bench.got.posts).toHaveLength(1);
});
