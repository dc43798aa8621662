import type { DataSource, EntityManager } from 'typeorm';

/** Whatever runs SQL: the DataSource, or the manager of a transaction. */
export type Querier = Pick<DataSource | EntityManager, 'query'>;

/**
 * Raw SQL with `$1` parameters; returns the rows. Use it instead of `query`: TypeORM gives
 * `[rows, count]` for UPDATE and DELETE, but bare rows for SELECT and INSERT.
 */
export async function rows<T = Record<string, unknown>>(
  on: Querier,
  sql: string,
  params: unknown[] = [],
): Promise<T[]> {
  const result: unknown = await on.query(sql, params);
  if (Array.isArray(result) && result.length === 2 && Array.isArray(result[0]) && typeof result[1] === 'number') {
    return result[0] as T[];
  }
  return result as T[];
}

/** The first row, or null. */
export async function row<T = Record<string, unknown>>(
  on: Querier,
  sql: string,
  params: unknown[] = [],
): Promise<T | null> {
  return (await rows<T>(on, sql, params))[0] ?? null;
}
