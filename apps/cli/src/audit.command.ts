import type { Command } from 'commander';
import { writeLine } from './json-lines';

/** `audit verify`: walks the whole chain; exit status 1 where it is broken, naming the first bad record. */
export function auditCommand(program: Command): void {
  program
    .command('audit')
    .description('the hash-chained log of who did what (db)')
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
