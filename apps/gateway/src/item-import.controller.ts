import { Body, Controller, HttpCode, Inject, Post, UploadedFile, UseInterceptors } from '@nestjs/common';
import { FileInterceptor } from '@nestjs/platform-express';
import { z } from 'zod';
import { AuditChain, type Principal } from '@app/accounts';
import {
  beijingIso,
  IMPORT_FIELDS,
  isWhole,
  maskText,
  type ImportColumns,
  type WireImportDone,
  type WireImportPreview,
} from '@app/domain';
import { Inbox, plainFileName } from '@app/response';
import {
  ConfigFaults,
  type ConfigFault,
  type ImportMapping,
  loadImportMappings,
  SETTINGS,
  type Settings,
} from '@app/settings';
import { Now } from '@app/storage';
import { Allow } from './allow';
import { Me } from './principal';
import { Problem } from './problem';
import { typed, ZodPipe } from './zod.pipe';

const MOST_BYTES = 5 * 1024 * 1024;
const FILE = FileInterceptor('file', {
  limits: { fileSize: MOST_BYTES, files: 1, fields: 2, fieldSize: 4096, fieldNameSize: 100 },
  defParamCharset: 'utf8',
});
const MOST_ROWS = 20_000;
/** So many rows and faults are shown; all are read. */
const SHOWN = 20;
const SHOWN_FAULTS = 200;

/** `columns`: JSON, field → heading, as a person chose; a form has no other shape for it. */
const asked = z.strictObject({ mapping: typed(40, 0).nullish(), columns: typed(4000, 0).nullish() });
const chosen = z.strictObject(Object.fromEntries(IMPORT_FIELDS.map((f) => [f, typed(60, 0).nullish()])));

interface Upload {
  originalname: string;
  buffer: Buffer;
}

