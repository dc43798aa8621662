import { Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { Label } from '@app/domain';
import { heldLabel, type ItemVerdict, VERDICT_OF_ITEM } from '@app/response';
import { isRefusal, rows } from '@app/storage';
import { DataSource } from 'typeorm';
import { ItemBatch } from './item-batch.service';

interface Decided {
  id: string;
  sourceName: string;
  title: string;
  text: string;
  url: string | null;
  label: Label;
  publishedAt: Date | null;
  publishedCertain: boolean;
  fetchedAt: Date;
  demo: boolean;
  region: string | null;
  verdict: ItemVerdict;
}

const AT_ONCE = 20;
const LOOK_MS = 1000;
/** After the n-th failure an item waits a minute · 2ⁿ, at most an hour. */
const FIRST_WAIT_MS = 60_000;
const LONGEST_WAIT_MS = 3_600_000;

/** Items that a person has called relevant and that have no case yet: they get one like any other, from their own time of detection. */
@Injectable()
export class DecidedItems {
  private readonly logger = new Logger('DecidedItems');
  private looking = false;
  /** Items whose case could not be opened, until when they wait; they keep no other from its case. */
  private readonly waiting = new Map<string, { fails: number; until: number }>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly batch: ItemBatch,
  ) {}

  @Interval('decided-items', LOOK_MS)
  async look(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    try {
      await this.openDue();
    } catch (error) {
      this.logger.warn(`opening cases of decided items failed: ${(error as Error).message}`);
    } finally {
      this.looking = false;
    }
  }

  /**
   * Rows are locked while they are worked on, so several crawlers can look at once; each item has a transaction of
   * its own. @returns how many got a case
   */
  async openDue(): Promise<number> {
    let opened = 0;
    for (let n = 0; n < AT_ONCE; n++) {
      let id: string | undefined;
      try {
        id = await this.openNext((claimed) => (id = claimed));
        if (id === undefined) break;
        this.waiting.delete(id);
        opened++;
      } catch (error) {
        if (id === undefined || !isRefusal(error)) throw error;
        this.putOff(id, error as Error);
      }
    }
    return opened;
  }

  private putOff(id: string, error: Error): void {
    const fails = (this.waiting.get(id)?.fails ?? 0) + 1;
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(fails, 10));
    this.waiting.set(id, { fails, until: performance.now() + wait });
    this.logger.error(`the case of the decided item ${id} cannot be opened, tried again in ${wait / 1000} s: ${error.message}`);
  }

  private openNext(claimed: (id: string) => void): Promise<string | undefined> {
    const later = [...this.waiting].filter(([, w]) => w.until > performance.now()).map(([id]) => id);
    return this.dataSource.transaction(async (manager) => {
      const [item] = await rows<Decided>(
        manager,
        `select i.id, i.source_name as "sourceName", i.title, i.text, i.url, i.label, i.published_at as "publishedAt",
           i.published_certain as "publishedCertain", i.fetched_at as "fetchedAt", i.demo, i.region, v.verdict
         from item i ${VERDICT_OF_ITEM}
         where i.case_id is null and not i.official and v.verdict -> 'label' ->> 'level' <> 'none'
           and i.id in (select item_id from label_override where case_id is null and new_label ->> 'level' <> 'none')
           and i.id <> all($1::bigint[])
         order by i.id limit 1 for no key update of i skip locked`,
        [later],
      );
      if (!item) return undefined;
      claimed(item.id);
      await this.batch.openCase(manager, { ...item, label: heldLabel(item.label, item.verdict) });
      return item.id;
    });
  }
}
