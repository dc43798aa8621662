import { io, type Socket } from 'socket.io-client';
import type { ClientEvents, ServerEvents, WireCase, WireCaseSummary, WireMonth } from '@app/domain';
import { rows } from '@app/storage';
import { type Browser, type GatewayBench, openCase, openGateway, person } from './gateway-bench';
import { until } from './engine-bench';

let bench: GatewayBench;
let officer: Browser;
let fire: Browser;
let fireHead: Browser;
let roads: Browser;
let roadsHead: Browser;
let water: Browser;

beforeAll(async () => {
  bench = await openGateway();
  await rows(
    bench.db,
    `insert into department (id, name) values ('fire', '消防救援局'), ('roads', '交通局'), ('water', '水利局') on conflict do nothing`,
  );
  officer = await person(bench, { username: 'officer' });
  const of = (username: string, role: 'department_contact' | 'department_head', departmentId: string) =>
    person(bench, { username, role, departmentId });
  fire = await of('fire', 'department_contact', 'fire');
  fireHead = await of('fire-head', 'department_head', 'fire');
  roads = await of('roads', 'department_contact', 'roads');
  roadsHead = await of('roads-head', 'department_head', 'roads');
  water = await of('water', 'department_contact', 'water');
}, 60_000);
afterAll(() => bench.close());

const load = async (who: Browser, id: string): Promise<WireCase> => (await who.get<WireCase>(`/cases/${id}`)).body;
const sees = async (who: Browser, id: string): Promise<boolean[]> => {
  const board = (await who.get<{ cases: WireCaseSummary[] }>('/board')).body.cases.some((c) => c.id === id);
  const list = (await who.get<{ cases: WireCaseSummary[] }>('/cases')).body.cases.some((c) => c.id === id);
  const items = (await who.get<{ items: { caseId: string }[] }>('/items')).body.items.some((i) => i.caseId === id);
  return [(await who.get(`/cases/${id}`)).status === 200, board, list, items];
};
const signClocks = (c: WireCase) =>
  c.clocks.filter((k) => k.duty === 'sign-for').map((k) => [k.departmentId, k.title, k.state]).sort();

async function twoUnits(title: string): Promise<string> {
  const id = await openCase(bench, { title });
  expect((await officer.post(`/cases/${id}/assign`, { departmentId: 'fire', reason: '请牵头处置' })).status).toBe(200);
  expect((await officer.post(`/cases/${id}/support`, { departmentId: 'roads', task: '请疏导交通' })).status).toBe(200);
  return id;
}

it('a supporting unit sees the case everywhere; a unit that has no part in it nowhere', async () => {
  const id = await twoUnits('隧道起火');
  expect(await sees(fire, id)).toEqual([true, true, true, true]);
  expect(await sees(roads, id)).toEqual([true, true, true, true]);
  expect(await sees(water, id)).toEqual([false, false, false, false]);
  expect((await officer.get<{ cases: WireCaseSummary[] }>('/cases?departmentId=roads')).body.cases.map((c) => c.id)).toContain(id);
  expect((await roads.get(`/clocks/${(await load(roads, id)).clocks[0]!.id}/derivation`)).status).toBe(200);
  expect((await officer.post(`/cases/${id}/support`, { departmentId: 'roads', task: '再次交办' })).body).toMatchObject({ status: 409 });
  expect((await officer.post(`/cases/${id}/support`, { departmentId: 'water' })).body).toMatchObject({ status: 422, field: 'task' });
});

it('each unit signs for its own part: the receipt of one is not the other’s', async () => {
  const id = await twoUnits('桥梁限高杆被撞');
  expect(signClocks(await load(officer, id))).toEqual([
    ['fire', '签收', 'open'],
    ['roads', '签收（协办）', 'open'],
  ]);
  expect((await roads.post(`/cases/${id}/sign-for`, { departmentId: 'fire' })).body).toMatchObject({ status: 403 });
  expect((await roads.post(`/cases/${id}/sign-for`)).status).toBe(200);
  const half = await load(officer, id);
  expect(half.state).toBe('已交办');
  expect(signClocks(half)).toEqual([
    ['fire', '签收', 'open'],
    ['roads', '签收（协办）', 'met'],
  ]);
  expect((await roads.post(`/cases/${id}/sign-for`)).body).toMatchObject({ status: 409 });
  expect((await fire.post(`/cases/${id}/sign-for`)).status).toBe(200);
  expect((await load(officer, id)).state).toBe('已签收');
  expect((await load(officer, id)).units.map((u) => [u.departmentName, u.part, u.signedAt !== null, u.receipt?.state])).toEqual([
    ['消防救援局', 'lead', true, 'met'],
    ['交通局', 'supporting', true, 'met'],
  ]);
});

