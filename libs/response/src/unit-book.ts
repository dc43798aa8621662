import { PART_NAMES, type CasePart } from '@app/domain';
import { row, rows } from '@app/storage';
import type { EntityManager } from 'typeorm';

/** A row of case_unit: one unit's part in a case. */
export interface CaseUnit {
  id: string;
  departmentId: string;
  departmentName: string;
  part: CasePart;
  task: string;
  assignedAt: Date;
  signedAt: Date | null;
  repliedAt: Date | null;
  repliedBy: string | null;
  reply: string | null;
  endedAt: Date | null;
  endReason: string | null;
  fromCaseId: string | null;
}

export const UNIT_COLUMNS = `u.id, u.department_id as "departmentId", d.name as "departmentName", u.part, u.task,
  u.assigned_at as "assignedAt", u.signed_at as "signedAt", u.replied_at as "repliedAt", u.replied_by as "repliedBy", u.reply,
  u.ended_at as "endedAt", u.end_reason as "endReason", u.from_case_id as "fromCaseId"`;

/** The units that have the case now, the leading one first. The case must be locked. */
export function activeUnits(manager: EntityManager, caseId: string): Promise<CaseUnit[]> {
  return rows<CaseUnit>(
    manager,
    `select ${UNIT_COLUMNS} from case_unit u join department d on d.id = u.department_id
     where u.case_id = $1 and u.ended_at is null order by u.part = 'supporting', u.id`,
    [caseId],
  );
}

/** A unit as messages name it: `县公安局（协办）`. */
export function unitName(unit: Pick<CaseUnit, 'departmentName' | 'part'>): string {
  return `${unit.departmentName}（${PART_NAMES[unit.part]}）`;
}

export type NewUnit = Pick<CaseUnit, 'departmentId' | 'departmentName' | 'part' | 'task' | 'assignedAt'>;

export async function insertUnit(
  manager: EntityManager,
  caseId: string,
  unit: NewUnit & Partial<Pick<CaseUnit, 'signedAt' | 'repliedAt' | 'repliedBy' | 'reply' | 'fromCaseId'>>,
  actor: string,
): Promise<void> {
  await rows(
    manager,
    `insert into case_unit (case_id, department_id, part, task, assigned_at, assigned_by, signed_at, replied_at, replied_by, reply, from_case_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      ...[caseId, unit.departmentId, unit.part, unit.task, unit.assignedAt, actor, unit.signedAt ?? null],
      ...[unit.repliedAt ?? null, unit.repliedBy ?? null, unit.reply ?? null, unit.fromCaseId ?? null],
    ],
  );
}

/** The unit has the case no more. The row stays. @param returned it gave the case back itself (退回) */
export async function endUnit(manager: EntityManager, unitId: string, reason: string, now: Date, returned = false): Promise<void> {
  await rows(
    manager,
    'update case_unit set ended_at = $2, end_reason = $3, returned_at = case when $4::boolean then $2::timestamptz end where id = $1',
    [unitId, now, reason, returned],
  );
}

export async function signUnit(manager: EntityManager, unitId: string, at: Date): Promise<void> {
  await rows(manager, 'update case_unit set signed_at = $2 where id = $1', [unitId, at]);
}

/** Writes the supporting units into the case's own row, by which is decided who sees it. */
export async function writeSupporting(manager: EntityManager, caseId: string): Promise<void> {
  await rows(
    manager,
    `update case_file set supporting = array(
       select department_id from case_unit where case_id = $1 and part = 'supporting' and ended_at is null order by id)
     where id = $1`,
    [caseId],
  );
}

export async function departmentNamed(manager: EntityManager, id: string): Promise<string | null> {
  return (await row<{ name: string }>(manager, 'select name from department where id = $1', [id]))?.name ?? null;
}
