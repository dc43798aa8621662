import type { Clock, CasePart } from '@app/domain';
import { rows, type Querier } from '@app/storage';

/** A clock as it is stored, with what the pure core does not know. */
export interface StoredClock extends Clock {
  title: string;
  /** One unit's own term (签收 of each unit): whose; null: the leading unit's, whichever that is. */
  departmentId: string | null;
  unitPart: CasePart | null;
  endReason: string | null;
  createdAt: Date;
}

export const CLOCK_COLUMNS = `c.id, c.case_id as "caseId", c.duty, c.title, c.pack_id as "packId", c.rule_version as "ruleVersion",
  c.rule, c.ladder, c.anchor_kind as "anchorKind", c.anchor_at as "anchorAt", c.target_at as "targetAt", c.due_at as "dueAt",
  c.provisional, c.state, c.revision, c.next_at as "nextAt", c.breached_at as "breachedAt", c.met_at as "metAt",
  c.met_by as "metBy", c.target_met as "targetMet", c.superseded_by as "supersededBy", c.end_reason as "endReason",
  c.derivation, c.created_at as "createdAt", c.department_id as "departmentId", c.unit_part as "unitPart"`;

/**
 * All clocks of a case, locked for a change; waits for an engine that is just firing one of them. Taken after
 * the case's own lock, in the order of ids: no two writers of a case can block each other.
 */
export function lockClocks(on: Querier, caseId: string): Promise<StoredClock[]> {
  return rows<StoredClock>(on, `select ${CLOCK_COLUMNS} from clock c where c.case_id = $1 order by c.id for update`, [
    caseId,
  ]);
}

/** Writes what the pure core changed of a clock; rule, ladder and anchor are never touched. */
export async function writeClock(
  on: Querier,
  clock: Clock,
  also: { endReason?: string; evidenceId?: string } = {},
): Promise<void> {
  await rows(
    on,
    `update clock set target_at = $2, due_at = $3, provisional = $4, calendar_version = $5, state = $6, revision = $7,
       next_at = $8, breached_at = $9, met_at = $10, met_by = $11, target_met = $12, derivation = $13,
       superseded_by = $14, end_reason = coalesce($15, end_reason), evidence_id = coalesce($16, evidence_id),
       faults = 0, last_fault = null
     where id = $1`,
    [
      clock.id,
      clock.targetAt,
      clock.dueAt,
      clock.provisional,
      clock.derivation.calendarVersion,
      clock.state,
      clock.revision,
      clock.nextAt,
      clock.breachedAt,
      clock.metAt,
      clock.metBy,
      clock.targetMet,
      JSON.stringify(clock.derivation),
      clock.supersededBy,
      also.endReason ?? null,
      also.evidenceId ?? null,
    ],
  );
}

/** A unit's own term is met by that unit alone; any other by whoever answers. */
export function isFor(clock: Pick<StoredClock, 'departmentId'>, departmentId: string | null): boolean {
  return clock.departmentId === null || clock.departmentId === departmentId;
}

export function isRunning(clock: Pick<Clock, 'state'>): boolean {
  return clock.state === 'open' || clock.state === 'suspended';
}
