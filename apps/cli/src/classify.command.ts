import type { Command } from 'commander';
import { createClassifier } from '@app/intake';
import { loadSettings } from '@app/settings';
import { eachJsonLine, LineError, stringField } from './json-lines';

/** `classify`: one label a line, by the same code as the live system. */
export function classifyCommand(program: Command): void {
  program
    .command('classify')
    .description('labels items: relevant, level, emergency, grade, topic, with reasons')
    .option('--in <file>', 'JSON Lines with id, title, text, publishedAt?; - is standard input')
    .action(async (options: { in?: string }) => {
      const classifier = createClassifier(loadSettings().configDir);
      await eachJsonLine(options.in, (row) => {
        const title = stringField(row, 'title', true);
        const text = stringField(row, 'text', true);
        if (row.title === undefined && row.text === undefined) throw new LineError('fields "title" and "text" are both missing: allowed is a string in at least one');
        const publishedAt = row.publishedAt === null ? null : stringField(row, 'publishedAt', true);
        return { id: row.id ?? null, ...classifier.classify({ title, text, publishedAt: publishedAt || null }) };
      });
    });
}
