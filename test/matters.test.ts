import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TakenTask } from '@app/domain';
import { Board, CaseDesk, type EvidenceEntry, LedgerDesk, MatterBoard, MatterDesk, PromiseKeeper } from '@app/response';
import { row, rows } from '@app/storage';
import { type EngineBench, openEngine } from './engine-bench';

const ACTOR = { username: 'wang', displayName: '王值班' };
const EVERYTHING = { sql: 'true', params: [] };
const ALL = { trigger: null, open: true, departmentId: null, page: 1, size: 200 };
const PACKS = ['nangong-2022', 'xunwu-2020', 'tancheng-2017', 'jingle-2022', 'guizhou-2020'].map((p) => `disclosure-${p}`);
const DAY = 1440;
let bench: EngineBench;

beforeAll(async () => {
  bench = await openEngine((read) => ({
    ...read,
    rules: { ...read.rules, packs: ['national', 'xunwu-2020', ...PACKS], office: 'yj' },
    departments: [
      { id: 'yj', name: '县政府办公室', region: null, duties: '' },
      { id: 'zj', name: '县住建局', region: null, duties: '' },
    ],
    sources: [{ name: 'county-site', title: '县政府网站要闻', kind: 'feed', url: 'http://127.0.0.1/feed', enabled: true, official: true, watch: true, department: 'zj', schedule: {}, politeness: {} }],
  }) as unknown as typeof read);
  await update('u1', '2026-11-01T09:00:00+08:00');
}, 60_000);
afterAll(() => bench.close(), 30_000);

const keeper = () => bench.app.get(PromiseKeeper, { strict: false });
const desk = () => bench.app.get(CaseDesk, { strict: false });
const list = async (trigger: 'period' | 'site-watched' | 'task' | null = null, open = true) =>
  (await bench.app.get(MatterBoard, { strict: false }).list(EVERYTHING, { ...ALL, trigger, open })).matters;
const evidence = (kind: EvidenceEntry['kind'], title: string, happenedAt: Date, more: Partial<EvidenceEntry> = {}): EvidenceEntry => ({
  kind, title, happenedAt, url: 'https://www.example.gov.cn/1.html', note: '', approvedBy: null, speaker: null, contentHash: null, ...more,
});
const update = (guid: string, at: string) =>
  rows(
    bench.db,
    `insert into item (source_name, guid, title, text, published_at, published_certain, fetched_at, content_hash, relevant, level, label, classifier_version, official)
     values ('county-site', $1, '要闻', '', $2, true, app_now(), $1, false, 'none', '{}', '1', true)`,
    [guid, at],
  );

describe('what the calendar starts', () => {
  it('is opened once for each unit that owes it, with the term of its period, and not on the board of 舆情', async () => {
    await keeper().look();
    const before = await list();
    await keeper().look();
    expect((await list()).map((m) => m.code)).toEqual(before.map((m) => m.code));
    const found = (await list('period')).map((m) => [m.departmentId, m.title, m.nearest?.dueAt.slice(0, 10)]);
    expect(found).toEqual(
      expect.arrayContaining([
        ['yj', '解读重要政策文件不少于6次（2026年）', '2027-01-01'],
        ['zj', '解读重要政策文件不少于6次（2026年）', '2027-01-01'],
        ['zj', '单位主要领导解读不少于3次（2026年）', '2027-01-01'],
        ['yj', '政府网站季度抽查（2026年第四季度）', '2027-01-01'],
        ['yj', '向县政府汇报政务公开工作（2026年）', '2027-01-01'],
      ]),
    );
    // 31 January, the end of March and of June have passed when this place begins; the last week of the quarter is ahead.
    for (const title of ['年度报告', '抽查计划', '招生', '公报']) expect(found.some(([, t]) => t?.includes(title))).toBe(false);
    expect(await bench.app.get(Board, { strict: false }).loadBoard()).toEqual([]);
  });
});

describe('a duty that wants six pieces', () => {
  it('counts each, and is met by the sixth', async () => {
    const matter = (await list('period')).find((m) => m.departmentId === 'zj' && m.title.startsWith('解读重要政策文件'));
    if (!matter) throw new Error('no matter');
    for (let nth = 1; nth <= 6; nth++) {
      const done = await desk().registerEvidence(ACTOR, matter.id, evidence('interpretation', `解读之${nth}`, new Date(`2026-0${nth}-10T10:00:00+08:00`)));
      expect(done).toMatchObject({ ok: true, met: nth < 6 ? [] : [{ onTime: true }] });
      if (nth === 2) expect(done).toMatchObject({ notes: [expect.stringContaining('还差 4 次')] });
    }
    expect((await list('period', false)).find((m) => m.id === matter.id)).toMatchObject({ state: '已办结', done: 6 });
  });
});

