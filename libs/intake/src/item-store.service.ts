import { Injectable, Logger } from '@nestjs/common';
import type { FeedItem, Label } from '@app/domain';
import { CaseIntake, shortGuid } from '@app/response';
import { CHANNELS, isRefusal, row, rows, sendHint } from '@app/storage';
import { DataSource, type EntityManager } from 'typeorm';
import { CaseFinder } from './case-finder.service';
import { ClassifierHolder } from './classifier-holder.service';
import { contentHash } from './content-hash';
import { ItemSurvey } from './item-survey.service';
import { tidyText } from './plain-text';

export const MAX_TITLE = 300;
export const MAX_TEXT = 20_000;
const MAX_URL = 2000;

/** An item that was stored before, with the label that holds now. */
export interface StoredItem {
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
}

/** Where items come from, as far as storing asks: a configured source, or what hands in (inbox). */
export interface Origin {
  name: string;
  kind: string;
  official: boolean;
  region?: string;
  department?: string;
  /** Its feedback is owed (转办). */
  handedOnBy?: 'superior' | 'platform';
}

export interface Stored {
  /** How many were new. */
  stored: number;
  /** Items that could not be stored, whatever the others do; each is tried again when its source brings it again. */
  failed: { guid: string; fault: string }[];
}

type Bounded = FeedItem & { fetchedAt: Date };

/** Stores what a source brought: each entry once, with its case, clocks and alerts in the same transaction. */
@Injectable()
export class ItemStore {
  private readonly logger = new Logger('ItemStore');

  constructor(
    private readonly dataSource: DataSource,
    private readonly classifier: ClassifierHolder,
    private readonly finder: CaseFinder,
    private readonly cases: CaseIntake,
    private readonly surveyor: ItemSurvey,
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
      'select guid from item where source_name = $1 and guid = any($2)',
      [sourceName, guids.map(boundGuid)],
    );
    return new Set(found.map((r) => r.guid));
  }

  /** The stored item of a source's entry, or null. */
  async idOf(sourceName: string, guid: string): Promise<string | null> {
    const found = await row<{ id: string }>(
      this.dataSource,
      'select id from item where source_name = $1 and guid = $2',
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
    for (const item of fresh) {
      try {
        if (await this.storeOne(source, item)) done.stored++;
      } catch (error) {
        if (!isRefusal(error)) throw error;
        this.logger.error(`${source.name}: ${item.guid} cannot be stored and is left out: ${(error as Error).message}`);
        done.failed.push({ guid: item.guid, fault: (error as Error).message });
      }
    }
    return done;
  }

  private async storeOne(source: Origin, item: Bounded): Promise<boolean> {
    const label = this.classifier.get().classify({ title: item.title, text: item.text, publishedAt: item.publishedAt });
    const survey = this.surveyor.survey(item, label, source.region ?? null);
    const clustered = label.relevant || source.official;
    const arrival = clustered
      ? this.finder.arrivalOf({ ...item, official: source.official, place: survey.place })
      : null;
    return this.dataSource.transaction(async (manager) => {
      if (arrival) await this.finder.inTurn(manager);
      const place = arrival ? this.finder.find(arrival) : null;
      const values = [
        ...[source.name, item.guid, item.url, item.title, item.text, item.publishedAt, item.certain, item.fetchedAt],
        ...[
          arrival?.contentHash ?? contentHash(item.title, item.text),
          arrival?.features.simhash.toString() ?? null,
          label.relevant,
          label.level,
          JSON.stringify(label),
        ],
        ...[
          this.classifier.get().version,
          survey.region,
          source.department ?? null,
          source.official,
          source.kind === 'demo',
        ],
        ...[JSON.stringify(survey.place), JSON.stringify(survey.proposal)],
      ];
      const inserted = await row<{ id: string }>(
        manager,
        `insert into item (source_name, guid, url, title, text, published_at, published_certain, fetched_at, content_hash, simhash, relevant, level,
           label, classifier_version, region, department_id, official, demo, place, proposal)
         values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20)
         on conflict (source_name, guid) do nothing returning id`,
        values,
      );
      if (!inserted) return false;
      if (clustered) {
        const taken = await this.cases.take(manager, {
          itemId: inserted.id,
          title: item.title,
          text: item.text,
          label,
          url: item.url,
          sourceName: source.name,
          publishedAt: item.publishedAt,
          publishedCertain: item.certain,
          fetchedAt: item.fetchedAt,
          official: source.official,
          demo: source.kind === 'demo',
          region: survey.region,
          place: survey.place,
          proposal: survey.proposal,
          mayOpen: survey.mayOpen,
          ...(source.handedOnBy === undefined ? {} : { circumstances: ['transferred' as const] }),
          departmentId: await this.knownDepartment(manager, source.department),
          joinCaseId: place?.cluster ?? null,
          similar: arrival ? this.finder.similar(arrival, place?.cluster ?? null) : [],
        });
        if (taken.caseId)
          await this.link(manager, inserted.id, taken.caseId, place?.kind === 'exact' || place?.kind === 'near');
      }
      await sendHint(manager, CHANNELS.itemAdded, inserted.id);
      return true;
    });
  }

  /** Opens a case for a stored item, or joins it to the one it belongs to; inside the caller's transaction. */
  async openCase(manager: EntityManager, item: StoredItem): Promise<void> {
    await this.finder.inTurn(manager);
    const { place, proposal } = this.surveyor.survey(item, item.label, item.region);
    const arrival = this.finder.arrivalOf({ ...item, official: false, place });
    const joinCaseId = this.finder.find(arrival)?.cluster ?? null;
    const taken = await this.cases.take(manager, {
      ...item,
      ...{
        itemId: item.id,
        place,
        proposal,
        official: false,
        departmentId: null,
        joinCaseId,
        similar: this.finder.similar(arrival, joinCaseId),
      },
    });
    if (taken.caseId) await this.link(manager, item.id, taken.caseId, false);
    await sendHint(manager, CHANNELS.itemAdded, item.id);
  }

  private async link(manager: EntityManager, itemId: string, caseId: string, repost: boolean): Promise<void> {
    await rows(
      manager,
      `update item set case_id = $2, same_as = case when $3 then (select min(id) from item where case_id = $2 and id <> $1) end where id = $1`,
      [itemId, caseId, repost],
    );
  }

  /** A department named by a source may have been removed since: the case is opened without one then. */
  private async knownDepartment(manager: EntityManager, id: string | undefined): Promise<string | null> {
    if (id === undefined) return null;
    return (await row<{ id: string }>(manager, 'select id from department where id = $1', [id]))?.id ?? null;
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
