import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Injectable } from '@nestjs/common';
import { beijingText } from '@app/domain';
import { readNow, row, rows } from '@app/storage';
import { DataSource } from 'typeorm';
import { type ArchivedPage, writeWarc } from './warc';

/** A page that is still to be kept. */
export interface WantedPage {
  itemId: string;
  sourceName: string;
  url: string;
}

const MOST_ATTEMPTS = 4;
/** While a fetch runs nobody else takes the page up. */
const CLAIM_MINUTES = 5;
/** One file holds at most so many bytes of pages. */
const MAX_EXPORT_BYTES = 200_000_000;

/** The table page_snapshot: pages of cases as they were fetched. */
@Injectable()
export class PageArchive {
  constructor(private readonly dataSource: DataSource) {}

  /** Pages of items of cases that are not kept yet, newest cases first; claimed for some minutes. */
  async claimWanted(most: number): Promise<WantedPage[]> {
    return rows<WantedPage>(
      this.dataSource,
      `with wanted as (
         select i.id, i.url, i.source_name from item i
         left join page_snapshot p on p.item_id = i.id
         where i.case_id is not null and i.url is not null and not i.demo and (p.item_id is null or p.next_try_at <= app_now())
         order by i.id desc limit $1
       ), claimed as (
         insert into page_snapshot as p (item_id, url, attempts, next_try_at)
         select id, url, 1, app_now() + make_interval(mins => ${CLAIM_MINUTES}) from wanted
         on conflict (item_id) do update set attempts = p.attempts + 1, next_try_at = excluded.next_try_at
           where p.next_try_at <= app_now()
         returning item_id
       )
       select w.id as "itemId", w.url, w.source_name as "sourceName" from wanted w join claimed c on c.item_id = w.id`,
      [most],
    );
  }

  async keep(itemId: string, page: ArchivedPage): Promise<void> {
    await rows(
      this.dataSource,
      `update page_snapshot set final_url = $2, status = $3, headers = $4, body = $5, size = $6, sha256 = $7, fetched_at = $8,
         next_try_at = null, last_fault = null where item_id = $1`,
      [
        ...[itemId, page.url, page.status, JSON.stringify(page.headers), gzipSync(page.body), page.body.length],
        ...[createHash('sha256').update(page.body).digest('hex'), page.fetchedAt],
      ],
    );
  }

  /** Tried again an hour later, four times; a page that is gone for good is given up at once. */
  async giveUp(itemId: string, fault: string, forGood: boolean): Promise<void> {
    await rows(
      this.dataSource,
      `update page_snapshot set last_fault = $2,
         next_try_at = case when $3 or attempts >= ${MOST_ATTEMPTS} then null else app_now() + interval '1 hour' end where item_id = $1`,
      [itemId, fault, forGood],
    );
  }

  /** Deletes pages of cases closed, and of findings mended, longer ago than that. @returns how many */
  async sweep(keepDays: number): Promise<number> {
    const gone = await rows(
      this.dataSource,
      `update page_snapshot p set body = null, headers = '[]' from item i join case_file c on c.id = i.case_id
       where p.item_id = i.id and p.body is not null and c.closed_at < app_now() - make_interval(days => $1) returning p.item_id`,
      [keepDays],
    );
    const mended = await rows(
      this.dataSource,
      `update site_evidence e set body = null, headers = '[]' from site_finding f
       where e.finding_id = f.id and e.body is not null and f.resolved_at < app_now() - make_interval(days => $1) returning e.finding_id`,
      [keepDays],
    );
    return gone.length + mended.length;
  }

  /** All kept pages of a case as WARC 1.1 (.warc.gz); null when none is kept. */
  async warcOf(caseId: string): Promise<{ code: string; pages: number; bytes: Buffer } | null> {
    const named = await row<{ code: string; title: string }>(this.dataSource, 'select code, title from case_file where id = $1', [caseId]);
    const found = await rows<Omit<ArchivedPage, 'url'> & { finalUrl: string }>(
      this.dataSource,
      `select "finalUrl", status, headers, body, "fetchedAt" from (
         select p.final_url as "finalUrl", p.status, p.headers, p.body, p.fetched_at as "fetchedAt", sum(p.size) over (order by p.item_id) as total
         from page_snapshot p join item i on i.id = p.item_id where i.case_id = $1 and p.body is not null) t
       where total <= $2 order by "fetchedAt"`,
      [caseId, MAX_EXPORT_BYTES],
    );
    if (!named || found.length === 0) return null;
    const pages = found.map(({ finalUrl, ...p }) => ({ ...p, url: finalUrl, body: gunzipSync(p.body) }));
    const at = await readNow(this.dataSource);
    const title = `${named.code} ${named.title}, ${beijingText(at)}`;
    return { code: named.code, pages: pages.length, bytes: writeWarc(pages, { software: 'huiying', title, at }) };
  }
}
