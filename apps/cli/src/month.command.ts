import { monthSpan, parseInstant } from '@app/domain';
import { InvalidArgumentError, type Command } from 'commander';
import { writeLine } from './json-lines';

/** `month YYYY-MM`: the month's statistics as one JSON object. */
export function monthCommand(program: Command): void {
  program
    .command('month')
    .argument('<month>', 'YYYY-MM', readMonth)
    .description("a month's statistics as of a cut-off (db)")
    .option('--as-of <instant>', 'ISO 8601; default the end of the month, or now while it runs', readInstant)
    .action(async (month: string, options: { asOf?: Date }) => {
      const [{ MonthFold, StatsService }, { withDatabase }] = await Promise.all([import('@app/stats'), import('./open-database')]);
      await withDatabase(async (dataSource) => {
        await writeLine(await new StatsService(dataSource, new MonthFold(dataSource)).loadMonth(month, options.asOf));
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
