import { DataSource } from 'typeorm';
import { AuditChain } from '@app/accounts';
import { Addressing, CaseDesk, ReceiptLinks } from '@app/response';
import { row, rows, shiftTime } from '@app/storage';
import { LABEL } from './engine-bench';
import { type Answer, Browser, type GatewayBench, openCase, openGateway, PASSWORD, person } from './gateway-bench';

let bench: GatewayBench;
let db: DataSource;

beforeAll(async () => {
  bench = await openGateway();
  db = bench.db;
  await person(bench, { username: 'contact', displayName: '陈联络', role: 'department_contact', departmentId: 'yingji' });
  await person(bench, { username: 'other', displayName: '别处', role: 'department_contact', departmentId: 'gongan' });
  await person(bench, { username: 'officer', displayName: '王值班' });
}, 60_000);
afterAll(() => bench.close());

const links = () => bench.app.get(ReceiptLinks, { strict: false });
const desk = () => bench.app.get(CaseDesk, { strict: false });
const idOf = async (username: string) => (await row<{ id: string }>(db, 'select id from account where username = $1', [username]))!.id;

interface Given {
  caseId: string;
  alertId: string;
  token: string;
}

let n = 0;
/** A case handed to the 县应急管理局, its alert to the contact, and the contact's link to it. */
async function assigned(username = 'contact'): Promise<Given> {
  const label = { ...LABEL, level: 'major' as const, topic: '安全事故' as const };
  const caseId = await openCase(bench, { title: `化工厂爆炸${++n}，电话13812345678<script>x</script>`, label });
  await desk().assign({ username: 'officer', displayName: '王值班' }, caseId, 'yingji', '请核实');
  await new Addressing(db).addressBatch();
  const alertId = (await row<{ id: string }>(db, `select id from alert where case_id = $1 and kind = 'assigned'`, [caseId]))!.id;
  return { caseId, alertId, token: await links().issue(await idOf(username), alertId, 'sms', 24) };
}

const phone = () => new Browser(bench.base);
type Page = Answer<{ text: string }>;
const look = (token: string): Promise<Page> => phone().send('GET', `/r/${token}`);
const sign = (token: string): Promise<Page> => phone().send('POST', `/r/${token}`);
const clocks = (caseId: string) => rows<{ state: string }>(db, `select state from clock where case_id = $1 and duty = 'sign-for' order by id`, [caseId]).then((c) => c.map((x) => x.state));
const reads = (alertId: string) =>
  rows<{ username: string }>(db, `select distinct username from alert_delivery d join account a on a.id = d.account_id where alert_id = $1 and read_at is not null`, [alertId]).then((r) => r.map((x) => x.username));

it('shows the masked matter, the duty and a button, without signing in, and signs nothing by being looked at', async () => {
  const { caseId, alertId, token } = await assigned();
  for (let i = 0; i < 3; i++) {
    const page = await look(token);
    expect(page.status).toBe(200);
    expect(page.body.text).toMatch(/化工厂爆炸/);
    expect(page.body.text).toContain('<form method="post"><button>签收</button></form>');
    expect(page.body.text).toContain('陈联络（县应急管理局）');
    expect(page.body.text).toMatch(/<dt>责任<\/dt><dd>签收<\/dd><dt>最迟<\/dt><dd>[^<]+，还剩 (29|30) 分/);
    expect(page.body.text).not.toContain('13812345678');
    expect(page.body.text).not.toContain('<script');
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.headers.get('referrer-policy')).toBe('same-origin');
    expect(page.headers.get('x-robots-tag')).toContain('noindex');
  }
  expect((await phone().send('HEAD', `/r/${token}`)).status).toBe(200);
  expect([await clocks(caseId), await reads(alertId)]).toEqual([['open'], []]);
});

it('signs for the unit by its button: the 签收 clock is met at that time, the history says by whom and how', async () => {
  const { caseId, alertId, token } = await assigned();
  await shiftTime(db, { byMs: 4 * 60_000 });
  const page = await sign(token);
  expect(page.status).toBe(200);
  expect(page.body.text).toContain('已为本单位签收本事件');
  expect(await clocks(caseId)).toEqual(['met']);
  expect(await reads(alertId)).toEqual(['contact']);
  const clock = await row<{ minutes: number }>(db, `select extract(epoch from met_at - anchor_at)::int / 60 as minutes from clock where case_id = $1 and duty = 'sign-for'`, [caseId]);
  expect(clock!.minutes).toBe(4);
  const [event] = await rows<{ actor: string; summary: string; data: object }>(db, `select actor, summary, data from case_event where case_id = $1 and kind = 'receipt-by-link'`, [caseId]);
  expect(event).toMatchObject({ actor: '陈联络（contact）', summary: expect.stringContaining('通过消息链接签收预警'), data: { alertId, channel: 'sms' } });
  const audit = await bench.app.get(AuditChain, { strict: false }).list({ limit: 5 });
  expect(audit.map((a) => a.action)).toEqual(expect.arrayContaining(['receipt.link', 'case.sign-for']));
  expect(audit.find((a) => a.action === 'receipt.link')).toMatchObject({ actor: 'contact', object: `alert:${alertId}`, data: { forCase: true } });
});

