import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ChannelSettings } from '@app/settings';
import { planMessage } from './message';
import { ALERT, NOW, SINGLE, TEMPLATES, TOLD } from './message.fixture';
import { SmsSender } from './sms-sender';

type SmsSettings = Extract<ChannelSettings, { kind: 'sms' }>;

/** A real gateway on loopback that answers as told. */
let server: Server;
let base: string;
let got: { method: string; url: string; headers: Record<string, unknown>; body: string }[] = [];
let answer: (response: ServerResponse) => void;

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (c: Buffer) => chunks.push(c));
    request.on('end', () => {
      got.push({ method: request.method!, url: request.url!, headers: request.headers, body: Buffer.concat(chunks).toString() });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  got = [];
  answer = (response) => response.end('{"code":"0"}');
});

const message = planMessage({ ...SINGLE, alerts: [{ ...TOLD, alert: { ...ALERT, title: '某厂"爆炸" & 停水</t>' } }] }, TEMPLATES, NOW, null);
const to = [{ accountId: '1', displayName: '张三', email: null, phone: '13800138000' }];

function sms(more: Partial<SmsSettings>): SmsSender {
  const channel: SmsSettings = {
    ...{ name: 'sms', title: '短信', kind: 'sms', enabled: true, minSeverity: 'critical', timeoutSeconds: 1, storm: null, secret: 'top-secret' },
    ...{ url: `${base}/send`, method: 'POST', headers: { 'content-type': 'application/json' }, success: {} },
    ...{ body: '{"to":"{phone}","msg":"{text}","id":"{key}"}', maxChars: 70, quotaPerDay: 10, reserveForUrgent: 1 },
    ...more,
  };
  return new SmsSender(channel, () => Promise.resolve(1_763_690_400));
}

describe('the SMS gateway', () => {
  it('gets JSON that stays JSON whatever the text holds', async () => {
    expect(await sms({}).send(message, to)).toEqual({ ok: true });
    expect(JSON.parse(got[0]!.body)).toEqual({ to: '13800138000', msg: '【紧急】某厂"爆炸" & 停水</t>，还剩 2 小时 5 分。', id: 'clock:3:due:0' });
  });

  it('gets a form whose fields cannot be added to', async () => {
    await sms({ headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'mobile={phone}&content={text}&sign={secret}' }).send(message, to);
    const form = new URLSearchParams(got[0]!.body);
    expect([...form.keys()]).toEqual(['mobile', 'content', 'sign']);
    expect(form.get('content')).toContain('某厂"爆炸" & 停水</t>');
  });

  it('gets XML whose elements cannot be closed', async () => {
    await sms({ headers: { 'content-type': 'text/xml; charset=utf-8' }, body: '<m><to>{phone}</to><t>{text}</t></m>' }).send(message, to);
    expect(got[0]!.body.match(/<\/t>/g)).toHaveLength(1);
  });

  it('is asked by GET with everything in the address, and without a body', async () => {
    await sms({ method: 'GET', headers: {}, url: `${base}/send?p={phone}&c={text}&t={unixSeconds}` }).send(message, to);
    const url = new URL(got[0]!.url, base);
    expect(got[0]).toMatchObject({ method: 'GET', body: '' });
    expect([url.searchParams.get('p'), url.searchParams.get('t')]).toEqual(['13800138000', '1763690400']);
    expect(url.searchParams.get('c')).toContain('& 停水');
  });

  it('gets its secret in a header, from which nothing can break out', async () => {
    const odd = { ...message, key: 'k\r\nx-injected: 1' };
    await sms({ headers: { 'content-type': 'application/json', Authorization: 'Bearer {secret}', 'X-Id': '{key}' } }).send(odd, to);
    expect(got[0]!.headers).toMatchObject({ authorization: 'Bearer top-secret', 'x-id': 'kx-injected: 1' });
    expect(got[0]!.headers['x-injected']).toBeUndefined();
  });

  it.each([
    ['{"code":"0"}', { path: 'code', equals: ['0'] }, null],
    ['{"result":{"status":0}}', { path: 'result.status', equals: ['0', 'OK'] }, null],
    ['{"code":"isv.AMOUNT_NOT_ENOUGH"}', { path: 'code', equals: ['0'] }, '短信网关未受理：{"code":"isv.AMOUNT_NOT_ENOUGH"}'],
    ['{}', { path: 'code', equals: ['0'] }, '短信网关未受理：{}'],
    ['<html>登录</html>', { path: 'code', equals: ['0'] }, '短信网关的答复不是 JSON：<html>登录</html>'],
    ['OK:123', { contains: 'OK:' }, null],
    ['ERR:41', { contains: 'OK:' }, '短信网关未受理：ERR:41'],
  ])('that answers 200 %s under %j: %s', async (body, success, fault) => {
    answer = (response) => response.end(body);
    expect(await sms({ success }).send(message, to)).toEqual(fault === null ? { ok: true } : { ok: false, fault });
  });

  it('that answers 5xx, 429, or never, is a fault; that is slow within the time is not', async () => {
    answer = (response) => response.writeHead(502).end();
    expect(await sms({}).send(message, to)).toEqual({ ok: false, fault: '对方答复 HTTP 502' });
    answer = (response) => response.writeHead(429, { 'retry-after': '30' }).end();
    expect(await sms({}).send(message, to)).toMatchObject({ ok: false, retryAfterSeconds: 30 });
    answer = () => undefined;
    expect(await sms({}).send(message, to)).toEqual({ ok: false, fault: '对方超时未答复' });
    answer = (response) => void setTimeout(() => response.end('{"code":"0"}'), 400);
    expect(await sms({}).send(message, to)).toEqual({ ok: true });
  });

  it('has a yes of its own where its settings name the status', async () => {
    answer = (response) => response.writeHead(202).end();
    expect(await sms({ success: { status: [202] } }).send(message, to)).toEqual({ ok: true });
    expect(await sms({ success: { status: [200] } }).send(message, to)).toEqual({ ok: false, fault: '短信网关答复 HTTP 202' });
  });

  it('cannot reach an account without a number, and no later try will', async () => {
    expect(await sms({}).send(message, [{ ...to[0]!, phone: null }])).toEqual({ ok: false, fault: '该账号未填写手机号', final: true });
    expect(got).toEqual([]);
  });
});
