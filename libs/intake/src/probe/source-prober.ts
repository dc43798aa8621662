import { beijingIso, beijingText, type FeedItem, type ProbeAnswer, type ProbeItem, type ProbeRequest } from '@app/domain';
import { readDefinition } from '@app/response';
import { type FetchedSource, sourceUrl } from '@app/settings';
import { decodeBytes } from '../decode';
import type { Fetched } from '../fetch/http-fetcher';
import type { PoliteFetcher } from '../fetch/polite-fetcher';
import { IntakeFaultError } from '../intake-fault';
import { unzipSitemap } from '../sitemap-parser';
import { type SourceReading, SourceReader } from '../source-reader';
import { type Detected, detectKind } from './detect-kind';

const MOST_ITEMS = 40;
/** Pages behind entries that a dry run opens. */
const DETAILS = 3;
/** With a Crawl-delay longer than this a dry run opens none. */
const PATIENT_SECONDS = 5;
const SHOWN_TEXT = 300;
const STALE_DAYS = 60;
const DAY_MS = 86_400_000;
const DEFAULTS = {
  enabled: true,
  official: false,
  schedule: { everySeconds: 600, minSeconds: 120, maxSeconds: 3600 },
  politeness: { pauseSeconds: 2, maxDetails: 10 },
};

type Good = Extract<Fetched, { ok: true; notModified: false }>;

/** Reads a source as a crawler would, stores nothing, and says what would come in. */
export class SourceProber {
  constructor(
    private readonly fetcher: PoliteFetcher,
    private readonly rsshubBase: string,
    private readonly ticks: () => number = () => performance.now(),
  ) {}

  async probe(request: ProbeRequest, now: Date): Promise<ProbeAnswer> {
    const given = 'definition' in request ? readDefinition(request.definition) : null;
    if (given !== null && !given.ok) return { ...EMPTY, fault: given.reason };
    const url = given?.ok ? sourceUrl(given.source, this.rsshubBase) : (request as { url: string }).url.trim();
    const started = this.ticks();
    const got = await this.fetcher.fetch({ url, pauseSeconds: 1 });
    const milliseconds = Math.round(this.ticks() - started);
    if (!got.ok || got.notModified) return { ...EMPTY, fault: got.ok ? '对方未返回内容（304）' : got.fault.message };
    const fetched = await this.describe(url, got, milliseconds);
    try {
      return await this.read(url, got, fetched, given?.ok ? given.source : null, now);
    } catch (error) {
      if (error instanceof IntakeFaultError) return { ...EMPTY, fetched, fault: error.fault.message };
      throw error;
    }
  }

  private async describe(url: string, got: Good, milliseconds: number): Promise<NonNullable<ProbeAnswer['fetched']>> {
    const at = new URL(got.url);
    const refusal = await this.fetcher.robots.refusal(at);
    return {
      url: got.url,
      robots: refusal ? refusal.message : '允许',
      crawlDelaySeconds: await this.fetcher.robots.delaySeconds(new URL(url)),
      charset: null,
      contentType: got.contentType,
      bytes: got.bytes.length,
      conditional: got.etag !== null || got.lastModified !== null,
      milliseconds,
    };
  }

  private async read(
    url: string,
    got: Good,
    fetched: NonNullable<ProbeAnswer['fetched']>,
    given: FetchedSource | null,
    now: Date,
  ): Promise<ProbeAnswer> {
    const bytes = unzipSitemap(got.bytes);
    const decoded = decodeBytes(bytes, { contentType: got.contentType, override: given?.charset });
    const detected = detectKind(decoded.text, { url: got.url, fetchedAt: now });
    const answer = { ...EMPTY, ...about(detected), fetched: { ...fetched, charset: decoded.charset } };
    const definition = given ?? (detected.part === null ? null : { ...DEFAULTS, url, title: detected.title, ...detected.part });
    if (definition === null) return { ...answer, fault: detected.kind === 'article' ? null : detected.reason };
    const source = given ?? ({ ...definition, name: 'probe', title: '试抓' } as FetchedSource);
    const { reading, items } = await this.dryRun(source, got, fetched.crawlDelaySeconds, now);
    const warnings = [
      ...(given && detected.kind !== null && detected.kind !== given.kind ? [`设置的类型与内容不符：${detected.reason}`] : []),
      ...warningsOf({ url, answer, declared: decoded.declared, items, now }),
    ];
    return { ...answer, definition: { ...definition }, items: items.slice(0, MOST_ITEMS), entries: reading.entries, warnings, fault: reading.fault?.message ?? null };
  }

