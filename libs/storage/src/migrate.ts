import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { forgetPgVariables, shownUrl } from './connection';
import { MIGRATIONS } from './migrations';
import { rows, type Querier } from './rows';

/** The database does not fit this code: one line that says how, and what to do. */
export class SchemaMismatch extends Error {}

export interface Migration {
  version: number;
  name: string;
  sql: string;
  checksum: string;
}

interface Applied {
  version: number;
  name: string;
  checksum: string;
}

// Any constant; two starts at once must not migrate at once.
const LOCK = 7_230_146;
const LOWEST_SERVER = 140_000;

/** The migrations of this code, in order, with their SQL. */
export function readMigrations(
  names: readonly string[] = MIGRATIONS,
  dir = join(__dirname, 'migrations'),
): Migration[] {
  let last = 0;
  return names.map((name) => {
    const version = Number(name.slice(0, 4));
    // Numbers grow; there may be gaps between them (a group of changes starts at a round number).
    if (!(version > last)) throw new Error(`migration ${name}: its number must be above ${last}`);
    last = version;
    const sql = readFileSync(join(dir, name), 'utf8');
    return { version, name, sql, checksum: createHash('sha256').update(sql.replace(/\r\n/g, '\n')).digest('hex') };
  });
}

/**
 * Brings the database up to this code: each missing migration in a transaction of its own, under an
 * advisory lock.
 * @returns names of the migrations applied now
 * @throws SchemaMismatch when the database is ahead of the code or a released file was edited
 */
export async function migrate(url: string, migrations = readMigrations()): Promise<string[]> {
  forgetPgVariables();
  const client = new Client({
    connectionString: url,
    application_name: 'huiying-migrate',
    connectionTimeoutMillis: 10_000,
  });
  await client.connect();
  try {
    await checkServer(client, url);
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    await client.query(
      `create table if not exists schema_migration (
         version int primary key, name text not null, checksum text not null, applied_at timestamptz(3) not null)`,
    );
    const { rows: applied } = await client.query<Applied>(
      'select version, name, checksum from schema_migration order by version',
    );
    const fault = compareSchema(applied, migrations);
    if (fault) throw new SchemaMismatch(fault);
    const missing = migrations.slice(applied.length);
    for (const migration of missing) await apply(client, migration);
    return missing.map((m) => m.name);
  } finally {
    await client.end();
  }
}

async function checkServer(client: Client, url: string): Promise<void> {
  const { rows: found } = await client.query<{ version: string; encoding: string }>(
    `select current_setting('server_version_num') as version, current_setting('server_encoding') as encoding`,
  );
  if (Number(found[0]?.version) < LOWEST_SERVER)
    throw new SchemaMismatch(`${shownUrl(url)}: PostgreSQL 14 or newer is needed`);
  if (found[0]?.encoding !== 'UTF8')
    throw new SchemaMismatch(`${shownUrl(url)}: the database must be encoded in UTF8, not ${found[0]?.encoding}`);
}

async function apply(client: Client, migration: Migration): Promise<void> {
  await client.query('begin');
  try {
    await client.query(migration.sql);
    await client.query('insert into schema_migration values ($1, $2, $3, clock_timestamp())', [
      migration.version,
      migration.name,
      migration.checksum,
    ]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw new Error(`migration ${migration.name} failed, nothing of it was kept: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** What is wrong between a database and this code so that migrating cannot mend it, or null. */
export function compareSchema(applied: readonly Applied[], migrations: readonly Migration[]): string | null {
  if (applied.length > migrations.length) {
    const newest = applied[applied.length - 1];
    return `the database is newer than this program (it has ${newest?.name}; this program knows ${migrations.length} migrations): start the newer program, or restore an older backup`;
  }
  for (const [i, done] of applied.entries()) {
    const known = migrations[i];
    if (!known || known.version !== done.version || known.name !== done.name) {
      return `the database has migration ${done.name} where this program has ${known?.name ?? 'none'}: it belongs to another program version`;
    }
    if (known.checksum !== done.checksum)
      return `migration ${known.name} was edited after it was applied: restore the released file`;
  }
  return null;
}

/**
 * Every app calls it at start (StorageModule does). `newer: 'served'`: a process that runs goes on while the next version's
 * migrations are applied under it (they add, and take away only what a version before stopped using).
 * @throws SchemaMismatch when ahead or behind
 */
export async function assertMigrated(on: Querier, migrations = readMigrations(), { newer = 'refused' }: { newer?: 'refused' | 'served' } = {}): Promise<void> {
  const [there] = await rows<{ there: boolean }>(on, `select to_regclass('schema_migration') is not null as there`);
  const applied = there?.there
    ? await rows<Applied>(on, 'select version, name, checksum from schema_migration order by version')
    : [];
  const fault = compareSchema(newer === 'served' ? applied.slice(0, migrations.length) : applied, migrations);
  if (fault) throw new SchemaMismatch(fault);
  if (applied.length < migrations.length) {
    throw new SchemaMismatch(
      `the database is older than this program (${applied.length} of ${migrations.length} migrations): run npm run migrate`,
    );
  }
}
