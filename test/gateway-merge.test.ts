import type { WireCase, WireMergeView } from '@app/domain';
import { CaseIntake, type Incoming } from '@app/response';
import { rows } from '@app/storage';
import { incoming } from './engine-bench';
import { type Browser, type GatewayBench, openGateway, person } from './gateway-bench';

let bench: GatewayBench;
let officer: Browser;
let fire: Browser;

beforeAll(async () => {
  bench = await openGateway();
  await rows(bench.db, `insert into department (id, name) values ('fire', '消防救援局') on conflict (id) do nothing`);
  officer = await person(bench, { username: 'officer' });
  fire = await person(bench, { username: 'fire', role: 'department_contact', departmentId: 'fire' });
}, 60_000);
afterAll(() => bench.close());

async function take(given: Partial<Incoming> & { title: string }): Promise<{ caseId: string; itemId: string }> {
  return bench.db.transaction(async (manager) => {
    const item = await incoming(manager, given);
    const { caseId } = await bench.app.get(CaseIntake, { strict: false }).take(manager, item);
    await rows(manager, 'update item set case_id = $2 where id = $1', [item.itemId, caseId]);
    return { caseId: caseId ?? '', itemId: item.itemId };
  });
}

it('similar cases are proposed, merged, parted and split by REST, each by whoever may judge cases', async () => {
  const first = await take({ title: '城东仓库起火' });
  const similar = [{ caseId: first.caseId, score: 0.61, why: ['仓库', '城东'] }];
  const second = await take({ title: '城东一仓库火灾', similar, sourceName: 'b' });
  const around = async (id: string) => (await officer.get<WireMergeView>(`/cases/${id}/similar`)).body;
  expect((await around(first.caseId)).similar).toMatchObject([
    { id: second.caseId, shared: ['仓库', '城东'], itemCount: 1 },
  ]);

  const ask = { caseId: first.caseId, reason: '同一场火' };
  expect((await fire.post(`/cases/${second.caseId}/merge`, ask)).status).toBe(403);
  expect((await officer.post(`/cases/${second.caseId}/merge`, { caseId: 'x', reason: '同一场火' })).body).toMatchObject(
    { status: 422, field: 'caseId' },
  );
  expect((await officer.post(`/cases/${second.caseId}/merge`, ask)).body).toMatchObject({
    ok: true,
    survivorId: first.caseId,
  });
  expect(await around(first.caseId)).toMatchObject({ similar: [], merged: [{ id: second.caseId }], mergedInto: null });
  expect((await around(second.caseId)).mergedInto).toMatchObject({ id: first.caseId });
  expect((await officer.get<WireCase>(`/cases/${first.caseId}`)).body.items).toHaveLength(2);

  expect((await officer.post(`/cases/${second.caseId}/unmerge`, { reason: '两场火' })).status).toBe(200);
  expect((await officer.post(`/cases/${second.caseId}/unmerge`, { reason: '两场火' })).body).toMatchObject({
    status: 409,
  });
  expect((await officer.post(`/cases/${first.caseId}/merge`, { ...ask, caseId: second.caseId })).status).toBe(200);

  const split = await officer.post<{ newCaseId: string }>(`/cases/${first.caseId}/split`, {
    itemIds: [second.itemId],
    reason: '另一处',
  });
  expect(split.body).toMatchObject({ ok: true, items: 1 });
  expect((await officer.get<WireCase>(`/cases/${split.body.newCaseId}`)).body).toMatchObject({
    title: '城东一仓库火灾',
    itemCount: 1,
  });
  const audited = await rows<{ action: string }>(
    bench.db,
    `select action from audit where action in ('case.merge', 'case.unmerge', 'case.split') order by id`,
  );
  expect(audited.map((a) => a.action)).toEqual(['case.merge', 'case.unmerge', 'case.merge', 'case.split']);
});
