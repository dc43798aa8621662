import { beijingIso, beijingText, type WireAlert } from '@app/domain';
import type { MessageTemplates } from '@app/settings';
import { type Message, planMessage } from './message';

/** What the button 发送测试消息 sends: plainly a test, with the link that real ones carry. */
export function testMessage(templates: MessageTemplates, key: string, by: string, now: Date, url: string | null): Message {
  const alert: WireAlert = {
    ...{ id: '0', key, seq: 0, kind: 'info', severity: 'info', caseId: null, clockId: null, rung: null, deliveredAt: null, readAt: null },
    title: '【测试】预警渠道测试消息',
    body: `${by} 于 ${beijingText(now)} 发出的测试消息，收到即说明本渠道可用，无须处理。`,
    createdAt: beijingIso(now),
  };
  const told = { alert, caseCode: null, caseTitle: null, dutyTitle: null, dueAt: null, departmentName: null };
  return planMessage({ key, kind: 'single', count: 1, alerts: [told] }, templates, now, url === null ? null : { url, sign: false });
}
