import { rows } from '@app/storage';
import { type Browser, type GatewayBench, openGateway, person } from './gateway-bench';
import type { WireImportDone, WireImportPreview } from '@app/domain';

let bench: GatewayBench;
let officer: Browser;
beforeAll(async () => {
  bench = await openGateway();
  officer = await person(bench, { username: 'officer-im', role: 'duty_officer' });
}, 60_000);
afterAll(() => bench.close());

async function send<T>(path: string, file: string | Buffer, more: Record<string, string> = {}, name = '工单.csv', browser = officer): Promise<{ status: number; body: T & { field?: string; detail?: string } }> {
  const form = new FormData();
  form.append('file', new File([new Uint8Array(Buffer.from(file))], name));
  for (const [k, v] of Object.entries(more)) form.append(k, v);
  const response = await fetch(`${bench.base}/api/v1${path}`, { method: 'POST', body: form, headers: { cookie: browser.cookie, origin: bench.base, 'x-csrf-token': browser.csrf } });
  return { status: response.status, body: (await response.json()) as never };
}
const preview = (file: string | Buffer, more?: Record<string, string>) => send<WireImportPreview>('/items/import/preview', file, more);
const waiting = () => rows<{ source_name: string; guid: string; entry: { title: string; handedOnBy: string | null; publishedAt: string | null } }>(bench.db, `select source_name, guid, entry from inbox where source_name like 'import-%' order by id`);

const TICKETS = `云溪县 12345 工单导出表
工单编号,工单标题,诉求内容,受理时间,来电号码
G1,柳湾小区停水,停水三天，电话 13812345678,2026-02-03 08:30,13800000000
G2,,,2026-02-03 09:00,
G3,路灯不亮,一个月了,日期不清,
G1,柳湾小区停水,又打来了,2026-02-03 10:00,
`;

describe('tickets from a table', () => {
  it('are shown with the columns proposed and every fault by its row; nothing is written', async () => {
    const { status, body } = await preview(TICKETS.replace('停水三天，电话', '停水三天 电话'));
    expect(status).toBe(200);
    expect(body).toMatchObject({ mapping: 'hotline-12345', columns: { title: '工单标题', text: '诉求内容', publishedAt: '受理时间', guid: '工单编号', url: null, region: null }, good: 1, repeated: 1, bad: 2 });
    expect(body.headings).toEqual(['工单编号', '工单标题', '诉求内容', '受理时间', '来电号码']);
    expect(body.faults.map((f) => f.row)).toEqual([4, 5]);
    expect(body.faults[1]?.reason).toContain('日期不清');
    expect(body.rows[0]).toMatchObject({ row: 3, title: '柳湾小区停水', publishedAt: '2026-02-03T08:30:00+08:00' });
    expect(JSON.stringify(body.rows)).not.toContain('13812345678');
    expect(await waiting()).toEqual([]);
  });

  it('of headings that nobody knows are mapped by a person', async () => {
    const file = '号,事,经过\nA-1,桥头路灯不亮,一个月没人修\n';
    const first = await preview(file, { mapping: 'hotline-12345' });
    expect(first.body).toMatchObject({ headings: ['号', '事', '经过'], columns: { title: null }, good: 0, bad: 0, rows: [] });
    const columns = JSON.stringify({ title: '事', text: '经过', guid: '号' });
    expect((await preview(file, { mapping: 'hotline-12345', columns })).body).toMatchObject({ good: 1, rows: [{ title: '桥头路灯不亮', text: '一个月没人修' }] });
    expect((await preview(file, { columns: JSON.stringify({ title: '没有的列' }) })).body).toMatchObject({ status: 422, field: 'columns', detail: expect.stringContaining('没有的列') });
    expect((await send('/items/import', file, {})).body).toMatchObject({ status: 422, field: 'columns' });
  });

  it('come in row by row, each number once, however often the file is sent; that stands in the audit', async () => {
    const file = TICKETS.replace('停水三天，电话', '停水三天 电话');
    const { status, body } = await send<WireImportDone>('/items/import', file);
    expect(status).toBe(202);
    expect(body).toMatchObject({ taken: 1, duplicate: 1, bad: 2 });
    expect((await send<WireImportDone>('/items/import', file)).body).toMatchObject({ taken: 0, duplicate: 2 });
    expect(await waiting()).toEqual([{ source_name: 'import-hotline-12345', guid: 'G1', entry: expect.objectContaining({ title: '柳湾小区停水', handedOnBy: 'platform', publishedAt: '2026-02-03T00:30:00.000Z' }) }]);
    const [audited] = await rows<{ actor: string; data: object }>(bench.db, `select actor, data from audit where action = 'item.import' order by id limit 1`);
    expect(audited).toMatchObject({ actor: 'officer-im', data: { file: '工单.csv', taken: 1, duplicate: 1, bad: 2 } });
  });

  it('are refused as a whole where the file, the kind or the choice is none', async () => {
    expect((await officer.post('/items/import', {})).body).toMatchObject({ status: 422, field: 'file' });
    expect((await send('/items/import/preview', 'x', {}, '工单.exe')).body).toMatchObject({ status: 422, field: 'file' });
    expect((await preview(TICKETS, { mapping: 'nothing' })).body).toMatchObject({ status: 422, field: 'mapping' });
    expect((await preview(TICKETS, { columns: '[1' })).body).toMatchObject({ status: 422, field: 'columns' });
    const contact = await person(bench, { username: 'contact-im', role: 'department_contact', departmentId: 'shuili' });
    expect((await send('/items/import/preview', TICKETS, {}, '工单.csv', contact)).status).toBe(403);
  });
});
