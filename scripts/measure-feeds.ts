/**
 * Agreement of the feed parser with a suite in the form of Python feedparser's tests: each file states its
 * expectation in a comment. Usage: measure-feeds DIR [--show N]
 * Counted are the conditions on fields that an item keeps: title, link, id, dates, description, summary, content.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FeedItem } from '@app/domain';
import { decodeBytes, IntakeFaultError, parseFeed, plainText, plainTitle } from '@app/intake';

interface Condition {
  index: number;
  field: string;
  expected: string | number[];
}

const CONDITION =
  /entries\[(\d+)\](?:\['|\.)(\w+)(?:'\])?(?:\[0\]\['(value|href)'\]|\['(value)'\]|\[0\]\.(value))?\s*==\s*(u?'''[\s\S]*?'''|u?"""[\s\S]*?"""|u?'(?:[^'\\]|\\.)*'|u?"(?:[^"\\]|\\.)*"|\([\d, ]+\))/g;
const TEXT = new Set(['description', 'summary', 'content', 'summary_detail']);
const KEPT = new Set(['title', 'title_detail', 'link', 'id', 'guid', 'published_parsed', 'updated_parsed', ...TEXT]);

function conditionsOf(source: string): Condition[] {
  const expect = /Expect:\s*([\s\S]*?)\n?\s*-->/.exec(source)?.[1] ?? '';
  if (/\bnot\s+entries|!=/.test(expect)) return [];
  return [...expect.matchAll(CONDITION)]
    .map((m) => ({ index: Number(m[1]), field: m[2] ?? '', expected: literal(m[6] ?? '') }))
    .filter((c) => KEPT.has(c.field));
}

function literal(s: string): string | number[] {
  if (s.startsWith('(')) return s.slice(1, -1).split(',').map(Number);
  const body = s.replace(/^u?('''|"""|'|")/, '').replace(/('''|"""|'|")$/, '');
  return body.replace(/\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|.)/gs, (_, e: string) => {
    if (e.length > 1) return String.fromCodePoint(parseInt(e.slice(1), 16));
    return { n: '\n', t: '\t', r: '\r' }[e] ?? e;
  });
}

function agrees(c: Condition, items: FeedItem[]): boolean {
  const item = items[c.index];
  if (!item) return false;
  if (Array.isArray(c.expected)) {
    const [y, mo, d, h, mi, s] = c.expected as [number, number, number, number, number, number];
    const utc = Date.UTC(y, mo - 1, d, h, mi, s);
    const got = item.publishedAt?.getTime();
    // A date without a zone is Beijing time here and UTC in the suite: both read the same words.
    return got === utc || got === utc - 8 * 3_600_000;
  }
  if (c.field === 'link') return item.url === c.expected || (item.url ?? '') === c.expected.trim();
  if (c.field === 'id' || c.field === 'guid')
    return item.guid === c.expected || item.guid.endsWith(c.expected) || c.expected.endsWith(item.guid);
  const same = (a: string, b: string): boolean => a.replace(/\s+/g, '') === b.replace(/\s+/g, '');
  if (TEXT.has(c.field)) return same(item.text, plainText(c.expected)) || same(item.text, c.expected);
  return same(item.title, plainTitle(c.expected)) || same(item.title, c.expected);
}

function* filesOf(dir: string): Generator<string> {
  for (const e of readdirSync(dir, { withFileTypes: true })) {
    if (e.isDirectory()) yield* filesOf(join(dir, e.name));
    else if (e.name.endsWith('.xml')) yield join(dir, e.name);
  }
}

async function main(): Promise<void> {
  const dir = process.argv[2] ?? '.';
  const show = Number(process.argv[process.argv.indexOf('--show') + 1]) || 0;
  let shown = 0;
  const tally = {
    files: 0,
    counted: 0,
    agreed: 0,
    conditions: 0,
    conditionsAgreed: 0,
    crashed: 0,
    fields: {} as Record<string, [number, number]>,
  };
  for (const file of filesOf(dir)) {
    tally.files++;
    const bytes = readFileSync(file);
    const contentType = /Header:\s*Content-type:\s*(.+)/i.exec(bytes.toString('latin1'))?.[1]?.trim();
    const location = /Header:\s*Content-Location:\s*(.+)/i.exec(bytes.toString('latin1'))?.[1]?.trim();
    const { text } = decodeBytes(bytes, { contentType });
    let items: FeedItem[] = [];
    let faulted = '';
    try {
      items = await parseFeed(text, { url: location ?? '', fetchedAt: new Date('2100-01-01T00:00:00Z') });
    } catch (error) {
      if (!(error instanceof IntakeFaultError)) tally.crashed++;
      faulted = String(error);
    }
    const conditions = conditionsOf(text);
    if (conditions.length === 0) continue;
    tally.counted++;
    const good = conditions.filter((c) => {
      const ok = agrees(c, items);
      const f = (tally.fields[c.field] ??= [0, 0]);
      f[1]++;
      if (ok) f[0]++;
      return ok;
    });
    tally.conditions += conditions.length;
    tally.conditionsAgreed += good.length;
    if (good.length === conditions.length) tally.agreed++;
    else if (shown++ < show) {
      const bad = conditions.find((c) => !good.includes(c));
      const it = bad ? items[bad.index] : undefined;
      console.error(file, '\n  expected', JSON.stringify(bad), '\n  got     ', faulted || JSON.stringify(it));
    }
  }
  console.log(JSON.stringify({ ...tally, share: tally.agreed / tally.counted }, null, 1));
}

void main();
