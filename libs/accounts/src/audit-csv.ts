import { beijingText } from '@app/domain';
import type { AuditRecord } from './audit-chain';

/** With the mark by which spreadsheets know UTF-8. */
export function auditCsvHead(): string {
  return `\ufeff${csvLine(['编号', '时间（北京）', '何人', '动作', '对象', '内容', '校验值'])}`;
}

export function auditCsvLine(r: AuditRecord): string {
  return csvLine([r.id, beijingText(r.at), r.actor, r.action, r.object, JSON.stringify(r.data), r.hash]);
}

/** A line of CSV. What a spreadsheet would run as a formula is made text: names and reasons come from people. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map((c) => `"${(/^[=+\-@\t\r]/.test(c) ? `'${c}` : c).replaceAll('"', '""')}"`).join(',')}\r\n`;
}
