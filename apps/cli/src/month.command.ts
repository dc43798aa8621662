import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { monthSpan, parseInstant } from '@app/domain';
import { InvalidArgumentError, type Command } from 'commander';
import { writeLine } from './json-lines';

interface Options {
  asOf?: Date;
  xlsx?: string;
  docx?: string;
}

/** `month YYYY-MM`: the month's statistics as one JSON object, and as files. */
export function monthCommand(program: Command): void {
  program
    .command('month')
    .argument('<month>', 'YYYY-MM', readMonth)
    .description("a month's statistics as of a cut-off (db)")
    .option('--as-of <instant>', 'ISO 8601; default the end of the month, or now while it runs', readInstant)
    .option('--xlsx <file>', 'also as an Excel file; without --as-of with the cases of the month one by one')
    .option('--docx <file>', 'also as a Word file in the form of GB/T 9704')
    .action(async (month: string, options: Options) => {
      const [{ MonthFold, ReportDesk, StatsService }, { loadSettings }, { withDatabase }] = await Promise.all([
        import('@app/stats'),
        import('@app/settings'),
        import('./open-database'),
      ]);
      await withDatabase(async (dataSource) => {
        const stats = new StatsService(dataSource, new MonthFold(dataSource));
        await writeLine(await stats.loadMonth(month, options.asOf));
        if (options.xlsx === undefined && options.docx === undefined) return;
        const desk = new ReportDesk(dataSource, stats, loadSettings());
        const report = await desk.month(month, options.asOf);
        if (options.docx !== undefined) await writeFile(options.docx, await desk.word(report));
        if (options.xlsx === undefined) return;
        const file = createWriteStream(options.xlsx);
        await Promise.all([desk.sheet(file, report, options.asOf === undefined ? { month } : undefined), finished(file)]);
      });
    });
}

function readMonth(value: string): string {
  try {
    monthSpan(value);
  } catch {
    throw new InvalidArgumentError('allowed is YYYY-MM');
  }
  return value;
}

function readInstant(value: string): Date {
  const at = parseInstant(value);
  if (at === null) throw new InvalidArgumentError('allowed is an ISO 8601 instant');
  return at;
}
