import { CaseDesk, CaseIntake, type EvidenceEntry } from '@app/response';
import { row, rows } from '@app/storage';
import { type EngineBench, incoming, LABEL, openEngine, START } from './engine-bench';

const OFFICER = { username: 'wang', displayName: '王值班' };
const FIRE = { username: 'fire', displayName: '消防联络员', departmentId: 'yj' };
let bench: EngineBench;

beforeAll(async () => {
  bench = await openEngine();
}, 60_000);
afterAll(() => bench.close(), 30_000);

const desk = (): CaseDesk => bench.app.get(CaseDesk, { strict: false });

async function open(title: string): Promise<string> {
  const taken = await bench.db.transaction(async (manager) => {
    const item = await incoming(manager, { title, label: { ...LABEL, level: 'major', emergency: true, grade: '较大', topic: '安全事故' } });
    return bench.app.get(CaseIntake, { strict: false }).take(manager, item);
  });
  return taken.caseId ?? '';
}

async function answer(kind: EvidenceEntry['kind'], before = 0): Promise<EvidenceEntry> {
  const { now } = (await row<{ now: Date }>(bench.db, 'select app_now() as now'))!;
  const happenedAt = new Date(now.getTime() - before);
  return { kind, title: '通报', url: 'https://www.example.gov.cn/1.html', note: '', happenedAt, approvedBy: null, speaker: null, contentHash: null };
}

const signFor = (caseId: string) =>
  rows<{ state: string }>(bench.db, `select state from clock where case_id = $1 and duty = 'sign-for' order by id`, [caseId]).then((found) => found.map((f) => f.state));
const stateOf = async (caseId: string) =>
  (await row<{ state: string; signed: boolean }>(bench.db, 'select state, signed_at is not null as signed from case_file where id = $1', [caseId]))!;

it('is still given after a response was registered, and leaves the state where it is', async () => {
  const id = await open('甲厂起火');
  await desk().assign(OFFICER, id, 'yj', '');
  expect(await desk().registerEvidence(OFFICER, id, await answer('release'))).toMatchObject({ ok: true });
  expect([await stateOf(id), await signFor(id)]).toEqual([{ state: '已回应', signed: false }, ['open']]);
  expect(await desk().signFor(OFFICER, id)).toMatchObject({ ok: true });
  expect([await stateOf(id), await signFor(id)]).toEqual([{ state: '已回应', signed: true }, ['met']]);
  expect(await desk().signFor(OFFICER, id)).toMatchObject({ ok: false, kind: 'conflict', reason: expect.stringContaining('没有待签收的时限') });
});

it('is given by the unit itself with the response it registers, at the time of the entry', async () => {
  const id = await open('乙厂起火');
  await desk().assign(OFFICER, id, 'yj', '');
  await bench.pass(5);
  expect(await desk().registerEvidence({ ...FIRE, departmentId: 'zj' }, id, await answer('report'))).toMatchObject({ ok: true });
  expect([await stateOf(id), await signFor(id)]).toEqual([{ state: '已交办', signed: false }, ['open']]);
  const entry = await answer('report', 4 * 60_000);
  expect(await desk().registerEvidence(FIRE, id, entry)).toMatchObject({ ok: true });
  expect([await stateOf(id), await signFor(id)]).toEqual([{ state: '已签收', signed: true }, ['met']]);
  const receipt = await row<{ at: Date }>(bench.db, `select happened_at as at from evidence where case_id = $1 and kind = 'receipt'`, [id]);
  expect(receipt!.at.getTime()).toBeGreaterThan(entry.happenedAt.getTime());
});

it('keeps its term when the same unit is named again; another unit needs a reason and gets a new one', async () => {
  const id = await open('丙厂起火');
  await desk().assign(OFFICER, id, 'yj', '');
  await desk().registerEvidence(OFFICER, id, await answer('release'));
  expect(await desk().assign(OFFICER, id, 'yj', '再次交办')).toMatchObject({ ok: false, kind: 'conflict', reason: expect.stringContaining('已交办该单位') });
  expect(await desk().assign(OFFICER, id, 'zj', '')).toMatchObject({ ok: false, kind: 'invalid', field: 'reason' });
  expect(await signFor(id)).toEqual(['open']);
  expect(await desk().assign(OFFICER, id, 'zj', '属地在住建')).toMatchObject({ ok: true });
  expect(await signFor(id)).toEqual(['superseded', 'open']);
});

it('a response from before the event is refused and changes nothing', async () => {
  const id = await open('丁厂起火');
  const early = { ...(await answer('release')), happenedAt: new Date(START.getTime() - 48 * 3_600_000) };
  expect(await desk().registerEvidence(OFFICER, id, early)).toMatchObject({ ok: false, kind: 'invalid', field: 'happenedAt', reason: expect.stringContaining('起算时刻') });
  expect(await stateOf(id)).toEqual({ state: '待研判', signed: false });
  expect(await rows(bench.db, 'select 1 from evidence where case_id = $1', [id])).toEqual([]);
});
