import { Inject, Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { type CheckedPage, judgePage, SITE_FINDING_KINDS } from '@app/domain';
import { type CheckedSitePage, Lawbook, proposeInterpretation, SiteFindings, SourceBook } from '@app/response';
import type { FetchedSource } from '@app/settings';
import { readNow, rows } from '@app/storage';
import { DataSource } from 'typeorm';
import { parseArticle } from './article-parser';
import { decodeBytes } from './decode';
import { PoliteFetcher } from './fetch/polite-fetcher';
import { pageLinks } from './page-links';

const LOOK_MS = 10_000;
const AT_ONCE = 3;
/** A page is looked at again after so many days. */
const AGAIN_DAYS = 7;
const NEWEST = 200;
/** Links of a page that are followed to see whether they are dead, and those kept for one source. */
const LINKS_OF_PAGE = 5;
const LINKS_OF_SOURCE = 300;

interface DuePage {
  sourceName: string;
  url: string;
  itemId: string | null;
  /** The page its link was found on. */
  linkedFrom: string | null;
  title: string | null;
  publishedAt: Date | null;
}

/**
 * Looks at the pages of the government's own watched sites: dead links, personal data by mistake, documents made public too late
 * (003 任务7, 条例第26条); and finds interpretations of open policy documents by their links. Any number of crawlers share it.
 */
@Injectable()
export class SiteCheck {
  private readonly logger = new Logger('SiteCheck');
  private looking = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly book: SourceBook,
    private readonly findings: SiteFindings,
    private readonly laws: Lawbook,
    @Inject(PoliteFetcher) private readonly fetcher: PoliteFetcher,
  ) {}

  @Interval('site-check', LOOK_MS)
  async look(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    try {
      await this.checkDue();
    } catch (error) {
      this.logger.warn(`checking pages failed: ${(error as Error).message}`);
    } finally {
      this.looking = false;
    }
  }

  /** @returns how many pages were looked at */
  async checkDue(): Promise<number> {
    const sources = this.watched();
    if (sources.length === 0) return 0;
    await this.enlist(sources.map((s) => s.name));
    const due = await this.claim(sources.map((s) => s.name));
    await Promise.all(due.map((page) => this.checkOne(page)));
    return due.length;
  }

  private watched(): FetchedSource[] {
    return this.book.all().filter((s): s is FetchedSource => s.kind !== 'demo' && s.enabled && s.official && (s.watch === true || s.publishes !== undefined));
  }

  /** The newest items of the watched sources become pages to look at. */
  private async enlist(names: string[]): Promise<void> {
    await rows(
      this.dataSource,
      `insert into site_page (source_name, url, item_id, found_at, next_check_at)
       select i.source_name, i.url, i.id, app_now(), app_now()
       from unnest($1::text[]) n cross join lateral (
         select * from item where source_name = n and url is not null order by id desc limit ${NEWEST}) i
       on conflict (source_name, url) do update set item_id = excluded.item_id, next_check_at = excluded.next_check_at
         where site_page.item_id is null`,
      [names],
    );
  }

  private claim(names: string[]): Promise<DuePage[]> {
    return rows<DuePage>(
      this.dataSource,
      `with due as (
         select source_name, url from site_page where next_check_at <= (select app_now()) and source_name = any($1)
         order by next_check_at limit ${AT_ONCE} for update skip locked)
       update site_page p set next_check_at = app_now() + interval '${AGAIN_DAYS} days', checked_at = app_now()
       from due where p.source_name = due.source_name and p.url = due.url
       returning p.source_name as "sourceName", p.url, p.item_id as "itemId", p.linked_from as "linkedFrom",
         (select title from item where id = p.item_id) as title, (select published_at from item where id = p.item_id) as "publishedAt"`,
      [names],
    );
  }

  private async checkOne(due: DuePage): Promise<void> {
    const source = this.book.find(due.sourceName);
    if (!source || source.kind === 'demo') return;
    const got = await this.fetcher.fetch({ url: due.url, accept: 'text/html, */*;q=0.5', pauseSeconds: source.politeness.pauseSeconds });
    const page = { sourceName: due.sourceName, sourceTitle: source.title, departmentId: source.department ?? null, url: due.url };
    if (!got.ok) {
      const fault = { status: got.status, fault: got.fault.message, title: '', text: '', publishedAt: null };
      // What cannot be read says nothing of what stands on it.
      const where = due.linkedFrom === null ? '' : `（链接在页面 ${due.linkedFrom} 上）`;
      const dead = judgePage(fault, this.laws.calendar).map((f) => ({ ...f, sentence: f.sentence + where }));
      await this.findings.report({ ...page, evidence: null }, dead, ['dead-link']);
      return;
    }
    if (got.notModified) return;
    const checked = { ...page, evidence: { url: got.url, status: got.status, headers: got.headers, body: got.bytes, fetchedAt: await readNow(this.dataSource) } };
    if (!/html|xml|text/i.test(got.contentType ?? 'html')) return this.findings.report(checked, [], ['dead-link']);
    const { text: html } = decodeBytes(got.bytes, { contentType: got.contentType, override: source.charset });
    const read: CheckedPage & { links: string[] } = { ...this.readPage(html, due, got.url), status: 200, fault: null };
    // A page that only a link led to is somebody else's text: that it answers is all that is asked.
    if (due.itemId === null) return this.findings.report(checked, [], ['dead-link']);
    await this.findings.report(checked, judgePage(read, this.laws.calendar), SITE_FINDING_KINDS.filter((k) => k !== 'stale'));
    await this.enlistLinks(page, read.links);
    await this.propose(due, read);
  }

  private readPage(html: string, due: DuePage, url: string): Pick<CheckedPage, 'title' | 'text' | 'publishedAt'> & { links: string[] } {
    const article = parseArticle(html, { url, fetchedAt: new Date(0) });
    return { title: due.title || article.title, text: article.text, publishedAt: due.publishedAt, links: pageLinks(html, url) };
  }

  /** Links of a page become pages to look at; a lost one that the page no longer names is mended. */
  private async enlistLinks(page: Omit<CheckedSitePage, 'evidence'>, links: readonly string[]): Promise<void> {
    const { sourceName, url } = page;
    const own = links.filter((l) => new URL(l).host === new URL(url).host);
    const unlinked = await rows<{ url: string }>(
      this.dataSource,
      `delete from site_page where source_name = $1 and linked_from = $2 and item_id is null and not url = any($3) returning url`,
      [sourceName, url, own],
    );
    for (const gone of unlinked) await this.findings.report({ ...page, url: gone.url, evidence: null }, [], ['dead-link']);
    await rows(
      this.dataSource,
      `insert into site_page (source_name, url, item_id, linked_from, found_at, next_check_at)
       select $1, u, null, $2, app_now(), app_now() from unnest($3::text[]) u
       where (select count(*) from site_page where source_name = $1 and item_id is null) < ${LINKS_OF_SOURCE}
       on conflict (source_name, url) do nothing`,
      [sourceName, url, own.slice(0, LINKS_OF_PAGE)],
    );
  }

  private async propose(due: DuePage, read: { title: string; text: string; links: string[] }): Promise<void> {
    const { itemId, publishedAt } = due;
    if (itemId === null) return;
    await this.dataSource.transaction(async (manager) => {
      const now = await readNow(manager);
      await proposeInterpretation(manager, { itemId, publishedAt, fetchedAt: now, ...read }, now);
    });
  }
}
