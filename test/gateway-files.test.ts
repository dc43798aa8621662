import { createHash } from 'node:crypto';
import type { WireCase, WireProblem } from '@app/domain';
import { rows } from '@app/storage';
import { Browser, type GatewayBench, openCase, openGateway, person } from './gateway-bench';

const PDF = Buffer.from('%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer <<>>\n%%EOF\n');
const DOCX = Buffer.concat([Buffer.from([0x50, 0x4b, 3, 4]), Buffer.from('....word/document.xml....')]);
const MB = 1024 * 1024;

let bench: GatewayBench;
let officer: Browser;
let roads: Browser;
let caseId: string;
let happenedAt: string;

beforeAll(async () => {
  bench = await openGateway();
  await rows(bench.db, `insert into department (id, name) values ('roads', '交通局') on conflict (id) do nothing`);
  officer = await person(bench, { username: 'officer' });
  roads = await person(bench, { username: 'roads', role: 'department_head', departmentId: 'roads' });
  caseId = await openCase(bench, { title: '桥面塌陷' });
  happenedAt = (await officer.get<{ now: string }>('/board')).body.now;
}, 60_000);
afterAll(() => bench.close());

/** The form as a browser sends it. */
async function register(browser: Browser, file: { name: string; bytes: Buffer }, more: { key?: string } = {}) {
  const form = new FormData();
  // The system's own time: an answer from before the case is refused.
  const fields = { kind: 'release', title: '情况通报', happenedAt };
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new File([new Uint8Array(file.bytes)], file.name));
  const response = await fetch(`${bench.base}/api/v1/cases/${caseId}/evidence`, {
    method: 'POST',
    headers: {
      ...{ cookie: browser.cookie, origin: bench.base, 'x-csrf-token': browser.csrf },
      ...(more.key ? { 'idempotency-key': more.key } : {}),
    },
    body: form,
  });
  return { status: response.status, body: (await response.json()) as WireProblem & { evidenceId: string } };
}

describe('a response with its file', () => {
  it('keeps the bytes, the name and their digest, and gives them back as a download that nothing runs', async () => {
    const done = await register(officer, { name: '关于桥面塌陷的通报(一).pdf', bytes: PDF });
    expect(done.status).toBe(200);
    const { evidence } = (await officer.get<WireCase>(`/cases/${caseId}`)).body;
    expect(evidence.find((e) => e.id === done.body.evidenceId)).toMatchObject({
      file: { name: '关于桥面塌陷的通报(一).pdf', bytes: PDF.length },
      contentHash: createHash('sha256').update(PDF).digest('hex'),
      url: null,
    });
    const got = await fetch(`${bench.base}/api/v1/cases/${caseId}/evidence/${done.body.evidenceId}/file`, {
      headers: { cookie: officer.cookie },
    });
    expect(Buffer.from(await got.arrayBuffer())).toEqual(PDF);
    expect(got.headers.get('content-type')).toBe('application/pdf');
    expect(got.headers.get('x-content-type-options')).toBe('nosniff');
    expect(got.headers.get('content-security-policy')).toContain('sandbox');
    const disposition = got.headers.get('content-disposition') ?? '';
    expect(disposition).toMatch(/^attachment; /);
    expect(decodeURIComponent(disposition.split("UTF-8''")[1] ?? '')).toBe('关于桥面塌陷的通报(一).pdf');
  });

  it('takes Word documents and pictures, by what they are and not by what they are called', async () => {
    expect((await register(officer, { name: '方案.DOCX', bytes: DOCX })).status).toBe(200);
    expect(
      (await register(officer, { name: '现场.jpg', bytes: Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1]) })).status,
    ).toBe(200);
    const refused = [
      { name: '通报.pdf', bytes: Buffer.from('<script>alert(1)</script>') },
      { name: '通报.docx', bytes: Buffer.from([0x50, 0x4b, 3, 4, 0]) },
      { name: '通报.html', bytes: PDF },
      { name: '通报.pdf.exe', bytes: PDF },
      { name: '通报', bytes: PDF },
      { name: '空.pdf', bytes: Buffer.alloc(0) },
    ];
    for (const file of refused) {
      const { status, body } = await register(officer, file);
      expect([file.name, status, body.field]).toEqual([file.name, 422, 'file']);
    }
  });

  it('takes ten megabytes and refuses one byte more', async () => {
    const most = Buffer.alloc(10 * MB);
    PDF.copy(most);
    expect((await register(officer, { name: '大.pdf', bytes: most })).status).toBe(200);
    const over = await register(officer, { name: '大.pdf', bytes: Buffer.concat([most, Buffer.from('x')]) });
    expect(over).toMatchObject({ status: 413, body: { field: 'file', detail: '附件最大 10 MB' } });
  });

  it('drops folders and signs from its name', async () => {
    const { body } = await register(officer, { name: '..\\..\\机密\\通报:"一".pdf', bytes: PDF });
    const [kept] = await rows<{ name: string }>(bench.db, 'select file_name as name from evidence where id = $1', [
      body.evidenceId,
    ]);
    expect(kept?.name).not.toMatch(/[\\/:"]/);
    expect(kept?.name).toMatch(/\.pdf$/);
  });

  it('is registered once under one key, and another file under it is refused', async () => {
    const first = await register(officer, { name: 'a.pdf', bytes: PDF }, { key: 'file-key-1' });
    const again = await register(officer, { name: 'a.pdf', bytes: PDF }, { key: 'file-key-1' });
    expect(again.body.evidenceId).toBe(first.body.evidenceId);
    const other = await register(officer, { name: 'a.pdf', bytes: Buffer.concat([PDF, PDF]) }, { key: 'file-key-1' });
    expect(other.status).toBe(422);
  });

  it('is nothing to who does not see the case, and 404 where there is no file', async () => {
    const { body } = await register(officer, { name: 'a.pdf', bytes: PDF });
    expect((await roads.get(`/cases/${caseId}/evidence/${body.evidenceId}/file`)).status).toBe(404);
    expect((await register(roads, { name: 'a.pdf', bytes: PDF })).status).toBe(404);
    expect((await new Browser(bench.base).get(`/cases/${caseId}/evidence/${body.evidenceId}/file`)).status).toBe(401);
    expect((await officer.get(`/cases/${caseId}/evidence/999999/file`)).status).toBe(404);
    const other = await openCase(bench, { title: '另一件' });
    expect((await officer.get(`/cases/${other}/evidence/${body.evidenceId}/file`)).status).toBe(404);
  });
});
