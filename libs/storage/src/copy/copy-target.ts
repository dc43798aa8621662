import type { Writable } from 'node:stream';
import { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { forgetPgVariables, shownUrl } from '../connection';
import { layOutParts, type MonthPart } from '../months';
import { compareSchema, migrate, type Migration, readMigrations } from '../migrate';
import { type AppliedMigration, processesAtWork } from './copy-source';
import { type CopiedTable, columnList, loadTableMap, onClient, quoted } from './table-map';

/** What a copy can be loaded into: an empty database. Everything is loaded in one transaction, or nothing is. */
export class CopyTarget {
  private constructor(
    private readonly client: Client,
    readonly tables: CopiedTable[],
    private readonly references: Reference[],
  ) {}

  /**
   * Brings an empty database to the state of the copy, so that its rows fit.
   * @throws Error when something is there already, when a process works on it, or when the copy is newer than this program
   */
  static async open(
    url: string,
    applied: readonly AppliedMigration[],
    parts: readonly MonthPart[],
  ): Promise<CopyTarget> {
    const known = readMigrations();
    const fault = compareSchema(applied, known);
    if (fault) throw new Error(`this copy cannot be loaded: ${fault.replace('the database', 'it')}`);
    await migrateTo(url, known.slice(0, applied.length));
    forgetPgVariables();
    const client = new Client({
      connectionString: url,
      application_name: 'huiying-copy',
      connectionTimeoutMillis: 10_000,
      options: '-c timezone=UTC',
    });
    await client.connect();
    try {
      const busy = await processesAtWork(client);
      if (busy.length > 0)
        throw new Error(`${shownUrl(url)}: ${busy.join(', ')} still at work there: stop the system first`);
      const tables = await loadTableMap(client);
      await client.query('begin');
      await refuseUsed(client, url, tables);
      await layOutParts(onClient(client), parts);
      for (const t of tables) await client.query(`alter table ${quoted(t.name)} disable trigger user`);
      // Some tables refer to one another: references are taken off, and checked as a whole when all rows are there.
      const references = await loadReferences(client);
      for (const r of references) await client.query(`alter table ${r.table} drop constraint ${quoted(r.name)}`);
      // What the migrations themselves wrote comes with the copy.
      for (const t of tables) await client.query(`delete from ${quoted(t.name)}`);
      return new CopyTarget(client, tables, references);
    } catch (error) {
      await client.end();
      throw error;
    }
  }

  write(table: CopiedTable): Writable {
    return this.client.query(copyFrom(`copy ${quoted(table.name)} (${columnList(table)}) from stdin`));
  }

  async count(table: CopiedTable): Promise<number> {
    const { rows: found } = await this.client.query<{ n: string }>(`select count(*) as n from ${quoted(table.name)}`);
    return Number(found[0]?.n ?? 0);
  }

  /** Sequences go on where they stood, references hold, triggers work again, and all of it is there at once. */
  async commit(sequences: readonly { sequence: string; last: string | null }[]): Promise<void> {
    for (const { sequence, last } of sequences)
      if (last !== null) await this.client.query('select setval($1::regclass, $2::bigint)', [sequence, last]);
    for (const r of this.references)
      await this.client.query(`alter table ${r.table} add constraint ${quoted(r.name)} ${r.definition}`);
    for (const t of this.tables) await this.client.query(`alter table ${quoted(t.name)} enable trigger user`);
    await this.client.query('commit');
    await this.client.query('analyze');
  }

  close(): Promise<void> {
    return this.client.end();
  }
}

interface Reference {
  table: string;
  name: string;
  definition: string;
}

async function loadReferences(client: Client): Promise<Reference[]> {
  const { rows: found } = await client.query<Reference>(
    `select conrelid::regclass::text as table, conname as name, pg_get_constraintdef(oid) as definition from pg_constraint
     where contype = 'f' and connamespace = current_schema()::regnamespace and conparentid = 0 order by conname`,
  );
  return found;
}

/** Tables that only use fills; the others hold what a migration or a start wrote. */
const SIGNS_OF_USE = ['account', 'item', 'case_file', 'audit'];

async function refuseUsed(client: Client, url: string, tables: readonly CopiedTable[]): Promise<void> {
  for (const { name } of tables.filter((t) => SIGNS_OF_USE.includes(t.name))) {
    const { rows: used } = await client.query(`select 1 from ${quoted(name)} limit 1`);
    if (used.length > 0)
      throw new Error(
        `${shownUrl(url)} is in use (table ${name} is not empty): nothing was changed; load the copy into an empty database`,
      );
  }
}

/** An empty database gets exactly the copy's migrations; one that has more of them already cannot take its rows. */
async function migrateTo(url: string, wanted: Migration[]): Promise<void> {
  try {
    await migrate(url, wanted);
  } catch (error) {
    throw new Error(`${shownUrl(url)} cannot take this copy: ${(error as Error).message}`, { cause: error });
  }
}
