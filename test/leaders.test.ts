import { SMTPServer } from 'smtp-server';
import type { AddressInfo } from 'node:net';
import type { AssessedDepartment, BacktestReport, WireEffect } from '@app/domain';
import { sendReportMail } from '@app/notify';
import { loadSettings } from '@app/settings';
import { BacktestRunner, MonthFold, ReportDesk, type ReportMailer, ReportPost, StatsService } from '@app/stats';
import { row, rows, shiftTime } from '@app/storage';
import { type Browser, type GatewayBench, openCase, openGateway, person } from './gateway-bench';

/** What leaders decide by: 考评, 问责, scheduled reports, backtests, the effect of an answer, through the real gateway. */
let bench: GatewayBench;
let leader: Browser;
let head: Browser;
let caseId: string;

beforeAll(async () => {
  bench = await openGateway();
  await shiftTime(bench.db, { to: new Date('2026-11-02T09:00:00+08:00'), rate: 0 });
  leader = await person(bench, { username: 'li', displayName: '李县长', role: 'leader' });
  head = await person(bench, { username: 'zhou', displayName: '周局长', role: 'department_head', departmentId: 'jiaoyu' });
  caseId = await openCase(bench, { title: '某小学门口拥堵，家长电话13812345678' });
  expect((await leader.post(`/cases/${caseId}/assign`, { departmentId: 'jiaoyu', reason: '属地办理' })).status).toBe(200);
  await shiftTime(bench.db, { byMs: 10 * 60_000 });
  expect((await head.post(`/cases/${caseId}/sign-for`, {})).status).toBe(200);
  await shiftTime(bench.db, { byMs: 5 * 86_400_000 });
}, 60_000);
afterAll(() => bench.close());

describe('考评', () => {
  const of = async (browser: Browser): Promise<AssessedDepartment[]> => (await browser.get<{ departments: AssessedDepartment[] }>('/assessments/2026')).body.departments;
  const school = async (): Promise<AssessedDepartment> => (await of(leader)).find((d) => d.departmentId === 'jiaoyu')!;

  it('scores by the figures, waits for the marks of persons, and shows a department its own alone', async () => {
    const before = await school();
    expect(before.parts[0]?.indicators.find((i) => i.id === 'sign-for')).toMatchObject({ got: 15, how: expect.stringContaining('签收中位数10分钟（1次）') as string });
    expect(before.parts[0]?.indicators.find((i) => i.id === 'on-time')?.how).toContain('项');
    expect(before.parts[1]?.score).toBeNull();
    for (const [indicator, points] of [['quality', 36], ['leaders', 15], ['satisfaction', 20]] as const) {
      expect((await leader.post('/assessments/2026/marks', { departmentId: 'jiaoyu', indicator, points, reason: '年终评议' })).status).toBe(200);
    }
    const after = await school();
    expect(after.parts[1]?.score).toBe(36 + 15 + 20 + 15);
    expect(after.total).toBeCloseTo((after.parts[0]?.score ?? 0) * 0.4 + 86 * 0.6, 2);
    expect((await of(head)).map((d) => d.departmentId)).toEqual(['jiaoyu']);
  });

  it('refuses a mark where the figures decide, or above the points', async () => {
    const mark = (indicator: string, points: number) => leader.post('/assessments/2026/marks', { departmentId: 'jiaoyu', indicator, points, reason: '理由' });
    expect((await mark('on-time', 10)).status).toBe(409);
    expect((await mark('quality', 41)).body).toMatchObject({ status: 422, field: 'points' });
    expect((await mark('none', 1)).status).toBe(404);
    expect((await head.post('/assessments/2026/marks', {})).status).toBe(403);
  });

  it('notes an appeal and its answer; an upheld one gives other points', async () => {
    const appealed = await head.post<{ id: string }>('/assessments/2026/appeals', { indicator: 'overdue', reason: '停电期间无法登录' });
    expect(appealed.status).toBe(201);
    expect((await head.post('/assessments/2026/appeals', { indicator: 'overdue', reason: '再次申诉' })).status).toBe(409);
    expect((await leader.post(`/assessments/appeals/${appealed.body.id}/answer`, { upheld: true, reason: '属实' })).body).toMatchObject({ status: 422, field: 'points' });
    expect((await leader.post(`/assessments/appeals/${appealed.body.id}/answer`, { upheld: true, points: 25, reason: '属实' })).status).toBe(200);
    expect((await leader.post(`/assessments/appeals/${appealed.body.id}/answer`, { upheld: false, reason: '改变' })).status).toBe(409);
    const i = (await school()).parts[0]?.indicators.find((x) => x.id === 'overdue');
    expect(i).toMatchObject({ got: 25, appeal: { raisedBy: '周局长（zhou）', answer: { upheld: true, by: '李县长（li）' } } });
  });
});

