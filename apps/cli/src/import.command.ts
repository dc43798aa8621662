import { basename } from 'node:path';
import { beijingIso } from '@app/domain';
import type { ImportRow } from '@app/intake';
import { ConfigFaults, type ConfigFault, type ImportMapping, loadImportMappings, loadSettings } from '@app/settings';
import type { Command } from 'commander';
import { readInput } from './input-file';
import { writeLine } from './json-lines';

interface Options {
  mapping?: string;
  sheet?: string;
  dryRun?: boolean;
}

const AT_ONCE = 200;

/** `import FILE`: items or hotline tickets of a table into the inbox, from where the crawler stores them; a line per row. */
export function importCommand(program: Command): void {
  program
    .command('import <file>')
    .description('csv, xlsx or jsonl of items or hotline tickets (db); --dry-run shows what would come in')
    .option('--mapping <id>', 'a file of config/import (default: the one that fits the headings)')
    .option('--sheet <name>', 'sheet of an xlsx file (default: the first)')
    .option('--dry-run', 'reads and shows every row, stores nothing, needs no database')
    .action(async (file: string, o: Options) => {
      const settings = loadSettings();
      const mappings = mappingsOf(settings.configDir, o.mapping);
      const { fittingMapping, readImportRows, readTable } = await import('@app/intake');
      const known = new Set(mappings.flatMap((m) => Object.values(m.columns).flatMap((h) => h ?? [])));
      const table = await readTable(basename(file), readInput(file), (h) => known.has(h), o.sheet);
      const mapping = fittingMapping(mappings, table.headings);
      if (!mapping) throw new Error(`no column is a title: found ${table.headings.join(', ')}; allowed are ${mappings.flatMap((m) => m.columns.title).join(', ')}`);
      if (o.dryRun) {
        // The times 今天 and 3分钟前 are resolved by the database's clock when it counts; a preview has only this machine's.
        return preview(readImportRows(table, mapping, new Date()));
      }
      const [{ withDatabase }, { readNow }] = await Promise.all([import('./open-database'), import('@app/storage')]);
      await withDatabase(async (dataSource) => {
        const { Inbox } = await import('@app/response');
        const rows = readImportRows(table, mapping, await readNow(dataSource));
        for (let at = 0; at < rows.length; at += AT_ONCE) await take(new Inbox(dataSource), mapping, rows.slice(at, at + AT_ONCE));
      });
    });
}

function mappingsOf(configDir: string, wanted: string | undefined): ImportMapping[] {
  const faults: ConfigFault[] = [];
  const all = loadImportMappings(configDir, faults);
  if (all === null) throw new ConfigFaults(faults);
  if (wanted === undefined) return Object.values(all);
  const one = all[wanted];
  if (!one) throw new Error(`no mapping ${JSON.stringify(wanted)}: allowed are ${Object.keys(all).join(', ')}`);
  return [one];
}

async function preview(rows: ImportRow[]): Promise<void> {
  const seen = new Set<string>();
  for (const r of rows) {
    if (r.reason !== null) await refuse(r);
    else await writeLine({ row: r.row, state: seen.has(r.guid) ? 'duplicate' : 'would-take', guid: r.guid, ...r.entry, publishedAt: r.entry.publishedAt && beijingIso(new Date(r.entry.publishedAt)) });
    if (r.reason === null) seen.add(r.guid);
  }
}

async function take(inbox: import('@app/response').Inbox, mapping: ImportMapping, rows: ImportRow[]): Promise<void> {
  const good = rows.flatMap((r) => (r.reason === null ? [r] : []));
  const sourceName = `import-${mapping.id}`;
  const handed = await inbox.hand(good.map(({ guid, entry }) => ({ sourceName, guid, entry, submittedBy: 'cli' })));
  const stateOf = new Map(good.map((r, i) => [r.row, handed[i]]));
  for (const r of rows) {
    const h = stateOf.get(r.row);
    if (r.reason !== null) await refuse(r);
    else await writeLine({ row: r.row, state: h?.duplicate ? 'duplicate' : 'taken', guid: r.guid, inboxId: h?.inboxId });
  }
}

function refuse(r: { row: number; reason: string }): Promise<void> {
  process.exitCode = 1;
  return writeLine({ row: r.row, state: 'refused', error: r.reason });
}
