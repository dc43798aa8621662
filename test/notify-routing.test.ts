import { Logger } from '@nestjs/common';
import type { AlertRoute } from '@app/domain';
import { row, rows } from '@app/storage';
import { type NotifyBench, openNotify } from './notify-bench';

let bench: NotifyBench;

beforeAll(async () => {
  Logger.overrideLogger(false);
  bench = await openNotify();
}, 60_000);
afterAll(() => bench.close());
beforeEach(() => bench.reset());

const route = (r: Partial<AlertRoute>): AlertRoute => ({ name: 'r', when: {}, send: [], fallback: [], ...r });
const { hook, mail, mails, sms } = {
  hook: () => bench.drain(bench.channels.hook),
  mail: () => bench.drain(bench.channels.mail),
  mails: () => bench.drain(bench.channels.mails),
  sms: () => bench.drain(bench.channels.sms),
};
const of = async (channel: string) => (await bench.states(channel)).map((s) => `${s.username} ${s.state}`);
const alertRow = (key: string) =>
  row<{ unreachable: boolean; escalated: boolean }>(bench.db, 'select unreachable, escalated from alert where key = $1', [key]);

describe('routes', () => {
  it('send by the case’s class, topic and region, read when the alert is addressed', async () => {
    const caseId = await addCase({ case_class: 'major', topic: '教育', region: '990101' });
    const when = { classes: ['major'] as const, topics: ['教育'] as const, regions: ['990100'] };
    await bench.raise([route({ when, send: ['hook'] }), route({ name: 's', when: { ...when, regions: ['110000'] }, send: ['mail'] })], { severity: 'warning', caseId });
    expect([await of('hook'), await of('mail')]).toEqual([['zhang queued', 'li queued', 'wang queued'], []]);
  });

  it('that fit nobody leave the socket alone, but not for what is urgent', async () => {
    await bench.raise([route({ when: { roles: ['leader'] }, send: ['hook'] })], { severity: 'warning' });
    expect(await of('hook')).toEqual([]);
    await bench.raise([route({ when: { roles: ['leader'] }, send: ['hook'] })], { severity: 'critical' });
    expect(await of('hook')).toHaveLength(3);
    expect(await of('sms')).toHaveLength(3);
  });
});

describe('ordinary matters', () => {
  it('wait for the digest and are told together, each person its own', async () => {
    for (const title of ['停水', '噪音', '路灯']) await bench.raise(['mail'], { severity: 'info', title });
    expect(await mail()).toBe(0);
    await bench.pass(1801);
    await mail();
    expect(bench.got.mails.map((m) => m.to)).toEqual([['zhang@example.invalid'], ['li@example.invalid']]);
    expect((await bench.states('mail')).filter((s) => s.state === 'sent')).toHaveLength(6);
    expect(await rows(bench.db, `select kind, count(*)::int as n from alert_message where sent_at is not null group by kind`)).toEqual([{ kind: 'digest', n: 2 }]);
  });

  it('never hold an urgent one back, and are not sent along with it', async () => {
    await bench.raise(['hook'], { severity: 'info', title: '路灯' });
    const key = await bench.raise(['hook'], { severity: 'critical', title: '爆炸' });
    await hook();
    expect(bench.got.posts.map((p) => p.key)).toEqual([key]);
  });

  it('of an emergency do not wait either', async () => {
    const caseId = await addCase({ case_class: 'emergency' });
    await bench.raise(['hook'], { severity: 'info', caseId });
    expect(await hook()).toBe(1);
  });
});