describe('问责', () => {
  interface Breach { clockId: string; title: string; drafts: { form: string; title: string; body: string }[]; decisions: object[] }
  const breaches = async (open = '1') => (await leader.get<{ breaches: Breach[] }>(`/accountability?open=${open}`)).body.breaches;

  it('drafts the three documents from the templates, masked, and decides nothing by itself', async () => {
    const found = (await breaches()).find((b) => b.title.includes('办结'))!;
    expect(found.drafts.map((d) => d.title)).toEqual(['政务舆情督办单', '关于政务舆情回应超期情况的通报', '约谈通知']);
    expect(found.drafts[0]?.body).toContain('应于2026年11月5日 24:00前完成');
    expect(found.drafts[0]?.body).toContain('3日内办结');
    expect(JSON.stringify(found)).not.toContain('13812345678');
    expect(found.decisions).toEqual([]);
    expect(await rows(bench.db, 'select 1 from accountability_decision')).toEqual([]);
  });

  it('a person issues one or drops it, with a reason that stays; what is issued is a Word file', async () => {
    const [first, second] = await breaches();
    const draft = first!.drafts[0]!;
    const decide = (clockId: string, body: object) => leader.post<{ id: string }>(`/accountability/${clockId}`, body);
    expect((await decide(first!.clockId, { form: 'supervise', decision: 'issued', title: draft.title, body: '请{时限}', reason: '超期' })).status).toBe(422);
    const issued = await decide(first!.clockId, { form: 'supervise', decision: 'issued', title: draft.title, body: draft.body, reason: '超期多日' });
    expect(issued.status).toBe(200);
    expect((await decide(second!.clockId, { form: 'talk', decision: 'dropped', reason: '已说明原因' })).status).toBe(200);
    expect((await breaches()).map((b) => b.clockId)).not.toContain(first!.clockId);
    expect((await breaches('0')).find((b) => b.clockId === first!.clockId)?.decisions).toMatchObject([{ decision: 'issued', by: '李县长', reason: '超期多日' }]);
    const file = await fetch(`${bench.base}/api/v1/accountability/decisions/${issued.body.id}/file`, { headers: { cookie: leader.cookie } });
    expect([file.status, file.headers.get('content-type')]).toEqual([200, 'application/vnd.openxmlformats-officedocument.wordprocessingml.document']);
    expect((await row<{ n: string }>(bench.db, `select count(*) as n from audit where action = 'accountability.decide'`))?.n).toBe('2');
  });
});

describe('the effect of an answer', () => {
  it('is told to who may see the case, and as a Word file', async () => {
    const effect = await head.get<WireEffect>(`/cases/${caseId}/effect`);
    expect(effect.body).toMatchObject({ reports: 1, responses: [], open: expect.arrayContaining(['事件尚未办结']) as string[] });
    expect(JSON.stringify(effect.body)).not.toContain('13812345678');
    const other = await person(bench, { username: 'other', role: 'department_head', departmentId: 'gongan' });
    expect((await other.get(`/cases/${caseId}/effect`)).status).toBe(404);
    for (const kind of ['brief', 'effect']) {
      const file = await fetch(`${bench.base}/api/v1/cases/${caseId}/report?kind=${kind}`, { headers: { cookie: head.cookie } });
      expect([file.status, Buffer.from(await file.arrayBuffer()).subarray(0, 2).toString()]).toEqual([200, 'PK']);
    }
  });
});