it('the units’ replies stand side by side; a supporting unit closes nothing', async () => {
  const id = await twoUnits('化工厂异味');
  expect((await roads.post(`/cases/${id}/reply`, { text: '一' })).body).toMatchObject({ status: 422, field: 'text' });
  expect((await roads.post(`/cases/${id}/reply`, { text: '道路已管制，请联系13812345678' })).status).toBe(200);
  // Answering is signing for it.
  expect(signClocks(await load(officer, id))).toContainEqual(['roads', '签收（协办）', 'met']);
  expect((await officer.post(`/cases/${id}/reply`, { text: '火已扑灭', departmentId: 'fire' })).status).toBe(200);
  expect((await officer.post(`/cases/${id}/reply`, { text: '没有份', departmentId: 'water' })).body).toMatchObject({ status: 422, field: 'departmentId' });
  const seen = await load(roads, id);
  expect(seen.units.map((u) => u.reply)).toEqual(['火已扑灭', expect.stringContaining('道路已管制')]);
  expect(JSON.stringify(seen)).not.toContain('13812345678');
  expect((await roadsHead.post(`/cases/${id}/close`, { reason: '已办结' })).body).toMatchObject({ status: 403, detail: expect.stringContaining('主办单位') });
  expect((await load(officer, id)).state).not.toBe('已办结');
});

it('a leading unit gives the case back: it is the desk’s again, its 签收 clock ends with the reason, and it sees it no more', async () => {
  const id = await twoUnits('路面塌陷');
  expect((await officer.post(`/cases/${id}/return`, { reason: '不属本单位' })).status).toBe(403);
  expect((await water.post(`/cases/${id}/return`, { reason: '不属本单位' })).status).toBe(404);
  expect((await fire.post(`/cases/${id}/return`, { reason: '' })).body).toMatchObject({ status: 422, field: 'reason' });
  expect((await fire.post(`/cases/${id}/return`, { reason: '属供水管网，非消防职责' })).status).toBe(200);
  const desk = await load(officer, id);
  expect(desk).toMatchObject({ state: '已研判', departmentId: null, supporting: ['roads'] });
  expect(signClocks(desk)).toEqual([
    ['fire', '签收', 'cancelled'],
    ['roads', '签收（协办）', 'open'],
  ]);
  expect(desk.units.at(-1)).toMatchObject({ departmentId: 'fire', endReason: expect.stringContaining('非消防职责'), receipt: { state: 'cancelled' } });
  expect(desk.events.find((e) => e.kind === 'returned')?.summary).toContain('消防救援局（主办）退回');
  expect(await sees(fire, id)).toEqual([false, false, false, false]);
  const told = await rows<{ audience: string[]; title: string }>(bench.db, `select audience, title from alert where case_id = $1 and kind = 'returned'`, [id]);
  expect(told).toEqual([{ audience: ['duty_officer'], title: '【退回】路面塌陷' }]);
  // The supporting unit still works on it, and it is not dropped.
  expect((await roads.post(`/cases/${id}/sign-for`)).status).toBe(200);
  expect((await officer.post(`/cases/${id}/reject`, { reason: '不予受理' })).body).toMatchObject({ status: 409, detail: expect.stringContaining('交通局') });
  // The supporting unit takes the lead: a new 签收 clock of its own.
  expect((await officer.post(`/cases/${id}/assign`, { departmentId: 'roads', reason: '改由交通局主办' })).status).toBe(200);
  expect(await load(officer, id)).toMatchObject({ state: '已交办', departmentId: 'roads', supporting: [] });
  expect(signClocks(await load(officer, id))).toContainEqual(['roads', '签收', 'open']);
});

it('a supporting unit that gives back, or is relieved, leaves the others at their work', async () => {
  const id = await twoUnits('河堤渗水');
  await officer.post(`/cases/${id}/support`, { departmentId: 'water', task: '请查看河堤' });
  expect((await roads.post(`/cases/${id}/return`, { reason: '不在辖区道路' })).status).toBe(200);
  expect(await load(officer, id)).toMatchObject({ state: '已交办', departmentId: 'fire', supporting: ['water'] });
  expect((await officer.post(`/cases/${id}/relieve`, { departmentId: 'fire', reason: '不再需要' })).body).toMatchObject({ status: 422 });
  expect((await officer.post(`/cases/${id}/relieve`, { departmentId: 'water', reason: '已查明无渗漏' })).status).toBe(200);
  expect(signClocks(await load(officer, id))).toEqual([
    ['fire', '签收', 'open'],
    ['roads', '签收（协办）', 'cancelled'],
    ['water', '签收（协办）', 'cancelled'],
  ]);
  expect(await sees(water, id)).toEqual([false, false, false, false]);
});

