import { Injectable } from '@nestjs/common';
import type { Arrival, FeedItem, Label } from '@app/domain';
import { CaseIntake, type Incoming } from '@app/response';
import { CHANNELS, row, rows, sendHint, sendHints } from '@app/storage';
import { DataSource, type EntityManager } from 'typeorm';
import { CaseFinder } from './case-finder.service';
import { ItemSurvey, type Survey } from './item-survey.service';

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

export type Bounded = FeedItem & { fetchedAt: Date };

/** An item with everything that is found out about it before the database is asked. */
export interface Prepared {
  item: Bounded;
  label: Label;
  survey: Survey;
  contentHash: string;
  /** null: it concerns no case. */
  arrival: Arrival | null;
}

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

type Written = Prepared & { id: string };
type Noted = { itemId: string; caseId: string };
interface Link {
  itemId: string;
  caseId: string;
  /** The item it is a repost or an edited version of, or one that is itself a version of that. */
  copyOf: string | null;
}

/** Writes items with their cases, clocks and alerts: all of a batch in one transaction, in few statements. */
@Injectable()
export class ItemBatch {
  constructor(
    private readonly dataSource: DataSource,
    private readonly finder: CaseFinder,
    private readonly cases: CaseIntake,
    private readonly surveyor: ItemSurvey,
  ) {}

  /** @returns how many were new; an entry that another crawler has stored meanwhile is not */
  async write(source: Origin, prepared: readonly Prepared[], classifierVersion: string): Promise<number> {
    if (prepared.length === 0) return 0;
    const noted: Noted[] = [];
    try {
      return await this.dataSource.transaction(async (manager) => {
        const clustered = prepared.some((p) => p.arrival !== null);
        // Before the rows are written, so that their numbers follow the order of turns.
        if (clustered) await this.finder.inTurn(manager);
        const written = await insertItems(manager, source, prepared, classifierVersion);
        if (clustered) await this.place(manager, source, written, noted);
        const ids = written.map((w) => w.id);
        await sendHints(manager, CHANNELS.itemAdded, ids);
        return ids.length;
      });
    } catch (error) {
      this.finder.undo(noted);
      throw error;
    }
  }

  /** Each joins its case or opens one, in the order they came; those that open one are written together, and then those that join. */
  private async place(
    manager: EntityManager,
    source: Origin,
    written: readonly Written[],
    noted: Noted[],
  ): Promise<void> {
    const now = await this.cases.begin(manager);
    const departmentId = await this.knownDepartment(manager, source.department);
    const offered = written.flatMap((w) =>
      w.arrival === null ? [] : [{ w, arrival: w.arrival, incoming: incomingOf(source, w, departmentId) }],
    );
    const spare = await this.cases.reserveIds(manager, offered.filter((o) => this.cases.opens(o.incoming)).length);
    const openings: { caseId: string; incoming: Incoming }[] = [];
    const joins: { incoming: Incoming; copyOf: string | null }[] = [];
    for (const { w, arrival, incoming } of offered) {
      const { joins: joined, similar } = this.finder.find(arrival);
      const given = { ...incoming, joinCaseId: joined?.cluster ?? null, similar };
      const caseId = given.joinCaseId ?? (this.cases.opens(given) ? (spare.shift() ?? null) : null);
      if (caseId === null) continue;
      if (joined !== null) joins.push({ incoming: given, copyOf: joined.copyOf ?? null });
      else openings.push({ caseId, incoming: given });
      this.finder.note(w.id, caseId, arrival);
      noted.push({ itemId: w.id, caseId });
    }
    await this.open(manager, openings, now);
    await this.join(manager, joins, now);
  }

  private async join(
    manager: EntityManager,
    joins: readonly { incoming: Incoming; copyOf: string | null }[],
    now: Date,
  ): Promise<void> {
    const taken = await this.cases.joinAll(
      manager,
      joins.map((j) => j.incoming),
      now,
    );
    const links: Link[] = [];
    for (const [n, { incoming, copyOf }] of joins.entries()) {
      const caseId = taken[n]?.caseId ?? null;
      // What the index holds to be in a case that does not take it is read anew.
      if (caseId !== incoming.joinCaseId)
        this.finder.undo([{ itemId: incoming.itemId, caseId: incoming.joinCaseId ?? '' }]);
      if (caseId !== null)
        links.push({ itemId: incoming.itemId, caseId, copyOf: caseId === incoming.joinCaseId ? copyOf : null });
    }
    await link(manager, links);
  }

  private async open(
    manager: EntityManager,
    openings: readonly { caseId: string; incoming: Incoming }[],
    now: Date,
  ): Promise<void> {
    if (openings.length === 0) return;
    await this.cases.openAll(manager, openings, now);
    await rows(
      manager,
      'update item set case_id = l.case_id from unnest($1::bigint[], $2::bigint[]) as l(id, case_id) where item.id = l.id and item.id = any($1)',
      [openings.map((o) => o.incoming.itemId), openings.map((o) => o.caseId)],
    );
  }

