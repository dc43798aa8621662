import type { DataSource, EntityManager } from 'typeorm';
import { type Querier, row, rows } from '../rows';

/** A table that is cut where the month turns. `time`: the column that grows with its ids. */
export interface MonthTable {
  table: 'item' | 'case_event';
  time: string;
  /** What each partition must have beside what it inherits: triggers on statements are not. */
  guards?: (part: string) => string;
  /** Referred to: locked first, in the order in which the writers of the table do. */
  refersTo?: string;
}

export const MONTH_TABLES: readonly MonthTable[] = [
  { table: 'item', time: 'fetched_at', refersTo: 'case_file' },
  {
    table: 'case_event',
    time: 'recorded_at',
    guards: (part) => `create trigger ${part}_no_truncate before truncate on ${part} execute function refuse_change()`,
  },
];

/** One partition: ids from `from` up to but not including `to`; null: without a bound. */
export interface MonthPart {
  table: string;
  name: string;
  from: string | null;
  to: string | null;
}

/** Any constant: one process at a time works on partitions. */
const LOCK = 7_230_147;
/** Others wait no longer than that for us; when it was not enough, the next round tries again. Below deadlock_timeout. */
const LOCK_TIMEOUT = '500ms';
/** Up to this size a partition is held against its new bound under the lock; above, that is done before, while all goes on. */
const LARGE_BYTES = 64 * 1024 * 1024;
/** Ids that may be given out while a large partition is held against its bound. */
const LEAST_AHEAD = 5_000;

/** Beijing months, as in the names of partitions: 2026_12. */
export async function currentMonth(on: Querier): Promise<string> {
  return (
    (await row<{ month: string }>(on, `select to_char(app_now() at time zone 'Asia/Shanghai', 'YYYY_MM') as month`))
      ?.month ?? ''
  );
}

/** The partitions of a table, the oldest first. */
export async function loadParts(on: Querier, table: string): Promise<MonthPart[]> {
  const found = await rows<{ name: string; bound: string }>(
    on,
    `select c.relname as name, pg_get_expr(c.relpartbound, c.oid) as bound from pg_inherits h join pg_class c on c.oid = h.inhrelid
     where h.inhparent = to_regclass($1) and not h.inhdetachpending`,
    [table],
  );
  return found
    .map(({ name, bound }) => ({ table, name, ...boundsOf(bound) }))
    .sort((a, b) => Number(a.from ?? -1) - Number(b.from ?? -1));
}

function boundsOf(bound: string): { from: string | null; to: string | null } {
  const m = /^FOR VALUES FROM \((?:MINVALUE|'?(\d+)'?)\) TO \((?:MAXVALUE|'?(\d+)'?)\)$/.exec(bound);
  if (!m) throw new Error(`no bounds of ids: ${bound}`);
  return { from: m[1] ?? null, to: m[2] ?? null };
}

/** The month a partition begins with; '' for what was there before the first cut. */
export function monthOf({ table, name }: MonthPart): string {
  return /^\d{4}_\d{2}$/.exec(name.slice(table.length + 1))?.[0] ?? '';
}

/**
 * Where a new month has begun: ends the newest partition and opens the next one, without an upper bound, so that every
 * id has its place whether or not anybody cuts. Takes up what an earlier round that was killed has left.
 * @returns the new partition, or null where there is nothing to do
 * @throws SQLSTATE 55P03 when others held the table too long
 */
export async function turnMonth(
  db: DataSource,
  kind: MonthTable,
  month: string,
  largeBytes = LARGE_BYTES,
): Promise<string | null> {
  const open = (await loadParts(db, kind.table)).at(-1);
  if (!open || open.to !== null || monthOf(open) >= month) return null;
  const state = await row<{ filled: boolean; large: boolean; ahead: string | null }>(
    db,
    `select exists (select from ${open.name}) as filled, pg_relation_size('${open.name}') > $1 as large,
       (select conname from pg_constraint where conrelid = '${open.name}'::regclass and conname = '${open.name}_ids') as ahead`,
    [largeBytes],
  );
  if (!state?.filled) return null;
  if (state.large && state.ahead === null) await announceEnd(db, kind, open);
  if (state.large || state.ahead !== null)
    await unhurried(db, `alter table ${open.name} validate constraint ${open.name}_ids`);
  return db.transaction((manager) => cutOpen(manager, kind, open, month));
}

/** A bound some ids ahead, so that the rows can be held against it while others write. */
async function announceEnd(db: DataSource, kind: MonthTable, open: MonthPart): Promise<void> {
  await db.transaction(async (manager) => {
    await rows(manager, `set local lock_timeout = '${LOCK_TIMEOUT}'`);
    await rows(manager, `lock table ${open.name} in access exclusive mode`);
    const last = BigInt(await lastId(manager, kind.table));
    const before = await row<{ id: string }>(
      manager,
      `select id from ${open.name} where ${kind.time} < app_now() - interval '1 hour' order by id desc limit 1`,
    );
    const hour = last - BigInt(before?.id ?? last);
    const ahead = hour * 2n > BigInt(LEAST_AHEAD) ? hour * 2n : BigInt(LEAST_AHEAD);
    await rows(
      manager,
      `alter table ${open.name} add constraint ${open.name}_ids check (id < ${last + ahead}) not valid`,
    );
  });
}

