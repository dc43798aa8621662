import { parseChineseDate } from '@app/domain';
import { load, type Cheerio, type CheerioAPI } from 'cheerio';
import type { Element } from 'domhandler';
import { resolve } from '../feed-repair';
import { parseList, type ListLink, type ListSelectors } from '../list-parser';

/** What an officer is offered: selectors of a list page, each with the reason it is proposed for. */
export interface ListProposal {
  list: ListSelectors & { next?: string };
  proposals: { what: string; value: string; why: string }[];
  links: ListLink[];
}

/** Classes that tell of a state or a number and not of what a thing is. */
const OF_STATE = /\d|active|current|first|last|odd|even|hover|selected/i;
const IDENTIFIER = /^[A-Za-z_][\w-]*$/;
const MOST_LEVELS = 5;
const MOST_ITEMS = 400;
const NEXT_TEXT = /^(下一?页|后一?页|下页|next|>|»|›)\s*[>»›]?$/i;

/**
 * Selectors for a page whose entries the automatic reading has found. The best selector takes just these entries; of
 * equally good ones the one whose elements hold the date too. Null where the page has no list.
 */
export function proposeList(html: string, context: { url: string; fetchedAt: Date }): ListProposal | null {
  const links = parseList(html, context);
  if (links.length < 3) return null;
  const $ = load(html);
  const wanted = new Set(links.map((l) => l.url));
  const urlOf = (a: Cheerio<Element>): string => resolve(a.attr('href') ?? '', context.url) ?? '';
  const anchors = ($('a[href]').toArray() as Element[]).filter((a) => wanted.has(urlOf($(a)))).slice(0, MOST_ITEMS);
  const best = bestItem($, anchors, wanted, urlOf, context.fetchedAt);
  if (best === null) return { list: {}, proposals: [AUTOMATIC], links };
  const proposals = [
    { what: '条目选择器', value: best.selector, why: `取到 ${best.taken} 个条目，其中 ${best.hits} 个是自动识别出的 ${links.length} 个条目` },
  ];
  const list: ListProposal['list'] = { item: best.selector };
  const items = $(best.selector).toArray() as Element[];
  addLink($, items, wanted, urlOf, list, proposals);
  addDate($, items, context.fetchedAt, list, proposals);
  addNext($, list, proposals);
  return { list, proposals, links: parseList(html, context, list) };
}

const AUTOMATIC = { what: '条目选择器', value: '', why: '没有找到合适的选择器，将自动识别条目（页面改版后仍可用）' };

interface Candidate {
  selector: string;
  taken: number;
  hits: number;
  score: number;
}

function bestItem(
  $: CheerioAPI,
  anchors: readonly Element[],
  wanted: ReadonlySet<string>,
  urlOf: (a: Cheerio<Element>) => string,
  fetchedAt: Date,
): Candidate | null {
  let best: Candidate | null = null;
  for (const selector of candidateSelectors(anchors)) {
    const taken = ($(selector).toArray() as Element[]).slice(0, MOST_ITEMS * 2);
    const hits = new Set<string>();
    let dated = 0;
    for (const el of taken) {
      const found = linksIn($, el).filter((a) => wanted.has(urlOf(a)));
      const url = found[0] ? urlOf(found[0]) : '';
      // One element around the whole list holds many entries and is none.
      if (new Set(found.map(urlOf)).size === 1) hits.add(url);
      if (dateSignature($, el, fetchedAt) !== null) dated++;
    }
    const precision = hits.size / Math.max(taken.length, 1);
    const recall = hits.size / wanted.size;
    const f1 = precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
    const score = f1 + 0.3 * (dated / Math.max(taken.length, 1)) - selector.length / 1000;
    if (f1 >= 0.6 && (best === null || score > best.score)) best = { selector, taken: taken.length, hits: hits.size, score };
  }
  return best;
}

/** The elements around the links, level by level, named by tag and class; each alone and within what is around it. */
function candidateSelectors(anchors: readonly Element[]): Set<string> {
  const counts = new Map<string, number>();
  const note = (selector: string): void => void counts.set(selector, (counts.get(selector) ?? 0) + 1);
  for (const a of anchors) {
    let el: Element | null = a;
    for (let level = 0; el && level < MOST_LEVELS && el.name !== 'body'; level++) {
      const own = signature(el);
      const parent = parentOf(el);
      if (own.includes('.')) note(own);
      if (parent && parent.name !== 'body') note(`${signature(parent)} > ${own}`);
      const above = parent && parentOf(parent);
      if (above && above.name !== 'body') note(`${signature(above)} > ${signature(parent)} > ${own}`);
      el = parent;
    }
  }
  return new Set([...counts].filter(([, n]) => n >= anchors.length * 0.3).map(([s]) => s));
}

