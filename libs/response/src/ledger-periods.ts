import { cut } from '@app/domain';
import type { RecurringDuty, TaskTerm } from '@app/domain';
import { rows } from '@app/storage';
import type { EntityManager } from 'typeorm';
import type { Lawbook } from './lawbook.service';
import { ladderOfTasks } from './ledger-duties';
import { openPeriods } from './period-opening';

interface RecurringTask {
  id: string;
  number: string;
  title: string;
  terms: TaskTerm[];
  departmentId: string | null;
  ledgerId: string;
  document: string;
  documentNumber: string;
  region: string | null;
}

/** Opens the periods of tasks that recur (每季度, 每年6月底前) and those that are counted each year. */
export async function openLedgerPeriods(manager: EntityManager, laws: Lawbook, now: Date): Promise<number> {
  const tasks = await rows<RecurringTask>(
    manager,
    `select t.id, t.number, t.title, t.terms, t.department_id as "departmentId", l.id as "ledgerId", l.title as document,
       l.number as "documentNumber", l.region
     from ledger_task t join ledger l on l.id = t.ledger_id
     where t.terms @> '[{"kind":"recurring"}]' or t.terms @> '[{"kind":"count","year":null}]' order by t.id`,
  );
  let opened = 0;
  for (const task of tasks) {
    for (const [nth, term] of task.terms.entries()) {
      const rule = recurringOf(task, term, nth);
      if (rule === null) continue;
      const ladder = ladderOfTasks(laws);
      opened += await openPeriods(
        manager,
        laws,
        { packId: `ledger-${task.ledgerId}`, packVersion: '1', rule, ladder },
        { key: `task:${task.id}:${nth}`, departmentId: task.departmentId, region: task.region, title: rule.title, ledgerTaskId: task.id },
        now,
      );
    }
  }
  return opened;
}

function recurringOf(task: RecurringTask, term: TaskTerm, nth: number): RecurringDuty | null {
  const common = {
    id: `task-${task.id}-${nth}`,
    title: cut(task.title, 120),
    units: 'office' as const,
    metBy: ['completion' as const],
    ladder: 'promise',
    document: task.document,
    number: task.documentNumber,
    article: task.number,
    quote: term.text,
    legalEffect: 'notice' as const,
  };
  if (term.kind === 'recurring') return { ...common, per: term.per, by: term.by ?? 'end' };
  if (term.kind === 'count' && term.year === null) {
    return { ...common, per: 'year', by: 'end', ...(term.atLeast > 1 ? { times: term.atLeast } : {}) };
  }
  return null;
}

