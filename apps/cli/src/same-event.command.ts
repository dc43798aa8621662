import { join } from 'node:path';
import { PairReader } from '@app/intake';
import { projectRoot } from '@app/settings';
import type { Command } from 'commander';
import { eventTextIn } from './event-text';
import { eachJsonLine } from './json-lines';

/** `same-event`: whether two texts tell of the same event. */
export function sameEventCommand(program: Command): void {
  program
    .command('same-event')
    .description('whether two texts tell of the same event')
    .option('--in <file>', 'JSON Lines {"id","a":{"title","text"},"b":{…}}')
    .action(async (options: { in?: string }) => {
      const reader = new PairReader(process.env.HUIYING_CONFIG ?? join(projectRoot(), 'config'));
      await eachJsonLine(options.in, (row) => {
        const [a, b] = [eventTextIn(row, 'a'), eventTextIn(row, 'b')];
        const { same, score } = reader.compare(a, b);
        return { id: row.id ?? null, same, score: Math.round(score * 1e4) / 1e4 };
      });
    });
}
