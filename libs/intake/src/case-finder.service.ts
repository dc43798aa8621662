import { Inject, Injectable } from '@nestjs/common';
import { ClusterIndex, isPersonalMessage, type Arrival, type Place, type Placement } from '@app/domain';
import { MOVE_KINDS, takeItemTurn } from '@app/response';
import { SETTINGS, type Settings } from '@app/settings';
import { row, rows } from '@app/storage';
import type { EntityManager } from 'typeorm';
import { preparedHash } from './content-hash';
import { CutText } from './cut-text';
import { EventReader } from './event-reader';

/** Items of cases read back at a start: a week of a busy county. */
const MAX_LOADED = 6000;
const MAX_SIMILAR = 3;

interface StoredItem {
  id: string;
  case_id: string;
  title: string;
  text: string;
  content_hash: string;
  published_at: Date | null;
  fetched_at: Date;
  official: boolean;
  place: Pick<Place, 'code' | 'name' | 'relation'> | null;
}

interface Arriving {
  title: string;
  text: string;
  publishedAt: Date | null;
  fetchedAt: Date;
  official: boolean;
  place?: Pick<Place, 'code' | 'name' | 'relation'> | null;
}

export interface Found {
  joins: Placement | null;
  similar: { caseId: string; score: number; why: string[] }[];
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
  private seenMove: string | null = null;
  private seenTaking: string | null = null;
  /** Items put in by `note` whose events were not read yet. */
  private readonly own = new Set<string>();
  /** Cases of transactions that failed after `note`. */
  private readonly stale = new Set<string>();

  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  /** Call inside the transaction that stores the item; its lock is held until the transaction ends. */
  async inTurn(manager: EntityManager): Promise<void> {
    await takeItemTurn(manager);
    await this.readAnew(manager, [...this.stale]);
    this.stale.clear();
    await this.followMoves(manager);
    await this.followLate(manager);
    await this.catchUp(manager);
  }

  /** @param cut of the same title and text, where others ask for its words too */
  arrivalOf(item: Arriving, cut = new CutText(item.title, item.text)): Arrival {
    this.reader ??= new EventReader(this.settings.configDir);
    return {
      features: this.reader.read(item, cut),
      contentHash: preparedHash(cut.prepared),
      at: item.fetchedAt.getTime(),
      personal: !item.official && isPersonalMessage(item.title, item.text),
      official: item.official,
      place: item.place?.code ?? (item.place?.relation === 'abroad' ? item.place.name : null),
    };
  }

  /** The case it joins, or null, and other cases that may be about the same event, the likeliest first. */
  find(arrival: Arrival): Found {
    const near = this.index.near(arrival);
    const best = near[0];
    const joins = best === undefined || best.kind === 'similar' ? null : best;
    const similar = near
      .filter((p) => p.cluster !== joins?.cluster)
      .slice(0, MAX_SIMILAR)
      .map(({ cluster, score, why }) => ({ caseId: cluster, score: Math.min(score, 1), why }));
    return { joins, similar };
  }

  /** The turn's own item has got its case: the next one of the same turn finds it. Taken back by `undo` when the transaction fails. */
  note(itemId: string, caseId: string, arrival: Arrival): void {
    this.index.add(caseId, { ...arrival, itemId });
    this.own.add(itemId);
    if (BigInt(itemId) > BigInt(this.seenId)) this.seenId = itemId;
  }

  /** What was noted in a transaction that was rolled back: its cases are read anew. */
  undo(noted: readonly { itemId: string; caseId: string }[]): void {
    for (const { itemId, caseId } of noted) {
      this.own.delete(itemId);
      this.stale.add(caseId);
    }
  }

  /** An item that got its case long after it came (by 复核) lies behind what was read: its case is read anew. */
  private async followLate(manager: EntityManager): Promise<void> {
    if (this.seenTaking === null) {
      const last = await row<{ id: string }>(manager, 'select coalesce(max(id), 0)::text as id from case_event');
      this.seenTaking = last?.id ?? '0';
      return;
    }
    const takings = await rows<{ id: string; case_id: string; item_id: string }>(
      manager,
      `select id, case_id, data ->> 'itemId' as item_id from case_event
       where kind in ('opened', 'item-joined') and id > $1 order by id`,
      [this.seenTaking],
    );
    this.seenTaking = takings.at(-1)?.id ?? this.seenTaking;
    const others = takings.filter((t) => t.item_id !== null && !this.own.delete(t.item_id));
    const late = others.filter((t) => BigInt(t.item_id) <= BigInt(this.seenId));
    await this.readAnew(
      manager,
      late.map((t) => t.case_id),
    );
  }

  /** Cases whose items a person has moved are read anew. */
  private async followMoves(manager: EntityManager): Promise<void> {
    if (this.seenMove === null) {
      const last = await row<{ id: string }>(
        manager,
        'select coalesce(max(id), 0)::text as id from case_event where kind = any($1)',
        [MOVE_KINDS],
      );
      this.seenMove = last?.id ?? '0';
      return;
    }
    const moves = await rows<{ id: string; case_id: string }>(
      manager,
      'select id, case_id from case_event where kind = any($1) and id > $2 order by id',
      [MOVE_KINDS, this.seenMove],
    );
    this.seenMove = moves.at(-1)?.id ?? this.seenMove;
    await this.readAnew(
      manager,
      moves.map((m) => m.case_id),
    );
  }

  private async readAnew(manager: EntityManager, caseIds: readonly string[]): Promise<void> {
    const cases = [...new Set(caseIds)];
    if (cases.length === 0) return;
    for (const id of cases) this.index.forget(id);
    await this.take(manager, 'i.case_id = any($1::bigint[]) and i.id <= $2', [cases, this.seenId]);
  }

  private async catchUp(manager: EntityManager): Promise<void> {
    const last = await this.take(manager, 'i.id > $1', [this.seenId]);
    this.seenId = last ?? this.seenId;
  }

  /** @returns the last id that was read */
  private async take(manager: EntityManager, which: string, params: unknown[]): Promise<string | undefined> {
    const found = await rows<StoredItem>(
      manager,
      `select * from (
         select i.id, coalesce(c.merged_into, i.case_id) as case_id, i.title, i.text, i.content_hash, i.published_at, i.fetched_at, i.official, i.place
         from item i join case_file c on c.id = i.case_id
         where ${which} and i.fetched_at > app_now() - interval '46 days'
         order by i.id desc limit ${MAX_LOADED}) t
       order by t.id`,
      params,
    );
    for (const i of found) {
      const given = { publishedAt: i.published_at, fetchedAt: i.fetched_at, official: i.official, place: i.place };
      const arrival = this.arrivalOf({ title: i.title, text: i.text, ...given });
      this.index.add(i.case_id, { ...arrival, contentHash: i.content_hash, itemId: i.id });
    }
    return found.at(-1)?.id;
  }
}
