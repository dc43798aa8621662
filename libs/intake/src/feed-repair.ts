import { isUtf8 } from 'node:buffer';
import { fail } from './intake-fault';
import { innerMarkup, readXml, textOf, XmlLimit, type XmlNode } from './xml-tree';

/** Longest feeds publish some hundred entries; more than this is cut. */
export const MAX_FEED_ITEMS = 2000;

/** Namespace → the prefix the canonical form knows it by. */
const VOCABULARIES: [RegExp, string][] = [
  [/^$/, ''],
  [/^https?:\/\/(www\.)?w3\.org\/2005\/atom$|^https?:\/\/purl\.org\/atom\/ns#|^atom\d*:$|^a10:$/, 'atom'],
  [
    /backend\.userland\.com\/rss|purl\.org\/rss\/1\.0\/$|purl\.org\/net\/rss1\.1#|netscape\.com\/rdf|blogs\.law\.harvard|^rss:$|w3\.org\/1999\/02\/22-rdf/,
    '',
  ],
  [/purl\.org\/dc\/elements|^dc:$/, 'dc'],
  [/purl\.org\/dc\/terms|^dcterms:$/, 'dcterms'],
  [/purl\.org\/rss\/1\.0\/modules\/content|^content:$/, 'content'],
  [/w3\.org\/1999\/xhtml|^xhtml:$|^body:$/, 'xhtml'],
  [/itunes\.com\/dtds|^itunes:$/, 'itunes'],
  [/search\.yahoo\.com\/mrss|^media:$/, 'media'],
];

function vocabulary(node: XmlNode): string {
  for (const [pattern, prefix] of VOCABULARIES) if (pattern.test(node.ns)) return prefix;
  // An unknown default namespace is a feed with a wrong label; an unknown prefix is another language.
  return node.prefixed ? 'other' : 'unknown';
}

/** Fields that hold text only: a start tag of a sibling field inside one means its end tag was forgotten. */
const TEXT_FIELDS = new Set([
  'title',
  'link',
  'guid',
  'pubdate',
  'id',
  'updated',
  'published',
  'comments',
  'dc:date',
  'issued',
  'modified',
]);
const FIELDS = new Set([
  ...TEXT_FIELDS,
  'description',
  'item',
  'entry',
  'category',
  'author',
  'content:encoded',
  'summary',
  'content',
]);

function forgottenEnd(open: XmlNode, next: string): boolean {
  if (next === 'item' || next === 'entry')
    return open.name === 'item' || open.name === 'entry' || FIELDS.has(open.name);
  if (open.attrs.type === 'xhtml' || open.attrs.mode === 'xml') return false;
  if (open.name === 'description') return next === 'pubdate' || next === 'guid';
  return TEXT_FIELDS.has(open.name) && FIELDS.has(next);
}

/**
 * Repairs a decoded feed of any dialect (RSS 0.9x–2.0, RDF, Atom 0.3 and 1.0, CDF) into one well-formed
 * RSS 2.0 document: prefixes canonical, contents flattened to escaped markup, relative links resolved.
 * @throws IntakeFaultError when it is no feed or too large.
 */
export function repairFeed(xml: string, baseUrl: string): { xml: string; items: number } {
  if (xml.trim() === '') fail('empty', '内容为空');
  let root: XmlNode;
  try {
    root = readXml(xml, forgottenEnd);
  } catch (error) {
    if (error instanceof XmlLimit) fail('malformed', `XML 超出限度：${error.message}`);
    throw error;
  }
  const feed = feedRoot(root);
  if (!feed) return refuse(xml);
  const items = itemsOf(feed).slice(0, MAX_FEED_ITEMS);
  const body = items.map((item) => canonicalItem(item, baseOf(item, baseUrl))).join('\n');
  return {
    xml: `<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0" xmlns:content="c" xmlns:hy="h"><channel><title></title>\n${body}\n</channel></rss>`,
    items: items.length,
  };
}

function refuse(text: string): never {
  if (/<html[\s>]|<!doctype html|<body[\s>]/i.test(text.slice(0, 20_000)))
    return fail('not-a-feed', '应为订阅源，得到的是网页（可能要求登录或地址已变）');
  return fail('malformed', '不是可识别的 RSS、RDF 或 Atom');
}

const FEED_ROOTS = new Set(['rss', 'feed', 'rdf', 'channel']);

function feedRoot(node: XmlNode, depth = 0): XmlNode | null {
  for (const child of elements(node)) {
    if (FEED_ROOTS.has(child.name)) return child;
    if (child.name === 'html') return null;
    const inner = depth < 2 ? feedRoot(child, depth + 1) : null;
    if (inner) return inner;
  }
  return null;
}

const elements = (node: XmlNode): XmlNode[] => node.children.filter((c): c is XmlNode => typeof c !== 'string');

/** Items in document order, inside the channel, beside it (RDF) or in a wrapper; never items of items. */
function itemsOf(node: XmlNode, depth = 0): XmlNode[] {
  const found: XmlNode[] = [];
  for (const child of elements(node)) {
    if ((child.name === 'item' || child.name === 'entry') && vocabulary(child) !== 'other') found.push(child);
    else if (depth < 3 && child.name !== 'image' && child.name !== 'source') found.push(...itemsOf(child, depth + 1));
  }
  return found;
}

/** xml:base as it stands at the node, resolved outward in. */
function baseOf(node: XmlNode, outer: string): string {
  const chain: string[] = [];
  for (let n: XmlNode | null = node; n; n = n.parent) {
    const b = n.attrs['xml:base'] ?? (n.name === 'channel' ? n.attrs.base : undefined);
    if (b) chain.unshift(b);
  }
  return chain.reduce((base, b) => resolve(b, base) ?? base, outer);
}

export function resolve(href: string, base: string): string | null {
  const trimmed = href.replace(/[\t\r\n]/g, '').trim();
  try {
    return new URL(trimmed, base || undefined).href;
  } catch {
    return null;
  }
}

type Field = { vocab: string; node: XmlNode };

function canonicalItem(item: XmlNode, base: string): string {
  const fields: Field[] = elements(item).map((node) => ({ vocab: vocabulary(node), node }));
  const pick = (...names: string[]): XmlNode | undefined => {
    for (const name of names) {
      const [prefix, local] = name.includes(':') ? (name.split(':') as [string, string]) : ['', name];
      const hits = fields.filter(
        (f) =>
          f.node.name === local && (prefix === '' ? ['', 'atom', 'unknown'].includes(f.vocab) : f.vocab === prefix),
      );
      const hit = hits.find((f) => f.node.children.length > 0) ?? hits[0];
      if (hit) return hit.node;
    }
    return undefined;
  };
  const guid = pick('guid', 'id');
  const parts = [
    tag('title', markup(pick('title', 'dc:title', 'itunes:title', 'media:title'))),
    tag('link', linkOf(item, fields, guid, base)),
    tag('guid', guid ? textOf(guid).trim() : (item.attrs['rdf:about'] ?? '')),
    tag('hy:published', plain(pick('published', 'pubdate', 'issued', 'dcterms:issued', 'dc:issued'))),
    tag(
      'hy:updated',
      plain(
        pick(
          'updated',
          'dc:date',
          'modified',
          'dcterms:modified',
          'created',
          'dcterms:created',
          'dcterms:date',
          'date',
        ),
      ) ||
        (item.attrs.lastmod ?? ''),
    ),
    tag(
      'description',
      markup(pick('description', 'summary', 'abstract', 'dc:description', 'itunes:summary', 'media:description')),
    ),
    tag('content:encoded', markup(pick('content:encoded', 'content', 'xhtml:body', 'xhtml:div', 'fullitem', 'body'))),
  ];
  return `<item>${parts.join('')}</item>`;
}

const escape = (s: string): string =>
  s
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, '')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;');
const tag = (name: string, value: string): string => (value === '' ? '' : `<${name}>${escape(value)}</${name}>`);
const plain = (node: XmlNode | undefined): string => (node ? textOf(node).trim() : '');