describe('what a person registers', () => {
  it('starts every term that a text promises for it, and the last answer ends the matter', async () => {
    const matters = bench.app.get(MatterDesk, { strict: false });
    const entry = { trigger: 'policy-published' as const, title: '关于促进就业的意见', number: '云政发〔2026〕8号', url: null, note: '', triggeredAt: new Date('2026-10-30T10:00:00+08:00'), departmentId: 'zj' };
    const started = await matters.start(ACTOR, entry);
    if (!started.ok) throw new Error(started.reason);
    const clocks = await rows(bench.db, 'select duty, due_at::text as due from clock where case_id = $1 order by due_at', [started.caseId]);
    expect(clocks).toEqual([
      { duty: 'interpret-policy', due: expect.stringContaining('2026-11-0') },
      { duty: 'link-interpretation', due: expect.stringContaining('2026-11-0') },
    ]);
    expect(await matters.start(ACTOR, entry)).toMatchObject({ ok: false, kind: 'conflict' });
    const alert = await row(bench.db, `select audience, department_id from alert where case_id = $1 and kind = 'assigned'`, [started.caseId]);
    expect(alert).toEqual({ audience: ['department_contact'], department_id: 'zj' });
    const done = await desk().registerEvidence(ACTOR, started.caseId, evidence('interpretation', '一图读懂', new Date('2026-11-02T08:00:00+08:00')));
    expect(done).toMatchObject({ ok: true, met: [{ onTime: true }, { onTime: true }] });
    expect(await row(bench.db, 'select state, closed_at is not null as closed from case_file where id = $1', [started.caseId])).toEqual({ state: '已办结', closed: true });
  });

  it.each([
    ['title', { title: ' ' }],
    ['triggeredAt', { triggeredAt: new Date('2027-01-01T00:00:00+08:00') }],
    ['triggeredAt', { triggeredAt: new Date('2001-01-01T00:00:00+08:00') }],
    ['departmentId', { departmentId: 'nobody' }],
  ])('is refused with a reason that names %s', async (field, change) => {
    const entry = { trigger: 'congress-closed' as const, title: '县人代会', number: '', url: null, note: '', triggeredAt: new Date('2026-10-30T10:00:00+08:00'), departmentId: null };
    expect(await bench.app.get(MatterDesk, { strict: false }).start(ACTOR, { ...entry, ...change })).toMatchObject({ ok: false, kind: 'invalid', field });
  });
});

describe('a watched site', () => {
  it('meets its week with each update, and its silence is found', async () => {
    const [matter] = await list('site-watched');
    expect(matter).toMatchObject({ departmentId: 'zj', triggeredAt: '2026-11-01T09:00:00+08:00', matter: { sourceName: 'county-site' } });
    await bench.pass(3 * DAY); // 2026-11-05 09:00
    await update('u2', '2026-11-04T15:00:00+08:00');
    await keeper().look();
    const clocks = () => rows<{ state: string; due: Date }>(bench.db, 'select state, due_at as due from clock where case_id = $1 order by id', [matter?.id]);
    expect(await clocks()).toEqual([
      { state: 'met', due: new Date('2026-11-08T09:00:00+08:00') },
      { state: 'open', due: new Date('2026-11-11T15:00:00+08:00') },
    ]);
    // Nothing more comes: eight days later the week has passed, and the engine has told it.
    await bench.pass(8 * DAY);
    await keeper().look();
    let told: unknown = null;
    for (let tries = 0; tries < 100 && told === null; tries++) {
      told = await row(bench.db, `select audience from alert where case_id = $1 and rung = 'due'`, [matter?.id]);
      if (told === null) await new Promise((wake) => setTimeout(wake, 100));
    }
    expect(told).toEqual({ audience: expect.arrayContaining(['department_contact', 'department_head']) });
    expect((await list('site-watched'))[0]).toMatchObject({ overdueClocks: 1 });
  });
});

