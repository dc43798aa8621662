import type { WireAlert } from '@app/domain';
import { asText, planMessage } from './message';

const ALERT: WireAlert = {
  ...{ id: '1', key: 'k', seq: 1, kind: 'warn', severity: 'warning', title: '【即将到期】回应', body: '事件 YQ-1。' },
  ...{ caseId: '7', clockId: null, rung: null, createdAt: '2026-11-21T08:00:00+08:00', deliveredAt: null, readAt: null },
};

it('carries nobody’s telephone or identity number out of the house', () => {
  const facts = { caseCode: 'YQ-1', caseTitle: '我叫王小明，电话13812345678，求助', dutyTitle: null, dueAt: null, departmentName: null };
  const text = asText(planMessage(ALERT, facts, new Date('2026-11-21T00:00:00Z'), null));
  expect(text).toContain('求助（YQ-1）');
  expect(text).not.toContain('13812345678');
  expect(text).not.toContain('王小明');
});
