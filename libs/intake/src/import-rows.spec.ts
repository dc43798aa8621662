import ExcelJS from 'exceljs';
import { encode } from 'iconv-lite';
import { loadImportMappings, projectRoot } from '@app/settings';
import { join } from 'node:path';
import { fittingMapping, type ImportRow, readImportRows } from './import-rows';
import { readTable, TableFault } from './table-reader';

const NOW = new Date('2026-02-14T04:00:00Z');
const mappings = Object.values(loadImportMappings(join(projectRoot(), 'config'), []) ?? {});
const known = new Set(mappings.flatMap((m) => Object.values(m.columns).flatMap((h) => h ?? [])));

async function read(name: string, bytes: Buffer): Promise<{ mapping: string; rows: ImportRow[] }> {
  const table = await readTable(name, bytes, (h) => known.has(h));
  const mapping = fittingMapping(mappings, table.headings);
  if (!mapping) throw new Error('no mapping fits');
  return { mapping: mapping.id, rows: readImportRows(table, mapping, NOW) };
}

const TICKETS = '工单编号,工单标题,诉求内容,受理时间,联系电话\r\nT1,路灯不亮,"青禾路路灯坏了,\n一个月没人修",2026-02-13 10:30,13800000000\r\nT2,,,2026-02-13,\r\nT3,自来水浑浊,,上上周,\r\n';

describe('tables of hotline tickets', () => {
  it('come in from CSV in GB18030, the feedback owed, the caller left out; bad rows are named', async () => {
    const { mapping, rows } = await read('tickets.csv', encode(TICKETS, 'gb18030'));
    expect(mapping).toBe('hotline-12345');
    expect(rows[0]).toMatchObject({
      guid: 'T1',
      entry: { title: '路灯不亮', text: '青禾路路灯坏了,\n一个月没人修', publishedAt: '2026-02-13T02:30:00.000Z', certain: true, handedOnBy: 'platform' },
    });
    expect(JSON.stringify(rows)).not.toContain('13800000000');
    expect(rows.slice(1).map((r) => r.reason)).toEqual([expect.stringContaining('没有标题'), expect.stringContaining('“上上周”无法识别')]);
  });

  it('come in from XLSX below a heading of the table, dates as typed', async () => {
    const book = new ExcelJS.Workbook();
    const sheet = book.addWorksheet('工单');
    sheet.addRows([['二月工单'], ['工单号', '标题', '内容', '来电时间'], ['W1', '噪音扰民', '工地夜间施工', new Date(Date.UTC(2026, 1, 13, 22, 5))]]);
    const { rows } = await read('t.xlsx', Buffer.from(await book.xlsx.writeBuffer()));
    expect(rows).toMatchObject([{ row: 3, guid: 'W1', entry: { title: '噪音扰民', publishedAt: '2026-02-13T14:05:00.000Z' } }]);
  });
});

describe('tables of items', () => {
  it('come in from JSON Lines; a broken line costs only itself', async () => {
    const { mapping, rows } = await read('x.jsonl', Buffer.from('{"title":"某地停水","url":"https://a.example/1"}\n{oops\n{"title":"x","url":"javascript:1"}\n'));
    expect(mapping).toBe('items');
    expect(rows[0]).toMatchObject({ row: 1, guid: 'https://a.example/1', entry: { publishedAt: null, certain: false } });
    expect(rows.slice(1).map((r) => [r.row, r.reason])).toEqual([[2, expect.stringContaining('没有标题')], [3, expect.stringContaining('网址')]]);
  });

  it('are refused by a sentence where no table can be read', async () => {
    await expect(read('x.csv', Buffer.from('甲,乙\n1,2\n'))).rejects.toThrow(TableFault);
    await expect(read('x.xlsx', Buffer.from('no zip'))).rejects.toThrow('不是有效的 XLSX');
    await expect(read('x.doc', Buffer.from(''))).rejects.toThrow('只能是 .csv');
  });
});
