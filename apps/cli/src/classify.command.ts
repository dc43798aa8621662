import type { Command } from 'commander';
import { createClassifier } from '@app/intake';
import { loadSettings } from '@app/settings';
import { eventText } from './event-text';
import { eachJsonLine } from './json-lines';

/** `classify`: one label a line, by the same code as the live system. */
export function classifyCommand(program: Command): void {
  program
    .command('classify')
    .description('labels items: relevant, level, emergency, grade, topic, with reasons')
    .option('--in <file>', 'JSON Lines with id, title, text, publishedAt?; - is standard input')
    .action(async (options: { in?: string }) => {
      const classifier = createClassifier(loadSettings().configDir);
      await eachJsonLine(options.in, (row) => {
        const { title, text } = eventText(row);
        const publishedAt = typeof row.publishedAt === 'string' ? row.publishedAt : null;
        return { id: row.id ?? null, ...classifier.classify({ title, text, publishedAt }) };
      });
    });
}