/** 12345 tickets and other tables of items: first what each row would be, then into the inbox, row by row, each once. */
@UseInterceptors(FILE)
@Controller('api/v1')
export class ItemImportController {
  constructor(
    private readonly inbox: Inbox,
    private readonly audit: AuditChain,
    private readonly now: Now,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Post('items/import/preview')
  @HttpCode(200)
  @Allow('item.import')
  async preview(
    @Me() me: Principal,
    @Body(new ZodPipe(asked)) q: z.infer<typeof asked>,
    @UploadedFile() upload?: Upload,
  ): Promise<WireImportPreview> {
    const { mappings, mapping, columns, headings, rows } = await this.read(me, q, upload);
    const faults = rows.flatMap((r) => (r.reason === null ? [] : [{ row: r.row, reason: r.reason }]));
    const good = rows.flatMap((r) => (r.reason === null ? [r] : []));
    const shown = good.slice(0, SHOWN).map(({ row, entry }) => ({
      row,
      title: maskText(entry.title),
      text: maskText(entry.text.slice(0, 300)),
      url: entry.url,
      region: entry.region,
      publishedAt: entry.publishedAt === null ? null : beijingIso(new Date(entry.publishedAt)),
    }));
    const distinct = new Set(good.map((r) => r.guid)).size;
    return {
      mappings: mappings.map(({ id, title, handedOnBy }) => ({ id, title, handedOn: handedOnBy !== undefined })),
      mapping: mapping.id,
      headings,
      columns,
      good: distinct,
      repeated: good.length - distinct,
      bad: faults.length,
      faults: faults.slice(0, SHOWN_FAULTS),
      rows: shown,
    };
  }

  /** Rows that can be read come in; what is wrong is refused by itself and told. */
  @Post('items/import')
  @HttpCode(202)
  @Allow('item.import')
  async take(
    @Me() me: Principal,
    @Body(new ZodPipe(asked)) q: z.infer<typeof asked>,
    @UploadedFile() upload?: Upload,
  ): Promise<WireImportDone> {
    const { mapping, columns, rows } = await this.read(me, q, upload);
    if (columns.title === null) throw new Problem(422, 'columns：须指明哪一列是标题', { field: 'columns' });
    const faults = rows.flatMap((r) => (r.reason === null ? [] : [{ row: r.row, reason: r.reason }]));
    const good = rows.flatMap((r) => (r.reason === null ? [r] : []));
    // Of rows with one number the first counts, as the preview says.
    const first = [...new Map([...good].reverse().map((r) => [r.guid, r])).values()].reverse();
    const given = first.map(({ guid, entry }) => ({
      sourceName: `import-${mapping.id}`,
      guid,
      entry,
      submittedBy: `user:${me.username}`,
    }));
    const counts = { taken: 0, duplicate: good.length, bad: faults.length };
    await this.inbox.hand(given, (tx, { fresh }) => {
      Object.assign(counts, { taken: fresh, duplicate: good.length - fresh });
      return this.audit.append(
        {
          actor: me.username,
          action: 'item.import',
          object: mapping.id,
          data: { file: plainFileName(upload?.originalname ?? ''), ...counts },
        },
        tx,
      );
    });
    return { ...counts, faults: faults.slice(0, SHOWN_FAULTS) };
  }

  private async read(me: Principal, q: z.infer<typeof asked>, upload: Upload | undefined) {
    if (!upload) throw new Problem(422, 'file：须上传一个 .csv、.tsv 或 .xlsx 文件（最大 5 MB）', { field: 'file' });
    const mappings = this.mappings();
    const wanted = q.mapping ? mappings.find((m) => m.id === q.mapping) : undefined;
    if (q.mapping && !wanted)
      throw new Problem(422, `mapping：须为其中之一：${mappings.map((m) => m.id).join('、')}`, { field: 'mapping' });
    const { fittingMapping, proposeColumns, readImportRows } = await import('@app/intake');
    const table = await tableOf(upload, mappings, q.columns ? choice(q.columns) : null);
    const base = wanted ?? fittingMapping(mappings, table.headings) ?? mappings[0];
    if (!base) throw new Problem(422, '没有列名对应表：请管理员在 config/import 中添加', { field: 'mapping' });
    const columns = q.columns ? headingsOf(choice(q.columns), table.headings) : proposeColumns(base, table.headings);
    if (table.rows.length > MOST_ROWS)
      throw new Problem(422, `file：超过 ${MOST_ROWS} 行，请分成几个文件`, { field: 'file' });
    // Whoever sees only a part of the deployment speaks of that part, unless a row says another place in it.
    const region = isWhole(me) ? null : me.region;
    const mapping = mappingOf(base, columns);
    const rows = columns.title === null ? [] : readImportRows(table, mapping, await this.now.now());
    const placed = rows.map((r) =>
      r.reason === null ? { ...r, entry: { ...r.entry, region: r.entry.region ?? region } } : r,
    );
    return { mappings, mapping, columns, headings: table.headings, rows: placed };
  }

  private mappings(): ImportMapping[] {
    const faults: ConfigFault[] = [];
    const all = loadImportMappings(this.settings.configDir, faults);
    if (all === null) throw new ConfigFaults(faults);
    return Object.values(all);
  }
}

function mappingOf(base: ImportMapping, columns: ImportColumns): ImportMapping {
  const named = Object.fromEntries(IMPORT_FIELDS.flatMap((f) => (columns[f] === null ? [] : [[f, [columns[f]]]])));
  return { ...base, columns: { title: [], ...named } };
}

function choice(columns: string): ImportColumns {
  let given: unknown;
  try {
    given = JSON.parse(columns);
  } catch {
    throw new Problem(422, 'columns：须为 JSON 对象', { field: 'columns' });
  }
  const read = new ZodPipe(chosen).transform(given) as Partial<ImportColumns>;
  return Object.fromEntries(IMPORT_FIELDS.map((f) => [f, read[f] || null])) as unknown as ImportColumns;
}

function headingsOf(columns: ImportColumns, headings: readonly string[]): ImportColumns {
  for (const heading of Object.values(columns))
    if (heading !== null && !headings.includes(heading))
      throw new Problem(422, `columns：文件中没有“${heading}”一列，现有：${headings.slice(0, 40).join('、')}`, {
        field: 'columns',
      });
  return columns;
}

/** The readers of tables are the intake's: loaded where a file comes in, the gateway starts without them. */
async function tableOf(upload: Upload, mappings: readonly ImportMapping[], columns: ImportColumns | null) {
  const { readTable, TableFault } = await import('@app/intake');
  const known = new Set([
    ...mappings.flatMap((m) => Object.values(m.columns).flatMap((h) => h ?? [])),
    ...Object.values(columns ?? {}),
  ]);
  const name = plainFileName(upload.originalname);
  try {
    // A table whose headings nobody knows is shown with its first row as headings, for a person to map.
    return await readTable(name, upload.buffer, (h) => known.has(h)).catch((error: unknown) => {
      if (!(error instanceof TableFault)) throw error;
      return readTable(name, upload.buffer, (h) => h !== '');
    });
  } catch (error) {
    if (error instanceof TableFault) throw new Problem(422, `file：${error.message}`, { field: 'file' });
    throw error;
  }
}
