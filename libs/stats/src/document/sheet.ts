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

/** Every so many rows the event loop gets its turn. */
const BREATH = 500;

/**
 * Writes a workbook to a stream: real dates and numbers, filters, the head frozen. Each row is written as it comes and
 * forgotten, so that memory stays flat, whatever the number of rows.
 */
export async function writeSheets(to: Writable, sheets: readonly SheetRows[]): Promise<void> {
  const book = new ExcelJS.stream.xlsx.WorkbookWriter({ stream: to, useStyles: true, useSharedStrings: false });
  for (const s of sheets) {
    const sheet = book.addWorksheet(sheetName(s.name), { views: [{ state: 'frozen', xSplit: 1, ySplit: 2 }] });
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
      if (n % BREATH === 0) await drained(to);
    }
    sheet.autoFilter = { from: { row: 2, column: 1 }, to: { row: n, column: s.columns.length } };
    sheet.commit();
  }
  await book.commit();
}

/** Who reads slowly must not make the rows pile up here. */
async function drained(to: Writable): Promise<void> {
  if (to.writableNeedDrain) await new Promise<void>((resolve) => to.once('drain', () => resolve()));
  else await new Promise<void>((resolve) => setImmediate(resolve));
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