/** A text construct as HTML markup, whichever of the many ways it was written (RFC 4287 §3.1, Atom 0.3 mode). */
function markup(node: XmlNode | undefined): string {
  if (!node) return '';
  const type = (node.attrs.type ?? '').toLowerCase();
  const mode = (node.attrs.mode ?? '').toLowerCase();
  if (mode === 'base64' || /^(application|image|audio|video)\/(?!xhtml|xml)/.test(type)) {
    const decoded = Buffer.from(textOf(node), 'base64');
    return isUtf8(decoded) ? decoded.toString('utf8') : '';
  }
  if (elements(node).length > 0) return innerMarkup(node);
  const text = textOf(node);
  const literal = type === 'text' || type === 'text/plain';
  // Said to be plain, yet full of known tags: publishers forget the type far more often than they write about tags.
  return literal && !/<\/?(p|br|a|b|i|em|strong|img|div|span|script|iframe|table|ul|li|font)\b[^>]*>/i.test(text)
    ? escape(text)
    : text;
}

function linkOf(item: XmlNode, fields: Field[], guid: XmlNode | undefined, base: string): string {
  const links = fields.filter((f) => f.node.name === 'link' && ['', 'atom', 'unknown'].includes(f.vocab));
  const alternates = links.filter((f) => f.node.attrs.href && /^(alternate)?$/.test(f.node.attrs.rel ?? ''));
  const best = alternates.find((f) => /html|^$/.test(f.node.attrs.type ?? '')) ?? alternates[0];
  const candidates: [string | undefined, XmlNode][] = [
    ...(best ? [[best.node.attrs.href, best.node] as [string, XmlNode]] : []),
    ...links.map((f): [string, XmlNode] => [textOf(f.node).trim(), f.node]),
    [item.attrs.href, item],
  ];
  if (guid && guid.name === 'guid' && !/^false$/i.test(guid.attrs.ispermalink ?? ''))
    candidates.push([absolute(textOf(guid)), guid]);
  candidates.push([absolute(item.attrs['rdf:about'] ?? item.attrs.about ?? ''), item]);
  const other = links.find(
    (f) => f.node.attrs.href && !/self|edit|enclosure|replies|license|hub/.test(f.node.attrs.rel ?? ''),
  );
  if (other) candidates.push([other.node.attrs.href, other.node]);
  for (const [href, node] of candidates) {
    const url = href ? resolve(href, baseOf(node, base)) : null;
    if (url) return url;
    if (href && /^\/|^[\w-]+(\/|\.html?)/.test(href)) return href;
  }
  return '';
}

const absolute = (s: string): string => (/^https?:\/\//i.test(s.trim()) ? s.trim() : '');
