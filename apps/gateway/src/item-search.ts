import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { WordCutter } from '@app/intake';
import { candidateQuery, parseSearch, searchMarks, searchQuery, SEARCH_SPAN, type SearchWish, SPAN_MARK } from '@app/domain';
import { SETTINGS, type Settings } from '@app/settings';
import { row, rows } from '@app/storage';
import { DataSource } from 'typeorm';
import { Problem } from './problem';

/** What somebody looks for, made ready. */
export interface ReadySearch {
  tsquery: string;
  /** What the index alone can answer: all that `tsquery` finds, and with phrases more. */
  candidates: string;
  /** Words to be marked in what is found. */
  marks: string[];
}

/** The rest of a query over the found items: `i` is the item (its columns of the index item_filter), `f` its case; parameters from `$2` on are its own. */
export interface Around {
  /** Fetched from this instant on, and before that one: spans outside are not read. */
  from?: Date;
  to?: Date;
  joins: string;
  where: string;
  params: unknown[];
}

/** So many ids an item may stand away from its place in time: batches of several processes interleave. */
const DISORDER = 5_000n;
/** So many found items are looked at for one answer, whatever filters and bounds leave of them: its time is bounded. */
const CHUNKS = [500, 2_500, 3_500];
/** A phrase reads the vector of each: fewer. */
const PHRASE_CHUNKS = [500, 2_500];
const SPAN = BigInt(SEARCH_SPAN);
/** Spans read in one go: a frequent word is content with the first, which may be nearly empty. */
const SPANS_AT_ONCE = [1n, 1n, 2n];
const MOST_SPANS_AT_ONCE = 4n;
/** When so few are to be expected in all that is left, it is read in one go: each span would read its own part of the index. */
const FEW = 5_000n;
/** Of these no more are kept than one answer may look at. */
const MOST_KEPT = 10_000;

/**
 * Full-text search over the masked words of all items, the newest first. The index is read span by span (25,000 items)
 * while that brings enough, so that a frequent word costs one or two spans; what is rare is read over all the rest at once.
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
   * search stopped before the end, else null: at the bound, or with `enough` found, or `most` looked at, when more would have to be looked for.
   */
  async find(search: ReadySearch, beforeId: string | null, { limit, enough, most = Infinity }: { limit: number; enough: number; most?: number }, around: Around): Promise<{ ids: string[]; looked: string | null }> {
    const ids: string[] = [];
    const [top, floor] = await Promise.all([this.topId(around.to), this.floorId(around.from)]);
    const hits = this.hits(search, beforeId === null || BigInt(beforeId) > BigInt(top) ? BigInt(top) : BigInt(beforeId), BigInt(floor));
    const waiting: string[] = [];
    let looked: string | null = null;
    let count = 0;
    for (const size of search.candidates === search.tsquery ? CHUNKS : PHRASE_CHUNKS) {
      const wanted = Math.max(size, Math.min(limit, 2_500));
      for (let next = waiting.length < wanted ? await hits.next() : null; next && !next.done; next = waiting.length < wanted ? await hits.next() : null) waiting.push(...next.value);
      const chunk = waiting.splice(0, wanted);
      ids.push(...(await this.exact(search, await this.passing(chunk, around))));
      if (ids.length >= limit) return { ids: ids.slice(0, limit), looked: null };
      if (chunk.length < wanted) return { ids, looked: null };
      looked = chunk.at(-1) ?? null;
      count += chunk.length;
      if (ids.length >= enough || count >= most) break;
    }
    return { ids, looked };
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

  /** What the index finds from `floor` on and before `before`, the newest first, in portions. */
  private async *hits({ candidates }: ReadySearch, before: bigint, floor: bigint): AsyncGenerator<string[]> {
    let [end, found] = [before, 0n];
    for (let step = 0; end > floor; step++) {
      const read = before - end;
      if (read >= SPAN && (found * (end - floor)) / read <= FEW) return void (yield await this.allHits(candidates, end, floor));
      const span = (end - 1n) / SPAN;
      const first = span - (SPANS_AT_ONCE[step] ?? MOST_SPANS_AT_ONCE) + 1n;
      const ids = await this.spanHits(candidates, end, floor, span, first < 0n ? 0n : first);
      found += BigInt(ids.length);
      end = first < 0n ? 0n : first * SPAN;
      if (ids.length > 0) yield ids;
    }
  }

  /** Span after span: the outer side of a lateral join is read in its order. */
  private async spanHits(query: string, before: bigint, floor: bigint, last: bigint, first: bigint): Promise<string[]> {
    const found = await rows<{ id: string }>(
      this.dataSource,
      `select x.item_id as id from generate_series($4::bigint, $5::bigint, -1) as w(span)
       cross join lateral (
         select s.item_id from item_search s
         where s.words @@ ($2 || ' & ''${SPAN_MARK}' || w.span || '''')::tsquery and s.item_id < $1::bigint and s.item_id >= $3::bigint
         order by s.item_id desc) x`,
      [before, query, floor, last, first].map(String),
    );
    return found.map((f) => f.id);
  }

  /** Materialized, so that nobody walks the ids and looks into each vector instead. */
  private async allHits(query: string, before: bigint, floor: bigint): Promise<string[]> {
    const found = await rows<{ id: string }>(
      this.dataSource,
      `with found as materialized (select item_id from item_search where words @@ $2::tsquery)
       select item_id as id from found where item_id < $1::bigint and item_id >= $3::bigint order by item_id desc limit ${MOST_KEPT}`,
      [before, query, floor].map(String),
    );
    return found.map((f) => f.id);
  }

  /** Those whose words stand as they were asked for; all of them where the index could tell. */
  private async exact({ tsquery, candidates }: ReadySearch, ids: string[]): Promise<string[]> {
    if (ids.length === 0 || candidates === tsquery) return ids;
    const found = await rows<{ id: string }>(this.dataSource, 'select item_id as id from item_search where item_id = any($1::bigint[]) and words @@ $2::tsquery', [ids, tsquery]);
    const left = new Set(found.map((f) => f.id));
    return ids.filter((id) => left.has(id));
  }

  /** Those of the ids that the filters and the viewer's bounds leave, in their order. */
  private async passing(ids: readonly string[], around: Around): Promise<string[]> {
    if (ids.length === 0) return [];
    const found = await rows<{ id: string }>(
      this.dataSource,
      // One look into item_filter for each: left to itself the planner reads the rows, with the texts between them.
      `select i.id from unnest($1::bigint[]) as h(id)
       cross join lateral (select id, source_name, fetched_at, level, region, department_id, case_id from item where id = h.id limit 1) i
       ${around.joins} where ${around.where}`,
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
  const [tsquery, candidates] = [searchQuery(wish, cut), candidateQuery(wish, cut)];
  if (tsquery === null || candidates === null) throw new Problem(422, 'q：请输入要查找的文字', { field: 'q' });
  return { tsquery, candidates, marks: searchMarks(wish, cut) };
}
