import type { WireCase, WireItem, WireQuality, WireReviewQueue } from '@app/domain';
import { CaseIntake, type Incoming, ReviewDesk } from '@app/response';
import { row, rows } from '@app/storage';
import { incoming, LABEL } from './engine-bench';
import { type Browser, type GatewayBench, openGateway, person } from './gateway-bench';

let bench: GatewayBench;
let officer: Browser;
let auditor: Browser;
let contact: Browser;

beforeAll(async () => {
  bench = await openGateway();
  await rows(bench.db, `insert into department (id, name) values ('fire', '消防救援局') on conflict (id) do nothing`);
  officer = await person(bench, { username: 'officer' });
  auditor = await person(bench, { username: 'auditor', role: 'auditor' });
  contact = await person(bench, { username: 'contact', role: 'department_contact', departmentId: 'fire' });
}, 60_000);
afterAll(() => bench.close());

const UNSURE = { ...LABEL, needsReview: true };

async function openCase(given: Partial<Incoming> & { title: string }): Promise<{ caseId: string; itemId: string }> {
  return bench.db.transaction(async (manager) => {
    const item = await incoming(manager, given);
    const taken = await bench.app.get(CaseIntake, { strict: false }).take(manager, item);
    await rows(manager, 'update item set case_id = $2 where id = $1', [item.itemId, taken.caseId]);
    return { caseId: taken.caseId!, itemId: item.itemId };
  });
}

const looseItem = (given: Partial<Incoming> & { title: string }) =>
  bench.db.transaction(async (manager) => (await incoming(manager, { label: { ...UNSURE, relevant: false, level: 'none' }, ...given })).itemId);
const queue = async () => (await officer.get<WireReviewQueue>('/review')).body;

describe('the review queue', () => {
  it('shows what the classifier was unsure of, and drops it when a person has confirmed', async () => {
    const { caseId } = await openCase({ title: '河水变色', label: UNSURE });
    const itemId = await looseItem({ title: '有人说楼要塌' });
    expect((await queue()).entries.map((e) => `${e.kind}:${e.id}`)).toEqual(expect.arrayContaining([`case:${caseId}`, `item:${itemId}`]));

    expect((await contact.post(`/cases/${caseId}/review`, {})).status).toBe(403);
    expect((await auditor.post(`/cases/${caseId}/review`, {})).status).toBe(403);
    expect((await officer.post(`/cases/${caseId}/review`, {})).status).toBe(200);
    expect((await officer.post(`/items/${itemId}/review`, {})).body).toMatchObject({ ok: true, level: 'none' });
    expect((await queue()).entries.filter((e) => e.id === caseId || e.id === itemId)).toEqual([]);
    expect((await officer.get<WireCase>(`/cases/${caseId}`)).body).toMatchObject({ state: '已研判', needsReview: false });
    const kept = await rows(bench.db, 'select verdict, actor from label_override where case_id = $1 or item_id = $2 order by id', [caseId, itemId]);
    expect(kept).toEqual([{ verdict: 'confirmed', actor: 'officer' }, { verdict: 'confirmed', actor: 'officer' }]);
  });

  it('asks for a reason for every change, and keeps old and new label', async () => {
    const { caseId } = await openCase({ title: '工地拖欠工资', label: UNSURE });
    expect((await officer.post(`/cases/${caseId}/review`, { change: { level: 'major' } })).body).toMatchObject({ status: 422, field: 'reason' });
    expect((await officer.post(`/cases/${caseId}/review`, { change: { level: 'major' }, reason: '涉及60名工人' })).status).toBe(200);
    const kept = await row(bench.db, `select verdict, old_label ->> 'level' as old, new_label ->> 'level' as new, reason from label_override where case_id = $1`, [caseId]);
    expect(kept).toEqual({ verdict: 'changed', old: 'ordinary', new: 'major', reason: '涉及60名工人' });
    expect((await officer.get<WireCase>(`/cases/${caseId}`)).body.level).toBe('major');
    await expect(rows(bench.db, 'delete from label_override')).rejects.toThrow(/append-only/);
  });

  it('confirms a case that was handed over already', async () => {
    const { caseId } = await openCase({ title: '桥面开裂', label: UNSURE });
    await officer.post(`/cases/${caseId}/assign`, { departmentId: 'fire', reason: '请办理' });
    expect((await officer.post(`/cases/${caseId}/review`, {})).status).toBe(200);
    expect((await officer.get<WireCase>(`/cases/${caseId}`)).body).toMatchObject({ state: '已交办', needsReview: false });
  });

  it('shows an item with the label a person gave it', async () => {
    const itemId = await looseItem({ title: '网传学校停课' });
    await officer.post(`/items/${itemId}/review`, { change: { level: 'ordinary', topic: '教育' }, reason: '家长询问' });
    const { items } = (await officer.get<{ items: WireItem[] }>('/items?level=ordinary')).body;
    expect(items.find((i) => i.id === itemId)?.label).toMatchObject({ relevant: true, level: 'ordinary', topic: '教育', needsReview: false, reasons: [{ rule: '人工改判' }] });
  });

  it('leaves the raise of a running case to the case itself', async () => {
    const { itemId } = await openCase({ title: '化工厂异味' });
    expect((await officer.post(`/items/${itemId}/review`, { change: { level: 'major' }, reason: '影响全镇' })).body).toMatchObject({ status: 409, detail: expect.stringContaining('请在事件上改判') });
    expect(await bench.app.get(ReviewDesk, { strict: false }).reviewItem({ username: 'x', displayName: 'x' }, itemId, { level: 'none' }, '与本事件无关')).toMatchObject({ ok: true });
  });
});