async function cutOpen(
  manager: EntityManager,
  kind: MonthTable,
  open: MonthPart,
  month: string,
): Promise<string | null> {
  await rows(manager, `set local lock_timeout = '${LOCK_TIMEOUT}'`);
  await rows(manager, 'select pg_advisory_xact_lock($1)', [LOCK]);
  if (kind.refersTo) await rows(manager, `lock table ${kind.refersTo} in share row exclusive mode`);
  await rows(manager, `lock table ${kind.table} in access exclusive mode`);
  const now = (await loadParts(manager, kind.table)).at(-1);
  if (now?.name !== open.name) return null;
  const ahead = await row<{ definition: string }>(
    manager,
    `select pg_get_constraintdef(oid) as definition from pg_constraint where conrelid = '${open.name}'::regclass and conname = '${open.name}_ids'`,
  );
  // Under the lock nobody is between being given an id and writing its row: the statement takes the lock first.
  const bound = ahead
    ? (/\d+/.exec(ahead.definition)?.[0] ?? '')
    : String(BigInt(await lastId(manager, kind.table)) + 1n);
  if (!ahead) await rows(manager, `alter table ${open.name} add constraint ${open.name}_ids check (id < ${bound})`);
  await openPart(manager, kind, open, bound, `${kind.table}_${month}`);
  await rows(manager, `alter table ${open.name} drop constraint ${open.name}_ids`);
  return `${kind.table}_${month}`;
}

/** Ends the partition that has no end before an id, and opens another from there. With a check of that bound no row is read. */
async function openPart(on: Querier, kind: MonthTable, open: MonthPart, bound: string, name: string): Promise<void> {
  await rows(on, `alter table ${kind.table} detach partition ${open.name}`);
  await rows(
    on,
    `alter table ${kind.table} attach partition ${open.name} for values from (${open.from ?? 'minvalue'}) to (${bound})`,
  );
  await rows(on, `create table ${name} partition of ${kind.table} for values from (${bound}) to (maxvalue)`);
  if (kind.guards) await rows(on, kind.guards(name));
}

/** Reads a whole month beside those who write: it may take longer than any other statement. */
export function unhurried<T>(db: DataSource, sql: string): Promise<T[]> {
  return db.transaction(async (manager) => {
    await rows(manager, 'set local statement_timeout = 0');
    return rows<T>(manager, sql);
  });
}

async function lastId(on: Querier, table: string): Promise<string> {
  const found = await row<{ id: string }>(
    on,
    `select greatest(coalesce(pg_sequence_last_value('${table}_id_seq'), 0), coalesce(max(id), 0)) as id from ${table}`,
  );
  return found?.id ?? '0';
}

/** Lays the partitions of another database out in an empty one, inside the caller's transaction. */
export async function layOutParts(on: Querier, parts: readonly MonthPart[]): Promise<void> {
  for (const part of parts) {
    const kind = MONTH_TABLES.find((k) => k.table === part.table);
    const open = (await loadParts(on, part.table)).at(-1);
    if (!kind || !open || monthOf(part) === '') continue;
    if (part.from !== null) await openPart(on, kind, open, part.from, part.name);
  }
}

/**
 * Says of each ended partition which instants lie in it, so that the planner leaves out months that a question cannot
 * concern. A day wide on both sides. @returns the partitions that were described now
 */
export async function describeParts(db: DataSource, kind: MonthTable): Promise<string[]> {
  const last = BigInt(await lastId(db, kind.table));
  const done: string[] = [];
  for (const { name, to } of await loadParts(db, kind.table)) {
    // What is still filled up to its bound is described later.
    if (to === null || BigInt(to) > last + 1n) continue;
    const constraint = await row<{ valid: boolean }>(
      db,
      `select convalidated as valid from pg_constraint where conrelid = '${name}'::regclass and conname = '${name}_times'`,
    );
    if (constraint?.valid) continue;
    if (!constraint && !(await addTimes(db, kind, name))) continue;
    await unhurried(db, `alter table ${name} validate constraint ${name}_times`);
    done.push(name);
  }
  return done;
}

async function addTimes(db: DataSource, kind: MonthTable, name: string): Promise<boolean> {
  const [span] = await unhurried<{ from: string | null; to: string }>(
    db,
    `select to_char((min(${kind.time}) - interval '1 day') at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS"Z"') as from,
       to_char((max(${kind.time}) + interval '1 day') at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS"Z"') as to from ${name}`,
  );
  if (!span?.from) return false;
  await db.transaction(async (manager) => {
    await rows(manager, `set local lock_timeout = '${LOCK_TIMEOUT}'`);
    await rows(
      manager,
      `alter table ${name} add constraint ${name}_times check (${kind.time} >= timestamptz '${span.from}' and ${kind.time} < timestamptz '${span.to}') not valid`,
    );
  });
  return true;
}
