import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ChannelSettings } from '@app/settings';
import { planMessage } from './message';
import { NOW, SINGLE, TEMPLATES } from './message.fixture';
import { RobotSender } from './robot-sender';
import type { Recipient } from './sender';
import { WebhookSender } from './webhook-sender';

interface Got {
  url: URL;
  headers: IncomingMessage['headers'];
  body: string;
}

/** A real receiver on loopback that answers as told. */
let server: Server;
let got: Got[] = [];
let answer: (response: ServerResponse, request: Got) => void;
let base: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (c: Buffer) => chunks.push(c));
    request.on('end', () => {
      const one = {
        url: new URL(request.url!, base),
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      };
      got.push(one);
      answer(response, one);
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
  answer = (response) => response.end('{"errcode":0,"errmsg":"ok","code":0,"msg":"success"}');
});

const UNIX = 1_763_690_400;
const message = planMessage(SINGLE, TEMPLATES, NOW, { url: 'https://huiying.example/cases/12', sign: false });
const to: Recipient[] = [
  { accountId: '1', displayName: '张三', email: null, phone: null },
  { accountId: '2', displayName: '李四', email: null, phone: null },
];
const unix = () => Promise.resolve(UNIX);
const shared = { name: 'one', enabled: true, minSeverity: 'info' as const, timeoutSeconds: 1, title: '一', storm: null };
const webhook = (path: string, secret: string | null = 's3cret') =>
  new WebhookSender({ ...shared, kind: 'webhook', url: base + path, secretFile: 'f', secret }, unix);
const robot = (kind: 'wecom' | 'dingtalk' | 'feishu', secret: string | null) =>
  new RobotSender(
    { ...shared, kind, url: `${base}/robot?access_token=abc`, secret } as Extract<
      ChannelSettings,
      { kind: 'wecom' | 'dingtalk' | 'feishu' }
    >,
    unix,
  );

/** What a careful receiver does. */
function verified(one: Got, secret: string, unixNow: number): boolean {
  const m = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(one.headers['x-huiying-signature']));
  if (!m || Math.abs(unixNow - Number(m[1])) > 300) return false;
  const wanted = createHmac('sha256', secret).update(`${m[1]}.${one.body}`).digest();
  return timingSafeEqual(wanted, Buffer.from(m[2]!, 'hex'));
}

describe('the webhook', () => {
  it('is signed so that its receiver can check body and time', async () => {
    expect(await webhook('/hook').send(message, to)).toEqual({ ok: true });
    expect(got[0]!.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'idempotency-key': 'clock:3:due:0',
    });
    expect(JSON.parse(got[0]!.body)).toMatchObject({
      key: 'clock:3:due:0',
      caseId: '12',
      recipients: ['张三', '李四'],
    });
    expect(verified(got[0]!, 's3cret', UNIX + 10)).toBe(true);
  });

  it('forged, changed or replayed, the signature does not fit', async () => {
    await webhook('/hook').send(message, to);
    expect(verified(got[0]!, 'other', UNIX)).toBe(false);
    expect(verified({ ...got[0]!, body: got[0]!.body.replace('12', '13') }, 's3cret', UNIX)).toBe(false);
    expect(verified(got[0]!, 's3cret', UNIX + 3600)).toBe(false);
  });

  it('a receiver that refuses the signature is a fault that is told', async () => {
    answer = (response, one) => response.writeHead(verified(one, 'right', UNIX) ? 200 : 401).end();
    expect(await webhook('/hook', 'wrong').send(message, to)).toEqual({ ok: false, fault: '对方答复 HTTP 401' });
    expect(await webhook('/hook', 'right').send(message, to)).toEqual({ ok: true });
  });

  it.each([500, 503, 404, 302])('HTTP %d is a fault, and a redirect is not followed', async (status) => {
    answer = (response) => response.writeHead(status, { location: `${base}/elsewhere` }).end();
    expect(await webhook('/hook').send(message, to)).toEqual({ ok: false, fault: `对方答复 HTTP ${status}` });
    expect(got).toHaveLength(1);
  });

  it('gives up on a receiver that never answers, or never ends', async () => {
    answer = () => undefined;
    expect(await webhook('/hook').send(message, to)).toEqual({ ok: false, fault: '对方超时未答复' });
    answer = (response) => response.write('a');
    expect(await webhook('/hook').send(message, to)).toEqual({ ok: false, fault: '对方超时未答复' });
  });

  it.each([
    ['120', 120],
    ['99999', 3600],
    ['Sat, 21 Nov 2026 02:01:30 GMT', 90],
  ])('429 with Retry-After %s: a fault, and not before %d s again', async (header, seconds) => {
    answer = (response) => response.writeHead(429, { 'retry-after': header, date: 'Sat, 21 Nov 2026 02:00:00 GMT' }).end();
    expect(await webhook('/hook').send(message, to)).toEqual({ ok: false, fault: '对方限流（HTTP 429）', retryAfterSeconds: seconds });
  });

  it('a slow receiver that is done within the time is taken', async () => {
    answer = (response) => void setTimeout(() => response.end(), 400);
    expect(await webhook('/hook').send(message, to)).toEqual({ ok: true });
  });

  it('an answer without end is cut off and judged by its status', async () => {
    answer = (response) => {
      response.writeHead(200);
      const pour = () => response.destroyed || response.write('x'.repeat(65_536), pour);
      pour();
    };
    expect(await webhook('/hook').send(message, to)).toEqual({ ok: true });
  });

  it('a summary tells number, lines and key', async () => {
    const many = planMessage({ ...SINGLE, key: 'storm:1:5', kind: 'storm', count: 30 }, TEMPLATES, NOW, null);
    await webhook('/hook').send(many, to);
    expect(JSON.parse(got[0]!.body)).toMatchObject({ key: 'storm:1:5', type: 'storm', count: 30, title: expect.stringContaining('30 条预警') });
  });

  it('says that nobody listens, without telling the address and its keys', async () => {
    const closed = new WebhookSender(
      { ...shared, kind: 'webhook', url: 'http://127.0.0.1:1/hook?key=topsecret', secretFile: 'f', secret: 's' },
      unix,
    );
    expect(await closed.send(message, to)).toEqual({ ok: false, fault: '无法送达：ECONNREFUSED' });
  });
});

