import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { accountabilityDocument, type CaseHistory, foldMonth, monthDocument, type ReportDocument } from '@app/domain';
import { drawChart, sheetsOf, wordOf, writeSheets } from '@app/stats';

/** Opened by LibreOffice, as an office opens them. Debian: libreoffice-writer, libreoffice-calc, poppler-utils. */
const OFFICE = ['soffice', 'pdftotext'].every((name) => spawnSync('which', [name]).status === 0);
const opened = OFFICE || process.env['CI'] ? it : it.skip;
if (!OFFICE) process.stderr.write('LibreOffice or poppler is not installed: the documents are not opened (in CI that is a failure)\n');

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'huiying-documents-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const START = Date.parse('2026-03-02T09:00:00+08:00');
const history = (n: number): CaseHistory => ({
  ...{ id: String(n), detectedAt: START + n * 3_600_000, recordedAt: START, sourceName: `来源${n % 3}`, departmentId: null, region: null, demo: false },
  clocks: [{ id: `k${n}`, duty: 'respond', title: '回应其他政务舆情', recordedAt: START, tellsLateness: true, anchorAt: START, dueAt: START + 48 * 3_600_000, targetAt: null, provisional: false, departmentId: null }],
  events: [
    { clockId: null, kind: 'opened', at: START, recordedAt: START, data: { caseClass: 'ordinary', topic: '教育', departmentId: `d${n % 4}` } },
    ...(n % 3 === 0 ? [] : [{ clockId: `k${n}`, kind: 'clock-met', at: START, recordedAt: START + n, data: { targetMet: null } }]),
  ],
  evidence: [],
});

function report(): ReportDocument {
  const at = new Date('2026-04-01T00:00:00+08:00');
  const month = foldMonth(Array.from({ length: 40 }, (_, n) => history(n)), '2026-03', at, { departments: { d0: '教育局', d1: '住建局', d2: '水利局', d3: '应急局' }, regions: {}, sources: {} });
  return monthDocument({ ...month, before: null, yearBefore: null }, '某县', at);
}

const part = (file: string, name: string): string => execFileSync('unzip', ['-p', file, name], { encoding: 'utf8' });

