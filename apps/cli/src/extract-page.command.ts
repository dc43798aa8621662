import { readFileSync } from 'node:fs';
import { beijingIso } from '@app/domain';
import { decodeBytes, parsePage } from '@app/intake';
import type { Command } from 'commander';

import { writeLine } from './json-lines';

interface Options {
  url?: string;
  contentType?: string;
}

/** `extract-page FILE`: what an article or list page says. */
export function extractPageCommand(program: Command): void {
  program
    .command('extract-page <file>')
    .description('title, text, publication time and links of a saved page')
    .option('--url <url>', 'address it was fetched from, for relative links')
    .option('--content-type <type>', 'Content-Type header it came with')
    .action(async (file: string, options: Options) => {
      const bytes = readFileSync(file === '-' ? 0 : file);
      const { text, charset } = decodeBytes(bytes, { contentType: options.contentType });
      const page = parsePage(text, { url: options.url ?? '', fetchedAt: new Date() });
      const links = page.links.map((l) => ({
        url: l.url,
        title: l.title,
        publishedAt: l.publishedAt && beijingIso(l.publishedAt),
      }));
      await writeLine({
        kind: page.kind,
        title: page.title,
        text: page.text,
        publishedAt: page.publishedAt && beijingIso(page.publishedAt),
        certain: page.certain,
        charset,
        ...(page.kind === 'list' ? { links } : {}),
      });
    });
}