describe('the ledgers of the five notices', () => {
  // Tasks, and of them the matters with a date or a count in one year: counted by hand in the texts.
  it.each([
    ['nangong-2022', 23, 20],
    ['xunwu-2020', 22, 0],
    ['tancheng-2017', 36, 7],
    ['jingle-2022', 30, 6],
    ['guizhou-2020', 36, 9],
  ])('%s: %i tasks, %i dated terms', async (name, tasks, dated) => {
    const ledgers = bench.app.get(LedgerDesk, { strict: false });
    const text = readFileSync(join(__dirname, 'notices', `${name}.txt`), 'utf8');
    const read = await ledgers.preview(text);
    const taken: TakenTask[] = read.tasks.map(({ doubts: _doubts, ...task }) => task);
    const entry = { title: read.title || '2020年贵州省政务公开工作要点', number: read.number, year: read.year, issuedOn: read.issuedOn, text, tasks: taken };
    const done = await ledgers.take(ACTOR, entry);
    if (!done.ok) throw new Error(done.reason);
    expect(done.tasks).toBe(tasks);
    const counted = await row<{ n: number }>(
      bench.db,
      `select count(*)::int as n from case_file f join clock c on c.case_id = f.id join ledger_task t on t.id = (f.matter ->> 'ledgerTaskId')::bigint
       where t.ledger_id = $1 and f.matter_key like 'task:%'`,
      [done.ledgerId],
    );
    expect(counted?.n).toBe(dated);
    expect(await ledgers.take(ACTOR, { ...entry, text: `${text}\n` })).toMatchObject({ ok: false, kind: 'conflict' });
  });

  it('show how far each task and each unit is', async () => {
    const boards = bench.app.get(MatterBoard, { strict: false });
    const ledger = (await boards.ledgers()).find((l) => l.title.includes('南宫市'));
    const before = await boards.ledger(ledger?.id ?? '');
    const task = before?.list.find((t) => t.number === '六(三)');
    expect(task).toMatchObject({ state: 'overdue', dueAt: '2022-10-01T00:00:00+08:00' });
    const [matter] = task?.matters ?? [];
    const done = await desk().registerEvidence(ACTOR, matter?.caseId ?? '', evidence('completion', '专区建成', new Date('2022-09-20T10:00:00+08:00')));
    expect(done).toMatchObject({ ok: true, met: [{ onTime: true }] });
    const after = await boards.ledger(ledger?.id ?? '');
    expect(after?.list.find((t) => t.number === '六(三)')?.state).toBe('done');
    expect(after?.units.find((u) => u.unit === '市行政审批局')).toMatchObject({ lead: 3, states: { done: 1 }, onTime: { met: 1, of: 3 } });
  });

  it('start a relative term when its cause has come', async () => {
    const ledgers = bench.app.get(LedgerDesk, { strict: false });
    const task = await row<{ id: string }>(bench.db, `select id from ledger_task where number = '三(一)' and title like '加强公共企事业单位%'`);
    const triggeredAt = new Date('2026-11-09T09:00:00+08:00');
    const started = await ledgers.startTerm(ACTOR, task?.id ?? '', 0, triggeredAt);
    if (!started.ok) throw new Error(started.reason);
    expect(await rows(bench.db, 'select due_at from clock where case_id = $1', [started.caseId])).toEqual([{ due_at: new Date('2026-11-17T00:00:00+08:00') }]);
    expect(await ledgers.startTerm(ACTOR, task?.id ?? '', 1, triggeredAt)).toMatchObject({ ok: false, kind: 'invalid' });
    expect(await ledgers.startTerm(ACTOR, task?.id ?? '', 0, triggeredAt)).toMatchObject({ ok: false, kind: 'conflict' });
  });
});

describe('a downtime', () => {
  it('skips no period: the gazette of the last week, the report of January, the inspection of the next quarter', async () => {
    await bench.pass(84 * DAY); // 2027-02-05
    await keeper().look();
    const titles = (await list('period')).map((m) => m.title);
    expect(titles).toEqual(
      expect.arrayContaining([
        '政府网站季度抽查（2026年第四季度）',
        '政府网站季度抽查（2027年第一季度）',
        '公布年度抽查计划（2027年）',
        '解读重要政策文件不少于6次（2027年）',
      ]),
    );
    // The first report of a place that was not there in January is next January's.
    expect(titles.filter((t) => t.startsWith('公布政府信息公开'))).toEqual([]);
  });
});
