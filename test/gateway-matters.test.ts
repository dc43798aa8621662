import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Document, Packer, Paragraph } from 'docx';
import ExcelJS from 'exceljs';
import mammoth from 'mammoth';
import type { TakenTask, WireLedger, WireLedgerTask, WireMatter, WireUnitProgress } from '@app/domain';
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

async function download(path: string): Promise<Buffer> {
  const response = await fetch(`${bench.base}/api/v1${path}`, { headers: { cookie: duty.cookie } });
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

/** The cells of each sheet, row by row. */
async function sheets(path: string): Promise<unknown[][][]> {
  const book = new ExcelJS.Workbook();
  await book.xlsx.load((await download(path)) as unknown as ArrayBuffer);
  return book.worksheets.map((sheet) => sheet.getSheetValues().slice(1).map((r) => (r as unknown[]).slice(1)));
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

  it('gives the ledger with its progress as Excel and Word: every unit, every task, every term', async () => {
    const [ledger] = (await duty.get<{ ledgers: WireLedger[] }>('/ledgers')).body.ledgers;
    const shown = (await duty.get<WireLedger & { list: WireLedgerTask[]; units: WireUnitProgress[] }>(`/ledgers/${ledger?.id}`)).body;
    const [progress, tasks] = await sheets(`/ledgers/${ledger?.id}/file?form=xlsx`);
    expect(progress?.slice(2).map((r) => r.slice(0, 3))).toEqual(shown.units.map((u) => [u.unit, Object.values(u.states).reduce((a, b) => a + b, 0), u.lead]));
    expect(tasks?.slice(2).map((r) => [r[0], r[1]])).toEqual(shown.list.map((t) => [t.number, t.title]));
    const first = shown.list.findIndex((t) => t.terms.some((k) => k.kind === 'until'));
    const row = tasks?.[first + 2];
    expect([row?.[2], row?.[3], row?.[4], row?.[5]]).toEqual([
      expect.stringContaining('牵头：'),
      expect.stringContaining('2022-'),
      '逾期未完成',
      // Excel knows no zone: the cell shows Beijing time.
      new Date(Date.parse(shown.list[first]?.dueAt ?? '') + 8 * 3_600_000),
    ]);
    const word = await download(`/ledgers/${ledger?.id}/file?form=docx`);
    const text = (await mammoth.extractRawText({ buffer: word })).value;
    expect(text).toContain('共分解任务23项');
    for (const t of shown.list) expect(text).toContain(t.title.replace(/\s+/g, ' '));
    expect((await duty.get('/ledgers/999/file?form=docx')).status).toBe(404);
    expect(await duty.get(`/ledgers/${ledger?.id}/file?form=pdf`)).toMatchObject({ status: 422, body: { field: 'form' } });
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
    const [listed] = await sheets('/matters/file?form=xlsx&trigger=application-received');
    expect(listed?.slice(2).map((r) => r.slice(0, 4))).toEqual([[answer.body.code, entry.title, '依申请公开', one?.name]]);
    const brief = (await mammoth.extractRawText({ buffer: await download(`/cases/${answer.body.caseId}/report?kind=brief`) })).value;
    expect(brief).toContain('办理情况报告');
    expect(brief).toContain('事项类型：依申请公开。自2026年11月20日 09:00起算。');
    expect(brief).not.toContain('舆情');
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
