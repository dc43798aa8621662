import { beijingIso } from '@app/domain';
import { decodeBytes, IntakeFaultError, parseFeed } from '@app/intake';
import type { Command } from 'commander';
import { readAddress, readInput } from './input-file';
import { writeLine } from './json-lines';

interface Options {
  url?: string;
  contentType?: string;
}

/** `parse-feed FILE`: the entries of a feed as they would come in; not a feed: exit 2 with the reason. */
export function parseFeedCommand(program: Command): void {
  program
    .command('parse-feed <file>')
    .description('the entries of a saved feed (RSS, RDF, Atom, JSON Feed)')
    .option('--url <url>', 'address it was fetched from, for relative links', readAddress)
    .option('--content-type <type>', 'Content-Type header it came with')
    .action(async (file: string, options: Options) => {
      const bytes = readInput(file);
      const { text } = decodeBytes(bytes, { contentType: options.contentType });
      try {
        for (const item of await parseFeed(text, { url: options.url ?? '', fetchedAt: new Date() })) {
          await writeLine({
            title: item.title,
            url: item.url,
            publishedAt: item.publishedAt && beijingIso(item.publishedAt),
            certain: item.certain,
            text: item.text,
            guid: item.guid,
          });
        }
      } catch (error) {
        if (!(error instanceof IntakeFaultError)) throw error;
        process.stderr.write(`${file}: ${error.fault.kind}: ${error.fault.message}\n`);
        process.exitCode = 2;
      }
    });
}
