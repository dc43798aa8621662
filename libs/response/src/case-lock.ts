import { row } from '@app/storage';
import type { EntityManager } from 'typeorm';
import { CASE_COLUMNS, type CaseRow } from './case-row';

/**
 * Locks a case for a change. NO KEY UPDATE: the engine's rows refer to the case while it fires, and must not wait
 * for a person's transaction. A merged case leads to the one it was merged into.
 */
export async function lockCase(manager: EntityManager, id: string): Promise<CaseRow | null> {
  const found = await row<CaseRow & { mergedInto: string | null }>(
    manager,
    `select ${CASE_COLUMNS}, f.merged_into as "mergedInto" from case_file f where f.id = $1 for no key update`,
    [id],
  );
  return found?.mergedInto ? lockCase(manager, found.mergedInto) : found;
}