describe('the month as files', () => {
  it.each(['docx', 'xlsx'])('%s', async (form) => {
    const file = await fetch(`${bench.base}/api/v1/stats/months/2026-11/file?form=${form}`, { headers: { cookie: leader.cookie } });
    const bytes = Buffer.from(await file.arrayBuffer());
    expect([file.status, bytes.subarray(0, 2).toString(), bytes.length > 4000]).toEqual([200, 'PK', true]);
    expect(decodeURIComponent(file.headers.get('content-disposition') ?? '')).toContain(`2026年11月政务舆情回应情况月报.${form}`);
  });
});

describe('scheduled reports', () => {
  const mails: { to: string[]; raw: string }[] = [];
  let smtp: SMTPServer;
  let refuse = false;
  beforeAll(async () => {
    smtp = new SMTPServer({
      ...{ disabledCommands: ['AUTH', 'STARTTLS'], logger: false },
      onData(stream, session, done) {
        const chunks: Buffer[] = [];
        stream.on('data', (c: Buffer) => chunks.push(c));
        stream.on('end', () => {
          if (refuse) return done(new Error('full'));
          mails.push({ to: session.envelope.rcptTo.map((r) => r.address), raw: Buffer.concat(chunks).toString() });
          done();
        });
      },
    });
    await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', () => resolve()));
  });
  afterAll(() => new Promise<void>((resolve) => smtp.close(() => resolve())));

  const post = (schedules: object[]): ReportPost => {
    const settings = loadSettings();
    const channel = { name: 'mail', kind: 'email' as const, enabled: true, minSeverity: 'warning' as const, timeoutSeconds: 5, host: '127.0.0.1', port: (smtp.server.address() as AddressInfo).port, secure: false, from: 'huiying@example.gov.cn', secret: null };
    const mailer: ReportMailer = { send: (mail) => sendReportMail(channel as never, mail) };
    const desk = new ReportDesk(bench.db, new StatsService(bench.db, new MonthFold(bench.db)), settings);
    return new ReportPost(bench.db, desk, { ...settings, reports: { schedules: schedules as never } }, mailer);
  };
  const daily = { id: 'daily', kind: 'day', at: '08:00', formats: ['word'], recipients: ['a@example.gov.cn', 'b@example.gov.cn'], enabled: true };

  it('are made once when their hour has come, also by several processes, sent to the list, and kept as sent', async () => {
    await shiftTime(bench.db, { to: new Date('2026-11-09T07:59:00+08:00'), rate: 0 });
    await post([daily]).run();
    const earlier = mails.length;
    await shiftTime(bench.db, { to: new Date('2026-11-09T08:00:00+08:00'), rate: 0 });
    await Promise.all([post([daily]).run(), post([daily]).run()]);
    expect(mails.length - earlier).toBe(1);
    expect(mails.at(-1)?.to).toEqual(['a@example.gov.cn', 'b@example.gov.cn']);
    expect(mails.at(-1)?.raw).toContain('.docx');
    const { body } = await leader.get<{ runs: { id: string; period: string; state: string; sentTo: string[]; word: boolean }[] }>('/reports');
    const run = body.runs.find((r) => r.period === '2026-11-08')!;
    expect(run).toMatchObject({ state: 'sent', word: true, sentTo: daily.recipients });
    const file = await fetch(`${bench.base}/api/v1/reports/${run.id}/file?form=docx`, { headers: { cookie: leader.cookie } });
    expect(mails.at(-1)?.raw.replace(/\s/g, '')).toContain(Buffer.from(await file.arrayBuffer()).toString('base64').slice(0, 500));
  });

  it('that could not be sent are tried again, and say why', async () => {
    refuse = true;
    await shiftTime(bench.db, { to: new Date('2026-11-10T08:00:00+08:00'), rate: 0 });
    await post([daily]).run();
    const state = () => row<{ state: string; fault: string | null; attempts: number }>(bench.db, `select state, last_fault as fault, attempts from report_run where period = '2026-11-09'`);
    expect(await state()).toMatchObject({ state: 'due', fault: expect.stringContaining('邮件未发出') as string, attempts: 1 });
    refuse = false;
    await shiftTime(bench.db, { byMs: 60_000 });
    await post([daily]).run();
    expect(await state()).toMatchObject({ state: 'sent', fault: null, attempts: 2 });
  });

  it('a week is reported on Monday, a month on its first day, without recipients only kept', async () => {
    const quiet = { formats: ['word', 'sheet'], recipients: [], enabled: true };
    await shiftTime(bench.db, { to: new Date('2026-12-01T09:00:00+08:00'), rate: 0 });
    await post([{ ...quiet, id: 'week', kind: 'week', at: '08:10' }, { ...quiet, id: 'month', kind: 'month', at: '08:20' }, { ...daily, id: 'off', enabled: false }]).run();
    const made = await rows<{ schedule: string; period: string; state: string; sheet: boolean }>(bench.db, `select schedule, period, state, sheet is not null as sheet from report_run where schedule <> 'daily' order by schedule`);
    expect(made).toEqual([
      { schedule: 'month', period: '2026-11', state: 'made', sheet: true },
      { schedule: 'week', period: '2026-11-23', state: 'made', sheet: true },
    ]);
  });
});

