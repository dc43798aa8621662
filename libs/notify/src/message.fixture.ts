import { join } from 'node:path';
import type { WireAlert } from '@app/domain';
import type { Outgoing, ToldAlert } from '@app/response';
import { loadMessages, type MessageTemplates, projectRoot } from '@app/settings';

/** The templates of this repository's own config. */
export const TEMPLATES: MessageTemplates = loadMessages(join(projectRoot(), 'config'), [])!;
export const NOW = new Date('2026-11-21T10:00:00+08:00');

export const ALERT: WireAlert = {
  id: '7',
  key: 'clock:3:due:0',
  seq: 1,
  kind: 'warn',
  severity: 'critical',
  title: '权威信息发布将到期',
  body: '化工厂爆炸：须在 5 小时内发布\n<a href="x">点我</a>',
  caseId: '12',
  clockId: '3',
  rung: 'warn',
  createdAt: '2026-11-21T10:00:00+08:00',
  deliveredAt: null,
  readAt: null,
};

export const TOLD: ToldAlert = {
  alert: ALERT,
  caseCode: 'YX-2026-0012',
  caseTitle: '化工厂爆炸',
  dutyTitle: '发布权威信息',
  dueAt: new Date('2026-11-21T12:05:30+08:00'),
  departmentName: '应急管理局',
};

export const SINGLE: Pick<Outgoing, 'key' | 'kind' | 'count' | 'alerts'> = { key: ALERT.key, kind: 'single', count: 1, alerts: [TOLD] };
