import { beijingText, maskText, type WireAlert } from '@app/domain';

/** An alert in words, ready for any channel. */
export interface Message {
  key: string;
  severity: WireAlert['severity'];
  title: string;
  /** Lines of plain text; never markup from outside. */
  lines: string[];
  url: string | null;
  alert: WireAlert;
}

/** What of case and clock a message tells beside the alert itself. */
export interface MessageFacts {
  caseCode: string | null;
  caseTitle: string | null;
  dutyTitle: string | null;
  dueAt: Date | null;
  departmentName: string | null;
}

const MARK = { info: '提示', warning: '预警', critical: '紧急' } as const;

/** Pure: `now` decides what is said about the time left. */
export function planMessage(alert: WireAlert, facts: MessageFacts, now: Date, publicUrl: string | null): Message {
  const lines = [alert.body];
  if (facts.caseTitle) lines.push(`事件：${maskText(facts.caseTitle)}${facts.caseCode ? `（${facts.caseCode}）` : ''}`);
  if (facts.departmentName) lines.push(`承办：${facts.departmentName}`);
  if (facts.dutyTitle && facts.dueAt)
    lines.push(`时限：${facts.dutyTitle}，${beijingText(facts.dueAt)}前，${timeLeft(facts.dueAt, now)}`);
  return {
    key: alert.key,
    severity: alert.severity,
    title: `【${MARK[alert.severity]}】${alert.title}`,
    lines: lines.map(oneLine).filter((l) => l !== ''),
    url: publicUrl === null ? null : alert.caseId === null ? publicUrl : `${publicUrl}/cases/${alert.caseId}`,
    alert,
  };
}

/** `还剩 2 小时 5 分` or `已超期 3 天 4 小时`; under a minute it says so. */
export function timeLeft(dueAt: Date, now: Date): string {
  const ms = dueAt.getTime() - now.getTime();
  const minutes = Math.floor(Math.abs(ms) / 60_000);
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60), minutes % 60];
  const span =
    days > 0
      ? `${days} 天 ${hours} 小时`
      : hours > 0
        ? `${hours} 小时 ${rest} 分`
        : minutes > 0
          ? `${rest} 分`
          : '不到 1 分';
  return ms >= 0 ? `还剩 ${span}` : `已超期 ${span}`;
}

/** Texts come from the open web: no line breaks or control characters into headers and chat messages. */
function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f\u2028\u2029]+/g, ' ').trim();
}

export function asText(message: Message): string {
  return [oneLine(message.title), ...message.lines, ...(message.url ? [`查看：${message.url}`] : [])].join('\n');
}
