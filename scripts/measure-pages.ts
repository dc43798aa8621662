/**
 * Reads every saved page under a folder and prints one line each: charset, kind, title, date, length of the text,
 * agreement of the own extraction with the library's. Usage: measure-pages DIR [--text]
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { decodeBytes, parsePage, readable } from '@app/intake';

function* filesOf(dir: string): Generator<string> {
  for (const e of readdirSync(dir, { withFileTypes: true })) {
    if (e.isDirectory()) yield* filesOf(join(dir, e.name));
    else if (/\.html?$/.test(e.name)) yield join(dir, e.name);
  }
}

/** F1 over the multiset of characters, blanks aside. */
function charF1(a: string, b: string): number {
  const count = new Map<string, number>();
  const [x, y] = [a.replace(/\s/g, ''), b.replace(/\s/g, '')];
  for (const c of x) count.set(c, (count.get(c) ?? 0) + 1);
  let common = 0;
  for (const c of y) {
    const n = count.get(c) ?? 0;
    if (n > 0) {
      common++;
      count.set(c, n - 1);
    }
  }
  return x.length + y.length === 0 ? 1 : (2 * common) / (x.length + y.length);
}

const dir = process.argv[2] ?? '.';
for (const file of filesOf(dir)) {
  const t = performance.now();
  const { text, charset } = decodeBytes(readFileSync(file));
  const page = parsePage(text, { url: 'http://example.org/', fetchedAt: new Date('2026-11-21T00:00:00Z') });
  const ms = Math.round(performance.now() - t);
  const library = readable(text);
  console.log(
    [
      relative(dir, file),
      charset,
      page.kind,
      page.publishedAt?.toISOString() ?? '-',
      page.certain,
      page.text.length,
      charF1(page.text, library).toFixed(2),
      `${ms}ms`,
      page.title,
      `links ${page.links.length}/${page.links.filter((l) => l.publishedAt).length}`,
    ].join(' | '),
  );
  if (process.argv.includes('--text'))
    console.log(
      '    ' + page.text.slice(0, 150).replace(/\n/g, '⏎') + ' … ' + page.text.slice(-120).replace(/\n/g, '⏎'),
    );
}
