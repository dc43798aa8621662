import { type CaseAction, type CaseState, partFault, partOf, planTransition, type Role } from '@app/domain';
import { CHANNELS, readNow, row, sendHint } from '@app/storage';
import type { DataSource, EntityManager } from 'typeorm';
import type { CaseRow } from './case-row';
import { lockCase } from './case-lock';
import { conflict, type DeskResult, forbidden, missing, type Refusal, Refused } from './desk-result';

/** Who acts, as the history shows it. */
export interface Actor {
  username: string;
  displayName: string;
  /** The unit the person belongs to; what is done for an assigned case by its unit shows that the unit has it. */
  departmentId?: string | null;
  /** Absent (a command, a test): no guard of the part that a unit has. */
  role?: Role;
  /** Writes the act into the audit chain, in the transaction of the act: neither stands without the other. */
  witness?: (manager: EntityManager) => Promise<void>;
}

export function actorName(by: Actor): string {
  return by.displayName === by.username ? by.username : `${by.displayName}（${by.username}）`;
}

/** What a change works with: the locked case, the state it leads to, and one `now` for all its rows. */
export interface Change {
  manager: EntityManager;
  c: CaseRow;
  to: CaseState;
  now: Date;
  actor: string;
  by: Actor;
}

/** Columns of case_file that a change may set. */
export type CasePatch = Partial<
  Record<
    | 'state'
    | 'level'
    | 'case_class'
    | 'emergency'
    | 'grade'
    | 'topic'
    | 'department_id'
    | 'confirmed_at'
    | 'assigned_at'
    | 'signed_at'
    | 'closed_at'
    | 'needs_review'
    | 'override'
    | 'transfer'
    | 'circumstances'
    | 'revived_at',
    unknown
  >
>;

/**
 * One action of a person on a case: one transaction under the case's lock, guarded by the table of the way,
 * version bumped, hint sent at the commit. The body may throw `Refused` to undo everything with a reason.
 */
export async function changeCase<T extends object>(
  dataSource: DataSource,
  by: Actor,
  caseId: string,
  action: CaseAction,
  body: (change: Change) => Promise<{ patch: CasePatch; result: T } | Refusal>,
): Promise<DeskResult<T>> {
  if (!/^[1-9]\d{0,18}$/.test(caseId)) return missing(`没有编号为 ${caseId} 的事件`);
  try {
    return await dataSource.transaction(async (manager) => {
      const c = await lockCase(manager, caseId);
      if (!c) return missing(`没有编号为 ${caseId} 的事件`);
      const way = planTransition(c.state, action);
      if (!way.ok) return conflict(way.reason);
      const fault = by.role === undefined ? null : partFault(by.role, partOf(by.departmentId ?? null, c), action);
      if (fault !== null) return forbidden(fault);
      const now = await readNow(manager);
      const done = await body({ manager, c, to: way.to, now, actor: actorName(by), by });
      if ('ok' in done) throw new Refused(done);
      const version = await writePatch(manager, c.id, done.patch, now);
      await sendHint(manager, CHANNELS.caseChanged, c.id);
      await by.witness?.(manager);
      return { ok: true, caseId: c.id, version, ...done.result };
    });
  } catch (error) {
    if (error instanceof Refused) return error.refusal;
    throw error;
  }
}

const JSON_COLUMNS = ['override', 'transfer'];

function jsonOrNull(value: unknown): string | null {
  return value == null ? null : JSON.stringify(value);
}

/** @returns the new version */
export async function writePatch(manager: EntityManager, caseId: string, patch: CasePatch, now: Date): Promise<number> {
  const columns = Object.keys(patch);
  const sets = columns.map((column, i) => `${column} = $${i + 3}`);
  const written = await row<{ version: string }>(
    manager,
    `update case_file set ${[...sets, 'changed_at = $2', 'version = version + 1'].join(', ')} where id = $1 returning version`,
    [
      caseId,
      now,
      ...columns.map((column) =>
        JSON_COLUMNS.includes(column) ? jsonOrNull(patch[column as keyof CasePatch]) : patch[column as keyof CasePatch],
      ),
    ],
  );
  return Number(written?.version ?? 0);
}
