import type { TaskState } from '@app/domain';

export const TASK_STATE_MOOD: Record<TaskState, string> = {
  done: 'mood mood-normal',
  late: 'mood mood-near',
  overdue: 'mood mood-overdue',
  running: 'outline',
  ongoing: 'outline',
  waiting: 'outline',
};
