import { Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { Label } from '@app/domain';
import { heldLabel, type ItemVerdict, VERDICT_OF_ITEM } from '@app/response';
import { rows } from '@app/storage';
import { DataSource } from 'typeorm';
import { ItemStore } from './item-store.service';

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

/** Items that a person has called relevant and that have no case yet: they get one like any other, from their own time of detection. */
@Injectable()
export class DecidedItems {
  private readonly logger = new Logger('DecidedItems');
  private looking = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly store: ItemStore,
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

  /** Rows are locked while they are worked on, so several crawlers can look at once. @returns how many got a case */
  async openDue(): Promise<number> {
    return this.dataSource.transaction(async (manager) => {
      const due = await rows<Decided>(
        manager,
        `select i.id, i.source_name as "sourceName", i.title, i.text, i.url, i.label, i.published_at as "publishedAt",
           i.published_certain as "publishedCertain", i.fetched_at as "fetchedAt", i.demo, i.region, v.verdict
         from item i ${VERDICT_OF_ITEM}
         where i.case_id is null and not i.official and v.verdict -> 'label' ->> 'level' <> 'none'
           and i.id in (select item_id from label_override where case_id is null and new_label ->> 'level' <> 'none')
         order by i.id limit ${AT_ONCE} for no key update of i skip locked`,
      );
      for (const item of due) await this.store.openCase(manager, { ...item, label: heldLabel(item.label, item.verdict) });
      return due.length;
    });
  }
}
