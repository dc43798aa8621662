import { beijingIso, beijingText, type ClockPlan, overdueAtBirth, PART_NAMES, type CasePart } from '@app/domain';
import { CHANNELS, rows, sendHint, type Querier } from '@app/storage';
import { appendEvents, type NewEvent, SYSTEM } from './event-log';

/** The unit whose own terms these are. */
export interface ClockUnit {
  departmentId: string;
  departmentName: string;
  part: CasePart;
}

interface Why {
  actor: string;
  reason?: string;
  unit?: ClockUnit;
}

/** A supporting unit's term has a name of its own, so that it is counted apart from the leading unit's. */
function titleOf(plan: ClockPlan, unit: ClockUnit | undefined): string {
  return unit?.part === 'supporting' ? `${plan.rule.title}（协办）` : plan.rule.title;
}

/**
 * Starts clocks of a case in the transaction that decided them, each with an event. A clock whose limit has
 * passed already starts all the same: the engine fires its rungs at once.
 * @returns ids in the order of the plans
 */
export async function startClocks(
  on: Querier,
  caseId: string,
  plans: readonly ClockPlan[],
  now: Date,
  why: Why = { actor: SYSTEM },
): Promise<string[]> {
  return startClocksOf(on, [{ caseId, plans }], now, why);
}

/** The same for several cases. @returns ids in the order given */
export async function startClocksOf(
  on: Querier,
  cases: readonly { caseId: string; plans: readonly ClockPlan[] }[],
  now: Date,
  why: Why = { actor: SYSTEM },
): Promise<string[]> {
  const all = cases.flatMap(({ caseId, plans }) => plans.map((plan) => ({ caseId, plan })));
  if (all.length === 0) return [];
  const started = await rows<{ id: string }>(
    on,
    `insert into clock (case_id, duty, title, pack_id, rule_version, rule, ladder, anchor_kind, anchor_at, target_at,
                        due_at, provisional, calendar_version, next_at, derivation, created_at, department_id, unit_part)
     select case_id, duty, title, pack_id, rule_version, rule, ladder, anchor_kind, anchor_at, target_at, due_at, provisional,
            calendar_version, next_at, derivation, $2, $3, $4
     from json_to_recordset($1::json) as p(case_id bigint, duty text, title text, pack_id text, rule_version text,
       rule jsonb, ladder jsonb, anchor_kind text, anchor_at timestamptz, target_at timestamptz, due_at timestamptz,
       provisional boolean, calendar_version text, next_at timestamptz, derivation jsonb, nth bigint)
     order by nth returning id`,
    [JSON.stringify(all.map(({ caseId, plan }, nth) => ({ ...toColumns(caseId, plan, why.unit), nth }))), now, why.unit?.departmentId ?? null, why.unit?.part ?? null],
  );
  const ids = started.map((s) => s.id);
  await appendEvents(
    on,
    all.map(({ caseId, plan }, i) => startEvent(caseId, ids[i] ?? '', plan, now, why)),
    now,
  );
  await sendHint(on, CHANNELS.clockChanged, '');
  return ids;
}

function toColumns(caseId: string, plan: ClockPlan, unit: ClockUnit | undefined): Record<string, unknown> {
  return {
    case_id: caseId,
    duty: plan.duty,
    title: titleOf(plan, unit),
    pack_id: plan.packId,
    rule_version: plan.ruleVersion,
    rule: plan.rule,
    ladder: plan.ladder,
    anchor_kind: plan.anchorKind,
    anchor_at: plan.anchorAt,
    target_at: plan.targetAt,
    due_at: plan.dueAt,
    provisional: plan.provisional,
    calendar_version: plan.derivation.calendarVersion,
    next_at: plan.nextAt,
    derivation: plan.derivation,
  };
}

function startEvent(
  caseId: string,
  clockId: string,
  plan: ClockPlan,
  now: Date,
  why: Why,
): NewEvent {
  const overdue = overdueAtBirth(plan, now);
  const whose = why.unit ? `（${why.unit.departmentName}，${PART_NAMES[why.unit.part]}）` : '';
  return {
    caseId,
    clockId,
    kind: 'clock-started',
    at: now,
    actor: why.actor,
    summary: `时限开始：${plan.rule.title}${whose}，最迟 ${beijingText(plan.dueAt)}${overdue ? '（启动时已逾期）' : ''}`,
    data: {
      duty: plan.duty,
      ruleVersion: plan.ruleVersion,
      anchorKind: plan.anchorKind,
      anchorAt: beijingIso(plan.anchorAt),
      dueAt: beijingIso(plan.dueAt),
      ...(plan.targetAt === null ? {} : { targetAt: beijingIso(plan.targetAt) }),
      provisional: plan.provisional,
      overdueAtBirth: overdue,
      ...(why.reason === undefined ? {} : { reason: why.reason }),
      ...(why.unit ? { departmentId: why.unit.departmentId, unitPart: why.unit.part } : {}),
    },
  };
}
