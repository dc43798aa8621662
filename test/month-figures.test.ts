import type { DataSource } from 'typeorm';
import { type CaseClass, type MonthFigure, type WireMonth } from '@app/domain';
import { CaseDesk, CaseIntake, CaseMerge, type EvidenceEntry, type Incoming } from '@app/response';
import { MonthFold, StatsService } from '@app/stats';
import { rows } from '@app/storage';
import { type EngineBench, incoming, LABEL, openEngine } from './engine-bench';

/** The month of real rows: written by the response room, moved through time, read by the statistics. */
const ACTOR = { username: 'wang', displayName: '王值班' };
const NEXT_MONTH = new Date('2026-12-01T00:00:00+08:00');

let bench: EngineBench;
let db: DataSource;
let november: WireMonth;

const desk = (): CaseDesk => bench.app.get(CaseDesk, { strict: false });
const statsService = (): StatsService => new StatsService(db, new MonthFold(db));
const month = (asOf?: Date): Promise<WireMonth> => statsService().loadMonth('2026-11', asOf);
const figures = ({ asOf: _, ...rest }: WireMonth): unknown => rest;

async function open(given: Partial<Incoming> & { title: string }): Promise<string> {
  const intake = bench.app.get(CaseIntake, { strict: false });
  return db.transaction(async (manager) => {
    const item = await incoming(manager, given);
    const { caseId } = await intake.take(manager, item);
    if (caseId === null) throw new Error('no case');
    await rows(manager, 'update item set case_id = $2 where id = $1', [item.itemId, caseId]);
    return caseId;
  });
}

function entry(kind: EvidenceEntry['kind'], happenedAt: string): EvidenceEntry {
  const url = 'https://www.example.gov.cn/1.html';
  const at = new Date(`2026-11-${happenedAt}:00+08:00`);
  return { kind, title: '通报', url, note: '', happenedAt: at, approvedBy: null, speaker: null, contentHash: null };
}

async function done(outcome: Promise<{ ok: boolean; reason?: string }>): Promise<void> {
  expect(await outcome).toMatchObject({ ok: true });
}

beforeAll(async () => {
  bench = await openEngine();
  db = bench.db;
  // 11-02 09:00: a complaint, and an explosion with 12 dead that had been public for three hours.
  const complaint = await open({ title: '某小学门口拥堵', sourceName: 'forum', label: { ...LABEL, topic: '教育' } });
  const explosion = await open({
    title: '某化工厂爆炸致12人死亡',
    sourceName: 'news',
    publishedAt: new Date('2026-11-02T06:00:00+08:00'),
    publishedCertain: true,
    label: {
      ...LABEL,
      level: 'major',
      emergency: true,
      grade: '重大',
      category: '事故灾难',
      topic: '安全事故',
      dead: 12,
    },
  });
  await done(desk().assign(ACTOR, complaint, 'zj', '属地办理'));
  await done(desk().assign(ACTOR, explosion, 'yj', '应急处置'));
  await bench.pass(20);
  // 09:20: 签收 of the complaint within 30 minutes; of the explosion after its 10 minutes.
  await done(desk().signFor(ACTOR, complaint));
  await done(desk().signFor(ACTOR, explosion));
  await bench.pass(6 * 60);
  // 15:20: the release at 13:00 is entered late: within the limit of 14:00, past the target of 12:00.
  await done(desk().registerEvidence(ACTOR, explosion, entry('release', '02T13:00')));
  await bench.pass(3 * 1440);
  // 11-05 15:20: settled in time. The explosion has no press conference, no plan.
  await done(desk().close(ACTOR, complaint, '已疏导'));
  await bench.pass(20 * 1440);
  november = await month();
}, 60_000);

afterAll(() => bench.close(), 30_000);

it('says what was met, late, and never met', async () => {
  const duty = (key: string) => november.byDuty.find((d) => d.key === key)?.duties;
  const signFor = november.byDuty.filter((d) => d.key === 'sign-for').map(({ duties: d }) => [d.due, d.metOnTime, d.metLate]);
  expect(signFor.sort()).toEqual([[1, 0, 1], [1, 1, 0]]);
  expect(duty('settle-ordinary')).toMatchObject({ due: 1, metOnTime: 1 });
  expect(duty('respond-other')).toMatchObject({ due: 1, metLate: 1 });
  expect(duty('press-conference')).toMatchObject({ due: 1, overdue: 1, onTimeRate: 0 });
  expect(duty('settle-major')).toMatchObject({ due: 1, overdue: 1 });
  expect(duty('report-up')).toMatchObject({ due: 1, overdue: 1 });
  const { metOnTime, metLate, overdue, onTimeRate } = november.duties;
  expect(onTimeRate).toBeCloseTo(metOnTime / (metOnTime + metLate + overdue), 12);
});

