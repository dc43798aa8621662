import type { Command } from 'commander';
import { writeLine } from './json-lines';
import { outputClosed, writeText } from './output';

const PAGE = 500;

/** `audit verify`: walks the whole chain; exit status 1 where it is broken, naming the first bad record. `audit export`: takes it out. */
export function auditCommand(program: Command): void {
  const group = program.command('audit').description('the hash-chained log of who did what (db)');
  group
    .command('export')
    .description('every record, the newest first; taking it out is itself recorded')
    .option('--format <format>', 'jsonl (with the hashes as stored) or csv', 'jsonl')
    .option('--actor <name>', 'of this user only')
    .option('--action <beginning>', 'e.g. case. or session.refused')
    .action(async (o: { format: string; actor?: string; action?: string }) => {
      if (!['jsonl', 'csv'].includes(o.format)) throw new Error(`--format ${JSON.stringify(o.format)}: allowed is jsonl or csv`);
      const [{ AuditChain, auditCsvHead, auditCsvLine }, { withDatabase }] = await Promise.all([import('@app/accounts'), import('./open-database')]);
      await withDatabase(async (dataSource) => {
        const chain = new AuditChain(dataSource);
        await chain.append({ actor: 'cli', action: 'audit.export', data: { ...o } });
        if (o.format === 'csv') await writeText(auditCsvHead());
        for (let beforeId: string | undefined; ; ) {
          const records = await chain.list({ actor: o.actor, action: o.action, beforeId, limit: PAGE });
          for (const r of records) await (o.format === 'csv' ? writeText(auditCsvLine(r)) : writeLine(r));
          if (records.length < PAGE || outputClosed()) return;
          beforeId = records.at(-1)!.id;
        }
      });
    });
  group
    .command('verify')
    .description("check every record's hash; note `head` down elsewhere to notice a chain cut off at its end")
    .option('--head <hash>', 'a head noted down earlier: must still be in the chain')
    .action(async (options: { head?: string }) => {
      const [{ AuditChain }, { withDatabase }] = await Promise.all([
        import('@app/accounts'),
        import('./open-database'),
      ]);
      await withDatabase(async (dataSource) => {
        const state = await new AuditChain(dataSource).verify(options.head);
        if (state.broken) process.exitCode = 1;
        await writeLine({ ok: state.broken === null, ...state });
      });
    });
}
