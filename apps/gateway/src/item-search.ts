import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { WordCutter } from '@app/intake';
import { parseSearch, searchMarks, searchQuery, SEARCH_SPAN, type SearchWish, SPAN_MARK } from '@app/domain';
import { SETTINGS, type Settings } from '@app/settings';
import { row, rows } from '@app/storage';
import { DataSource } from 'typeorm';
import { Problem } from './problem';

/** What somebody looks for, made ready. */
export interface ReadySearch {
  tsquery: string;
  /** Words to be marked in what is found. */
  marks: string[];
}

/** The rest of a query over the found items: `i` is the item, `f` its case; parameters from `$2` on are its own. */
export interface Around {
  /** Fetched from this instant on, and before that one: spans outside are not read. */
  from?: Date;
  to?: Date;
  joins: string;
  where: string;
  params: unknown[];
}

/** So many found items are looked at for one answer, whatever filters and bounds leave of them: its time is bounded. */
/** So many ids an item may stand away from its place in time: batches of several processes interleave. */
const DISORDER = 5_000n;
const CHUNKS = [500, 4_500, 15_000];
const MOST_LOOKED_AT = 20_000;

/**
 * Full-text search over the masked words of all items, the newest first. The index is read span by span (25,000 items), so
 * that a frequent word costs one span and a rare one a few milliseconds a million.
 */
@Injectable()
export class ItemSearch implements OnApplicationShutdown {
  private cutter: Promise<WordCutter> | null = null;

  constructor(
    private readonly dataSource: DataSource,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Loads the segmenter for what will be asked soon. */
  async warm(): Promise<void> {
    (await this.loaded()).warm();
  }

  /** @throws Problem 422 when there is no word to look for */
  async prepare(text: string): Promise<ReadySearch> {
    const wish = parseSearch(text);
    const runs = [...new Set([...wish.all, ...wish.phrases, ...wish.none])];
    const words = await (await this.loaded()).cut(runs);
    const byRun = new Map(runs.map((run, n) => [run, words[n] ?? []]));
    return ready(wish, (run) => byRun.get(run) ?? []);
  }

  /**
   * Ids of found items before `beforeId`, the newest first, at most `limit`; `looked` is the last one looked at when the
   * bound was met before the end, else null.
   */
  async find(search: ReadySearch, beforeId: string | null, limit: number, around: Around): Promise<{ ids: string[]; looked: string | null }> {
    const ids: string[] = [];
    const [top, floor] = await Promise.all([this.topId(around.to), this.floorId(around.from)]);
    let before = beforeId === null || BigInt(beforeId) > BigInt(top) ? top : beforeId;
    let looked = 0;
    for (const size of CHUNKS) {
      const hits = await this.hits(search, before, floor, Math.max(size, limit));
      ids.push(...(await this.passing(hits, around)));
      if (ids.length >= limit) return { ids: ids.slice(0, limit), looked: null };
      if (hits.length < Math.max(size, limit)) return { ids, looked: null };
      looked += hits.length;
      before = hits.at(-1) ?? before;
      if (looked >= MOST_LOOKED_AT) break;
    }
    return { ids, looked: before };
  }

  /** An id above everything fetched before the instant; ids follow the time of fetching but for a few. */
  private async topId(to: Date | undefined): Promise<string> {
    const sql = to === undefined ? 'select max(item_id) as id from item_search where $1::timestamptz is null' : 'select id from item where fetched_at < $1 order by fetched_at desc limit 1';
    const found = await row<{ id: string | null }>(this.dataSource, sql, [to ?? null]);
    return String(BigInt(found?.id ?? '0') + (to === undefined ? 1n : DISORDER));
  }

  private async floorId(from: Date | undefined): Promise<string> {
    if (from === undefined) return '0';
    const found = await row<{ id: string }>(this.dataSource, 'select id from item where fetched_at >= $1 order by fetched_at limit 1', [from]);
    const floor = BigInt(found?.id ?? '9223372036854775807') - DISORDER;
    return String(floor > 0n ? floor : 0n);
  }

  /** What the index finds, the newest first: span after span, and no further than needed (the outer side of a lateral join is read in its order). */
  private async hits(search: ReadySearch, before: string, floor: string, limit: number): Promise<string[]> {
    const found = await rows<{ id: string }>(
      this.dataSource,
      `select x.item_id as id from generate_series(($1::bigint - 1) / ${SEARCH_SPAN}, $4::bigint / ${SEARCH_SPAN}, -1) as w(span)
       cross join lateral (
         select s.item_id from item_search s
         where s.words @@ ($2 || ' & ''${SPAN_MARK}' || w.span || '''')::tsquery and s.item_id < $1::bigint
         order by s.item_id desc) x
       limit $3`,
      [before, search.tsquery, limit, floor],
    );
    return found.map((f) => f.id);
  }

  /** Those of the ids that the filters and the viewer's bounds leave, in their order. */
  private async passing(ids: readonly string[], around: Around): Promise<string[]> {
    if (ids.length === 0) return [];
    const found = await rows<{ id: string }>(
      this.dataSource,
      `select i.id from item i ${around.joins} where i.id = any($1::bigint[]) and ${around.where}`,
      [ids, ...around.params],
    );
    const left = new Set(found.map((f) => f.id));
    return ids.filter((id) => left.has(id));
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.cutter) await (await this.cutter).close();
  }

  /** Only a gateway where somebody searches loads the room of intake and its segmenter. */
  private loaded(): Promise<WordCutter> {
    this.cutter ??= import('@app/intake').then((intake) => new intake.WordCutter(this.settings.configDir));
    return this.cutter;
  }
}

function ready(wish: SearchWish, cut: (run: string) => readonly string[]): ReadySearch {
  const tsquery = searchQuery(wish, cut);
  if (tsquery === null) throw new Problem(422, 'q：请输入要查找的文字', { field: 'q' });
  return { tsquery, marks: searchMarks(wish, cut) };
}