  /** Opens a case for a stored item, or joins it to the one it belongs to; inside the caller's transaction. */
  async openCase(manager: EntityManager, item: StoredItem): Promise<void> {
    await this.finder.inTurn(manager);
    const { place, proposal } = this.surveyor.survey(item, item.label, item.region);
    const arrival = this.finder.arrivalOf({ ...item, official: false, place });
    const { joins, similar } = this.finder.find(arrival);
    const joinCaseId = joins?.cluster ?? null;
    const taken = await this.cases.take(manager, {
      ...item,
      ...{
        itemId: item.id,
        place,
        proposal,
        official: false,
        departmentId: null,
        joinCaseId,
        similar,
      },
    });
    if (taken.caseId)
      await link(manager, [
        {
          itemId: item.id,
          caseId: taken.caseId,
          copyOf: joins?.cluster === taken.caseId ? (joins.copyOf ?? null) : null,
        },
      ]);
    await sendHint(manager, CHANNELS.itemAdded, item.id);
  }

  /** A department named by a source may have been removed since: the case is opened without one then. */
  private async knownDepartment(manager: EntityManager, id: string | undefined): Promise<string | null> {
    if (id === undefined) return null;
    return (await row<{ id: string }>(manager, 'select id from department where id = $1', [id]))?.id ?? null;
  }
}

/** Notes at items which case they belong to and whose version they are. Copies come after what they are a copy of. */
async function link(manager: EntityManager, links: readonly Link[]): Promise<void> {
  if (links.length === 0) return;
  // A copy of a copy of these very items: the rows do not know yet.
  const firsts = new Map<string, string>();
  const copies = links.map(({ itemId, copyOf }) => {
    const first = copyOf === null || copyOf === itemId ? null : (firsts.get(copyOf) ?? copyOf);
    if (first !== null) firsts.set(itemId, first);
    return first;
  });
  await rows(
    manager,
    `update item set case_id = l.case_id, same_as = (select coalesce(o.same_as, o.id) from item o where o.id = l.copy_of)
     from unnest($1::bigint[], $2::bigint[], $3::bigint[]) as l(id, case_id, copy_of) where item.id = l.id and item.id = any($1)`,
    [links.map((l) => l.itemId), links.map((l) => l.caseId), copies],
  );
}

/** @returns those that were new, in the order given */
async function insertItems(
  manager: EntityManager,
  source: Origin,
  prepared: readonly Prepared[],
  classifierVersion: string,
): Promise<Written[]> {
  const all = <T>(of: (p: Prepared) => T): T[] => prepared.map(of);
  const json = (of: (p: Prepared) => unknown): string[] => prepared.map((p) => JSON.stringify(of(p)));
  // Columns as arrays: the server reads them with half the work of JSON.
  const inserted = await rows<{ id: string; guid: string }>(
    manager,
    // The key first: over all months it alone tells what was there already.
    `with given as (
       select * from unnest($6::text[], $7::text[], $8::text[], $9::text[], $10::timestamptz[], $11::boolean[], $12::timestamptz[],
         $13::text[], $14::bigint[], $15::boolean[], $16::text[], $17::jsonb[], $18::text[], $19::jsonb[], $20::jsonb[]) with ordinality
         as i(guid, url, title, text, published_at, published_certain, fetched_at, content_hash, simhash, relevant, level, label,
           region, place, proposal, nth)
     ), fresh as (
       insert into item_key (source_name, guid, item_id) select $1, guid, nextval('item_id_seq') from given order by nth
       on conflict do nothing returning guid, item_id
     )
     insert into item (id, source_name, guid, url, title, text, published_at, published_certain, fetched_at, content_hash, simhash,
       relevant, level, label, classifier_version, region, department_id, official, demo, place, proposal)
     select item_id, $1, guid, url, title, text, published_at, published_certain, fetched_at, content_hash, simhash,
       relevant, level, label, $2, region, $3, $4, $5, place, proposal
     from given join fresh using (guid) order by nth returning id, guid`,
    [
      ...[source.name, classifierVersion, source.department ?? null, source.official, source.kind === 'demo'],
      ...[all((p) => p.item.guid), all((p) => p.item.url), all((p) => p.item.title), all((p) => p.item.text)],
      ...[
        all((p) => p.item.publishedAt),
        all((p) => p.item.certain),
        all((p) => p.item.fetchedAt),
        all((p) => p.contentHash),
      ],
      ...[
        all((p) => p.arrival?.features.simhash.toString() ?? null),
        all((p) => p.label.relevant),
        all((p) => p.label.level),
        json((p) => p.label),
      ],
      ...[all((p) => p.survey.region), json((p) => p.survey.place), json((p) => p.survey.proposal)],
    ],
  );
  const ids = new Map(inserted.map((i) => [i.guid, i.id]));
  return prepared.flatMap((p) => {
    const id = ids.get(p.item.guid);
    return id === undefined ? [] : [{ ...p, id }];
  });
}

function incomingOf(source: Origin, { id, item, label, survey }: Written, departmentId: string | null): Incoming {
  return {
    ...{ itemId: id, title: item.title, text: item.text, label, url: item.url, sourceName: source.name },
    ...{ publishedAt: item.publishedAt, publishedCertain: item.certain, fetchedAt: item.fetchedAt },
    ...{ official: source.official, demo: source.kind === 'demo', region: survey.region },
    ...{ place: survey.place, proposal: survey.proposal, mayOpen: survey.mayOpen, departmentId, joinCaseId: null },
    ...(source.handedOnBy === undefined ? {} : { circumstances: ['transferred' as const] }),
  };
}
