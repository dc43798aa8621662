import { beijingIso } from '@app/domain';
import { decodeBytes, parsePage } from '@app/intake';
import type { Command } from 'commander';
import { readAddress, readInput } from './input-file';
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
    .option('--url <url>', 'address it was fetched from, for relative links', readAddress)
    .option('--content-type <type>', 'Content-Type header it came with')
    .action(async (file: string, options: Options) => {
      const bytes = readInput(file);
      const { text, charset } = decodeBytes(bytes, { contentType: options.contentType });
      const fault = pageFault(bytes, text);
      if (fault !== null) throw new Error(`${file}: not a page: ${fault}`);
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

/** Why bytes cannot be a page; null where they can. Control characters have no place in HTML, or in any text. */
export function pageFault(bytes: Buffer, text: string): string | null {
  if (text.trim() === '') return 'it is empty';
  if (bytes.subarray(0, 5).toString('latin1') === '%PDF-') return 'it is a PDF file; allowed is HTML';
  const start = text.slice(0, 65_536);
  const odd = start.match(/[\u0000-\u0008\u000e-\u001a\u001c-\u001f\ufffd]/g)?.length ?? 0;
  // A real page may hold a stray byte or two; a binary file has one in every few.
  if (odd > Math.max(2, start.length / 50)) return 'it is a binary file; allowed is HTML';
  return null;
}
