import type { FeedItem } from '@app/domain';
import { sourceUrl, type FetchedSource } from '@app/settings';
import { parseArticle } from './article-parser';
import { decodeBytes, type Decoded } from './decode';
import { digest } from './entry-fields';
import { parseFeed } from './feed-parser';
import type { PoliteFetcher } from './fetch/polite-fetcher';
import { fault, IntakeFaultError, type IntakeFault } from './intake-fault';
import { parseJsonEndpoint } from './json-endpoint';
import { nextPage, parseList, type ListLink } from './list-parser';
import { parseSitemap, unzipSitemap } from './sitemap-parser';

export interface Validators {
  etag: string | null;
  lastModified: string | null;
}

export interface SourceReading {
  notModified: boolean;
  items: FeedItem[];
  fault: IntakeFault | null;
  validators: Validators;
  charset: string | null;
  url: string;
  /** Entries the document held, known ones too. */
  entries: number;
  /** Detail pages left for the next run. */
  left: number;
}

const FOLLOW_MS = 120_000;
/** Of an index of sitemaps so many are read in one run, those changed last. */
const MAX_SITEMAPS = 3;

type FollowedSource = FetchedSource & { kind: 'html-list' | 'sitemap' };

/** Which of these guids are stored already. */
export type KnownGuids = (guids: string[]) => Promise<ReadonlySet<string>>;

/** Fetches one source and reads its entries: fetch → decode → parse. Every failure of the source is a value. */
export class SourceReader {
  constructor(
    private readonly fetcher: Pick<PoliteFetcher, 'fetch'>,
    private readonly rsshubBase: string,
  ) {}

  async read(source: FetchedSource, held: Validators, fetchedAt: Date, known: KnownGuids): Promise<SourceReading> {
    const url = sourceUrl(source, this.rsshubBase);
    const got = await this.fetcher.fetch({
      url,
      etag: held.etag,
      lastModified: held.lastModified,
      pauseSeconds: source.politeness.pauseSeconds,
    });
    const empty: SourceReading = {
      notModified: false,
      items: [],
      fault: null,
      validators: held,
      charset: null,
      url,
      entries: 0,
      left: 0,
    };
    if (!got.ok) return { ...empty, fault: got.fault };
    if (got.notModified) return { ...empty, notModified: true };
    let reading = { ...empty, url: got.url };
    try {
      const bytes = source.kind === 'sitemap' ? unzipSitemap(got.bytes) : got.bytes;
      const decoded = decodeBytes(bytes, { contentType: got.contentType, override: source.charset });
      reading = { ...reading, charset: decoded.charset };
      const parsed = await this.parse(source, decoded, got.url, fetchedAt, known);
      // A page whose details are not all read must be read again, so its validators are not kept.
      const validators =
        parsed.left > 0 ? { etag: null, lastModified: null } : { etag: got.etag, lastModified: got.lastModified };
      return { ...reading, ...parsed, validators };
    } catch (error) {
      if (error instanceof IntakeFaultError) return { ...reading, fault: error.fault };
      throw error;
    }
  }

  private async parse(
    source: FetchedSource,
    decoded: Decoded,
    url: string,
    fetchedAt: Date,
    known: KnownGuids,
  ): Promise<Pick<SourceReading, 'items' | 'fault' | 'left' | 'entries'>> {
    const context = { url, fetchedAt };
    if (source.kind === 'feed' || source.kind === 'json') {
      const items =
        source.kind === 'feed'
          ? await parseFeed(decoded.text, context)
          : parseJsonEndpoint(decoded.text, source.paths, context);
      return { items, entries: items.length, fault: null, left: 0 };
    }
    if (source.kind === 'sitemap') {
      const found = await this.sitemapLinks(source, decoded.text, context);
      if (found.length === 0)
        return { items: [], entries: 0, fault: fault('no-items', '站点地图正常返回，但没有符合条件的网址'), left: 0 };
      return { ...(await this.follow(source, found, fetchedAt, known)), entries: found.length };
    }
    const links = await this.listPages(source, decoded.text, context, known);
    if (links.length === 0)
      return {
        items: [],
        entries: 0,
        fault: fault(
          'no-items',
          `网页正常返回，但${source.list.item ? `选择器 ${source.list.item} ` : ''}没有找到任何条目（页面可能已改版）`,
        ),
        left: 0,
      };
    const read = source.detail
      ? await this.follow(source, links, fetchedAt, known)
      : { items: links.map((l) => itemOf(l)), fault: null, left: 0 };
    return { ...read, entries: links.length };
  }

