import { gunzipSync } from 'node:zlib';
import { firstDate, openable } from './entry-fields';
import type { ParseContext } from './feed-parser';
import { resolve } from './feed-repair';
import { fail } from './intake-fault';
import type { ListLink } from './list-parser';
import { plainTitle } from './plain-text';
import { readXml, textOf, XmlLimit, type XmlNode } from './xml-tree';

/** sitemaps.org: 50 MB uncompressed at most; four times less is plenty for the newest entries. */
const MAX_BYTES = 12_000_000;

export type Sitemap =
  /** Addresses of further sitemaps, the one changed last first. */
  | { kind: 'index'; urls: string[] }
  /** Pages, the newest first; a time of last change is no time of publication and so never certain. */
  | { kind: 'pages'; links: ListLink[] };

/** A sitemap is often a .gz file, whatever its headers say. @throws IntakeFaultError `too-large`, `bad-encoding` */
export function unzipSitemap(bytes: Buffer): Buffer {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_BYTES });
  } catch (error) {
    const tooLarge = (error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE';
    return tooLarge ? fail('too-large', '站点地图解压后超过 12 MB') : fail('bad-encoding', '站点地图的 gzip 数据损坏');
  }
}

/** @throws IntakeFaultError `not-a-feed`, `malformed` */
export function parseSitemap(text: string, context: ParseContext): Sitemap {
  const root = readTree(text);
  const index = childOf(root, 'sitemapindex');
  if (index) {
    const found = childrenOf(index, 'sitemap').flatMap((s) => entryOf(s, context) ?? []);
    return { kind: 'index', urls: newestFirst(found).map((e) => e.url) };
  }
  const set = childOf(root, 'urlset');
  if (!set) return fail('not-a-feed', '不是站点地图（没有 urlset 或 sitemapindex）');
  return { kind: 'pages', links: newestFirst(childrenOf(set, 'url').flatMap((u) => entryOf(u, context) ?? [])) };
}

function readTree(text: string): XmlNode {
  try {
    return readXml(text);
  } catch (error) {
    if (error instanceof XmlLimit) return fail('malformed', '站点地图过大或嵌套过深');
    throw error;
  }
}

function entryOf(node: XmlNode, context: ParseContext): ListLink | null {
  const href = valueOf(node, 'loc');
  const url = href === '' ? null : openable(resolve(href, context.url) ?? href);
  if (url === null) return null;
  const news = childOf(node, 'news');
  const published = firstDate([news ? valueOf(news, 'publication_date') : ''], context.fetchedAt);
  const changed = firstDate([valueOf(node, 'lastmod')], context.fetchedAt);
  return {
    url,
    title: plainTitle(news ? valueOf(news, 'title') : ''),
    publishedAt: published.at ?? changed.at,
    certain: published.at !== null && published.certain,
    text: '',
  };
}

const newestFirst = (links: ListLink[]): ListLink[] =>
  links.sort((a, b) => (b.publishedAt?.getTime() ?? 0) - (a.publishedAt?.getTime() ?? 0));

const childrenOf = (node: XmlNode, name: string): XmlNode[] =>
  node.children.filter((c): c is XmlNode => typeof c !== 'string' && c.name === name);
const childOf = (node: XmlNode, name: string): XmlNode | undefined => childrenOf(node, name)[0];

function valueOf(node: XmlNode, name: string): string {
  const child = childOf(node, name);
  return child ? textOf(child).trim() : '';
}