it('a raise of the class gives each unit that has not signed the shorter term, from its own 交办', async () => {
  const id = await twoUnits('燃气泄漏');
  await fire.post(`/cases/${id}/sign-for`);
  await officer.post(`/cases/${id}/override`, { level: 'major', emergency: true, grade: '重大', reason: '升级' });
  const clocks = (await load(officer, id)).clocks.filter((k) => k.duty === 'sign-for');
  expect(clocks.map((k) => [k.departmentId, k.state, (Date.parse(k.dueAt) - Date.parse(k.anchorAt)) / 60_000])).toEqual(
    expect.arrayContaining([
      ['fire', 'met', 30],
      ['roads', 'superseded', 30],
      ['roads', 'open', 10],
    ]),
  );
  expect(clocks).toHaveLength(3);
});

it('a socket of a unit hears of a case it supports, and is told to drop it when the unit leaves', async () => {
  const heard: string[] = [];
  const socket: Socket<ServerEvents, ClientEvents> = io(bench.base, {
    extraHeaders: { cookie: roads.cookie, origin: bench.base },
    transports: ['websocket'],
  });
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('connect_error', reject));
  try {
    socket.on('case', (c) => heard.push(`case ${c.id}`));
    socket.on('gone', (p) => heard.push(`gone ${p.caseId}`));
    const id = await twoUnits('货车侧翻');
    await until('the case', () => Promise.resolve(heard.includes(`case ${id}`)));
    await roads.post(`/cases/${id}/return`, { reason: '非管养路段' });
    await until('that it is gone', () => Promise.resolve(heard.at(-1) === `gone ${id}`));
  } finally {
    socket.disconnect();
  }
});

it('merging keeps the units of both; undoing it gives each case its own again', async () => {
  const first = await twoUnits('仓库火灾');
  const second = await openCase(bench, { title: '仓库火灾又报' });
  await officer.post(`/cases/${second}/assign`, { departmentId: 'water', reason: '请保障供水' });
  await water.post(`/cases/${second}/sign-for`);
  expect((await officer.post(`/cases/${second}/merge`, { caseId: first, reason: '同一事件' })).status).toBe(200);
  expect(await load(officer, first)).toMatchObject({ departmentId: 'fire', supporting: ['roads', 'water'] });
  expect(await sees(water, first)).toEqual([true, true, true, true]);
  // It has signed already, in the case that was merged.
  expect(signClocks(await load(officer, first))).toContainEqual(['water', '签收（协办）', 'met']);
  expect((await officer.post(`/cases/${second}/unmerge`, { reason: '另一处仓库' })).status).toBe(200);
  expect(await load(officer, first)).toMatchObject({ departmentId: 'fire', supporting: ['roads'] });
  expect(await load(water, second)).toMatchObject({ departmentId: 'water', state: '已签收' });
  expect((await water.get(`/cases/${first}`)).status).toBe(404);
});

it('an act and its record stand or fall together', async () => {
  const id = await twoUnits('记录');
  await rows(bench.db, `create function no_record() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$`);
  await rows(bench.db, `create trigger no_record before insert on audit for each row execute function no_record()`);
  expect((await fireHead.post(`/cases/${id}/return`, { reason: '退回试验' })).status).toBe(500);
  await rows(bench.db, 'drop trigger no_record on audit');
  expect(await load(officer, id)).toMatchObject({ state: '已交办', departmentId: 'fire' });
});

it('a department’s month counts its own duties: what is late of another unit is not its own', async () => {
  const id = await twoUnits('考核');
  await rows(bench.db, `update clock set due_at = app_now() - interval '1 minute' where case_id = $1 and duty = 'sign-for'`, [id]);
  await rows(
    bench.db,
    `insert into case_event (case_id, clock_id, kind, at, recorded_at, actor, summary, data)
     select case_id, id, 'clock-reprojected', app_now(), app_now(), 'x', '', jsonb_build_object('newDueAt', due_at) from clock
     where case_id = $1 and duty = 'sign-for'`,
    [id],
  );
  await roads.post(`/cases/${id}/sign-for`);
  const month = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 7);
  const lateOf = async (who: Browser) => {
    const { byDuty } = (await who.get<WireMonth>(`/stats/months/${month}`)).body;
    return Object.fromEntries(byDuty.filter((d) => d.key === 'sign-for').map((d) => [d.label, d.duties.metLate + d.duties.overdue]));
  };
  expect(await lateOf(officer)).toMatchObject({ 签收: 1, '签收（协办）': 1 });
  expect((await lateOf(roads))['签收']).toBeUndefined();
  expect((await lateOf(roads))['签收（协办）']).toBe(1);
  expect((await lateOf(fire))['签收（协办）']).toBeUndefined();
  const groups = (await officer.get<WireMonth>(`/stats/months/${month}`)).body.byDepartment;
  expect(groups.find((g) => g.key === 'roads')?.duties.metLate).toBe(1);
});
