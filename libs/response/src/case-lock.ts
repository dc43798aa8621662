import { row, rows } from '@app/storage';
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

/** The same for several, in the order of ids; a merged one is left out. */
export async function lockCases(manager: EntityManager, ids: readonly string[]): Promise<Map<string, CaseRow>> {
  const found = await rows<CaseRow>(
    manager,
    `select ${CASE_COLUMNS} from case_file f where f.id = any($1::bigint[]) and f.merged_into is null order by f.id for no key update`,
    [ids],
  );
  return new Map(found.map((c) => [c.id, c]));
}
