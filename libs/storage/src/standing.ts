import type { EntityManager } from 'typeorm';

/** Any fixed number. */
const STANDING_LOCK = 704_202;

/**
 * Who may see what (role, department, region of accounts, region of departments) stays as it is read until this
 * transaction ends: what is handed out by it is there to be withdrawn by whoever changes it next. Take it before any row.
 */
export async function holdStanding(tx: Pick<EntityManager, 'query'>): Promise<void> {
  await tx.query('select pg_advisory_xact_lock_shared($1)', [STANDING_LOCK]);
}

/** Waits for those who hold it, and keeps new ones waiting until this transaction ends. Take it before any row. */
export async function changeStanding(tx: Pick<EntityManager, 'query'>): Promise<void> {
  await tx.query('select pg_advisory_xact_lock($1)', [STANDING_LOCK]);
}
