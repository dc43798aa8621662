import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource, EntityManager } from 'typeorm';

export interface AuditEntry {
  actor: string;
  /** e.g. `session.open`, `case.override`. */
  action: string;
  /** What it was done to, e.g. `case:12`. */
  object?: string;
  data?: Record<string, unknown>;
}

export interface AuditRecord extends Required<AuditEntry> {
  id: string;
  at: Date;
  prevHash: string;
  hash: string;
}

export interface AuditFilter {
  actor?: string;
  /** Its beginning: `case.` for everything done with cases. */
  action?: string;
  object?: string;
  from?: Date;
  /** Exclusive. */
  to?: Date;
}

export interface ChainState {
  records: number;
  /** Hash of the last record: noted down elsewhere, it also shows a chain cut off at its end. */
  head: string;
  broken: { id: string; why: string } | null;
}

export const FIRST_HASH = '0'.repeat(64);
/** Any fixed number: writers of the chain queue behind it until their transaction ends. */
const CHAIN_LOCK = 704_201;

interface AuditRow {
  id: string;
  at: Date;
  actor: string;
  action: string;
  object: string;
  data: Record<string, unknown>;
  prev_hash: string;
  hash: string;
}

/** The append-only log of who did what: each record carries the hash of the one before. */
@Injectable()
export class AuditChain {
  constructor(private readonly dataSource: DataSource) {}

  /** Appends in the caller's transaction when one is given: what is undone there is not logged. */
  async append(entry: AuditEntry, tx?: EntityManager): Promise<void> {
    if (tx) return this.write(tx, entry);
    await this.dataSource.transaction((own) => this.write(own, entry));
  }

  /** Other writers wait until this transaction ends: for what must read the chain before it writes. */
  async hold(tx: EntityManager): Promise<void> {
    await tx.query('select pg_advisory_xact_lock($1)', [CHAIN_LOCK]);
  }

  private async write(tx: EntityManager, entry: AuditEntry): Promise<void> {
    await this.hold(tx);
    const last: { hash: string }[] = await tx.query('select hash from audit order by id desc limit 1');
    const now: { at: Date }[] = await tx.query('select app_now() as at');
    const prevHash = last[0]?.hash ?? FIRST_HASH;
    const record = {
      at: now[0]!.at,
      actor: storable(entry.actor),
      action: entry.action,
      object: storable(entry.object ?? ''),
      data: storable(JSON.parse(JSON.stringify(entry.data ?? {})) as Record<string, unknown>),
    };
    await tx.query(
      'insert into audit (at, actor, action, object, data, prev_hash, hash) values ($1, $2, $3, $4, $5, $6, $7)',
      [record.at, record.actor, record.action, record.object, record.data, prevHash, auditHash(prevHash, record)],
    );
  }

  /** Newest first. */
  async list(filter: AuditFilter & { beforeId?: string; limit: number }): Promise<AuditRecord[]> {
    const rows: AuditRow[] = await this.dataSource.query(
      `select * from audit
        where ($1::bigint is null or id < $1) and ($2::text is null or actor = $2) and ($3::text is null or action like $3 || '%')
          and ($5::text is null or object = $5) and ($6::timestamptz is null or at >= $6) and ($7::timestamptz is null or at < $7)
        order by id desc limit $4`,
      [filter.beforeId ?? null, filter.actor ?? null, beginning(filter.action), filter.limit, filter.object ?? null, filter.from ?? null, filter.to ?? null],
    );
    return rows.map(recordOf);
  }

  /**
   * Walks the whole chain in batches and stops at the first record that does not fit.
   * @param knownHead a head noted down earlier: a chain without it was cut off or written anew
   */
  async verify(knownHead?: string, batch = 2000): Promise<ChainState> {
    const state: ChainState = { records: 0, head: FIRST_HASH, broken: null };
    let seen = knownHead === undefined || knownHead === FIRST_HASH;
    for (let after = '0'; ;) {
      const rows: AuditRow[] = await this.dataSource.query('select * from audit where id > $1 order by id limit $2', [
        after,
        batch,
      ]);
      for (const row of rows) {
        const why = faultOf(row, state.head);
        if (why) return { ...state, broken: { id: row.id, why } };
        state.head = row.hash;
        state.records++;
        seen ||= row.hash === knownHead;
      }
      if (rows.length < batch)
        return seen ? state : { ...state, broken: { id: '', why: 'the head noted down earlier is not in the chain' } };
      after = rows[rows.length - 1]!.id;
    }
  }
}

/** For LIKE: its own signs as they are. */
const beginning = (action: string | undefined): string | null => action?.replace(/[\\%_]/g, '\\$&') ?? null;

function faultOf(row: AuditRow, head: string): string | null {
  if (row.prev_hash !== head) return 'a record before it is missing or was put in';
  if (row.hash !== auditHash(row.prev_hash, row)) return 'its contents were changed';
  return null;
}

/** sha256(hash before + canonical JSON of the record), hex. */
export function auditHash(
  prevHash: string,
  r: { at: Date; actor: string; action: string; object: string; data: Record<string, unknown> },
): string {
  const text = canonical({ at: r.at.toISOString(), actor: r.actor, action: r.action, object: r.object, data: r.data });
  return createHash('sha256').update(prevHash).update(text).digest('hex');
}

/** JSON with sorted keys: jsonb gives keys back in an order of its own. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${canonical(v)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

/** PostgreSQL stores no NUL and no half surrogate; a log must not be stopped by one in a user's input. */
function storable<T>(value: T): T;
function storable(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('\u0000', '').replace(HALF_SURROGATE, '\ufffd');
  if (Array.isArray(value)) return value.map((v) => storable(v) as unknown);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [storable(k), storable(v) as unknown]));
}
const HALF_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

function recordOf(row: AuditRow): AuditRecord {
  return {
    id: row.id,
    at: row.at,
    actor: row.actor,
    action: row.action,
    object: row.object,
    data: row.data,
    prevHash: row.prev_hash,
    hash: row.hash,
  };
}
