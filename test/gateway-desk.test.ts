import type { WireHandover } from '@app/domain';
import { rows } from '@app/storage';
import { LABEL } from './engine-bench';
import { Browser, type GatewayBench, openCase, openGateway, person } from './gateway-bench';

let bench: GatewayBench;
let late: Browser;
let early: Browser;

beforeAll(async () => {
  bench = await openGateway();
  await rows(bench.db, `insert into department (id, name) values ('water', '县水利局') on conflict do nothing`);
  late = await person(bench, { username: 'late-shift', displayName: '晚班' });
  early = await person(bench, { username: 'early-shift', displayName: '早班' });
}, 60_000);
afterAll(() => bench.close());

const handovers = async (who = early) => (await who.get<{ handovers: WireHandover[] }>('/handovers')).body.handovers;

describe('the handover between shifts', () => {
  it('keeps what was open, as it stood, with the words of who leaves', async () => {
    const id = await openCase(bench, { title: '停水，联系电话13812345678', label: { ...LABEL } });
    expect((await late.post('/handovers', { note: ' ' })).status).toBe(422);
    expect((await late.post('/handovers', { note: '水厂说十点来水，请跟进。' })).status).toBe(201);
    await rows(bench.db, `update case_file set title = '改了名的' where id = $1`, [id]);
    const [found] = await handovers();
    expect(found).toMatchObject({ writtenByName: '晚班', note: '水厂说十点来水，请跟进。', taken: null, totals: { open: 1, unassigned: 1 } });
    expect(found!.cases).toMatchObject([{ id, title: '停水，联系电话138******78', state: '待研判' }]);
    expect(found!.cases[0]!.nextDueAt).not.toBeNull();
  });

  it('is taken over once, by another person, with a receipt', async () => {
    const [{ id }] = (await handovers()) as [WireHandover];
    expect((await late.post(`/handovers/${id}/take`, {})).body.detail).toContain('交班人不能自己接班');
    expect((await early.post(`/handovers/${id}/take`, { remark: '已核对' })).status).toBe(200);
    expect((await early.post(`/handovers/${id}/take`, {})).status).toBe(409);
    expect((await handovers())[0]!.taken).toMatchObject({ byName: '早班', remark: '已核对' });
    expect((await early.post('/handovers/999/take', {})).status).toBe(404);
  });

  it('cannot be changed afterwards, by nobody', async () => {
    await expect(rows(bench.db, `update handover set note = '没有说过'`)).rejects.toThrow('append-only');
    await expect(rows(bench.db, 'delete from handover_receipt')).rejects.toThrow('append-only');
  });

  it('is no business of a department, and shows only what its reader may see', async () => {
    const contact = await person(bench, { username: 'contact', role: 'department_contact', departmentId: 'water' });
    expect((await contact.get('/handovers')).status).toBe(403);
    await rows(bench.db, `update case_file set region = '360734'`);
    await late.post('/handovers', { note: '无，全部已交办。' });
    const elsewhere = await person(bench, { username: 'elsewhere', region: '360722' });
    expect((await handovers(elsewhere))[0]!.cases).toEqual([]);
    expect((await handovers())[0]!.cases).toHaveLength(1);
  });
});

describe('saved views', () => {
  it('belong to one account, keep their filter, and are replaced by their name', async () => {
    const made = await late.post<{ view: { id: string } }>('/me/views', { name: '夜班', filter: { lane: 'overdue', closed: false } });
    expect(made.status).toBe(200);
    await late.post('/me/views', { name: '夜班', filter: { lane: 'near' } });
    const { views } = (await late.get<{ views: object[] }>('/me/views')).body;
    expect(views).toEqual([{ id: made.body.view.id, name: '夜班', filter: { lane: 'near' } }]);
    expect((await early.get<{ views: object[] }>('/me/views')).body.views).toEqual([]);
    expect((await early.send('DELETE', `/api/v1/me/views/${made.body.view.id}`)).status).toBe(404);
    expect((await late.send('DELETE', `/api/v1/me/views/${made.body.view.id}`)).status).toBe(204);
  });

  it('are thirty at most, with short names and plain values', async () => {
    for (let n = 0; n < 30; n++) expect((await late.post('/me/views', { name: `视图${n}`, filter: {} })).status).toBe(200);
    expect((await late.post('/me/views', { name: '再一个', filter: {} })).body).toMatchObject({ status: 422, field: 'name' });
    expect((await late.post('/me/views', { name: '视图1', filter: { words: '停水' } })).status).toBe(200);
    expect((await late.post('/me/views', { name: '长', filter: { words: 'x'.repeat(101) } })).status).toBe(422);
  });
});