describe('what the decisions tell', () => {
  it('counts precision and recall by month and level', async () => {
    const { months, smallCount } = (await auditor.get<WireQuality>('/quality')).body;
    expect(smallCount).toBe(20);
    const major = months[0]!.levels.find((l) => l.level === 'major')!;
    expect(major).toMatchObject({ machine: 0, both: 0, precision: null, recall: 0 });
    expect(months[0]!.decided).toBeGreaterThanOrEqual(5);
  });

  it('hands out training data to administrator and auditor alone, masked', async () => {
    const itemId = await looseItem({ title: '求助', text: '我叫王小明，电话13812345678，家里停水三天。' });
    await officer.post(`/items/${itemId}/review`, { change: { level: 'ordinary', topic: '公用事业' }, reason: '停水求助' });
    expect((await officer.get('/overrides/export')).status).toBe(403);
    const text = await (await fetch(`${bench.base}/api/v1/overrides/export`, { headers: { cookie: auditor.cookie } })).text();
    const lines = text.trim().split('\n').map((l) => JSON.parse(l) as { id: string; text: string; labels: { level: string } });
    const line = lines.find((l) => l.id === `item-${itemId}`)!;
    expect(line).toMatchObject({ title: '求助', labels: { relevant: true, level: 'ordinary', topic: '公用事业' }, verdict: 'changed' });
    expect(line.text).not.toContain('13812345678');
    expect(line.text).not.toContain('王小明');
  });
});

describe('the unmasked text', () => {
  it('is read only by right, for a reason, and stands in the audit', async () => {
    const { itemId } = await openCase({ title: '漏水', text: '请联系我 13812345678', departmentId: 'fire' });
    expect((await contact.post(`/items/${itemId}/reveal`, { reason: '需要联系' })).status).toBe(403);
    expect((await officer.post(`/items/${itemId}/reveal`, {})).status).toBe(422);
    expect((await officer.post('/items/999999/reveal', { reason: '需要联系' })).status).toBe(404);
    expect((await officer.post(`/items/${itemId}/reveal`, { reason: '联系投诉人核实' })).body).toMatchObject({ text: '请联系我 13812345678' });
    expect(await rows(bench.db, `select actor, object, data from audit where action = 'item.reveal'`)).toEqual([
      { actor: 'officer', object: `item:${itemId}`, data: { reason: '联系投诉人核实' } },
    ]);
  });
});
