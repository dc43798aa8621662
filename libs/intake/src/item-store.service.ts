import { Injectable, Logger } from '@nestjs/common';
import type { FeedItem } from '@app/domain';
import { shortGuid } from '@app/response';
import { isRefusal, row, rows } from '@app/storage';
import { DataSource } from 'typeorm';
import { CaseFinder } from './case-finder.service';
import { ClassifierHolder } from './classifier-holder.service';
import { preparedHash } from './content-hash';
import { CutText } from './cut-text';
import { type Bounded, ItemBatch, type Origin, type Prepared } from './item-batch.service';
import { ItemSurvey } from './item-survey.service';
import { tidyText } from './plain-text';

export const MAX_TITLE = 300;
export const MAX_TEXT = 20_000;
const MAX_URL = 2000;
/** So many items are written in one transaction: it holds the turn of clustering, so it must stay short. */
const BATCH = 50;

export interface Stored {
  /** How many were new. */
  stored: number;
  /** Items that could not be stored, whatever the others do; each is tried again when its source brings it again. */
  failed: { guid: string; fault: string }[];
}

/** Stores what a source brought: each entry once, with its case, clocks and alerts in the same transaction. */
@Injectable()
export class ItemStore {
  private readonly logger = new Logger('ItemStore');

  constructor(
    private readonly dataSource: DataSource,
    private readonly classifier: ClassifierHolder,
    private readonly finder: CaseFinder,
    private readonly surveyor: ItemSurvey,
    private readonly batch: ItemBatch,
  ) {}

  /** Loads the classifier: about two seconds, once. */
  warm(): void {
    this.classifier.get();
    this.surveyor.warm();
  }

  /** The guids of a source that are stored already. */
  async known(sourceName: string, guids: string[]): Promise<ReadonlySet<string>> {
    const found = await rows<{ guid: string }>(
      this.dataSource,
      'select guid from item_key where source_name = $1 and guid = any($2)',
      [sourceName, guids.map(boundGuid)],
    );
    return new Set(found.map((r) => r.guid));
  }

  /** The stored item of a source's entry, or null. */
  async idOf(sourceName: string, guid: string): Promise<string | null> {
    const found = await row<{ id: string }>(
      this.dataSource,
      'select item_id as id from item_key where source_name = $1 and guid = $2',
      [sourceName, boundGuid(guid)],
    );
    return found?.id ?? null;
  }

  /** One item that cannot be stored does not keep the others out. @throws when the database is away */
  async store(source: Origin, items: FeedItem[], fetchedAt: Date): Promise<Stored> {
    const bounded = items.map((i) => bound(i, fetchedAt)).filter((i) => i.title !== '');
    const known = await this.known(
      source.name,
      bounded.map((i) => i.guid),
    );
    const fresh = distinct(bounded.filter((i) => !known.has(i.guid))).sort(byPublication);
    const done: Stored = { stored: 0, failed: [] };
    for (let at = 0; at < fresh.length; at += BATCH) await this.storeBatch(source, fresh.slice(at, at + BATCH), done);
    return done;
  }

  /** Many in one transaction; where it is refused each by itself, so that only what cannot be stored is left out. */
  private async storeBatch(source: Origin, items: readonly Bounded[], done: Stored): Promise<void> {
    const prepared: Prepared[] = [];
    for (const item of items) {
      try {
        prepared.push(this.prepare(source, item));
      } catch (error) {
        this.leaveOut(source, item, error as Error, done);
      }
    }
    try {
      done.stored += await this.batch.write(source, prepared, this.classifier.get().version);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (prepared.length === 1 && prepared[0]) this.leaveOut(source, prepared[0].item, error as Error, done);
      else for (const { item } of prepared) await this.storeBatch(source, [item], done);
    }
  }

  private leaveOut(source: Origin, item: Bounded, error: Error, done: Stored): void {
    this.logger.error(`${source.name}: ${item.guid} cannot be stored and is left out: ${error.message}`);
    done.failed.push({ guid: item.guid, fault: error.message });
  }

  private prepare(source: Origin, item: Bounded): Prepared {
    const cut = new CutText(item.title, item.text);
    const label = this.classifier.get().classify(item, cut);
    const survey = this.surveyor.survey(item, label, source.region ?? null);
    const clustered = label.relevant || source.official;
    const arrival = clustered
      ? this.finder.arrivalOf({ ...item, official: source.official, place: survey.place }, cut)
      : null;
    return { item, label, survey, arrival, contentHash: arrival?.contentHash ?? preparedHash(cut.prepared) };
  }
}

const boundGuid = (guid: string): string => shortGuid(tidyText(guid).replace(/\n/g, ' '));

function bound(item: FeedItem, fetchedAt: Date): Bounded {
  const url = item.url && /^https?:\/\//i.test(item.url) && item.url.length <= MAX_URL ? item.url : null;
  return {
    ...item,
    url,
    fetchedAt,
    guid: boundGuid(item.guid),
    title: tidyText(item.title)
      .replace(/\n/g, ' ')
      .slice(0, MAX_TITLE)
      .replace(/\p{Surrogate}$/u, ''),
    text: tidyText(item.text)
      .slice(0, MAX_TEXT)
      .replace(/\p{Surrogate}$/u, ''),
  };
}

function distinct(items: Bounded[]): Bounded[] {
  return [...new Map(items.map((i) => [i.guid, i])).values()];
}

/** The earliest first, so that a case begins with its first report; entries without a date keep the order of the feed, last first. */
const byPublication = (a: Bounded, b: Bounded): number =>
  (a.publishedAt?.getTime() ?? 0) - (b.publishedAt?.getTime() ?? 0);