it('is used once: replayed, looked at again, or raced, it says when it was used and does nothing', async () => {
  const { caseId, token } = await assigned();
  const answers = await Promise.all(Array.from({ length: 8 }, () => sign(token)));
  expect(answers.map((a) => a.status).sort()).toEqual([200, ...Array.from({ length: 7 }, () => 410)]);
  const again = await sign(token);
  expect(again.status).toBe(410);
  expect(again.body.text).toMatch(/链接已使用[\s\S]*签收链接一次有效/);
  expect((await look(token)).status).toBe(410);
  expect(await rows(db, `select 1 from case_event where case_id = $1 and kind = 'receipt-by-link'`, [caseId])).toHaveLength(1);
  expect(await rows(db, `select 1 from evidence where case_id = $1 and kind = 'receipt'`, [caseId])).toHaveLength(1);
});

it('uses up the other links of the same person and alert with it', async () => {
  const { alertId, token } = await assigned();
  const second = await links().issue(await idOf('contact'), alertId, 'mail', 24);
  expect((await sign(second)).status).toBe(200);
  expect((await sign(token)).status).toBe(410);
});

it('past its end signs nothing and says so, however the drill’s clock stands', async () => {
  const { caseId, token } = await assigned();
  await shiftTime(db, { byMs: -3 * 24 * 3_600_000 });
  await rows(db, `update receipt_link set expires_at = clock_timestamp() - interval '1 second' where used_at is null`);
  const page = await sign(token);
  expect([page.status, /链接已过期/.test(page.body.text)]).toEqual([410, true]);
  expect((await look(token)).status).toBe(410);
  expect(await clocks(caseId)).toEqual(['open']);
  await shiftTime(db, { byMs: 3 * 24 * 3_600_000 });
});

it.each(['A'.repeat(43), 'x', "' or 1=1 --", '..%2f..%2fetc', '%00', 'A'.repeat(5000)])('a wrong link (%s) is no link', async (token) => {
  const path = encodeURIComponent(token);
  for (const page of [await look(path), await sign(path)]) {
    expect(page.status).toBe(404);
    expect(page.body.text).toMatch(/没有这个签收链接/);
  }
});

it('changed by one character is no link', async () => {
  const { caseId, token } = await assigned();
  const other = (token[20] === 'a' ? 'b' : 'a') + token.slice(21);
  expect((await sign(token.slice(0, 20) + other)).status).toBe(404);
  expect(await clocks(caseId)).toEqual(['open']);
});

it('is kept only as its hash', async () => {
  const { token } = await assigned();
  const kept = JSON.stringify(await rows(db, 'select * from receipt_link'));
  expect(kept).not.toContain(token);
  expect(kept).toMatch(/[0-9a-f]{64}/);
});

it('of somebody disabled since is no link', async () => {
  const { token } = await assigned();
  await rows(db, `update account set disabled = true where username = 'contact'`);
  expect((await sign(token)).status).toBe(404);
  await rows(db, `update account set disabled = false where username = 'contact'`);
  expect((await look(token)).status).toBe(200);
});

it('posted from another site’s page does nothing', async () => {
  const { caseId, token } = await assigned();
  const page = await phone().send('POST', `/r/${token}`, undefined, { origin: 'https://evil.example' });
  expect(page.status).toBe(403);
  expect(await clocks(caseId)).toEqual(['open']);
});

it.each(['officer', 'other'])('of %s, whose unit does not owe the receipt, records that the alert was received, and no more', async (username) => {
  const { caseId, alertId } = await assigned();
  await rows(db, `insert into alert_delivery (account_id, seq, alert_id, channel) select id, 900000 + $2::bigint, $2, 'socket' from account where username = $1`, [username, alertId]);
  await rows(db, `update alert set escalate_at = app_now() + interval '5 minutes', receipt_minutes = 5 where id = $1`, [alertId]);
  const page = await sign(await links().issue(await idOf(username), alertId, 'mail', 24));
  expect([page.status, page.body.text.includes('已记录您收到本条预警')]).toEqual([200, true]);
  expect(await clocks(caseId)).toEqual(['open']);
  expect(await reads(alertId)).toEqual([username]);
  expect(await row(db, 'select escalate_at as at from alert where id = $1', [alertId])).toEqual({ at: null });
});

it('after the dashboard’s own 签收 still records that the alert was received', async () => {
  const { caseId, alertId, token } = await assigned();
  await desk().signFor({ username: 'contact', displayName: '陈联络', departmentId: 'yingji' }, caseId);
  expect((await sign(token)).body.text).toContain('已记录您收到本条预警');
  expect(await reads(alertId)).toEqual(['contact']);
});

it('an alert’s deliveries are shown to whom it names, and to nobody else', async () => {
  const { alertId } = await assigned();
  const contact = await signedIn('contact');
  const seen = await contact.get<{ deliveries: object[] }>(`/alerts/${alertId}/deliveries`);
  expect(seen.body.deliveries).toMatchObject([{ accountName: '陈联络', channel: 'socket', channelTitle: '网页', state: 'queued' }]);
  expect((await (await signedIn('other')).get(`/alerts/${alertId}/deliveries`)).status).toBe(404);
  expect((await contact.get('/alerts/99999999/deliveries')).status).toBe(404);
});

async function signedIn(username: string): Promise<Browser> {
  const browser = new Browser(bench.base);
  await browser.signIn(username, PASSWORD);
  return browser;
}
