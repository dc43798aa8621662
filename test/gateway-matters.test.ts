import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Document, Packer, Paragraph } from 'docx';
import type { TakenTask, WireLedger, WireLedgerTask, WireMatter } from '@app/domain';
import { loadSettings } from '@app/settings';
import { type Browser, type GatewayBench, openGateway, person } from './gateway-bench';

const NOTICE = readFileSync(join(__dirname, 'notices', 'nangong-2022.txt'), 'utf8');
let bench: GatewayBench;
let duty: Browser;

beforeAll(async () => {
  bench = await openGateway();
  duty = await person(bench, { username: 'duty' });
}, 60_000);
afterAll(() => bench.close(), 30_000);

type Preview = { title: string; year: number; tasks: (TakenTask & { doubts: string[] })[]; text?: string };

async function sendFile(browser: Browser, name: string, bytes: Uint8Array) {
  const form = new FormData();
  form.append('file', new Blob([bytes]), name);
  const response = await fetch(`${bench.base}/api/v1/ledgers/preview-file`, {
    method: 'POST',
    headers: { cookie: browser.cookie, origin: bench.base, 'x-csrf-token': browser.csrf },
    body: form,
  });
  return { status: response.status, body: (await response.json()) as Preview & { detail: string; field: string } };
}

describe('任务台账 over the wire', () => {
  it('reads a pasted document and a Word file alike', async () => {
    const pasted = await duty.post<Preview>('/ledgers/preview', { text: NOTICE });
    expect(pasted.status).toBe(200);
    expect(pasted.body.tasks).toHaveLength(23);
    const word = new Document({ sections: [{ children: NOTICE.split('\n').map((line) => new Paragraph(line)) }] });
    const uploaded = await sendFile(duty, '要点.docx', await Packer.toBuffer(word));
    expect(uploaded.status).toBe(200);
    expect(uploaded.body.tasks.map((t) => [t.number, t.units])).toEqual(pasted.body.tasks.map((t) => [t.number, t.units]));
  });

  it.each([
    ['旧.doc', Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 1, 2, 3]), '旧版 Word'],
    ['坏.docx', Buffer.from('PK\u0003\u0004not a zip'), '不是可读的 Word 文档'],
    ['图.pdf', Buffer.from('%PDF-1.7'), 'PDF'],
    ['空.txt', Buffer.alloc(0), '是空的'],
  ])('refuses %s with a sentence', async (name, bytes, said) => {
    const answer = await sendFile(duty, name, bytes);
    expect(answer).toMatchObject({ status: 422, body: { field: 'file', detail: expect.stringContaining(said) } });
  });

  it('takes over what was confirmed, once, and shows each task', async () => {
    const { body } = await duty.post<Preview>('/ledgers/preview', { text: NOTICE });
    const tasks = body.tasks.map(({ doubts: _doubts, ...task }) => task);
    const entry = { title: body.title, number: '', year: body.year, issuedOn: '2022-02-14', text: NOTICE, tasks };
    const taken = await duty.post<{ ledgerId: string; tasks: number }>('/ledgers', entry);
    expect(taken).toMatchObject({ status: 201, body: { tasks: 23 } });
    expect(await duty.post('/ledgers', entry)).toMatchObject({ status: 409 });
    const shown = await duty.get<WireLedger & { list: WireLedgerTask[] }>(`/ledgers/${taken.body.ledgerId}`);
    expect(shown.body).toMatchObject({ tasks: 23, overdue: 18 });
    const [matter] = shown.body.list[0]?.matters ?? [];
    const seen = await duty.get<{ clocks: { document: string; article: string }[] }>(`/cases/${matter?.caseId}`);
    expect(seen.body.clocks[0]).toMatchObject({ document: '南宫市2022年政务公开工作要点', article: '一(一)' });
  });

  it('says which field of which task is wrong', async () => {
    const task = { number: '一', headings: [], title: '修路', text: '修路', terms: [{ kind: 'until', text: '', start: 0, end: 0, date: '2026-02-30' }], units: [], departmentId: null, supporting: [] };
    const answer = await duty.post('/ledgers', { title: '要点', number: '', year: 2026, issuedOn: null, text: '一、修路', tasks: [task] });
    expect(answer).toMatchObject({ status: 422, body: { field: 'tasks.0.terms.0.date' } });
  });

  it('is read by everybody and imported by the desk alone', async () => {
    const contact = await person(bench, { username: 'contact', role: 'department_contact', departmentId: loadSettings().departments[0]?.id });
    expect((await contact.get('/ledgers')).status).toBe(200);
    expect((await contact.post('/ledgers/preview', { text: NOTICE })).status).toBe(403);
  });
});

describe('承诺事项 over the wire', () => {
  it('are registered by a person, stand apart from the cases, and only in the own department for a bounded viewer', async () => {
    const [one, other] = loadSettings().departments;
    const entry = { trigger: 'application-received', title: '申请 2026-17：某路征收补偿方案', triggeredAt: '2026-11-20T09:00:00+08:00', departmentId: one?.id };
    const answer = await duty.post<{ code: string; caseId: string }>('/matters', entry);
    expect(answer).toMatchObject({ status: 201, body: { code: expect.stringMatching(/^SX-\d{8}-\d{4}$/) } });
    const list = await duty.get<{ matters: WireMatter[] }>('/matters?trigger=application-received');
    expect(list.body.matters.map((m) => m.code)).toEqual([answer.body.code]);
    expect((await duty.get<{ cases: unknown[] }>('/cases')).body.cases).toEqual([]);
    const stranger = await person(bench, { username: 'stranger', role: 'department_head', departmentId: other?.id });
    expect((await stranger.get<{ matters: WireMatter[] }>('/matters')).body.matters).toEqual([]);
    expect((await stranger.get(`/cases/${answer.body.caseId}`)).status).toBe(404);
  });

  it('are refused where no pack in force promises a term for it', async () => {
    const entry = { trigger: 'congress-closed', title: '县人代会', triggeredAt: '2026-11-20T09:00:00+08:00' };
    expect(await duty.post('/matters', entry)).toMatchObject({ status: 422, body: { field: 'trigger', detail: expect.stringContaining('disclosure-') } });
  });

  it.each([
    [{ trigger: 'period', title: '某事', triggeredAt: '2026-11-20T09:00:00+08:00' }, 'trigger'],
    [{ trigger: 'congress-closed', title: '某', triggeredAt: '2026-11-20T09:00:00+08:00' }, 'title'],
    [{ trigger: 'congress-closed', title: '某事', triggeredAt: '昨天' }, 'triggeredAt'],
    [{ trigger: 'congress-closed', title: '某事', triggeredAt: '2026-11-20T09:00:00+08:00', url: 'javascript:1' }, 'url'],
  ])('names the wrong field of %j', async (body, field) => {
    expect(await duty.post('/matters', body)).toMatchObject({ status: 422, body: { field } });
  });
});
