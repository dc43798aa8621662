import type { Command } from 'commander';
import { readInput } from './input-file';
import { writeLine } from './json-lines';

/** `ledger`: the tasks of a 工作要点 as they are read; nothing is stored. */
export function ledgerCommand(program: Command): void {
  program
    .command('ledger')
    .description('the tasks of a document (.docx or text) with their terms and units, a line each; nothing is stored')
    .argument('<file>')
    .action(async (file: string) => {
      const [{ readLedger }, { DocumentFault, readDocument }] = await Promise.all([import('@app/domain'), import('@app/intake')]);
      const bytes = readInput(file);
      try {
        const { tasks, ...head } = readLedger(await readDocument(file, bytes));
        for (const task of tasks) await writeLine(task);
        await writeLine({ document: { ...head, tasks: tasks.length } });
        if (tasks.length === 0) process.exitCode = 1;
      } catch (error) {
        if (error instanceof DocumentFault) throw new Error(error.message);
        throw error;
      }
    });
}