function parentOf(el: Element): Element | null {
  return el.parent && el.parent.type === 'tag' ? (el.parent as Element) : null;
}

/** `ul.list`, `div#news`, `li`. */
function signature(el: Element): string {
  const id = el.attribs['id'] ?? '';
  if (IDENTIFIER.test(id) && !OF_STATE.test(id)) return `${el.name}#${id}`;
  const classes = (el.attribs['class'] ?? '').split(/\s+/).filter((c) => IDENTIFIER.test(c) && !OF_STATE.test(c));
  return [el.name, ...classes.slice(0, 2)].join('.');
}

function linksIn($: CheerioAPI, el: Element): Cheerio<Element>[] {
  if (el.name === 'a') return [$(el)];
  return ($(el).find('a[href]').toArray() as Element[]).map((a) => $(a));
}

/** Where in an entry its date stands: tag and class of the innermost element that holds nothing else; null: nowhere. */
function dateSignature($: CheerioAPI, el: Element, fetchedAt: Date): string | null {
  for (const inner of $(el).find('*').toArray() as Element[]) {
    if (inner.name === 'a' || $(inner).children().length > 0) continue;
    const text = $(inner).text().trim();
    if (text.length >= 2 && text.length <= 40 && parseChineseDate(text, fetchedAt).at) return signature(inner);
  }
  return null;
}

function addDate($: CheerioAPI, items: readonly Element[], fetchedAt: Date, list: ListProposal['list'], proposals: ListProposal['proposals']): void {
  const counts = new Map<string, number>();
  for (const el of items) {
    const found = dateSignature($, el, fetchedAt);
    if (found !== null) counts.set(found, (counts.get(found) ?? 0) + 1);
  }
  const [best] = [...counts].sort((a, b) => b[1] - a[1]);
  if (!best || best[1] < items.length * 0.6) {
    if (best) proposals.push({ what: '时间选择器', value: '', why: '各条目的时间位置不一致，将在条目文字中自动查找' });
    return;
  }
  const readable = items.filter((el) => parseChineseDate($(el).find(best[0]).first().text(), fetchedAt).at).length;
  if (readable < best[1]) return;
  list.publishedAt = best[0];
  proposals.push({ what: '时间选择器', value: best[0], why: `${items.length} 个条目中 ${readable} 个在此处有可识别的时间` });
}

/** Needed only where the first link of an entry is another one (a column's name, a picture). */
function addLink(
  $: CheerioAPI,
  items: readonly Element[],
  wanted: ReadonlySet<string>,
  urlOf: (a: Cheerio<Element>) => string,
  list: ListProposal['list'],
  proposals: ListProposal['proposals'],
): void {
  const others = items.filter((el) => !wanted.has(linksIn($, el)[0] ? urlOf(linksIn($, el)[0] as Cheerio<Element>) : ''));
  if (others.length < items.length * 0.2) return;
  const counts = new Map<string, number>();
  for (const el of items) {
    const a = linksIn($, el).find((link) => wanted.has(urlOf(link)))?.get(0);
    if (!a) continue;
    const parent = parentOf(a);
    const named = signature(a);
    const selector = named.includes('.') || !parent || parent === el ? named : `${signature(parent)} > ${named}`;
    counts.set(selector, (counts.get(selector) ?? 0) + 1);
  }
  const [best] = [...counts].sort((a, b) => b[1] - a[1]);
  if (!best || best[0] === 'a') return;
  list.link = best[0];
  proposals.push({ what: '链接选择器', value: best[0], why: '条目中的第一个链接不是标题（可能是栏目或图片）' });
}

function addNext($: CheerioAPI, list: ListProposal['list'], proposals: ListProposal['proposals']): void {
  const next = ($('a[href]').toArray() as Element[]).find(
    (a) => a.attribs['rel'] === 'next' || NEXT_TEXT.test($(a).text().trim()),
  );
  if (!next || /^(javascript:|#)/i.test(next.attribs['href'] ?? '')) return;
  const named = signature(next);
  const text = $(next).text().trim();
  const value =
    named.includes('.') && $(named).length <= 2 ? named : next.attribs['rel'] === 'next' ? 'a[rel="next"]' : `a:contains("${text.replace(/["\\]/g, '')}")`;
  list.next = value;
  proposals.push({ what: '下一页选择器', value, why: `页面有「${text || '下一页'}」；停机之后只在本页条目全是新的时才翻页` });
}
