import { createHash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { beijingIso, type HandedEntry, type WireHanded } from '@app/domain';
import { CHANNELS, row, rows, sendHint, type Witness } from '@app/storage';
import { DataSource, type EntityManager } from 'typeorm';

/** An entry on its way in; `sourceName` and `guid` together are its identity. */
export interface Handed {
  sourceName: string;
  guid: string;
  entry: HandedEntry;
  /** `key:vendor`, `cli`, or the person's name. */
  submittedBy: string;
}

/** What a transaction took in. */
export interface TakenIn {
  ids: string[];
  fresh: number;
}

/** A waiting row, locked by who settles it. */
export interface Waiting extends Handed {
  id: string;
  receivedAt: Date;
  attempts: number;
}

/** Rows of one statement: its parameters stay small, however long a table is. */
const AT_ONCE = 200;
/** A row that fails so often is refused and shown. */
const MOST_ATTEMPTS = 8;
/** After the n-th failure a row waits 5 s · 2ⁿ: in all about 20 minutes, which outlasts a restart of the database. */
const FIRST_BACKOFF_SECONDS = 5;
/** Longer ones do not fit the unique index (2704 bytes); their digest stands for them. */
const MAX_GUID = 500;

/** The name under which an entry or item is kept: itself, or the digest of one that is too long. Idempotent. */
export function shortGuid(guid: string): string {
  if (guid.length <= MAX_GUID) return guid;
  return `sha256:${createHash('sha256').update(guid).digest('hex').slice(0, 32)}`;
}

/** The table inbox: what was handed in and waits to be classified and stored. */
@Injectable()
export class Inbox {
  private readonly logger = new Logger('Inbox');

  constructor(private readonly dataSource: DataSource) {}

  /**
   * Takes entries in, each once, in the order given, all of them or none. One that was refused is taken anew: what failed
   * may work now.
   * @param witness hears the ids of all, also of those that were there before, and how many are new
   */
  async hand(given: readonly Handed[], witness?: Witness<TakenIn>): Promise<WireHanded[]> {
    const entries = given.map((e) => ({ ...e, guid: shortGuid(e.guid) }));
    const distinct = [...new Map(entries.map((e) => [keyOf(e), e])).values()];
    const fresh = new Set<string>();
    await this.dataSource.transaction(async (manager) => {
      // Two tables with the same rows in another order would wait for each other's rows.
      if (distinct.length > 1)
        await rows(
          manager,
          `select pg_advisory_xact_lock(hashtext('inbox:' || s)) from (select distinct unnest($1::text[]) as s order by 1) t`,
          [distinct.map((e) => e.sourceName)],
        );
      for (let at = 0; at < distinct.length; at += AT_ONCE)
        for (const id of await insert(manager, distinct.slice(at, at + AT_ONCE))) fresh.add(id);
      await sendHint(manager, CHANNELS.inboxAdded, '');
      await witness?.(manager, { ids: await idsOf(manager, distinct), fresh: fresh.size });
    });
    const found = await this.find(
      `(i.source_name, i.guid) in (select * from unnest($1::text[], $2::text[]))`,
      distinct.map((e) => e.sourceName),
      distinct.map((e) => e.guid),
    );
    const states = new Map(found.map((s) => [keyOf(s), s]));
    const seen = new Set<string>();
    return entries.map((e) => {
      const state = states.get(keyOf(e));
      if (!state) throw new Error(`the entry ${e.guid} was not taken in`);
      const { sourceName: _, ...wire } = state;
      const duplicate = !fresh.has(wire.inboxId) || seen.has(wire.inboxId);
      seen.add(wire.inboxId);
      return { ...wire, duplicate };
    });
  }

  /**
   * @param sourceName when given, only a row of this source is found
   * @param submittedBy when given, only a row of this hand
   */
  async state(
    id: string,
    sourceName: string | null = null,
    submittedBy: string | null = null,
  ): Promise<WireHanded | null> {
    const where =
      'i.id = $1 and ($2::text is null or i.source_name = $2) and ($3::text is null or i.submitted_by = $3)';
    const [found] = await this.find(where, id, sourceName, submittedBy);
    if (!found) return null;
    const { sourceName: _, ...wire } = found;
    return wire;
  }

  /**
   * Locks the next waiting row and lets `work` store it; the row is settled in the same transaction.
   * @returns false when none waits
   */
  async takeNext(
    work: (waiting: Waiting) => Promise<{ itemId: string | null; reason: string | null }>,
  ): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      const waiting = await row<Waiting>(
        manager,
        `select id, source_name as "sourceName", guid, entry, submitted_by as "submittedBy", received_at as "receivedAt", attempts
         from inbox where state = 'waiting' and (next_try_at is null or next_try_at <= (select app_now()))
         order by attempts, id limit 1 for update skip locked`,
      );
      if (!waiting) return false;
      try {
        const { itemId, reason } = await work(waiting);
        await settle(manager, waiting.id, itemId === null ? 'refused' : 'stored', itemId, reason);
      } catch (error) {
        const last = waiting.attempts + 1 >= MOST_ATTEMPTS;
        this.logger.error(
          `${waiting.sourceName}: ${waiting.guid}, try ${waiting.attempts + 1}: ${(error as Error).message}`,
        );
        const reason = `处理时出错：${(error as Error).message.slice(0, 300)}`;
        await settle(manager, waiting.id, last ? 'refused' : 'waiting', null, reason);
      }
      return true;
    });
  }

  private async find(where: string, ...params: unknown[]): Promise<(WireHanded & { sourceName: string })[]> {
    const found = await rows<Omit<WireHanded, 'receivedAt' | 'duplicate'> & { receivedAt: Date; sourceName: string }>(
      this.dataSource,
      `select i.id as "inboxId", i.source_name as "sourceName", i.guid, i.state, i.item_id as "itemId", t.case_id as "caseId",
         i.reason, i.received_at as "receivedAt"
       from inbox i left join item t on t.id = i.item_id where ${where}`,
      params,
    );
    return found.map((f) => ({ ...f, duplicate: false, receivedAt: beijingIso(f.receivedAt) }));
  }
}

