import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { WordCutter } from '@app/intake';
import {
  candidateQuery,
  parseSearch,
  searchMarks,
  searchQuery,
  SEARCH_SPAN,
  type SearchWish,
  SPAN_MARK,
} from '@app/domain';
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

/**
 * What else is asked of found items: `i` is the item (its columns of the index item_filter), `f` its case; parameters from
 * `$2` on are its own. Null: nothing, each item that is found is shown.
 */
export interface Around {
  joins: string;
  where: string;
  params: unknown[];
}

/** Fetched from this instant on, and before that one: what is outside is not read. */
export interface Between {
  from?: Date;
  to?: Date;
}

/** So many ids an item may stand away from its place in time: batches of several processes interleave. */
const DISORDER = 5_000n;
/** So many found items are looked at for one answer, whatever filters and bounds leave of them: its time is bounded. */
const MOST_LOOKED = 10_000;
/** A phrase reads the vector of each: fewer, and a few first. */
const PHRASE_FIRST = 500;
const PHRASE_MOST = 3_000;
const SPAN = BigInt(SEARCH_SPAN);
/** Spans read in one go: a frequent word is content with the first, which may be nearly empty. */
const SPANS_AT_ONCE = [1n, 1n, 2n];
const MOST_SPANS_AT_ONCE = 4n;
/** When so few are to be expected in all that is left, it is read in one go: each span would read its own part of the index. */
const FEW = 10_000n;

/** A part of the items, by their ids: from `from` on and before `end`; `spans` are named to the index, null: it is read whole. */
interface Reach {
  from: bigint;
  end: bigint;
  spans: { first: bigint; last: bigint } | null;
}

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
   * Ids of found items before `beforeId`, the newest first, at most `limit`; `looked`: what was looked at ends before this id, when the
   * search stopped before the end, else null: at the bound, or with `enough` found, or `most` looked at, when more would have to be looked for.
   */
  async find(
    search: ReadySearch,
    beforeId: string | null,
    { limit, enough, most = Infinity }: { limit: number; enough: number; most?: number },
    around: Around | null,
    between: Between = {},
  ): Promise<{ ids: string[]; looked: string | null }> {
    const isPhrase = search.candidates !== search.tsquery;
    const mostLooked = Math.min(most, isPhrase ? PHRASE_MOST : MOST_LOOKED);
    const [top, floor] = await Promise.all([this.topId(between.to), this.floorId(between.from)]);
    const before = beforeId === null || BigInt(beforeId) > top ? top : BigInt(beforeId);
    const ids: string[] = [];
    let [end, looked] = [before, 0];
    for (let step = 0; end > floor; step++) {
      const reach = nextReach(step, { before, end, floor }, looked);
      // Where nothing is sifted out, what is wanted is all that has to be looked at.
      const size = Math.min(
        mostLooked - looked,
        isPhrase && looked === 0 ? PHRASE_FIRST : isPhrase || around ? MOST_LOOKED : limit - ids.length,
      );
      const part = await this.part(search.candidates, reach, size, around, isPhrase ? size : limit - ids.length);
      ids.push(...(isPhrase ? await this.exact(search.tsquery, part.ids) : part.ids));
      looked += part.count;
      end = part.count === size && part.last !== null ? BigInt(part.last) : reach.from;
      if (ids.length >= limit) return { ids: ids.slice(0, limit), looked: null };
      if (end > floor && (ids.length >= enough || looked >= mostLooked)) return { ids, looked: String(end) };
    }
    return { ids, looked: null };
  }

  /** An id above everything fetched before the instant; ids follow the time of fetching but for a few. */
  private async topId(to: Date | undefined): Promise<bigint> {
    const sql =
      to === undefined
        ? 'select max(item_id) as id from item_search where $1::timestamptz is null'
        : 'select id from item where fetched_at < $1 order by fetched_at desc limit 1';
    const found = await row<{ id: string | null }>(this.dataSource, sql, [to ?? null]);
    return BigInt(found?.id ?? '0') + (to === undefined ? 1n : DISORDER);
  }

  private async floorId(from: Date | undefined): Promise<bigint> {
    if (from === undefined) return 0n;
    const found = await row<{ id: string }>(
      this.dataSource,
      'select id from item where fetched_at >= $1 order by fetched_at limit 1',
      [from],
    );
    const floor = BigInt(found?.id ?? '9223372036854775807') - DISORDER;
    return floor > 0n ? floor : 0n;
  }

  /**
   * The newest `size` of what the index finds within the reach: how many, the last one, and those that the filters and the
   * viewer's bounds leave, at most `most`. One statement; materialized, so that nobody walks the ids and looks into each vector instead.
   */
  private async part(
    query: string,
    { from, end, spans }: Reach,
    size: number,
    around: Around | null,
    most: number,
  ): Promise<{ count: number; last: string | null; ids: string[] }> {
    const marks: string[] = [];
    for (let span = spans?.last ?? -1n; spans !== null && span >= spans.first; span--)
      marks.push(`''${SPAN_MARK}${span}''`);
    const left = around
      ? // The ids in one array: one walk of item_filter meets them all in their order, and ends when enough have passed.
        `array(select i.id from item i ${around.joins} where i.id = any(array(select id from hits)) and ${around.where} order by i.id desc limit ${most})`
      : `coalesce(array_agg(id order by id desc), '{}')`;
    const found = await row<{ count: number; last: string | null; ids: string[] }>(
      this.dataSource,
      `with found as materialized (select item_id as id from item_search where words @@ ($1${marks.length > 0 ? ` || ' & (${marks.join(' | ')})'` : ''})::tsquery),
       hits as materialized (select id from found where id < ${end} and id >= ${from} order by id desc limit ${size})
       select count(*)::int as count, min(id) as last, ${left} as ids from hits`,
      [query, ...(around?.params ?? [])],
    );
    if (!found) throw new Error('an aggregate without a row');
    return found;
  }

  /** Those whose words stand as they were asked for. */
  private async exact(tsquery: string, ids: string[]): Promise<string[]> {
    if (ids.length === 0) return ids;
    const found = await rows<{ id: string }>(
      this.dataSource,
      'select item_id as id from item_search where item_id = any($1::bigint[]) and words @@ $2::tsquery',
      [ids, tsquery],
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

/** What to read next: span by span while that brings enough, all the rest at once when few are to be expected in it. */
function nextReach(
  step: number,
  { before, end, floor }: { before: bigint; end: bigint; floor: bigint },
  found: number,
): Reach {
  const read = before - end;
  if (read >= SPAN && (BigInt(found) * (end - floor)) / read <= FEW) return { from: floor, end, spans: null };
  const last = (end - 1n) / SPAN;
  const first = last - (SPANS_AT_ONCE[step] ?? MOST_SPANS_AT_ONCE) + 1n;
  const start = first < 0n ? 0n : first;
  return { from: start * SPAN > floor ? start * SPAN : floor, end, spans: { first: start, last } };
}

function ready(wish: SearchWish, cut: (run: string) => readonly string[]): ReadySearch {
  const [tsquery, candidates] = [searchQuery(wish, cut), candidateQuery(wish, cut)];
  if (tsquery === null || candidates === null) throw new Problem(422, 'q：请输入要查找的文字', { field: 'q' });
  return { tsquery, candidates, marks: searchMarks(wish, cut) };
}
