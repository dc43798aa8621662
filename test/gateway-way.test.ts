import { createHash } from 'node:crypto';
import type { WireCase, WireDraft } from '@app/domain';
import { row, rows, shiftTime } from '@app/storage';
import { incoming, LABEL } from './engine-bench';
import { CaseIntake } from '@app/response';
import { type Browser, type GatewayBench, openCase, openGateway, person } from './gateway-bench';

const HOUR = 3_600_000;
let bench: GatewayBench;
const who: Record<string, Browser> = {};
let caseId = '';

beforeAll(async () => {
  bench = await openGateway();
  await rows(bench.db, `insert into department (id, name) values ('yingji', '县应急管理局'), ('gongan', '县公安局'), ('huanbao', '生态环境分局') on conflict do nothing`);
  const seats = {
    desk: ['duty_officer', null],
    contact: ['department_contact', 'yingji'],
    head: ['department_head', 'yingji'],
    police: ['department_contact', 'gongan'],
    'police-head': ['department_head', 'gongan'],
    green: ['department_contact', 'huanbao'],
    leader: ['leader', null],
    auditor: ['auditor', null],
  } as const;
  for (const [username, [role, departmentId]] of Object.entries(seats)) who[username] = await person(bench, { username, role, departmentId });
}, 90_000);
afterAll(() => bench.close());

const post = async (name: string, path: string, body?: object) => (await who[name]!.post<{ ok: boolean }>(`/cases/${caseId}/${path}`, body)).body;
const file = async (name = 'desk', id = caseId): Promise<WireCase> => (await who[name]!.get<WireCase>(`/cases/${id}`)).body;
const drafts = async (name = 'desk'): Promise<WireDraft[]> => (await who[name]!.get<{ drafts: WireDraft[] }>(`/cases/${caseId}/drafts`)).body.drafts;
const now = async (): Promise<Date> => (await row<{ now: Date }>(bench.db, 'select app_now() as now'))!.now;
const clock = (c: WireCase, duty: string) => c.clocks.filter((k) => k.duty === duty).at(-1);

