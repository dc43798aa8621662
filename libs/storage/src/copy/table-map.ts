import type { ClientBase } from 'pg';
import type { Querier } from '../rows';

/** A table as it is copied: the columns that can be written, and the sequences that fill some of them. */
export interface CopiedTable {
  name: string;
  columns: string[];
  /** Column and its sequence's name. */
  sequences: { column: string; sequence: string }[];
}

/** Every table of the schema but the list of migrations. Generated columns are left out: the server makes them anew. */
export async function loadTableMap(client: ClientBase): Promise<CopiedTable[]> {
  const { rows: tables } = await client.query<CopiedTable>(
    `select c.relname as name,
       array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
         order by a.attnum) as columns,
       coalesce((select json_agg(json_build_object('column', a.attname, 'sequence', pg_get_serial_sequence(quote_ident(c.relname), a.attname)))
         from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
           and pg_get_serial_sequence(quote_ident(c.relname), a.attname) is not null), '[]') as sequences
     from pg_class c where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
       and c.relname <> 'schema_migration' order by c.relname`,
  );
  return tables;
}

export const quoted = (name: string): string => `"${name.replace(/"/g, '""')}"`;
export const columnList = (t: CopiedTable): string => t.columns.map(quoted).join(', ');

/** What runs SQL elsewhere, over the one connection of a copy. */
export const onClient = (client: ClientBase): Querier =>
  ({ query: async (sql: string, params?: unknown[]) => (await client.query(sql, params)).rows }) as Querier;
