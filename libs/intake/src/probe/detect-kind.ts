import type { ProbeAnswer, ProbeKind } from '@app/domain';
import { load } from 'cheerio';
import { resolve } from '../feed-repair';
import { readJson } from '../json-feed';
import { parsePage } from '../page-parser';
import { plainTitle } from '../plain-text';
import { proposeJson } from './json-proposal';
import { proposeList } from './list-proposal';

/** What a document is held for, and what of a definition follows from it. */
export interface Detected {
  kind: ProbeKind | null;
  reason: string;
  /** kind and all that belongs to it alone; null where no source can be made of it. */
  part: Record<string, unknown> | null;
  title: string;
  proposals: ProbeAnswer['proposals'];
  feeds: ProbeAnswer['feeds'];
}

const HEAD = 4000;

/** @throws IntakeFaultError where the document is none of what it claims to be */
export function detectKind(text: string, context: { url: string; fetchedAt: Date }): Detected {
  const start = text.trimStart();
  if (start.startsWith('{') || start.startsWith('[')) return detectJson(start, context.fetchedAt);
  const head = start.slice(0, HEAD);
  const root = /<(rss|rdf:RDF|feed|urlset|sitemapindex|html|channel)[\s>]/i.exec(head)?.[1]?.toLowerCase();
  if (root === 'rss' || root === 'rdf:rdf' || root === 'feed' || root === 'channel') {
    const name = { rss: 'RSS', 'rdf:rdf': 'RSS 1.0（RDF）', feed: 'Atom', channel: 'RSS/CDF' }[root];
    return { ...NOTHING, kind: 'feed', reason: `文档的根元素是 <${root}>，是 ${name} 订阅源`, part: { kind: 'feed' }, title: feedTitle(head) };
  }
  if (root === 'urlset' || root === 'sitemapindex') {
    const reason = root === 'urlset' ? '文档的根元素是 <urlset>，是站点地图' : '文档的根元素是 <sitemapindex>，是站点地图的索引';
    return { ...NOTHING, kind: 'sitemap', reason, part: { kind: 'sitemap', maxEntries: 100, detail: {} } };
  }
  return detectHtml(text, context);
}

const NOTHING: Omit<Detected, 'kind' | 'reason'> = { part: null, title: '', proposals: [], feeds: [] };

function feedTitle(head: string): string {
  return plainTitle(/<title[^>]*>(?:<!\[CDATA\[)?([^<\]]{1,120})/i.exec(head)?.[1] ?? '', 60);
}

function detectJson(text: string, fetchedAt: Date): Detected {
  const doc = readJson(text);
  const { version, items, title } = (doc ?? {}) as { version?: unknown; items?: unknown; title?: unknown };
  const name = typeof title === 'string' ? plainTitle(title, 60) : '';
  if (Array.isArray(items) && String(version).includes('jsonfeed.org'))
    return { ...NOTHING, kind: 'feed', reason: '文档写明自己是 JSON Feed', part: { kind: 'feed' }, title: name };
  const proposal = proposeJson(doc, fetchedAt);
  if (proposal === null) return { ...NOTHING, kind: 'json', reason: '是 JSON，但其中没有带标题的条目列表', title: name };
  const reason = '是 JSON 接口：找到了条目列表，字段按名称和内容推断，请核对';
  return { kind: 'json', reason, part: { kind: 'json', paths: proposal.paths }, title: name, proposals: proposal.proposals, feeds: [] };
}

function detectHtml(html: string, context: { url: string; fetchedAt: Date }): Detected {
  const $ = load(html);
  const feeds = $('link[rel~="alternate"][href]')
    .toArray()
    .filter((l) => /(rss|atom|feed\+json)/i.test(l.attribs['type'] ?? ''))
    .flatMap((l) => {
      const url = resolve(l.attribs['href'] ?? '', context.url);
      return url === null ? [] : [{ url, title: plainTitle(l.attribs['title'] ?? '', 60) || '订阅源' }];
    });
  const title = plainTitle($('title').first().text(), 60);
  const page = parsePage(html, context);
  if (page.kind === 'article')
    return { ...NOTHING, kind: 'article', reason: `是一篇文章（正文 ${page.text.length} 字），不是列表：请填写它所在栏目的列表页`, title, feeds };
  const proposal = proposeList(html, context);
  if (proposal === null) return { ...NOTHING, kind: 'html-list', reason: '像是列表页，但没有找到条目', title, feeds };
  const reason = `是列表页：${proposal.links.length} 个条目，正文在各自的页面里`;
  const part = { kind: 'html-list', list: proposal.list, detail: {} };
  const detail = { what: '详情页', value: '{}', why: '逐条打开，标题、正文和时间自动识别；不需要正文可去掉' };
  return { kind: 'html-list', reason, part, title, proposals: [...proposal.proposals, detail], feeds };
}