  /** The entries as they would come in; of those with a page of their own the newest few are opened. */
  private async dryRun(source: FetchedSource, first: Good, delaySeconds: number, now: Date): Promise<{ reading: SourceReading; items: ProbeItem[] }> {
    let held: Good | null = first;
    const fetch: PoliteFetcher['fetch'] = (ask) => {
      const again = held;
      held = null;
      return again ? Promise.resolve(again) : this.fetcher.fetch(ask);
    };
    const reader = new SourceReader({ fetch }, this.rsshubBase);
    const none = { etag: null, lastModified: null };
    const follows = source.kind === 'sitemap' || (source.kind === 'html-list' && source.detail !== undefined);
    if (!follows) {
      const reading = await reader.read(withoutPaging(source), none, now, () => Promise.resolve(new Set()));
      return { reading, items: reading.items.map((i) => itemOf(i, now)) };
    }
    const most = delaySeconds > PATIENT_SECONDS ? 0 : DETAILS;
    let listed: string[] = [];
    const reading = await reader.read(withoutPaging(source), none, now, (guids) => {
      listed = guids;
      return Promise.resolve(new Set(guids.slice(most)));
    });
    const opened = new Map(reading.items.map((i) => [i.url, i]));
    const rest = source.kind === 'html-list' ? await this.listOf(source, first, now) : listed.map(bare);
    const items = rest.map((i) => itemOf(opened.get(i.url) ?? i, now));
    return { reading: { ...reading, fault: items.length > 0 ? null : reading.fault }, items };
  }

  private async listOf(source: FetchedSource & { kind: 'html-list' }, first: Good, now: Date): Promise<FeedItem[]> {
    const reader = new SourceReader({ fetch: () => Promise.resolve(first) }, this.rsshubBase);
    const { detail: _, ...list } = withoutPaging(source);
    const read = await reader.read(list as FetchedSource, { etag: null, lastModified: null }, now, () => Promise.resolve(new Set()));
    return read.items;
  }
}

const EMPTY: ProbeAnswer = {
  fault: null,
  fetched: null,
  kind: null,
  kindReason: '',
  definition: null,
  proposals: [],
  feeds: [],
  items: [],
  entries: 0,
  warnings: [],
};

const about = ({ kind, reason, proposals, feeds }: Detected): Pick<ProbeAnswer, 'kind' | 'kindReason' | 'proposals' | 'feeds'> => ({
  kind,
  kindReason: reason,
  proposals,
  feeds,
});

/** One page is enough for a dry run, and a second between requests, where robots.txt does not ask for more. */
function withoutPaging<S extends FetchedSource>(source: S): S {
  const politeness = { ...source.politeness, pauseSeconds: Math.min(source.politeness.pauseSeconds, 1) };
  return source.kind === 'html-list' ? { ...source, politeness, list: { ...source.list, maxPages: 1 } } : { ...source, politeness };
}

const bare = (url: string): FeedItem => ({ title: '（读取网页后得到标题）', url, publishedAt: null, certain: false, text: '', guid: url });

function itemOf(item: FeedItem, now: Date): ProbeItem {
  const { title, url, publishedAt, certain, text } = item;
  return {
    title: title.slice(0, 300),
    url,
    publishedAt: publishedAt && beijingIso(publishedAt),
    certain,
    future: publishedAt !== null && publishedAt.getTime() > now.getTime(),
    text: text.slice(0, SHOWN_TEXT),
  };
}

interface Seen {
  url: string;
  answer: ProbeAnswer;
  declared: string | null;
  items: readonly ProbeItem[];
  now: Date;
}

function warningsOf({ url, answer, declared, items, now }: Seen): string[] {
  const { fetched } = answer;
  const dates = items.flatMap((i) => (i.publishedAt === null ? [] : [new Date(i.publishedAt)]));
  const newest = dates.length > 0 ? new Date(Math.max(...dates.map((d) => d.getTime()))) : null;
  const undated = items.length - dates.length;
  const unsure = items.filter((i) => i.publishedAt !== null && !i.certain).length;
  const future = items.filter((i) => i.future).length;
  const textless = items.filter((i) => i.text === '').length;
  return [
    ...(fetched && fetched.url !== url ? [`网址被转到 ${fetched.url}，建议直接填写新网址`] : []),
    ...(fetched && fetched.crawlDelaySeconds > 0 ? [`robots.txt 要求两次请求间隔 ${fetched.crawlDelaySeconds} 秒，将照此执行`] : []),
    ...(fetched && !fetched.conditional ? ['对方不支持「未变」应答（没有 ETag、Last-Modified），每次都要下载全文，间隔不宜过短'] : []),
    ...(declared && fetched?.charset && declared !== fetched.charset && !fetched.charset.includes(declared) && !SAME[declared]?.includes(fetched.charset)
      ? [`编码声明为 ${declared}，内容实为 ${fetched.charset}，已按内容读取`]
      : []),
    ...(items.length === 0 ? ['没有读到任何条目'] : []),
    ...(undated > 0 ? [`${undated} 条没有可识别的发布时间：照常收录，但发布时间不会作为任何时限的起算点`] : []),
    ...(unsure > 0 ? [`${unsure} 条的时间不确定（只有日期，或是相对时间）：不作为时限的起算点`] : []),
    ...(future > 0 ? [`${future} 条的时间在将来：照原样保留，不作为时限的起算点`] : []),
    ...(newest && now.getTime() - newest.getTime() > STALE_DAYS * DAY_MS ? [`最新一条是 ${beijingText(newest)}，可能已经停更`] : []),
    ...(items.length > 3 && textless === items.length ? ['各条都只有标题，没有正文'] : []),
  ];
}

/** One name holds the other. */
const SAME: Record<string, readonly string[]> = { gb2312: ['gb18030'], gbk: ['gb18030'], 'iso-8859-1': ['windows-1252'], utf8: ['utf-8'] };
