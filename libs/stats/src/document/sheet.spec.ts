import { PassThrough, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import ExcelJS from 'exceljs';
import type { Cellular, ReportColumn } from '@app/domain';
import { type SheetRows, writeSheets } from './sheet';

const COLUMNS: ReportColumn[] = [
  { title: '编号', weight: 2, align: 'left' },
  { title: '发现', weight: 3, align: 'right' },
  { title: '用时', weight: 2, align: 'right', as: 'minutes' },
  { title: '按期率', weight: 2, align: 'right', as: 'share' },
];
const sheet = (rows: SheetRows['rows']): SheetRows => ({ name: '清单[1]', about: '某县 2026-03', columns: COLUMNS, rows });

async function readBack(sheets: SheetRows[]): Promise<ExcelJS.Workbook> {
  const to = new PassThrough();
  const [bytes] = await Promise.all([buffer(to), writeSheets(to, sheets)]);
  const book = new ExcelJS.Workbook();
  await book.xlsx.load(bytes as never);
  return book;
}

it('has real dates and numbers, a filter over the rows, and the head frozen', async () => {
  const at = new Date('2026-03-02T09:30:00+08:00');
  const book = await readBack([sheet([['YQ-1', at, 150, 0.953], ['=1+1', null, 0, 1]])]);
  const found = book.worksheets[0]!;
  expect([found.name, found.getCell('A1').value]).toEqual(['清单 1', '某县 2026-03']);
  // Excel knows no zone: the cell shows Beijing time.
  expect(found.getCell('B3').value).toEqual(new Date('2026-03-02T09:30:00Z'));
  expect([found.getCell('B3').numFmt, found.getCell('C3').value, found.getCell('D3').value, found.getCell('D3').numFmt]).toEqual(['yyyy-mm-dd hh:mm', 150, 0.953, '0.0%']);
  expect(found.getCell('A4').value).toBe('=1+1');
  expect(found.views[0]).toMatchObject({ state: 'frozen', ySplit: 2, xSplit: 1 });
  expect(found.autoFilter).toBe('A2:D4');
});

it('a hundred thousand rows come and go one by one: who does not read holds them up', async () => {
  let given = 0;
  function* rows(): Generator<Cellular[]> {
    for (; given < 100_000; given++) yield [`YQ-${given}`, new Date(1_790_000_000_000 + given * 60_000), given % 5000, 0.5];
  }
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  let bytes = 0;
  const slow = new Writable({ highWaterMark: 64 * 1024, write: (chunk: Buffer, _e, done) => void gate.then(() => ((bytes += chunk.length), done())) });
  const written = writeSheets(slow, [sheet(rows())]);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(given).toBeLessThan(40_000);
  open();
  await written;
  expect(given).toBe(100_000);
  expect(bytes).toBeGreaterThan(500_000);
}, 60_000);
