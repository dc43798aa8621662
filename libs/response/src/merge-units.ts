import { rows } from '@app/storage';
import type { EntityManager } from 'typeorm';
import type { CaseRow } from './case-row';
import { activeUnits, insertUnit, writeSupporting } from './unit-book';

/**
 * The merged case's units go on with the surviving one: the leading unit leads where the survivor has none yet, all
 * others support. Each keeps the instants of its own 交办 and 签收, so that a merge gains nobody time.
 * @param after the survivor as it is written now
 */
export async function carryUnits(manager: EntityManager, after: CaseRow, mergedId: string, actor: string): Promise<void> {
  const own = await activeUnits(manager, after.id);
  const leads = own.some((u) => u.part === 'lead');
  for (const unit of await activeUnits(manager, mergedId)) {
    if (own.some((u) => u.departmentId === unit.departmentId)) continue;
    const part = !leads && unit.departmentId === after.departmentId ? 'lead' : 'supporting';
    await insertUnit(manager, after.id, { ...unit, part, fromCaseId: mergedId }, actor);
  }
  await writeSupporting(manager, after.id);
}

/** 撤销合并: what came with the merged case leaves with it; there its own rows were never ended. */
export async function returnUnits(manager: EntityManager, survivorId: string, mergedId: string, reason: string, now: Date): Promise<void> {
  await rows(
    manager,
    'update case_unit set ended_at = $3, end_reason = $4 where case_id = $1 and from_case_id = $2 and ended_at is null',
    [survivorId, mergedId, now, reason],
  );
  await writeSupporting(manager, survivorId);
}
