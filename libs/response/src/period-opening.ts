import { type BookRecurring, dutyOfPeriod, type Period, periodAt, periodsToOpen, periodTerm, planClock } from '@app/domain';
import { row } from '@app/storage';
import type { EntityManager } from 'typeorm';
import { SYSTEM } from './event-log';
import type { Lawbook } from './lawbook.service';
import { openMatter } from './matter';

/** What a recurring duty is opened for. */
export interface PeriodOwner {
  /** Distinguishes duties of one id: a pack's, or a task's. */
  key: string;
  departmentId: string | null;
  region: string | null;
  title: string;
  ledgerTaskId?: string;
}

/**
 * Opens the periods of a recurring duty that have begun and are not there yet, each once, whoever looks first.
 * @returns how many were opened
 */
export async function openPeriods(
  manager: EntityManager,
  laws: Lawbook,
  recurring: BookRecurring,
  owner: PeriodOwner,
  now: Date,
): Promise<number> {
  const prefix = `period:${owner.key}:`;
  const last = await row<{ triggeredAt: Date }>(
    manager,
    `select triggered_at as "triggeredAt" from case_file where matter_key like $1 order by triggered_at desc limit 1`,
    [`${prefix.replace(/[\\%_]/g, '\\$&')}%`],
  );
  const { rule } = recurring;
  const lastOpened = last === null ? null : periodAt(rule.per, last.triggeredAt);
  let opened = 0;
  for (const period of periodsToOpen(rule, lastOpened, now)) {
    if (await openPeriod(manager, laws, recurring, owner, period, now)) opened++;
  }
  return opened;
}

async function openPeriod(
  manager: EntityManager,
  laws: Lawbook,
  recurring: BookRecurring,
  owner: PeriodOwner,
  period: Period,
  now: Date,
): Promise<boolean> {
  const { rule } = recurring;
  const { from } = periodTerm(period, rule.by);
  const plan = planClock(dutyOfPeriod(recurring, period), from, laws.calendar);
  const id = await openMatter(
    manager,
    {
      trigger: owner.ledgerTaskId === undefined ? 'period' : 'task',
      key: `period:${owner.key}:${period.id}`,
      title: `${owner.title}（${period.title}）`,
      summary: rule.quote,
      topic: '政策',
      triggeredAt: from,
      departmentId: owner.departmentId,
      region: owner.region,
      facts: {
        subject: owner.title,
        period: period.id,
        ...(rule.times === undefined ? {} : { times: rule.times }),
        ...(owner.ledgerTaskId === undefined ? {} : { ledgerTaskId: owner.ledgerTaskId }),
      },
      plans: [plan],
      actor: SYSTEM,
      told: false,
    },
    now,
  );
  return id !== null;
}