describe('one emergency through two departments', () => {
  it('is handed over, given back, handed over again and supported, each unit signing for its part', async () => {
    const label = { ...LABEL, level: 'major' as const, emergency: true, category: '事故灾难' as const, grade: '重大' as const, dead: 12, injured: 23, topic: '安全事故' as const };
    caseId = await openCase(bench, { title: '化工厂爆炸', text: '事故致12人死亡、23人受伤。', label });
    expect(await post('desk', 'assign', { departmentId: 'huanbao' })).toMatchObject({ ok: true });
    expect(await post('green', 'return', { reason: '生产安全事故由应急管理局牵头' })).toMatchObject({ ok: true });
    expect(await file()).toMatchObject({ state: '已研判', departmentId: null });
    expect((await who['green']!.get(`/cases/${caseId}`)).status).toBe(404);
    expect(await post('desk', 'assign', { departmentId: 'yingji', reason: '请牵头处置' })).toMatchObject({ ok: true });
    expect(await post('desk', 'support', { departmentId: 'gongan', task: '请管制现场并查处谣言' })).toMatchObject({ ok: true });
    expect(await post('contact', 'sign-for')).toMatchObject({ ok: true });
    expect(await post('police', 'sign-for')).toMatchObject({ ok: true });
    const c = await file();
    expect(c.units.map((u) => [u.departmentId, u.part, u.receipt?.state, u.endedAt === null])).toEqual([
      ['yingji', 'lead', 'met', true],
      ['gongan', 'supporting', 'met', true],
      ['huanbao', 'lead', 'cancelled', false],
    ]);
    expect(clock(c, 'release')).toMatchObject({ state: 'open' });
  });

  it('is reported to the county at once, by a text prepared from the case, which meets the duty', async () => {
    const { body } = await who['contact']!.get<{ title: string; text: string }>(`/cases/${caseId}/report-up`);
    expect(body.title).toContain('化工厂爆炸');
    for (const part of ['死亡', '12 人', '23 人', '县应急管理局', '县公安局', '发布权威信息', '最迟', 'test《化工厂爆炸》']) expect(body.text).toContain(part);
    // What nobody knows is left out, not claimed.
    expect(body.text).not.toMatch(/首次公开报道|\{|undefined|null/);
    const evidence = { kind: 'report', title: body.title, note: body.text, happenedAt: (await now()).toISOString() };
    expect(await post('contact', 'evidence', evidence)).toMatchObject({ ok: true });
    expect(clock(await file(), 'report-up')).toMatchObject({ state: 'met' });
  });

  it('both units answer; the statements stand side by side for both', async () => {
    expect(await post('police', 'reply', { text: '现场已管制，传谣者已依法传唤。' })).toMatchObject({ ok: true });
    expect(await post('contact', 'reply', { text: '明火已扑灭，事故造成12人死亡。' })).toMatchObject({ ok: true });
    for (const name of ['contact', 'police', 'leader']) {
      expect((await file(name)).units.slice(0, 2).map((u) => u.reply)).toEqual(['明火已扑灭，事故造成12人死亡。', '现场已管制，传谣者已依法传唤。']);
    }
    expect(await post('contact', 'reply', { text: '冒名', departmentId: 'gongan' })).toMatchObject({ status: 403 });
  });

  it('the release passes 三审 by three people; a change starts the reviews anew', async () => {
    const first = { kind: 'release', title: '关于化工厂爆炸事故的情况通报', body: '事故造成3人死亡。救援仍在进行。' };
    expect(await post('auditor', 'drafts', first)).toMatchObject({ status: 403 });
    expect(await post('contact', 'drafts', { ...first, body: '' })).toMatchObject({ status: 422, field: 'body' });
    expect(await post('contact', 'drafts', first)).toMatchObject({ ok: true, version: 1 });
    const id = (await drafts())[0]!.id;
    const review = (name: string, stage: string, passed = true, version = 1, comment?: string) =>
      post(name, `drafts/${id}/review`, { version, stage, passed, ...(comment ? { comment } : {}) });
    expect(await review('contact', 'first')).toMatchObject({ status: 409, detail: expect.stringContaining('起草人') });
    expect(await review('desk', 'second')).toMatchObject({ status: 409, detail: expect.stringContaining('初审') });
    expect(await review('desk', 'first')).toMatchObject({ ok: true });
    expect(await review('desk', 'second')).toMatchObject({ status: 409, detail: expect.stringContaining('三个不同的人') });
    expect(await review('police', 'second')).toMatchObject({ status: 403 });
    expect(await review('head', 'second', false)).toMatchObject({ status: 422, field: 'comment' });
    expect(await review('head', 'second', false, 1, '死亡人数应为12人')).toMatchObject({ ok: true, standing: 'rejected' });
    const publish = { url: 'https://www.example.gov.cn/1.html', happenedAt: (await now()).toISOString() };
    expect(await post('desk', `drafts/${id}/register`, publish)).toMatchObject({ status: 409, detail: expect.stringContaining('三审') });

    const second = { base: 1, title: first.title, body: '事故造成12人死亡。救援仍在进行。', note: '更正死亡人数' };
    expect(await post('contact', `drafts/${id}/versions`, second)).toMatchObject({ ok: true, version: 2 });
    expect(await post('contact', `drafts/${id}/versions`, { ...second, body: '又一版' })).toMatchObject({ status: 409, detail: expect.stringContaining('第 2 版') });
    expect((await drafts())[0]).toMatchObject({ standing: 'reviewing', next: 'first' });
    expect(await review('desk', 'first', true, 1)).toMatchObject({ status: 409, detail: expect.stringContaining('最新一版') });
    expect(await review('desk', 'first', true, 2)).toMatchObject({ ok: true });
    expect(await review('head', 'second', true, 2)).toMatchObject({ ok: true });
    expect(await review('police-head', 'final', true, 2)).toMatchObject({ status: 403, detail: expect.stringContaining('主办单位') });
    expect(await post('desk', `drafts/${id}/register`, publish)).toMatchObject({ status: 409, detail: expect.stringContaining('终审') });
    expect(await review('leader', 'final', true, 2, '同意')).toMatchObject({ ok: true, standing: 'passed' });

    const [d] = await drafts('police');
    expect(d?.versions.map((v) => v.body)).toEqual([first.body, second.body]);
    expect(d?.reviews.map((r) => [r.version, r.stage, r.passed, r.reviewer])).toEqual([
      [1, 'first', true, 'desk'],
      [1, 'second', false, 'head'],
      [2, 'first', true, 'desk'],
      [2, 'second', true, 'head'],
      [2, 'final', true, 'leader'],
    ]);
  });

  it('what passed is registered once, with its hash, its time and who spoke; nothing else of it can change', async () => {
    const id = (await drafts())[0]!.id;
    const happenedAt = (await now()).toISOString();
    expect(await post('desk', `drafts/${id}/register`, { happenedAt })).toMatchObject({ status: 422, field: 'url' });
    const publish = { url: 'https://www.example.gov.cn/1.html', happenedAt, speaker: '县长 王某', speakerOffice: 'principal' };
    expect(await post('desk', `drafts/${id}/register`, publish)).toMatchObject({ ok: true });
    const c = await file();
    const hash = createHash('sha256').update('关于化工厂爆炸事故的情况通报\n事故造成12人死亡。救援仍在进行。').digest('hex');
    expect(c).toMatchObject({ state: '已回应' });
    expect(c.evidence.find((e) => e.kind === 'release')).toMatchObject({ contentHash: hash, reviewed: true, speaker: '县长 王某', speakerOffice: 'principal', approvedBy: 'leader' });
    expect(clock(c, 'release')).toMatchObject({ state: 'met', targetMet: true });
    expect(await post('desk', `drafts/${id}/register`, publish)).toMatchObject({ status: 409, detail: expect.stringContaining('已发布') });
    expect(await post('contact', `drafts/${id}/versions`, { base: 2, title: '改', body: '改' })).toMatchObject({ status: 409 });
    await expect(rows(bench.db, 'update draft_version set body = $1 where draft_id = $2', ['x', id])).rejects.toThrow(/append-only/);
    await expect(rows(bench.db, 'delete from draft_review where draft_id = $1', [id])).rejects.toThrow(/append-only/);
  });

  it('what went out without 三审 still meets the duty, and is told apart', async () => {
    const conference = { kind: 'press-conference', title: '新闻发布会', url: 'https://www.example.gov.cn/2.html', happenedAt: (await now()).toISOString(), speaker: '局长 李某', speakerOffice: 'deputy' };
    expect(await post('contact', 'evidence', conference)).toMatchObject({ ok: true });
    const c = await file();
    expect(clock(c, 'press-conference')).toMatchObject({ state: 'met' });
    expect(c.evidence.find((e) => e.kind === 'press-conference')).toMatchObject({ reviewed: false, departmentName: '县应急管理局', speakerOffice: 'deputy' });
  });

  it('every act stands in the audit chain and in the history', async () => {
    const audited = await rows<{ action: string }>(bench.db, `select distinct action from audit where object = $1 order by action`, [`case:${caseId}`]);
    expect(audited.map((a) => a.action)).toEqual(
      expect.arrayContaining(['case.assign', 'case.return', 'case.support', 'case.sign-for', 'case.reply', 'case.draft-write', 'case.draft-revise', 'case.draft-review', 'case.draft-register', 'case.evidence']),
    );
    const kinds = new Set((await file()).events.map((e) => e.kind));
    for (const kind of ['assigned', 'returned', 'supported', 'unit-replied', 'draft-written', 'draft-reviewed', 'evidence']) expect(kinds).toContain(kind);
  });
});

describe('转上级、转办', () => {
  it('ends the duties here, owes what became of it, and ends with that', async () => {
    caseId = await openCase(bench, { title: '邻县道路破损' });
    await post('desk', 'assign', { departmentId: 'gongan' });
    expect(await post('police', 'transfer', { kind: 'place', to: '邻县人民政府', reason: '不在本县' })).toMatchObject({ status: 403 });
    expect(await post('desk', 'transfer', { kind: 'place', to: '', reason: '不在本县' })).toMatchObject({ status: 422, field: 'to' });
    expect(await post('desk', 'transfer', { kind: 'place', to: '邻县人民政府', reason: '属邻县管养道路' })).toMatchObject({ ok: true });
    const sent = await file();
    expect(sent).toMatchObject({ state: '已转办', departmentId: null, transfer: { kind: 'place', to: '邻县人民政府' } });
    const running = sent.clocks.filter((k) => k.state === 'open');
    expect(running.map((k) => k.duty)).toEqual(['feed-back']);
    expect(running[0]!.anchorAt).toBe(sent.transfer!.at.length > 0 ? running[0]!.anchorAt : '');
    expect(sent.clocks.filter((k) => k.state === 'cancelled').length).toBeGreaterThan(1);
    expect((await who['police']!.get(`/cases/${caseId}`)).status).toBe(404);
    expect(await post('desk', 'evidence', { kind: 'feedback', title: '邻县已修复', note: '邻县答复：路面已修复，已告知反映人', happenedAt: (await now()).toISOString() })).toMatchObject({ ok: true });
    const done = await file();
    expect(done).toMatchObject({ state: '已办结' });
    expect(clock(done, 'feed-back')).toMatchObject({ state: 'met' });
    expect(done.events.find((e) => e.kind === 'outcome')?.summary).toContain('已修复');
  });

  it('is refused for an emergency: its release is owed here', async () => {
    const label = { ...LABEL, level: 'major' as const, emergency: true, category: '事故灾难' as const, grade: '重大' as const, dead: 12 };
    caseId = await openCase(bench, { title: '矿难', label });
    expect(await post('leader', 'transfer', { kind: 'superior', to: '市人民政府', reason: '请市里处置' })).toMatchObject({ status: 409, detail: expect.stringContaining('第一时间报告') });
  });

  it('comes back when the other authority will not have it: the terms run from the original detection', async () => {
    caseId = await openCase(bench, { title: '界河垃圾' });
    await post('desk', 'transfer', { kind: 'superior', to: '市水利局', reason: '跨县河道' });
    await shiftTime(bench.db, { byMs: 2 * HOUR });
    expect(await post('desk', 'reopen', { reason: '市局退回，由本县办理' })).toMatchObject({ ok: true });
    const back = await file();
    expect(back).toMatchObject({ state: '已研判', transfer: null });
    expect(back.clocks.filter((k) => k.state === 'open').map((k) => k.anchorAt)).toEqual(expect.arrayContaining([back.detectedAt]));
    expect(clock(back, 'feed-back')).toMatchObject({ state: 'cancelled' });
    expect(clock(back, 'settle-ordinary')).toMatchObject({ state: 'open', anchorAt: back.detectedAt });
  });
});

describe('重新办理', () => {
  it('of what was dropped by mistake gains no time', async () => {
    caseId = await openCase(bench, { title: '误判的投诉' });
    await post('desk', 'reject', { reason: '以为不在本地' });
    await shiftTime(bench.db, { byMs: 60 * HOUR });
    expect(await post('contact', 'reopen', { reason: '确属本地' })).toMatchObject({ status: 403 });
    expect(await post('desk', 'reopen', { reason: '确属本地' })).toMatchObject({ ok: true });
    const c = await file();
    expect(clock(c, 'respond-other')).toMatchObject({ state: 'open', anchorAt: c.detectedAt });
    expect(c.overdueClocks).toBeGreaterThan(0);
  });

  it('of what was settled and flares up is a second round, from the first report after the settlement', async () => {
    caseId = await openCase(bench, { title: '小区停水' });
    await post('desk', 'assign', { departmentId: 'yingji' });
    await post('contact', 'sign-for');
    expect(await post('head', 'close', { reason: '已恢复供水' })).toMatchObject({ ok: true });
    const first = clock(await file(), 'settle-ordinary');
    expect(first).toMatchObject({ state: 'met' });
    await shiftTime(bench.db, { byMs: 100 * HOUR });
    await bench.db.transaction(async (manager) => {
      const item = await incoming(manager, { title: '小区又停水了', joinCaseId: caseId });
      await bench.app.get(CaseIntake, { strict: false }).take(manager, item);
      await rows(manager, 'update item set case_id = $2 where id = $1', [item.itemId, caseId]);
    });
    const again = await now();
    const told = await rows(bench.db, `select 1 from alert where case_id = $1 and title like '【已办结事件又有报道】%'`, [caseId]);
    expect(told).toHaveLength(1);
    await shiftTime(bench.db, { byMs: HOUR });
    expect(await post('desk', 'reopen', { reason: '再次停水' })).toMatchObject({ ok: true });
    const c = await file();
    expect(c).toMatchObject({ state: '已研判', departmentId: null, revivedAt: expect.any(String) });
    const settle = c.clocks.filter((k) => k.duty === 'settle-ordinary');
    expect(settle.map((k) => k.state)).toEqual(['met', 'open']);
    expect(Math.abs(Date.parse(settle[1]!.anchorAt) - again.getTime())).toBeLessThan(5_000);
    expect(c.overdueClocks).toBe(0);
    // What answered the first round answers nothing of the second, also after a raise.
    await post('desk', 'override', { level: 'major', reason: '反复停水' });
    const raised = await file();
    expect(raised.clocks.filter((k) => k.state === 'open').every((k) => Date.parse(k.anchorAt) >= Date.parse(c.revivedAt!))).toBe(true);
    expect(clock(raised, 'settle-major')).toMatchObject({ state: 'open' });
    expect(await post('desk', 'assign', { departmentId: 'yingji' })).toMatchObject({ ok: true });
    expect(clock(await file(), 'sign-for')).toMatchObject({ state: 'open' });
  });
});
