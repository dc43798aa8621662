import type { Cell } from 'exceljs';
import { decodeBytes } from './decode';

/** A table as a file holds it: headings, and rows by heading with their number in the file (counted from 1). */
export interface Table {
  headings: string[];
  rows: { row: number; cells: Record<string, string> }[];
}

/** What cannot be read at all; a sentence for the administrator. */
export class TableFault extends Error {}

const MAX_ROWS = 100_000;
/** Rows above the headings that many exported tables begin with: a name of the table, a date. */
const HEAD_ROWS = 10;

/** CSV (comma, semicolon or tab; UTF-8 or GB18030), XLSX (its first sheet, or the named one) or JSON Lines. */
export async function readTable(name: string, bytes: Buffer, isHeading: (h: string) => boolean, sheet?: string): Promise<Table> {
  if (/\.xlsx$/i.test(name)) return tableOf(await sheetRows(bytes, sheet), isHeading);
  const { text } = decodeBytes(bytes);
  if (/\.(jsonl|ndjson)$/i.test(name)) return jsonTable(text);
  if (/\.(csv|tsv|txt)$/i.test(name)) return tableOf(await csvRows(text), isHeading);
  throw new TableFault(`不认识的文件类型 ${name}：只能是 .csv、.tsv、.xlsx 或 .jsonl`);
}

type Line = { row: number; cells: string[] };

async function csvRows(text: string): Promise<Line[]> {
  // Both libraries are loaded where a table is read: the crawler starts without them.
  const { parse } = await import('csv-parse/sync');
  const head = text.slice(0, 4000);
  const count = (c: string): number => head.split(c).length;
  const delimiter = [',', '\t', ';'].sort((a, b) => count(b) - count(a))[0] ?? ',';
  try {
    const read = parse(text, { delimiter, bom: true, relax_column_count: true, relax_quotes: true, info: true, skip_empty_lines: true });
    return (read as unknown as { record: string[]; info: { lines: number } }[]).map((r) => ({ row: r.info.lines, cells: r.record }));
  } catch (error) {
    throw new TableFault(`CSV 无法读取：${(error as Error).message}`);
  }
}

async function sheetRows(bytes: Buffer, name?: string): Promise<Line[]> {
  const { default: ExcelJS } = await import('exceljs');
  const book = new ExcelJS.Workbook();
  try {
    await book.xlsx.load(bytes as never);
  } catch (error) {
    throw new TableFault(`不是有效的 XLSX 文件：${(error as Error).message}`);
  }
  const sheet = name === undefined ? book.worksheets[0] : book.getWorksheet(name);
  if (!sheet) throw new TableFault(`没有工作表“${name ?? ''}”，现有：${book.worksheets.map((s) => s.name).join('、')}`);
  const lines: Line[] = [];
  sheet.eachRow((r, row) => {
    const cells: string[] = [];
    r.eachCell({ includeEmpty: true }, (cell, column) => (cells[column - 1] = cellText(cell)));
    lines.push({ row, cells: Array.from(cells, (c) => c ?? '') });
  });
  return lines;
}

/** A date cell holds the wall clock of whoever typed it: written out as such, without a zone. */
function cellText(cell: Cell): string {
  const value = cell.value instanceof Object && 'result' in cell.value ? cell.value.result : cell.value;
  if (value instanceof Date) return value.toISOString().slice(0, 19).replace('T', ' ');
  return cell.text ?? '';
}

/** The headings are the first row that holds a known one. */
function tableOf(lines: Line[], isHeading: (h: string) => boolean): Table {
  const at = lines.slice(0, HEAD_ROWS).findIndex((l) => l.cells.some((c) => isHeading(c.trim())));
  if (at < 0) throw new TableFault(`前 ${HEAD_ROWS} 行中没有认识的列名；请在 config/import 中写明列名，或用 --mapping 指定`);
  const headings = (lines[at]?.cells ?? []).map((c) => c.trim());
  const rows = lines.slice(at + 1).filter((l) => l.cells.some((c) => c.trim() !== ''));
  if (rows.length > MAX_ROWS) throw new TableFault(`超过 ${MAX_ROWS} 行，请分成几个文件`);
  return {
    headings: headings.filter((h) => h !== ''),
    rows: rows.map((l) => ({ row: l.row, cells: Object.fromEntries(headings.map((h, i) => [h, (l.cells[i] ?? '').trim()])) })),
  };
}

function jsonTable(text: string): Table {
  const headings = new Set<string>();
  const rows = text.split(/\r?\n/).flatMap((line, i) => {
    if (line.trim() === '') return [];
    const cells: Record<string, string> = {};
    try {
      for (const [k, v] of Object.entries(JSON.parse(line) as Record<string, unknown>))
        if (typeof v === 'string' || typeof v === 'number') cells[k] = String(v).trim();
    } catch {
      // Refused by its row number, like a row without a title; the others are read.
    }
    for (const k of Object.keys(cells)) headings.add(k);
    return [{ row: i + 1, cells }];
  });
  return { headings: [...headings], rows };
}
