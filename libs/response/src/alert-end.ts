import { rows, type Querier } from '@app/storage';

/** The clocks have ended: their alerts climb no further, and what is still queued on other channels is superseded. */
export async function endAlertsOfClocks(on: Querier, caseId: string, clockIds: readonly string[]): Promise<void> {
  if (clockIds.length === 0) return;
  await rows(
    on,
    `with held as (select id from alert where case_id = $1 and clock_id = any($2::bigint[]) order by id for update),
     ended as (
       update alert a set escalate_at = null, receipt_minutes = null from held where a.id = held.id returning a.id
     )
     update alert_delivery d set state = 'superseded', next_try_at = null
     from ended where d.alert_id = ended.id and d.channel <> 'socket' and (d.next_try_at is not null or d.state = 'standby')`,
    [caseId, clockIds],
  );
}

/**
 * A person has taken the case in hand (签收): that is the receipt of every alert of the case so far.
 * @param unit only of the alerts to this unit: one unit's receipt is not another's
 */
export async function stopClimbing(on: Querier, caseId: string, unit: { departmentId: string; alone: boolean } | null = null): Promise<void> {
  await rows(
    on,
    `with held as (
       select id from alert where case_id = $1 and not escalated
         and ($2::text is null or department_id = $2 or (department_id is null and not $3::boolean))
       order by id for update)
     update alert a set escalate_at = null, receipt_minutes = null from held where a.id = held.id`,
    [caseId, unit?.departmentId ?? null, unit?.alone ?? false],
  );
}
