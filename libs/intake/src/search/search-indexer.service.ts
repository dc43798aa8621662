import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { maskText, prepareText, SEARCH_VERSION, searchVector, spanOf } from '@app/domain';
import { CHANNELS, PgListener, rows } from '@app/storage';
import { DataSource, type EntityManager } from 'typeorm';
import { textFold } from '../text-fold';
import { cutWords, wordsWithin } from '../tokeniser';

interface Text {
  id: string;
  title: string;
  text: string;
}

const BATCH = 25;
const SWEEP_MS = 5000;
/** Ids are given before the commit: one that is so far behind the newest indexed may still appear. */
const LOOK_BACK = 2000n;
/** Any fixed number: one crawler at a time indexes. */
const INDEX_LOCK = 704_255;

/** The vector of one item as it is stored: of its masked text, as a reader would see it. */
export function vectorOf({ id, title, text }: Text): string {
  const words = cutWords(prepareText(maskText(title), maskText(text), textFold()).chars);
  return searchVector(words, wordsWithin, spanOf(BigInt(id)));
}

/**
 * Writes the words of new items, after they were stored: taking in does not wait for the index. The only writer of
 * item_search. A hint wakes it; the sweep is the truth.
 */
@Injectable()
export class SearchIndexer implements OnApplicationBootstrap {
  private readonly logger = new Logger('SearchIndexer');
  /** Everything up to here is indexed. */
  private floor = 0n;
  private running = false;
  private again = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly listener: PgListener,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.listener.listen(CHANNELS.itemAdded, () => void this.look());
  }

  @Interval('search-index', SWEEP_MS)
  async look(): Promise<void> {
    this.again = true;
    if (this.running) return;
    this.running = true;
    try {
      while (this.again) {
        this.again = false;
        await this.indexNew();
      }
    } catch (error) {
      this.logger.warn(`indexing failed: ${(error as Error).message}`);
    } finally {
      this.running = false;
    }
  }

  /** @returns how many items were indexed */
  async indexNew(): Promise<number> {
    let indexed = 0;
    let from = this.floor;
    for (;;) {
      const done = await this.dataSource.transaction((manager) => this.indexBatch(manager, from));
      if (done === null) break;
      indexed += done.indexed;
      from = done.upTo;
      if (done.indexed === 0) break;
      // The process that indexes also fetches: it gets its turn between two batches.
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (from - LOOK_BACK > this.floor) this.floor = from - LOOK_BACK;
    return indexed;
  }

  /** @returns how many were indexed and up to where nothing is left; null while another process indexes */
  private async indexBatch(manager: EntityManager, from: bigint): Promise<{ indexed: number; upTo: bigint } | null> {
    const [lock] = await rows<{ held: boolean; newest: string }>(
      manager,
      'select pg_try_advisory_xact_lock($1) as held, (select coalesce(max(id), 0) from item) as newest',
      [INDEX_LOCK],
    );
    if (!lock?.held) return null;
    const found = await rows<Text>(
      manager,
      `select i.id, i.title, i.text from item i left join item_search s on s.item_id = i.id and s.version = $2
       where i.id > $1 and s.item_id is null order by i.id limit ${BATCH}`,
      [from.toString(), SEARCH_VERSION],
    );
    // Else each look of a process that finds nothing to do would go through millions of items again.
    if (found.length === 0) return { indexed: 0, upTo: max(from, BigInt(lock.newest)) };
    await rows(
      manager,
      `insert into item_search (item_id, version, words)
       select v.id, $2, v.words::tsvector from unnest($1::bigint[], $3::text[]) as v(id, words)
       on conflict (item_id) do update set version = excluded.version, words = excluded.words`,
      [found.map((f) => f.id), SEARCH_VERSION, found.map(vectorOf)],
    );
    return { indexed: found.length, upTo: BigInt(found.at(-1)?.id ?? from) };
  }
}

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