describe('backtests', () => {
  const lines = [
    { title: '路灯不亮', text: '', publishedAt: '2026-03-02T09:00:00+08:00', respondedAt: '2026-03-03T09:00:00+08:00' },
    { title: '停水', text: '', publishedAt: '2026-03-02T09:00:00+08:00', respondedAt: '2026-03-12T09:00:00+08:00' },
    { title: '噪音', text: '', publishedAt: '2026-03-02T09:00:00+08:00', respondedAt: null },
  ].map((l) => JSON.stringify(l)).join('\n');

  it('are handed in, judged where texts can be classified, and keep no text', async () => {
    const asked = await leader.post<{ id: string }>('/backtests', { title: '三月', packs: ['national', 'xunwu-2020'], lines });
    expect(asked.status).toBe(201);
    const label = { relevant: true, level: 'ordinary' as const, emergency: false, grade: null, topic: '城市管理' as const };
    await new BacktestRunner(bench.db, loadSettings(), () => label).runOne();
    const done = await leader.get<{ state: string; reports: BacktestReport[] }>(`/backtests/${asked.body.id}`);
    expect(done.body.state).toBe('done');
    expect(done.body.reports.map((r) => [r.pack, r.duties.find((d) => d.duty === 'respond-other')])).toMatchObject([
      ['national', { started: 3, metOnTime: 1, metLate: 1, never: 1 }],
      ['xunwu-2020', { started: 3, metOnTime: 1 }],
    ]);
    expect(await row(bench.db, 'select lines from backtest_run where id = $1', [asked.body.id])).toEqual({ lines: null });
  });

  it('what cannot be read is refused with its line; a department head runs none', async () => {
    const ask = (browser: Browser, given: object) => browser.post('/backtests', { title: 'x', packs: ['national'], lines, ...given });
    expect((await ask(leader, { lines: `${lines}\n{"title":"a","text":"","publishedAt":"昨天"}` })).body).toMatchObject({ status: 422, detail: expect.stringContaining('第 4 行') as string });
    expect((await ask(leader, { packs: ['none'] })).body).toMatchObject({ status: 422, field: 'packs' });
    expect((await ask(head, {})).status).toBe(403);
  });
});