const keyOf = (e: Pick<Handed, 'sourceName' | 'guid'>): string => `${e.sourceName}\n${e.guid}`;

/** @returns ids of the rows that are new, or taken anew */
async function insert(manager: EntityManager, entries: readonly Handed[]): Promise<string[]> {
  const written = await rows<{ id: string }>(
    manager,
    `insert into inbox (source_name, guid, entry, submitted_by, received_at)
     select s, g, e, b, app_now() from unnest($1::text[], $2::text[], $3::jsonb[], $4::text[]) as t(s, g, e, b)
     on conflict (source_name, guid) do update set entry = excluded.entry, submitted_by = excluded.submitted_by,
       received_at = excluded.received_at, state = 'waiting', attempts = 0, reason = null, settled_at = null,
       next_try_at = null
       where inbox.state = 'refused'
     returning id`,
    [
      entries.map((e) => e.sourceName),
      entries.map((e) => e.guid),
      entries.map((e) => JSON.stringify(e.entry)),
      entries.map((e) => e.submittedBy),
    ],
  );
  return written.map((w) => w.id);
}

/** Also of those that were there before. */
async function idsOf(manager: EntityManager, entries: readonly Handed[]): Promise<string[]> {
  const found = await rows<{ id: string }>(
    manager,
    'select id from inbox where (source_name, guid) in (select * from unnest($1::text[], $2::text[])) order by id',
    [entries.map((e) => e.sourceName), entries.map((e) => e.guid)],
  );
  return found.map((f) => f.id);
}

async function settle(
  manager: EntityManager,
  id: string,
  state: string,
  itemId: string | null,
  reason: string | null,
): Promise<void> {
  await rows(
    manager,
    `update inbox set state = $2, item_id = $3, reason = $4, attempts = attempts + 1,
       next_try_at = case when $2 = 'waiting' then app_now() + make_interval(secs => ${FIRST_BACKOFF_SECONDS} * 2 ^ (attempts + 1)) end,
       settled_at = case when $2 = 'waiting' then null else app_now() end where id = $1`,
    [id, state, itemId, reason],
  );
}
