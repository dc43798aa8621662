import { cut } from '@app/domain';
import { rows } from '@app/storage';
import type { EntityManager } from 'typeorm';
import { writeAlerts } from './outbox';

/** What is wrong with a source, from its beginning to its end. */
export interface SourceTrouble {
  incidentId: string;
  sourceTitle: string;
  /** 源静默, 抓取失败 …, for the head of the alert. */
  head: string;
  sentence: string;
}

const keyOf = (incidentId: string): string => `source:${incidentId}`;

/** Tells the duty officer once that something is wrong with a source; in the transaction that records it. */
export async function raiseSourceAlert(on: EntityManager, trouble: SourceTrouble, now: Date, receiptMinutes: number): Promise<void> {
  const { incidentId, sourceTitle, head, sentence } = trouble;
  const alert = { ...plain(now), severity: 'warning' as const, receiptMinutes };
  await writeAlerts(
    on,
    [{ ...alert, key: keyOf(incidentId), title: cut(`【${head}】${sourceTitle}`, 200), body: `${sourceTitle}：${sentence}` }],
    now,
  );
}

/** The source is well again: its alert climbs no further, and whoever was alerted is told. */
export async function endSourceAlert(on: EntityManager, trouble: SourceTrouble, now: Date): Promise<void> {
  const { incidentId, sourceTitle, head } = trouble;
  await dropSourceAlert(on, incidentId);
  const alert = { ...plain(now), severity: 'info' as const, receiptMinutes: null };
  const body = `${sourceTitle} 已恢复正常（此前：${head}）。`;
  await writeAlerts(on, [{ ...alert, key: `${keyOf(incidentId)}:ended`, title: cut(`【来源恢复】${sourceTitle}`, 200), body }], now);
}

/** Its alert climbs no further. */
export async function dropSourceAlert(on: EntityManager, incidentId: string): Promise<void> {
  await rows(on, 'update alert set escalate_at = null, receipt_minutes = null where key = $1', [keyOf(incidentId)]);
}

function plain(now: Date) {
  return {
    kind: 'source' as const,
    caseId: null,
    clockId: null,
    rung: null,
    audience: ['duty_officer'] as const,
    departmentId: null,
    instantAt: now,
  };
}