describe('the group robots', () => {
  it('企业微信: plain text within 2048 bytes', async () => {
    expect(await robot('wecom', null).send({ ...message, lines: ['长'.repeat(3000)] }, to)).toEqual({ ok: true });
    const body = JSON.parse(got[0]!.body) as { msgtype: string; text: { content: string } };
    expect(body.msgtype).toBe('text');
    expect(Buffer.byteLength(body.text.content)).toBeLessThanOrEqual(2048);
    expect(body.text.content).toMatch(/^【紧急】权威信息发布将到期\n长+…\n查看：https:.*\n责任人：张三、李四$/);
  });

  it('钉钉: signed in the query as its manual says', async () => {
    expect(await robot('dingtalk', 'SECabc').send(message, to)).toEqual({ ok: true });
    const { searchParams } = got[0]!.url;
    expect(searchParams.get('access_token')).toBe('abc');
    expect(searchParams.get('timestamp')).toBe(`${UNIX}000`);
    expect(searchParams.get('sign')).toBe(createHmac('sha256', 'SECabc').update(`${UNIX}000\nSECabc`).digest('base64'));
    expect(JSON.parse(got[0]!.body)).toMatchObject({ msgtype: 'text', at: { isAtAll: false } });
  });

  it('飞书: signed in the body as its manual says', async () => {
    expect(await robot('feishu', 'key').send(message, to)).toEqual({ ok: true });
    expect(JSON.parse(got[0]!.body)).toMatchObject({
      timestamp: String(UNIX),
      sign: createHmac('sha256', `${UNIX}\nkey`).update('').digest('base64'),
      msg_type: 'text',
      content: { text: expect.stringContaining('责任人：张三、李四') },
    });
  });

  it.each(['wecom', 'dingtalk', 'feishu'] as const)('%s: words from the open web mention nobody', async (kind) => {
    const title = '<at user_id="all">所有人</at> <@all> @all @13800138000';
    expect(await robot(kind, null).send({ ...message, title, lines: [title] }, to)).toEqual({ ok: true });
    expect(got[0]!.body).toContain('＜at user_id=');
    expect(got[0]!.body).not.toMatch(/[<>@]/);
  });

  it.each([
    ['wecom', '{"errcode":93000,"errmsg":"invalid webhook url"}', '对方拒绝：93000 invalid webhook url'],
    ['dingtalk', '{"errcode":310000,"errmsg":"sign not match"}', '对方拒绝：310000 sign not match'],
    ['feishu', '{"code":19021,"msg":"sign match fail"}', '对方拒绝：19021 sign match fail'],
    ['feishu', '<html>captive portal</html>', '对方的答复不是 JSON'],
    ['wecom', '{"ok":true}', '对方的答复里没有 errcode'],
    ['dingtalk', '', '对方的答复不是 JSON'],
    ['dingtalk', 'null', '对方的答复里没有 errcode'],
  ] as const)('%s answers HTTP 200 with a refusal inside: a fault', async (kind, body, fault) => {
    answer = (response) => response.end(body);
    expect(await robot(kind, 'wrong').send(message, to)).toEqual({ ok: false, fault });
  });

  it.each([
    ['wecom', '{"errcode":45009,"errmsg":"api freq out of limit"}', 60],
    ['dingtalk', '{"errcode":130101,"errmsg":"send too fast, exceed 20 times per minute"}', 600],
    ['feishu', '{"code":11232,"msg":"frequency limited"}', 60],
  ] as const)('%s says that it was too much: not before %s again', async (kind, body, seconds) => {
    answer = (response) => response.end(body);
    expect(await robot(kind, null).send(message, to)).toMatchObject({ ok: false, retryAfterSeconds: seconds });
  });

  it('钉钉 that shuts its door by a redirect is a fault', async () => {
    answer = (response) => response.writeHead(302, { location: 'https://error.example' }).end();
    expect(await robot('dingtalk', null).send(message, to)).toEqual({ ok: false, fault: '对方答复 HTTP 302' });
  });

  it('a faithful 钉钉 takes the right signature of the hour and refuses the wrong one', async () => {
    answer = (response, one) => {
      const timestamp = one.url.searchParams.get('timestamp');
      const wanted = createHmac('sha256', 'SECabc').update(`${timestamp}\nSECabc`).digest('base64');
      const good = one.url.searchParams.get('sign') === wanted && Math.abs(Number(timestamp) - UNIX * 1000) < 3_600_000;
      response.end(good ? '{"errcode":0}' : '{"errcode":310000,"errmsg":"sign not match"}');
    };
    expect(await robot('dingtalk', 'SECabc').send(message, to)).toEqual({ ok: true });
    expect(await robot('dingtalk', 'SECxyz').send(message, to)).toEqual({ ok: false, fault: '对方拒绝：310000 sign not match' });
  });

  it('a faithful 飞书 takes the right signature of the hour and refuses the wrong one', async () => {
    answer = (response, one) => {
      const { timestamp, sign } = JSON.parse(one.body) as { timestamp: string; sign: string };
      const wanted = createHmac('sha256', `${timestamp}\nkey`).update('').digest('base64');
      const good = sign === wanted && Math.abs(Number(timestamp) - UNIX) < 3_600;
      response.end(good ? '{"code":0}' : '{"code":19021,"msg":"sign match fail"}');
    };
    expect(await robot('feishu', 'key').send(message, to)).toEqual({ ok: true });
    expect(await robot('feishu', 'other').send(message, to)).toEqual({ ok: false, fault: '对方拒绝：19021 sign match fail' });
  });

  it.each(['wecom', 'dingtalk', 'feishu'] as const)('%s: 5xx and silence are faults, a slow yes within the time is a yes', async (kind) => {
    answer = (response) => response.writeHead(502).end();
    expect(await robot(kind, null).send(message, to)).toEqual({ ok: false, fault: '对方答复 HTTP 502' });
    answer = () => undefined;
    expect(await robot(kind, null).send(message, to)).toEqual({ ok: false, fault: '对方超时未答复' });
    answer = (response) => void setTimeout(() => response.end('{"errcode":0,"code":0}'), 400);
    expect(await robot(kind, null).send(message, to)).toEqual({ ok: true });
  });

  it('names twenty people and counts the rest', async () => {
    const crowd = Array.from({ length: 25 }, (_, i) => ({ accountId: String(i), displayName: `人${i}`, email: null, phone: null }));
    await robot('feishu', null).send(message, crowd);
    expect(got[0]!.body).toMatch(/人18、人19 等 25 人/);
  });

  it('飞书 gets no more than five a second', async () => {
    const sender = robot('feishu', null);
    const started = performance.now();
    for (let n = 0; n < 6; n++) await sender.send(message, to);
    expect(got).toHaveLength(6);
    expect(performance.now() - started).toBeGreaterThanOrEqual(1_000);
  });
});
