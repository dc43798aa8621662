import { cut, bookDuty, type BookDuty, type DutyRule, type Ladder, type TaskTerm } from '@app/domain';
import type { Lawbook } from './lawbook.service';

/** Without a ladder of the rules in force (no pack of 政务公开 is used) tasks ring by this one. */
const PLAIN: Ladder = {
  id: 'task',
  title: '任务阶梯',
  rungs: [
    { id: 'week-before', offsetMinutes: -10_080, audience: ['department_contact'], severity: 'info' },
    { id: 'due', offsetMinutes: 0, audience: ['department_contact', 'department_head', 'duty_officer'], severity: 'warning' },
    { id: 'weekly', offsetMinutes: 10_080, repeatMinutes: 10_080, audience: ['department_head', 'deputy_leader'], severity: 'warning' },
  ],
};

export function ladderOfTasks(laws: Lawbook): Ladder {
  const used = [...laws.book.recurring, ...laws.book.duties].find((d) => d.ladder.id === 'promise');
  return used?.ladder ?? PLAIN;
}

export interface TaskSource {
  ledgerId: string;
  document: string;
  documentNumber: string;
  /** Number of the task in the document. */
  article: string;
  title: string;
}

/** The duty that one term of a task is; its legal basis is the document itself. Null for terms that start no clock of their own. */
export function dutyOfTerm(source: TaskSource, term: TaskTerm, nth: number, ladder: Ladder): BookDuty | null {
  const limit = limitOf(term);
  if (limit === null) return null;
  const rule: DutyRule = {
    id: `task-${nth}`,
    title: cut(source.title, 120),
    appliesTo: ['ordinary'],
    trigger: 'task',
    limit,
    anchor: 'triggered',
    metBy: ['completion'],
    ...(term.kind === 'count' && term.atLeast > 1 ? { times: term.atLeast } : {}),
    ladder: ladder.id,
    document: source.document,
    number: source.documentNumber,
    article: source.article,
    quote: term.text,
    legalEffect: 'notice',
  };
  return bookDuty({ id: `ledger-${source.ledgerId}`, version: '1' }, rule, ladder);
}

function limitOf(term: TaskTerm): DutyRule['limit'] | null {
  switch (term.kind) {
    case 'until':
      return { unit: 'until', date: term.date };
    case 'count':
      return term.year === null ? null : { unit: 'until', date: `${term.year}-12-31` };
    case 'within':
      // 政务公开 terms roll to the day after a 休假日 (RULES 3).
      return term.unit === 'natural_days' ? { unit: term.unit, amount: term.amount, roll: true } : { unit: term.unit, amount: term.amount };
    default:
      return null;
  }
}