/** Without a UTF-8 locale LibreOffice cannot write a file that is named after a Chinese sheet, and says nothing. */
function convert(file: string, to: string): void {
  execFileSync('soffice', ['--headless', `-env:UserInstallation=file://${join(folder, 'profile')}`, '--convert-to', to, '--outdir', folder, file], {
    stdio: 'ignore',
    timeout: 120_000,
    env: { ...process.env, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' },
  });
}

function toPdf(file: string): string {
  convert(file, 'pdf');
  return execFileSync('pdftotext', ['-layout', file.replace(/\.\w+$/, '.pdf'), '-'], { encoding: 'utf8' });
}

it('the Word file has the form of GB/T 9704: page, lines, fonts by name, page numbers, a chart as a picture', async () => {
  const file = join(folder, 'form.docx');
  writeFileSync(file, await wordOf({ ...report(), number: '某政办〔2026〕11号' }, { redHead: '某县人民政府办公室文件' }));
  const document = part(file, 'word/document.xml');
  // 37 and 28 mm, A4; 22 lines on 225 mm.
  expect(document).toContain('w:w="11906"');
  expect(document).toMatch(/w:pgMar w:top="2098"[^/]*w:left="1587"/);
  expect(document).toContain('w:linePitch="579"');
  for (const font of ['方正小标宋简体', '仿宋_GB2312', '黑体', '楷体_GB2312', '宋体']) expect(document + part(file, 'word/styles.xml')).toContain(`w:eastAsia="${font}"`);
  expect(document).toContain('某县人民政府办公室文件');
  expect(document).toContain('w:color w:val="FF0000"');
  expect(document).toContain('某政办〔2026〕11号');
  expect(part(file, 'word/footer1.xml')).toContain('PAGE');
  expect(execFileSync('unzip', ['-l', file], { encoding: 'utf8' })).toMatch(/word\/media\/\S+\.png/);
});

it('the promised matters stand in the month by their own names, apart from the rest', () => {
  const at = new Date('2026-04-01T00:00:00+08:00');
  const matter = history(100);
  matter.events[0]!.data = { caseClass: 'ordinary', topic: '政策', departmentId: 'd0', trigger: 'policy-published' };
  const month = foldMonth([history(1), matter], '2026-03', at, { departments: {}, regions: {}, sources: {} });
  const tables = monthDocument({ ...month, before: null, yearBefore: null }, '某县', at).blocks.flatMap((b) => (b.kind === 'table' ? [b] : []));
  expect(tables.find((t) => t.caption === '按事项')?.rows).toEqual([['政策文件解读', 1, 1, 1, 0, 0, '1/1项']]);
  expect(tables.find((t) => t.caption === '按领域')?.rows).toEqual([['教育', 1, 1, 1, 0, 0, '1/1项']]);
});

it('a chart is drawn with Chinese letters, or says why it is not', async () => {
  const chart = report().blocks.flatMap((b) => (b.kind === 'chart' ? [b.chart] : []))[0]!;
  const picture = await drawChart(chart);
  if (picture.ok) expect(picture.png.subarray(1, 4).toString()).toBe('PNG');
  else expect(picture.reason).toContain('中文字体');
  expect(await drawChart({ ...chart, groups: [] })).toMatchObject({ ok: false });
});

opened(
  'LibreOffice opens the Word file and reads the same words and figures',
  async () => {
    const file = join(folder, 'month.docx');
    writeFileSync(file, await wordOf(report()));
    const text = toPdf(file).replace(/\s+/g, '');
    expect(text).toContain('2026年3月政务舆情回应情况月报');
    expect(text).toContain('应判40项：按期26项，逾期完成0项，超期未完成14项');
    expect(text).toContain('65.0%（26/40项）');
    expect(text).toContain('—1—');
    // Ten of 教育局: too few for a percentage.
    expect(text).toMatch(/教育局101060?4?/);
    expect(readFileSync(file.replace('.docx', '.pdf')).length).toBeGreaterThan(10_000);
  },
  150_000,
);

opened(
  'no row of a table is lost where a page ends, wherever on the page the table begins',
  async () => {
    const file = join(folder, 'tables.docx');
    const columns = [{ title: '时限', weight: 6, align: 'left' as const }, { title: '逾期完成', weight: 1, align: 'right' as const }];
    const blocks = Array.from({ length: 23 }, (_, n): ReportDocument['blocks'] => [
      ...Array.from({ length: (n * 5) % 23 }, () => ({ kind: 'paragraph' as const, text: '正文' })),
      { kind: 'table', caption: `表${n}`, columns, rows: [0, 1, 2].map((r) => [`行${n}之${r}。`, '96.3%（257/267项）按期']) },
    ]);
    writeFileSync(file, await wordOf({ ...report(), blocks: blocks.flat() }));
    const text = toPdf(file).replace(/\s+/g, '');
    const rows = Array.from({ length: 23 }, (_, n) => [0, 1, 2].map((r) => `行${n}之${r}。`)).flat();
    expect(rows.filter((r) => !text.includes(r))).toEqual([]);
  },
  150_000,
);

opened(
  'a line of the body holds 28 letters',
  async () => {
    const file = join(folder, 'line.docx');
    const body = '应当依法依规及时回应社会关切并公布事实真相与处置结果'.repeat(6);
    writeFileSync(file, await wordOf(accountabilityDocument('supervise', '督办单', body, { departmentName: '某局', issuer: '某县', date: new Date('2026-03-02T00:00:00Z') })));
    const lines = toPdf(file).split('\n').map((l) => l.trim()).filter((l) => l.length > 20 && body.includes(l));
    // The first one is indented by two.
    expect(lines.slice(0, -1).map((l) => l.length)).toEqual([26, ...lines.slice(1, -1).map(() => 28)]);
    expect(lines.length).toBeGreaterThan(3);
  },
  150_000,
);

opened(
  'LibreOffice opens the Excel file and reads the same figures',
  async () => {
    const file = join(folder, 'month.xlsx');
    const to = new PassThrough();
    const [bytes] = await Promise.all([buffer(to), writeSheets(to, sheetsOf(report()))]);
    writeFileSync(file, bytes);
    convert(file, 'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,2');
    const csv = execFileSync('sh', ['-c', `cat "${folder}"/month*.csv`], { encoding: 'utf8' });
    expect(csv).toContain('回应其他政务舆情,40,40,26,0,14,65.0%（26/40项）');
  },
  150_000,
);
