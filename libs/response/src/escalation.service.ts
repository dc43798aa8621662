import { Injectable } from '@nestjs/common';
import type { Office, WireAlert } from '@app/domain';
import { readNow, rows } from '@app/storage';
import { DataSource, type EntityManager } from 'typeorm';
import { appendEvents, SYSTEM } from './event-log';
import { OFFICE_NAMES } from './office-names';
import { type NewAlert, writeAlerts } from './outbox';
import { highestOffice, nextOffice } from './recipients';

const BATCH = 300;

interface Unreceipted {
  id: string;
  key: string;
  kind: WireAlert['kind'];
  severity: WireAlert['severity'];
  title: string;
  body: string;
  caseId: string | null;
  clockId: string | null;
  rung: string | null;
  reached: Office[];
  departmentId: string | null;
  receiptMinutes: number;
  escalateAt: Date;
  /** No channel could reach anybody: it climbs for that, before its minutes are over. */
  unreachable: boolean;
}

/**
 * No receipt within the rung's minutes, or no channel that could reach anybody: the next higher office is alerted at
 * once (RULES 4). Reading the
 * alert, signing for the case, and the end of the clock clear `escalate_at`; what is left here climbs.
 */
@Injectable()
export class Escalation {
  constructor(private readonly dataSource: DataSource) {}

  /** @returns how many alerts were looked at; a full batch means there may be more */
  async escalateBatch(): Promise<{ climbed: number; full: boolean }> {
    return this.dataSource.transaction(async (manager) => {
      const due = await claimUnreceipted(manager);
      if (due.length === 0) return { climbed: 0, full: false };
      const now = await readNow(manager);
      const climbs = due.flatMap((alert) => planClimb(alert) ?? []);
      await writeAlerts(manager, climbs, now);
      await appendEvents(
        manager,
        climbs.flatMap((c) =>
          c.caseId === null
            ? []
            : [
                {
                  caseId: c.caseId,
                  clockId: c.clockId,
                  kind: 'climbed',
                  at: c.instantAt,
                  actor: SYSTEM,
                  summary: `${c.title.startsWith(UNREACHED) ? '预警无法送达' : '预警逾时无人签收'}，上报${c.audience.map((o) => OFFICE_NAMES[o]).join('、')}：${c.title}`,
                  data: { from: c.raisedFrom, rung: c.rung, audience: c.audience },
                },
              ],
        ),
        now,
      );
      return { climbed: due.length, full: due.length === BATCH };
    });
  }
}

/**
 * The alert to the office above the highest one reached; null where there is none above, or where no office up to
 * the leader held anybody and the administrators have it already.
 */
export function planClimb(alert: Unreceipted): NewAlert | null {
  const from = highestOffice(alert.reached);
  const to = from === null ? null : nextOffice(from);
  if (to === null) return null;
  const [head, why] = alert.unreachable ? [UNREACHED, '各渠道均未能送达'] : [CLIMBED, `${alert.receiptMinutes} 分钟内无人签收`];
  return {
    key: `${alert.key}^${to}`,
    kind: alert.kind,
    severity: alert.severity,
    title: head + alert.title.replace(HEADS, ''),
    body: `${alert.body}\n${why}，自动上报。`.trim(),
    caseId: alert.caseId,
    clockId: alert.clockId,
    rung: alert.rung,
    raisedFrom: alert.id,
    audience: [to],
    departmentId: alert.departmentId,
    receiptMinutes: alert.receiptMinutes,
    instantAt: alert.escalateAt,
  };
}

const CLIMBED = '【无人签收】';
const UNREACHED = '【无法送达】';
const HEADS = /^(【无人签收】|【无法送达】)/;

function claimUnreceipted(manager: EntityManager): Promise<Unreceipted[]> {
  return rows<Unreceipted>(
    manager,
    `update alert a set escalated = true
     from (select id from alert where escalate_at <= (select app_now()) and not escalated
           order by escalate_at limit $1 for update skip locked) due
     where a.id = due.id
     returning a.id, a.key, a.kind, a.severity, a.title, a.body, a.case_id as "caseId", a.clock_id as "clockId", a.rung,
       a.reached, a.department_id as "departmentId", a.receipt_minutes as "receiptMinutes",
       a.escalate_at as "escalateAt", a.unreachable`,
    [BATCH],
  );
}