describe('a storm', () => {
  beforeEach(() => {
    bench.channels.sms.storm = { messages: 3, minutes: 5 };
    bench.channels.hook.storm = { messages: 3, minutes: 5 };
  });

  async function burst(n: number, channel: string, severity = 'critical'): Promise<void> {
    for (let i = 1; i < n; i++) await bench.raise([channel], { severity, title: `第${i}起`, later: true });
    await bench.raise([channel], { severity, title: '最后一起' });
  }

  it('becomes one summary with number and the most urgent; nothing is left out', async () => {
    await burst(59, 'hook', 'warning');
    await bench.raise(['hook'], { title: '化工厂爆炸' });
    await hook();
    expect(bench.got.posts).toHaveLength(1);
    expect(bench.got.posts[0]).toMatchObject({ type: 'storm', count: 60, title: '【预警集中】60 条预警，最急：化工厂爆炸' });
    expect(bench.got.posts[0]!.lines.at(-1)).toBe('另有 48 条，请登录查看');
    expect(new Set((await bench.states('hook')).map((s) => s.state))).toEqual(new Set(['sent']));
  });

  it('that goes on gives a summary a minute, never silence', async () => {
    await burst(3, 'sms');
    await sms();
    expect(bench.got.texts).toHaveLength(6);
    await burst(40, 'sms');
    await sms();
    expect(bench.got.texts).toHaveLength(6);
    await bench.pass(61);
    await sms();
    expect(bench.got.texts.slice(6).map((t) => `${t.phone} ${/【紧急】40 条预警/.test(t.text)}`).sort()).toEqual(['13800000001 true', '13800000002 true']);
    await burst(7, 'sms');
    await bench.pass(30);
    expect(await sms()).toBe(0);
    await bench.pass(31);
    await sms();
    expect(bench.got.texts.slice(8).every((t) => /7 条预警/.test(t.text))).toBe(true);
    expect(bench.got.texts).toHaveLength(10);
  });

  it('whose summary fails is tried again as the same summary', async () => {
    await burst(9, 'hook');
    bench.got.onHook = (response) => response.writeHead(500).end();
    await hook();
    bench.got.onHook = (response) => response.writeHead(200).end();
    await burst(2, 'hook');
    await bench.pass(61);
    await hook();
    const [first, ...later] = bench.got.posts;
    expect(first).toMatchObject({ type: 'storm', count: 9 });
    expect(later.find((p) => p.key === first!.key)).toMatchObject({ count: 9 });
    expect(later.filter((p) => p.key !== first!.key).map((p) => p.count)).toEqual([1, 1]);
  });
});

describe('when a channel fails', () => {
  const chain = [route({ send: ['mail'], fallback: ['sms', 'mails'] })];

  it('the next one waits unused while it works', async () => {
    await bench.raise(chain);
    await mail();
    expect(await of('sms')).toEqual(['zhang standby', 'li standby', 'wang queued']);
    await sms();
    expect(bench.got.texts).toEqual([]);
  });

  it('the next one takes over after two tries, and the first stops when it has', async () => {
    await bench.raise(chain);
    bench.got.refuseMail = { code: 452 };
    await mail();
    expect((await of('sms'))[0]).toBe('zhang standby');
    await bench.pass(31);
    await mail();
    expect((await of('sms')).slice(0, 2)).toEqual(['zhang queued', 'li queued']);
    await sms();
    expect(bench.got.texts.map((t) => t.phone)).toEqual(['13800000001', '13800000002']);
    bench.got.refuseMail = null;
    await bench.pass(3600);
    expect(await mail()).toBe(0);
    expect((await of('mail')).slice(0, 2)).toEqual(['zhang failed', 'li failed']);
  });

  it('at once where no try can help, or the receiver is shut for long', async () => {
    await bench.raise([route({ send: ['sms'], fallback: ['mail'] })]);
    bench.got.onText = (response) => response.writeHead(429, { 'retry-after': '600' }).end();
    await sms();
    await mail();
    expect(bench.got.mails.map((m) => m.to)).toEqual([['zhang@example.invalid'], ['li@example.invalid']]);
    expect((await bench.states('mail'))[2]).toMatchObject({ username: 'wang', state: 'failed', fault: '该账号未填写邮箱' });
  });

  it('one after the other to the end of the line', async () => {
    await bench.raise(chain);
    bench.got.refuseMail = { code: 550 };
    bench.got.onText = (response) => response.end('{"code":"1"}');
    await mail();
    await sms();
    await bench.pass(31);
    await sms();
    expect((await of('mails')).slice(0, 2)).toEqual(['zhang queued', 'li queued']);
  });

  it('for good and for all, the next office is alerted at once, and the history says why', async () => {
    const caseId = await addCase({});
    const key = await bench.raise(chain, { receiptMinutes: 30, caseId });
    bench.got.refuseMail = { code: 550 };
    bench.got.onText = (response) => response.writeHead(429, { 'retry-after': '600' }).end();
    for (const send of [mail, sms, mails]) await send();
    expect(await alertRow(key)).toMatchObject({ unreachable: true, escalated: false });
    expect(await bench.escalate()).toBe(1);
    const climbed = await row<{ title: string; body: string }>(bench.db, `select title, body from alert where raised_from is not null`);
    expect(climbed!.title).toBe('【无法送达】发布将到期');
    expect(climbed!.body).toContain('各渠道均未能送达');
    expect(await rows(bench.db, `select summary from case_event where case_id = $1 and kind = 'climbed'`, [caseId])).toMatchObject([
      { summary: expect.stringContaining('预警无法送达，上报') as string },
    ]);
  });

  it('nobody climbs while one person has it, over whatever channel', async () => {
    const key = await bench.raise([route({ send: ['mail'] })], { receiptMinutes: 30 });
    await rows(bench.db, `update account set email = 'wang@example.invalid' where username = 'wang'`);
    await mail();
    await rows(bench.db, `update account set email = null where username = 'wang'`);
    expect(await alertRow(key)).toMatchObject({ unreachable: false });
    const second = await bench.raise([route({ send: ['mail'] })], { receiptMinutes: 30 });
    await rows(bench.db, `update alert_delivery set delivered_at = app_now(), state = 'delivered' where channel = 'socket' and alert_id = (select max(id) from alert)
      and account_id = (select id from account where username = 'li')`);
    bench.got.refuseMail = { code: 550 };
    await mail();
    expect(await alertRow(second)).toMatchObject({ unreachable: false });
  });
});

