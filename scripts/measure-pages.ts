/**
 * Reads every saved page under a folder and measures what is read against labels: charset, kind, title, publication
 * time, and the text by characters. Usage: measure-pages DIR [--labels FILE] [--each] [--text]
 * Labels (default: page-labels.json beside this file) name the pages by their path below DIR or the end of it; they are
 * facts about public test pages, read off by eye: of the title a digest, of the text the element that holds it, of the
 * time what the page shows (without a year where it shows none). `--each` prints a line a page, `--text` its text too.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { beijingDate, digestOf } from '@app/domain';
import { decodeBytes, parsePage, plainText, type Page } from '@app/intake';
import { projectRoot } from '@app/settings';
import { load } from 'cheerio';

interface PageLabel {
  kind: Page['kind'];
  charset: string;
  title?: string;
  text?: string;
  /** `2019-09-07 13:43`, `2019-09-07` or `10-08 12:00`, Beijing time. */
  date?: string;
}

const FETCHED = new Date('2026-11-21T00:00:00Z');

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

const titleDigest = (title: string): string => digestOf(title.replace(/[^\p{L}\p{N}]+/gu, '')).toString(16);

function textAt(html: string, selector: string): string {
  const $ = load(html);
  const el = $(selector).first();
  el.find('script,style,noscript').remove();
  return plainText(el.html() ?? '');
}

/** `2019-09-07 13:43:45`, Beijing. */
const written = (at: Date): string =>
  `${beijingDate(at)} ${new Date(at.getTime() + 8 * 3_600_000).toISOString().slice(11, 19)}`;

const dir = process.argv[2] ?? '.';
const flag = (name: string): boolean => process.argv.includes(name);
const labelFile = process.argv[process.argv.indexOf('--labels') + 1];
const labels = new Map(
  Object.entries(
    JSON.parse(
      readFileSync(flag('--labels') && labelFile ? labelFile : join(projectRoot(), 'scripts', 'page-labels.json'), 'utf8'),
    ) as Record<string, PageLabel>,
  ),
);
const labelOf = (path: string): PageLabel | undefined =>
  [...labels].find(([name]) => path === name || path.endsWith(`/${name}`) || name.endsWith(`/${path}`))?.[1];

const hits: Record<'charset' | 'kind' | 'title' | 'date', boolean[]> = { charset: [], kind: [], title: [], date: [] };
const textF1: number[] = [];
let pages = 0;
for (const file of filesOf(dir)) {
  const path = relative(dir, file);
  const began = performance.now();
  const { text: html, charset } = decodeBytes(readFileSync(file));
  const page = parsePage(html, { url: 'http://example.org/', fetchedAt: FETCHED });
  const ms = Math.round(performance.now() - began);
  const at = page.publishedAt ? written(page.publishedAt) : '-';
  const label = labelOf(path);
  const faults = label ? judge(label, html, page, charset, at) : ['no label'];
  pages++;
  if (flag('--each') || (label && faults.length > 0))
    console.log([path, charset, page.kind, at, page.certain, page.text.length, `${ms}ms`, page.title, faults.join(', ')].join(' | '));
  if (flag('--text')) console.log(`    ${page.text.slice(0, 150)} … ${page.text.slice(-120)}`.replace(/\n/g, '⏎'));
}

function judge(label: PageLabel, html: string, page: Page, charset: string, at: string): string[] {
  const found: [keyof typeof hits, boolean][] = [
    ['charset', charset === label.charset],
    ['kind', page.kind === label.kind],
  ];
  if (label.title !== undefined) found.push(['title', titleDigest(page.title) === label.title]);
  if (label.date !== undefined) found.push(['date', at.startsWith(label.date) || at.slice(5).startsWith(label.date)]);
  for (const [what, ok] of found) hits[what].push(ok);
  const faults = found.filter(([, ok]) => !ok).map(([what]) => what as string);
  if (label.text !== undefined) {
    const f1 = charF1(page.text, textAt(html, label.text));
    textF1.push(f1);
    if (f1 < 0.9) faults.push(`text ${f1.toFixed(2)}`);
  }
  return faults;
}

const share = (xs: boolean[]): string => `${xs.filter(Boolean).length}/${xs.length}`;
const sorted = textF1.sort((a, b) => a - b);
const figures = {
  pages,
  ...Object.fromEntries(Object.entries(hits).map(([what, xs]) => [what, share(xs)])),
  textF1: { pages: sorted.length, median: sorted[sorted.length >> 1]?.toFixed(3), lowest: sorted[0]?.toFixed(3) },
};
console.log(JSON.stringify(figures));
