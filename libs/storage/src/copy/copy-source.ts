import type { Readable } from 'node:stream';
import { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { forgetPgVariables } from '../connection';
import { loadParts, MONTH_TABLES, type MonthPart } from '../months';
import { type CopiedTable, columnList, loadTableMap, onClient, quoted } from './table-map';

export interface AppliedMigration {
  version: number;
  name: string;
  checksum: string;
}

/** One instant of a database: everything is read in a single snapshot, while the system may go on writing. */
export class CopySource {
  private constructor(
    private readonly client: Client,
    readonly takenAt: Date,
    readonly migrations: AppliedMigration[],
    readonly tables: CopiedTable[],
    /** Its months, as far as the schema knows any. */
    readonly parts: MonthPart[],
  ) {}

  /** @throws Error when it holds no huiying database */
  static async open(url: string): Promise<CopySource> {
    forgetPgVariables();
    const client = new Client({
      connectionString: url,
      application_name: 'huiying-copy',
      connectionTimeoutMillis: 10_000,
      options: '-c timezone=UTC',
    });
    await client.connect();
    try {
      await client.query('begin isolation level repeatable read read only');
      const { rows: there } = await client.query<{ there: boolean; at: Date }>(
        `select to_regclass('schema_migration') is not null as there, clock_timestamp() as at`,
      );
      if (!there[0]?.there) throw new Error('there is no huiying database: nothing has been migrated there');
      const { rows: migrations } = await client.query<AppliedMigration>(
        'select version, name, checksum from schema_migration order by version',
      );
      return new CopySource(client, there[0].at, migrations, await loadTableMap(client), await allParts(client));
    } catch (error) {
      await client.end();
      throw error;
    }
  }

  /** The rows of a table in PostgreSQL's text form of COPY. */
  read(table: CopiedTable): Readable {
    return this.client.query(copyTo(`copy (select ${columnList(table)} from ${quoted(table.name)}) to stdout`));
  }

  async count(table: CopiedTable): Promise<number> {
    const { rows: found } = await this.client.query<{ n: string }>(`select count(*) as n from ${quoted(table.name)}`);
    return Number(found[0]?.n ?? 0);
  }

  /** Where each sequence stands: the last number given out; null while none was. Sequences know no snapshot, so they may be ahead. */
  async sequences(): Promise<{ sequence: string; last: string | null }[]> {
    const names = [...new Set(this.tables.flatMap((t) => t.sequences.map((s) => s.sequence)))];
    const { rows: found } = await this.client.query<{ sequence: string; last: string | null }>(
      `select s as sequence, pg_sequence_last_value(s::regclass)::text as last from unnest($1::text[]) s`,
      [names],
    );
    return found;
  }

  /** Other processes of the system that are at work on this database. */
  async atWork(): Promise<string[]> {
    return processesAtWork(this.client);
  }

  close(): Promise<void> {
    return this.client.end();
  }
}

async function allParts(client: Client): Promise<MonthPart[]> {
  const found: MonthPart[] = [];
  for (const { table } of MONTH_TABLES) found.push(...(await loadParts(onClient(client), table)));
  return found;
}

const OWN = ['huiying-copy', 'huiying-cli', 'huiying-migrate'];

export async function processesAtWork(client: Client): Promise<string[]> {
  const { rows: found } = await client.query<{ name: string }>(
    `select distinct application_name as name from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
       and application_name like 'huiying%' and not application_name = any($1) order by 1`,
    [OWN],
  );
  return found.map((f) => f.name);
}