describe('the quota of SMS', () => {
  beforeEach(() => {
    Object.assign(bench.channels.sms, { quotaPerDay: 4, reserveForUrgent: 2, storm: null });
  });

  it('keeps its reserve for what is urgent; beyond it the fallback takes over', async () => {
    const chain = [route({ send: ['sms'], fallback: ['mail'] })];
    await bench.raise(chain, { severity: 'warning' });
    await sms();
    expect(bench.got.texts).toHaveLength(2);
    await bench.raise(chain, { severity: 'warning' });
    await sms();
    expect(bench.got.texts).toHaveLength(2);
    expect((await bench.states('sms')).at(-1)).toMatchObject({ state: 'failed', fault: '今日短信额度已用完' });
    expect((await of('mail')).slice(3, 5)).toEqual(['zhang queued', 'li queued']);
  });

  it('is new on the next Beijing day', async () => {
    const chain = [route({ send: ['sms'] })];
    for (let n = 0; n < 3; n++) await bench.raise(chain);
    await sms();
    const before = bench.got.texts.length;
    expect(before).toBeLessThanOrEqual(4);
    await bench.pass(24 * 3600);
    await bench.raise(chain);
    await sms();
    expect(bench.got.texts.length).toBeGreaterThan(before);
  });
});

it('what a person has read is not sent any more, and a fallback that was not needed says so', async () => {
  await bench.raise([route({ send: ['mail'], fallback: ['sms'] })]);
  const { AlertBox } = await import('@app/response');
  const { loadSettings } = await import('@app/settings');
  const box = new AlertBox(bench.db, loadSettings({ env: {} }));
  const [zhang] = await rows<{ id: string; alert: string }>(bench.db, `select a.id, d.alert_id as alert from account a join alert_delivery d on d.account_id = a.id where username = 'zhang' limit 1`);
  await box.markRead(zhang!.id, zhang!.alert);
  await mail();
  expect(bench.got.mails.map((m) => m.to)).toEqual([['li@example.invalid']]);
  expect([(await of('socket'))[0], (await of('mail'))[0], (await of('sms'))[0]]).toEqual(['zhang read', 'zhang superseded', 'zhang superseded']);
});

let cases = 0;
async function addCase(more: Record<string, unknown>): Promise<string> {
  const c = { case_class: 'ordinary', topic: '其他', region: null, ...more } as Record<string, unknown>;
  const made = await row<{ id: string }>(
    bench.db,
    `insert into case_file (code, title, level, case_class, topic, region, detected_at, opened_at, changed_at)
     values ('YQ-T-' || $1, '某事', 'ordinary', $2, $3, $4, app_now(), app_now(), app_now()) returning id`,
    [String(++cases), c.case_class, c.topic, c.region],
  );
  return made!.id;
}
