import type { Command } from 'commander';
import { writeLine } from './json-lines';

/** `backup`, `restore`, `move`: the whole database as one instant. */
export function backupCommands(program: Command): void {
  program
    .command('backup <folder>')
    .description('every table as of one instant, into a new folder, while the system runs (db)')
    .action(async (folder: string) => {
      const [{ writeBackup }, { withDatabaseUrl }] = await Promise.all([import('@app/storage'), import('./open-database')]);
      await withDatabaseUrl(async (url) => writeLine(sumOf(await writeBackup(url, folder))));
    });
  program
    .command('restore <folder>')
    .description('load a backup into the empty database and bring it up to this program, all or nothing (db)')
    .option('--check', 'only hold the files against their digests')
    .action(async (folder: string, { check }: { check?: boolean }) => {
      const [{ checkBackup, restoreBackup }, { withDatabaseUrl }] = await Promise.all([import('@app/storage'), import('./open-database')]);
      if (check) return writeLine(sumOf(await checkBackup(folder)));
      await withDatabaseUrl(async (url) => writeLine(sumOf(await restoreBackup(folder, url))));
    });
  program
    .command('move')
    .description('everything from the embedded database (or DATABASE_URL) to another, empty one; the system must be stopped (db)')
    .requiredOption('--to <url>', 'postgres://user:password@host:port/database')
    .action(async ({ to }: { to: string }) => {
      const [{ moveDatabase }, { withDatabaseUrl }] = await Promise.all([import('@app/storage'), import('./open-database')]);
      await withDatabaseUrl(async (url) => writeLine({ ok: true, ...(await moveDatabase(url, to)) }));
    });
}

function sumOf(m: { takenAt: string; tables: { rows: number; bytes: number }[] }): object {
  const sum = (of: (t: { rows: number; bytes: number }) => number): number => m.tables.reduce((n, t) => n + of(t), 0);
  return { ok: true, takenAt: m.takenAt, tables: m.tables.length, rows: sum((t) => t.rows), bytes: sum((t) => t.bytes) };
}
