import { parseChineseDate, type ReadDate } from '@app/domain';
import { load, type Cheerio, type CheerioAPI } from 'cheerio';
import type { AnyNode, Element } from 'domhandler';
import { dateInText } from './date-finder';
import { resolve } from './feed-repair';
import { plainTitle } from './plain-text';

export interface ListSelectors {
  /** One per entry; absent: found automatically. */
  item?: string;
  /** Inside the item; default the first link. */
  link?: string;
  title?: string;
  publishedAt?: string;
  text?: string;
}

export interface ListLink {
  url: string;
  title: string;
  publishedAt: Date | null;
  certain: boolean;
  text: string;
}

const NO_DATE: ReadDate = { at: null, certain: false, future: false };

/** The entries of a list page, in page order, each address once. Without an item selector the largest run of like links is taken. */
export function parseList(
  html: string,
  context: { url: string; fetchedAt: Date },
  selectors: ListSelectors = {},
): ListLink[] {
  const $ = load(html);
  const base = resolve($('base[href]').first().attr('href') ?? '', context.url) ?? context.url;
  const rows = selectors.item
    ? $(selectors.item)
        .toArray()
        .map((el) => bySelectors($, $(el) as Cheerio<Element>, selectors, context.fetchedAt))
    : automatic($, context.fetchedAt);
  const seen = new Set<string>();
  const links: ListLink[] = [];
  for (const row of rows) {
    const url =
      row.href && !/^(javascript|mailto|tel):|^#/i.test(row.href) ? (resolve(row.href, base) ?? row.href) : '';
    if (url === '' || row.title === '' || seen.has(url)) continue;
    seen.add(url);
    links.push({ url, title: row.title, publishedAt: row.date.at, certain: row.date.certain, text: row.text });
  }
  return links;
}

/** Address of the following page, or null. */
export function nextPage(html: string, url: string, selector: string): string | null {
  const href = load(html)(selector).first().attr('href');
  return href === undefined || /^(javascript:|#)/i.test(href) ? null : resolve(href, url);
}

interface Row {
  href: string;
  title: string;
  date: ReadDate;
  text: string;
}

/** The `title` attribute holds what a list cuts short with an ellipsis. */
function titleOf(a: Cheerio<Element>): string {
  const text = plainTitle(a.text());
  const attr = plainTitle(a.attr('title') ?? '');
  const cut = text.replace(/(\.{2,}|…+)$/, '');
  return attr.length > text.length && (text === '' || attr.startsWith(cut.slice(0, 6)) || cut !== text)
    ? attr
    : text || attr;
}

function bySelectors($: CheerioAPI, item: Cheerio<Element>, s: ListSelectors, fetchedAt: Date): Row {
  const a = (
    s.link ? item.find(s.link).first() : item.is('a') ? item : item.find('a[href]').first()
  ) as Cheerio<Element>;
  const title = s.title ? plainTitle(item.find(s.title).first().text()) : titleOf(a);
  const dateText = s.publishedAt ? item.find(s.publishedAt).first().text() : '';
  const date = dateText ? parseChineseDate(dateText, fetchedAt) : outsideDate($, item, a.text(), fetchedAt);
  return {
    href: a.attr('href') ?? '',
    title,
    date,
    text: s.text ? plainTitle(item.find(s.text).first().text(), 2000) : '',
  };
}

function outsideDate($: CheerioAPI, item: Cheerio<Element>, linkText: string, fetchedAt: Date): ReadDate {
  const clone = item.clone();
  clone.find('script,style').remove();
  const words = clone
    .find('*')
    .addBack()
    .contents()
    .toArray()
    .filter((n) => n.type === 'text')
    .map((n) => ('data' in n ? n.data.trim() : ''))
    .filter((t) => t !== '' && t !== linkText.trim());
  for (const w of words) {
    if (w.length > 40 || !/\d|刚刚/.test(w)) continue;
    const read = parseChineseDate(w, fetchedAt);
    if (read.at) return read;
  }
  return dateInText(words.join(' '), fetchedAt) ?? NO_DATE;
}

/** Anchors grouped by where they stand; the group with most words of title wins, dated ones before others. */
function automatic($: CheerioAPI, fetchedAt: Date): Row[] {
  const groups = new Map<string, Cheerio<Element>[]>();
  $('a[href]').each((_, el) => {
    const a = $(el);
    const title = titleOf(a);
    if (title.length < 5 || /^(javascript|mailto|tel):|^#/i.test(a.attr('href') ?? '')) return;
    const key = placeOf(el);
    const group = groups.get(key) ?? [];
    group.push(a);
    groups.set(key, group);
  });
  let best: { rows: Row[]; score: number } = { rows: [], score: 0 };
  for (const anchors of groups.values()) {
    if (anchors.length < 3 && groups.size > 1) continue;
    const rows = anchors.slice(0, 500).map((a) => rowAround($, a, fetchedAt));
    const distinct = new Set(rows.map((r) => r.href)).size;
    const mean = rows.reduce((n, r) => n + Math.min(r.title.length, 40), 0) / rows.length;
    const dated = rows.filter((r) => r.date.at).length / rows.length;
    const score = Math.min(distinct, 60) * mean * (mean < 8 ? 0.3 : 1) * (1 + 2 * dated);
    if (score > best.score) best = { rows, score };
  }
  return best.rows;
}

function placeOf(el: Element): string {
  const steps: string[] = [];
  let node: Element | null = el;
  for (let n = 0; node && n < 5 && node.name !== 'body'; n++) {
    const cls = (node.attribs.class ?? '')
      .split(/\s+/)
      .filter((c) => c && !/\d|active|current|first|last|odd|even|on$/.test(c))
      .slice(0, 2)
      .join('.');
    steps.push(node.name + (cls ? '.' + cls : ''));
    node = node.parent && node.parent.type === 'tag' ? (node.parent as Element) : null;
  }
  return steps.join('<');
}

/** The largest element around a link that holds no second entry, for the date printed beside it. */
function rowAround($: CheerioAPI, a: Cheerio<Element>, fetchedAt: Date): Row {
  let around: Cheerio<Element> = a;
  for (let n = 0; n < 4; n++) {
    const parent = around.parent();
    if (parent.length === 0 || parent.is('body,ul,ol,tbody,table')) break;
    if (holdsAnother($, parent.get(0) as Element, a.attr('href') ?? '')) break;
    around = parent as Cheerio<Element>;
  }
  return { href: a.attr('href') ?? '', title: titleOf(a), date: outsideDate($, around, a.text(), fetchedAt), text: '' };
}

/** Stops at the first other entry: whole pages are never gone over for one link. */
function holdsAnother($: CheerioAPI, root: Element, href: string): boolean {
  const stack: AnyNode[] = [...root.children];
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (!('children' in node)) continue;
    if ('name' in node && node.name === 'a') {
      const other = node.attribs.href;
      if (other !== undefined && other !== href && titleOf($(node)).length >= 5) return true;
      continue;
    }
    stack.push(...node.children);
  }
  return false;
}
