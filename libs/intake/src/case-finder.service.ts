import { Inject, Injectable } from '@nestjs/common';
import { ClusterIndex, isPersonalMessage, type Arrival, type Placement } from '@app/domain';
import { SETTINGS, type Settings } from '@app/settings';
import { rows } from '@app/storage';
import type { EntityManager } from 'typeorm';
import { contentHash } from './content-hash';
import { EventReader } from './event-reader';

/** Items of cases read back at a start: a week of a busy county. */
const MAX_LOADED = 6000;
const LOCK_KEY = 727_001;

interface StoredItem {
  id: string;
  case_id: string;
  title: string;
  text: string;
  content_hash: string;
  published_at: Date | null;
  fetched_at: Date;
  official: boolean;
}

/**
 * The cluster index over the cases of the database. Every process holds its own; `inTurn` lets one decide at a time
 * and reads first what the others have stored since, so that all decide alike and a restart changes nothing.
 */
@Injectable()
export class CaseFinder {
  private readonly index = new ClusterIndex();
  private reader: EventReader | null = null;
  private seenId = '0';

  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  /** Call inside the transaction that stores the item; its lock is held until the transaction ends. */
  async inTurn(manager: EntityManager): Promise<void> {
    await rows(manager, 'select pg_advisory_xact_lock($1)', [LOCK_KEY]);
    await this.catchUp(manager);
  }

  arrivalOf(item: {
    title: string;
    text: string;
    publishedAt: Date | null;
    fetchedAt: Date;
    official: boolean;
  }): Arrival {
    this.reader ??= new EventReader(this.settings.configDir);
    return {
      features: this.reader.read(item),
      contentHash: contentHash(item.title, item.text),
      at: item.fetchedAt.getTime(),
      personal: !item.official && isPersonalMessage(item.title, item.text),
      official: item.official,
    };
  }

  find(arrival: Arrival): Placement | null {
    return this.index.find(arrival);
  }

  private async catchUp(manager: EntityManager): Promise<void> {
    const found = await rows<StoredItem>(
      manager,
      `select * from (
         select i.id, coalesce(c.merged_into, i.case_id) as case_id, i.title, i.text, i.content_hash, i.published_at, i.fetched_at, i.official
         from item i join case_file c on c.id = i.case_id
         where i.id > $1 and i.fetched_at > app_now() - interval '8 days'
         order by i.id desc limit ${MAX_LOADED}) t
       order by t.id`,
      [this.seenId],
    );
    for (const i of found) {
      this.index.add(i.case_id, {
        ...this.arrivalOf({
          title: i.title,
          text: i.text,
          publishedAt: i.published_at,
          fetchedAt: i.fetched_at,
          official: i.official,
        }),
        contentHash: i.content_hash,
      });
      this.seenId = i.id;
    }
  }
}