it('counts target and limit apart, late entries, and late detections', () => {
  const release = november.byDuty.find((d) => d.key === 'release');
  expect(release).toMatchObject({ duties: { metOnTime: 1 }, target: { met: 0, missed: 1, rate: 0 } });
  expect(november.lateEntries).toBe(1);
  expect(november.cases).toMatchObject({
    total: 2,
    byClass: { ordinary: 1, major: 0, emergency: 1 },
    lateDetections: 1,
    closed: 1,
  });
});

it('groups by level, topic, department and source', () => {
  const keys = (groups: WireMonth['byTopic']) => groups.map((g) => `${g.label} ${g.cases}`).sort();
  expect(keys(november.byTopic)).toEqual(['安全事故 1', '教育 1']);
  expect(keys(november.byDepartment)).toEqual(['住建局 1', '应急管理局 1']);
  expect(keys(november.bySource)).toEqual(['forum 1', 'news 1']);
});

it('measures 签收 and the first release', () => {
  expect(november.times.signFor).toEqual({ count: 2, median: 20, p90: 20 });
  expect(november.times.firstRelease).toEqual({ count: 1, median: 240, p90: 240 });
});

it('gives the same figures a month later, and other ones for a later cut-off', async () => {
  await bench.pass(10 * 1440);
  const closed = await month();
  expect(closed.asOf).toBe('2026-12-01T00:00:00+08:00');
  const explosion = (await rows<{ id: string }>(db, `select id from case_file where emergency`))[0]?.id ?? '';
  await done(desk().registerEvidence(ACTOR, explosion, entry('press-conference', '03T08:00')));
  await done(desk().overrideLabel(ACTOR, explosion, { topic: '公共安全治安' }, '复核'));
  await bench.pass(300 * 1440);
  expect(figures(await month())).toEqual(figures(closed));
  expect(figures(await month(NEXT_MONTH))).toEqual(figures(closed));
  const later = await month(new Date('2027-01-01T00:00:00+08:00'));
  expect(later.byDuty.find((d) => d.key === 'press-conference')?.duties).toMatchObject({ metOnTime: 1, overdue: 0 });
  expect(later.byTopic.map((t) => t.key)).toContain('公共安全治安');
  const earlier = await open({ title: '爆炸前的异味', sourceName: 'board', fetchedAt: new Date('2026-11-02T08:00:00+08:00') });
  await done(bench.app.get(CaseMerge, { strict: false }).merge(ACTOR, explosion, earlier, '同一事件'));
  expect(figures(await month())).toEqual(figures(closed));
});

describe('what stands behind a figure', () => {
  const stats = statsService;

  it('makes up the figure', async () => {
    const report = await month(NEXT_MONTH);
    const behind = async (figure: MonthFigure) => (await stats().casesBehind('2026-11', figure, NEXT_MONTH)).amount ?? NaN;
    expect(await behind({})).toBe(report.cases.total);
    for (const g of report.byDuty) {
      expect([g.key, await behind({ duty: g.key, dutyTitle: g.label })]).toEqual([g.key, g.cases]);
      for (const outcome of ['due', 'metOnTime', 'metLate', 'overdue', 'overdueOpen', 'cancelled', 'superseded', 'suspended'] as const) {
        expect([g.key, outcome, await behind({ duty: g.key, dutyTitle: g.label, outcome })]).toEqual([g.key, outcome, g.duties[outcome]]);
      }
    }
    for (const g of report.byLevel) expect(await behind({ caseClass: g.key as CaseClass })).toBe(g.cases);
    for (const g of report.byDepartment) expect(await behind({ departmentId: g.key })).toBe(g.cases);
    expect(report.byDuty.length).toBeGreaterThan(2);
  });

  it('ends at the region and department of who looks', async () => {
    const all = await month(NEXT_MONTH);
    const head = { role: 'department_head' as const, departmentId: 'nobody', region: null };
    const bounded = await stats().loadMonth('2026-11', NEXT_MONTH, head);
    expect(bounded.cases.total).toBe(0);
    expect(bounded.duties.due).toBe(0);
    const leader = { role: 'leader' as const, departmentId: null, region: null };
    expect(await stats().loadMonth('2026-11', NEXT_MONTH, leader)).toEqual(all);
  });
});