  /** The entries of the list; of its following pages too while all so far are new (after a pause, or on the first run). */
  private async listPages(
    source: FetchedSource & { kind: 'html-list' },
    first: string,
    context: { url: string; fetchedAt: Date },
    known: KnownGuids,
  ): Promise<ListLink[]> {
    const links = parseList(first, context, source.list);
    if (!source.list.next) return links;
    const seen = new Map(links.map((l) => [l.url, l]));
    let [html, url] = [first, context.url];
    let fresh = links;
    for (let page = 1; page < (source.list.maxPages ?? 3); page++) {
      const next = nextPage(html, url, source.list.next);
      if (next === null || fresh.length === 0 || (await known(fresh.map((l) => l.url))).size > 0) break;
      const got = await this.fetcher.fetch({
        url: next,
        accept: 'text/html, */*;q=0.5',
        pauseSeconds: source.politeness.pauseSeconds,
      });
      if (!got.ok || got.notModified) break;
      [html, url] = [decodeBytes(got.bytes, { contentType: got.contentType, override: source.charset }).text, got.url];
      fresh = parseList(html, { url, fetchedAt: context.fetchedAt }, source.list).filter((l) => !seen.has(l.url));
      for (const l of fresh) seen.set(l.url, l);
    }
    return [...seen.values()];
  }

  /** The newest addresses of a sitemap, or of the sitemaps of an index that changed last. */
  private async sitemapLinks(
    source: FetchedSource & { kind: 'sitemap' },
    text: string,
    context: { url: string; fetchedAt: Date },
  ): Promise<ListLink[]> {
    const first = parseSitemap(text, context);
    const links = first.kind === 'pages' ? first.links : [];
    for (const url of first.kind === 'index' ? first.urls.slice(0, MAX_SITEMAPS) : []) {
      const got = await this.fetcher.fetch({ url, pauseSeconds: source.politeness.pauseSeconds });
      if (!got.ok || got.notModified) continue;
      const { text: inner } = decodeBytes(unzipSitemap(got.bytes), { contentType: got.contentType, override: source.charset });
      const read = parseSitemap(inner, { ...context, url: got.url });
      if (read.kind === 'pages') links.push(...read.links);
    }
    const wanted = source.include === undefined ? null : new RegExp(source.include, 'u');
    const distinct = [...new Map(links.filter((l) => wanted?.test(l.url) ?? true).map((l) => [l.url, l])).values()];
    return distinct.sort((a, b) => (b.publishedAt?.getTime() ?? 0) - (a.publishedAt?.getTime() ?? 0)).slice(0, source.maxEntries);
  }

  /** Reads the pages behind new entries, as many as the source allows in one run; the oldest of them first. */
  private async follow(
    source: FollowedSource,
    links: ListLink[],
    fetchedAt: Date,
    known: KnownGuids,
  ): Promise<Pick<SourceReading, 'items' | 'fault' | 'left'>> {
    const have = await known(links.map((l) => l.url));
    const fresh = links.filter((l) => !have.has(l.url)).reverse();
    const now = fresh.slice(0, source.politeness.maxDetails);
    const items: FeedItem[] = [];
    let lost: IntakeFault | null = null;
    let failed = 0;
    const started = performance.now();
    for (const link of now) {
      // The claim on the source must outlast the run: what is not read by now waits for the next.
      if (performance.now() - started > FOLLOW_MS) break;
      const got = await this.fetcher.fetch({
        url: link.url,
        accept: 'text/html, */*;q=0.5',
        pauseSeconds: source.politeness.pauseSeconds,
      });
      if (!got.ok || got.notModified) {
        failed++;
        lost = got.ok ? null : got.fault;
        // Gone for good: the entry of the list is all there will be.
        if (!got.ok && got.fault.permanent) items.push(itemOf({ ...link, title: link.title || `页面无法读取 ${link.url}` }));
        else if (failed >= 3) break;
        continue;
      }
      items.push(detailItem(link, got.bytes, got.contentType, source, fetchedAt));
    }
    const left = fresh.length - items.length;
    return { items, fault: items.length === 0 ? lost : null, left };
  }
}

function itemOf(link: ListLink): FeedItem {
  return {
    title: link.title,
    url: link.url,
    publishedAt: link.publishedAt,
    certain: link.certain,
    text: link.text,
    guid: link.url || digest(link.title),
  };
}

function detailItem(
  link: ListLink,
  bytes: Buffer,
  contentType: string | null,
  source: FollowedSource,
  fetchedAt: Date,
): FeedItem {
  const { text } = decodeBytes(bytes, { contentType, override: source.charset });
  const a = parseArticle(text, { url: link.url, fetchedAt }, source.detail);
  const useList = a.publishedAt === null || (link.certain && !a.certain);
  return {
    title: a.title.length >= link.title.replace(/(\.{2,}|…)$/, '').length ? a.title : link.title,
    url: link.url,
    publishedAt: useList ? link.publishedAt : a.publishedAt,
    certain: useList ? link.certain : a.certain,
    text: a.text || link.text,
    guid: link.url,
  };
}
