import type { EntityManager } from 'typeorm';

/** What of pg's client is used; TypeORM hands out its pooled connection as `any`. */
interface PgConnection {
  query<T>(config: { name: string; text: string; values: unknown[] }): Promise<{ rows: T[] }>;
}

/**
 * A statement of the engine's tick, planned once for each connection: with a few rows the planning of such a
 * statement costs more than its work. Must run inside a transaction of TypeORM.
 */
export async function prepared<T>(manager: EntityManager, name: string, text: string, values: unknown[]): Promise<T[]> {
  if (!manager.queryRunner) throw new Error('a prepared statement of the engine needs a transaction');
  const connection = (await manager.queryRunner.connect()) as PgConnection;
  return (await connection.query<T>({ name, text, values })).rows;
}
