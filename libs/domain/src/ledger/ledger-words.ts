import type { TaskState } from '../wire-matter';
import type { TaskTerm, UnitPart } from './ledger';

/** How a ledger is written for people: on its page and in its documents. */
export const PART_TEXT: Record<UnitPart, string> = { lead: '牵头', responsible: '责任', supporting: '配合' };

export const TASK_STATE_TEXT: Record<TaskState, string> = {
  done: '已完成',
  late: '逾期完成',
  overdue: '逾期未完成',
  running: '办理中',
  ongoing: '持续推进',
  waiting: '待起算',
};

const PER_TEXT = { week: '每周', month: '每月', quarter: '每季度', year: '每年' } as const;
const UNIT_TEXT = { hours: '小时', natural_days: '日', working_days: '个工作日' } as const;

/** One term in words: what is counted, from what. */
export function termText(term: TaskTerm): string {
  switch (term.kind) {
    case 'until':
      return `${term.date} 前`;
    case 'from':
      return `${term.date} 起`;
    case 'ongoing':
      return '持续推进';
    case 'recurring':
      return `${PER_TEXT[term.per]}${term.by === 'last-week' ? '最后一周' : term.by !== null && typeof term.by === 'object' ? ` ${term.by.month} 月 ${term.by.day} 日前` : ''}`;
    case 'within':
      return `${term.trigger === '' ? '起算后' : term.trigger} ${term.amount} ${UNIT_TEXT[term.unit]}内`;
    case 'count':
      return `${term.year === null ? '每年' : `${term.year} 年`}不少于 ${term.atLeast} 次`;
  }
}
