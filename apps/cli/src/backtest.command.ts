import { backtest, type BacktestMessage, type BacktestReport } from '@app/domain';
import { createClassifier } from '@app/intake';
import { calendarOf, loadSettings, ruleBookOf, type Settings } from '@app/settings';
import { type Command, InvalidArgumentError } from 'commander';
import { eventText, timeField } from './event-text';
import { openInput } from './input-file';
import { answerLine, fieldError, linesOf, writeLine } from './json-lines';

/** `backtest`: a real history of messages and replies held against rule packs; one JSON object. */
export function backtestCommand(program: Command): void {
  program
    .command('backtest')
    .description('what would have been on time: messages with their reply times against a rule pack')
    .option('--in <file>', 'JSON Lines with id, title, text, publishedAt, respondedAt (ISO 8601 or null); - or nothing: standard input')
    .option('--pack <id>', 'a rule pack of config/rules, or several joined by +; twice: both are compared. Default: those in force', collect, [])
    .action(async (options: { in?: string; pack: string[] }) => {
      const settings = loadSettings();
      const wanted = options.pack.length > 0 ? options.pack : [settings.rules.packs.join('+')];
      const books = wanted.map((id) => ({ id, book: ruleBookOf(settings, packsOf(id, settings)) }));
      const messages = await readMessages(options.in, settings);
      const calendar = calendarOf(settings);
      const reports = books.map(({ id, book }) => backtest(messages, book, calendar, { id }));
      await writeLine(reports.length === 1 ? reports[0] : compared(reports));
    });
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

function packsOf(id: string, settings: Settings): string[] {
  const known = Object.keys(settings.rulePacks);
  const ids = id.split('+');
  const unknown = ids.find((i) => !known.includes(i));
  if (unknown !== undefined) throw new InvalidArgumentError(`--pack ${JSON.stringify(unknown)}: allowed is one of ${known.join(', ')}`);
  return ids;
}

/** Bad lines are told on standard error and left out; the exit status is then 1. */
async function readMessages(file: string | undefined, settings: Settings): Promise<BacktestMessage[]> {
  const classifier = createClassifier(settings.configDir);
  const messages: BacktestMessage[] = [];
  let n = 0;
  for await (const line of linesOf(openInput(file))) {
    n++;
    const answer = await answerLine(n === 1 ? line.replace(/^\uFEFF/, '') : line, n, (row) => {
      const { title, text, publishedAt } = eventText(row);
      if (publishedAt === null) throw fieldError('publishedAt', row['publishedAt'], 'ISO 8601, e.g. 2019-08-10T19:43:56+08:00');
      messages.push({ publishedAt, respondedAt: timeField(row, 'respondedAt'), label: classifier.classify({ title, text, publishedAt }) });
      return null;
    });
    if (answer !== null) process.stderr.write(`${JSON.stringify(answer)}\n`);
  }
  return messages;
}

/** Several packs beside each other: each whole, and the share on time of each. */
function compared(reports: BacktestReport[]): { packs: BacktestReport[]; onTime: { pack: string; title: string; started: number; metOnTime: number; onTimeRate: number | null }[] } {
  return {
    packs: reports,
    onTime: reports.map(({ pack, title, total: { started, metOnTime, onTimeRate } }) => ({ pack, title, started, metOnTime, onTimeRate })),
  };
}
