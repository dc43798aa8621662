import { cut, beijingIso, type ClockPlan, type MatterFacts, type Topic, type Trigger, TRIGGER_NAMES } from '@app/domain';
import { CHANNELS, row, rows, sendHint } from '@app/storage';
import type { EntityManager } from 'typeorm';
import { takeCaseCodes } from './case-code';
import { startClocks } from './clock-book';
import { appendEvents } from './event-log';
import { writeAlerts } from './outbox';
import { departmentNamed, insertUnit, writeSupporting } from './unit-book';

/** A matter of the second ring before it is opened. */
export interface MatterOpening {
  trigger: Trigger;
  /** Opened once, whoever sees it first. */
  key: string;
  title: string;
  summary: string;
  topic: Topic;
  triggeredAt: Date;
  departmentId: string | null;
  /** Departments that support the leading one. */
  supporting?: readonly string[];
  region: string | null;
  facts: MatterFacts;
  plans: readonly ClockPlan[];
  actor: string;
  /** Tells the department at once; what the calendar starts waits for its ladder. */
  told: boolean;
}

/** Opens a matter inside the caller's transaction. @returns its id; null when the key is there already */
export async function openMatter(manager: EntityManager, o: MatterOpening, now: Date): Promise<string | null> {
  // Two who open the same one at once: the second waits here, and finds it.
  await rows(manager, 'select pg_advisory_xact_lock(hashtextextended($1, 60))', [o.key]);
  if (await row(manager, 'select 1 from case_file where matter_key = $1', [o.key])) return null;
  const [code = ''] = await takeCaseCodes(manager, [now], 'SX');
  const opened = await row<{ id: string }>(
    manager,
    `insert into case_file (code, title, summary, level, case_class, topic, region, department_id, state, detected_at, happened_at,
       assigned_at, opened_at, changed_at, trigger, triggered_at, matter_key, matter)
     values ($1, $2, $3, 'ordinary', 'ordinary', $4, $5, $6, $7, $8, $9, $10, $8, $8, $11, $9, $12, $13) returning id`,
    [
      ...[code, cut(o.title, 300), cut(o.summary, 2000), o.topic, o.region, o.departmentId],
      ...[o.departmentId === null ? '已研判' : '已交办', now, o.triggeredAt, o.departmentId === null ? null : now],
      ...[o.trigger, o.key, JSON.stringify(o.facts)],
    ],
  );
  if (!opened) throw new Error('the matter was not written');
  await appendEvents(
    manager,
    [
      {
        caseId: opened.id,
        kind: 'opened',
        at: o.triggeredAt,
        actor: o.actor,
        summary: cut(`登记事项 ${code}（${TRIGGER_NAMES[o.trigger]}）：${o.facts.subject}`, 500),
        data: { trigger: o.trigger, triggeredAt: beijingIso(o.triggeredAt), ...o.facts },
      },
    ],
    now,
  );
  await handOver(manager, opened.id, o, now);
  await startClocks(manager, opened.id, o.plans, now, { actor: o.actor });
  if (o.told) await tell(manager, opened.id, code, o, now);
  await sendHint(manager, CHANNELS.caseChanged, opened.id);
  return opened.id;
}

/** The departments have it from the beginning, as if it had been assigned to them. */
async function handOver(manager: EntityManager, caseId: string, o: MatterOpening, now: Date): Promise<void> {
  if (o.departmentId === null) return;
  for (const [nth, departmentId] of [o.departmentId, ...(o.supporting ?? [])].entries()) {
    const departmentName = await departmentNamed(manager, departmentId);
    if (departmentName === null) continue;
    const part = nth === 0 ? 'lead' : 'supporting';
    await insertUnit(manager, caseId, { departmentId, departmentName, part, task: cut(o.facts.subject, 1000), assignedAt: now }, o.actor);
  }
  if (o.supporting?.length) await writeSupporting(manager, caseId);
}

async function tell(manager: EntityManager, caseId: string, code: string, o: MatterOpening, now: Date): Promise<void> {
  const first = o.plans.map((p) => p.dueAt.getTime()).sort((a, b) => a - b)[0];
  const due = first === undefined ? '' : `，最早期限 ${beijingIso(new Date(first)).slice(0, 10)}`;
  await writeAlerts(
    manager,
    [
      {
        key: `case:${caseId}:opened`,
        kind: 'assigned',
        severity: 'info',
        title: cut(`【${TRIGGER_NAMES[o.trigger]}】${o.title}`, 200),
        body: `事项 ${code}${due}。`,
        caseId,
        clockId: null,
        rung: null,
        audience: [o.departmentId === null ? 'duty_officer' : 'department_contact'],
        departmentId: o.departmentId,
        receiptMinutes: null,
        instantAt: o.triggeredAt,
      },
    ],
    now,
  );
}
