import type { Writable } from 'node:stream';
import ExcelJS from 'exceljs';
import type { Cellular, ReportColumn, ReportDocument } from '@app/domain';

/** Beijing is eight hours ahead; Excel's dates know no zone, so its cells show Beijing time. */
const BEIJING_MS = 8 * 3_600_000;

/** One sheet of a workbook: rows may come one by one, from a database, without end. */
export interface SheetRows {
  name: string;
  /** Of what and as of when; the first line of the sheet. */
  about: string;
  columns: ReportColumn[];
  rows: Iterable<Cellular[]> | AsyncIterable<Cellular[]>;
}

/** Every so many rows the event loop gets its turn, and who reads slowly is waited for. */
const BREATH = 100;

/**
 * Writes a workbook to a stream: real dates and numbers, filters, the head frozen, A4 across with page numbers in print. Each row is written as it comes and
 * forgotten, so that memory stays flat, whatever the number of rows.
 */
export async function writeSheets(to: Writable, sheets: readonly SheetRows[]): Promise<void> {
  const book = new ExcelJS.stream.xlsx.WorkbookWriter({ stream: to, useStyles: true, useSharedStrings: false });
  for (const s of sheets) {
    const sheet = book.addWorksheet(sheetName(s.name), {
      views: [{ state: 'frozen', xSplit: 1, ySplit: 2 }],
      pageSetup: { paperSize: 9, orientation: 'landscape', fitToPage: true, fitToWidth: 1, fitToHeight: 0 },
      headerFooter: { oddFooter: '第 &P 页，共 &N 页' },
    });
    sheet.pageSetup.printTitlesRow = '2:2';
    sheet.columns = s.columns.map((c) => ({ width: Math.max(9, Math.round(c.weight * 6)), style: { alignment: { horizontal: c.align, vertical: 'top', wrapText: c.align === 'left' }, ...formatOf(c) } }));
    const about = sheet.addRow([s.about]);
    about.getCell(1).style = { font: { color: { argb: 'FF555555' } }, alignment: { wrapText: false } };
    about.commit();
    const head = sheet.addRow(s.columns.map((c) => c.title));
    head.eachCell((cell) => (cell.style = { font: { bold: true }, alignment: { horizontal: 'center' }, fill: { type: 'pattern', pattern: 'solid', fgColor: { argb: 'FFEFEFEF' } } }));
    head.commit();
    let n = 2;
    for await (const values of s.rows) {
      const row = sheet.addRow(values.map(cellOf));
      values.forEach((v, i) => v instanceof Date && (row.getCell(i + 1).numFmt = 'yyyy-mm-dd hh:mm'));
      row.commit();
      n++;
      if (n % BREATH === 0) await drained(to, sheet);
    }
    sheet.autoFilter = { from: { row: 2, column: 1 }, to: { row: n, column: s.columns.length } };
    sheet.commit();
  }
  await book.commit();
}

/**
 * Who reads slowly must not make the rows pile up here. The writer of a sheet takes whatever it is given and hands it on to
 * the compression without asking whether that keeps up: so its pipe is asked too.
 * @throws Error when nobody reads any more
 */
async function drained(to: Writable, sheet: ExcelJS.Worksheet): Promise<void> {
  const { stream } = sheet as unknown as { stream: { pipes: Writable[] } };
  for (const pipe of [...stream.pipes, to]) {
    if (!pipe.writableNeedDrain || to.destroyed) continue;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        pipe.off('drain', done);
        to.off('close', done);
        resolve();
      };
      pipe.once('drain', done);
      to.once('close', done);
    });
  }
  if (to.destroyed) throw new Error('the reader of the sheet is gone');
  await new Promise<void>((resolve) => setImmediate(resolve));
}

function cellOf(value: Cellular): string | number | Date | null {
  if (value instanceof Date) return new Date(value.getTime() + BEIJING_MS);
  // A text that begins like a formula stays a text: Excel reads strings of a cell as they are.
  return value;
}

function formatOf(c: ReportColumn): { numFmt?: string } {
  if (c.as === 'share') return { numFmt: '0.0%' };
  if (c.as === 'minutes') return { numFmt: '0' };
  return {};
}

/** Excel takes 31 letters and none of these. */
function sheetName(name: string): string {
  return name.replace(/[\\/?*[\]:]/g, ' ').slice(0, 31).trim();
}

/** The tables of a report, one sheet each. */
export function sheetsOf(report: ReportDocument): SheetRows[] {
  return report.blocks.flatMap((b) => (b.kind === 'table' ? [{ name: b.caption, about: `${report.title}：${b.caption}。${report.about}`, columns: b.columns, rows: b.rows }] : []));
}
