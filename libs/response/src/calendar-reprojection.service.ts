import { Injectable } from '@nestjs/common';
import { beijingText, type Calendar, reprojectClock } from '@app/domain';
import { CHANNELS, readNow, rows, sendHint } from '@app/storage';
import { DataSource } from 'typeorm';
import { lockCase } from './case-lock';
import { writePatch } from './case-change';
import type { CaseRow } from './case-row';
import { isRunning, lockClocks, type StoredClock, writeClock } from './clock-row';
import { appendEvents, SYSTEM } from './event-log';
import { Lawbook } from './lawbook.service';
import { type NewAlert, writeAlerts } from './outbox';

export interface ReprojectionReport {
  calendarVersion: string;
  clocks: number;
  moved: { clockId: string; caseCode: string; title: string; oldDueAt: Date; newDueAt: Date }[];
}

/** A new or amended holiday notice moves open clocks: old and new instants are kept, those concerned are told. */
@Injectable()
export class CalendarReprojection {
  constructor(
    private readonly dataSource: DataSource,
    private readonly laws: Lawbook,
  ) {}

  /** Case by case, each in one transaction; can be repeated after an interruption without harm. */
  async reproject(calendar: Calendar, actor = SYSTEM): Promise<ReprojectionReport> {
    const report: ReprojectionReport = { calendarVersion: calendar.version, clocks: 0, moved: [] };
    for (let after = '0'; ;) {
      const cases = await rows<{ id: string }>(
        this.dataSource,
        `select distinct case_id as id from clock where case_id > $1 and state in ('open', 'suspended') and calendar_version <> $2
         order by case_id limit 200`,
        [after, calendar.version],
      );
      if (cases.length === 0) break;
      for (const { id } of cases) await this.reprojectCase(id, calendar, actor, report);
      after = cases[cases.length - 1]?.id ?? after;
    }
    this.laws.useCalendar(calendar);
    return report;
  }

  private reprojectCase(caseId: string, calendar: Calendar, actor: string, report: ReprojectionReport): Promise<void> {
    return this.dataSource.transaction(async (manager) => {
      const c = await lockCase(manager, caseId);
      if (!c) return;
      const now = await readNow(manager);
      const alerts: NewAlert[] = [];
      for (const clock of (await lockClocks(manager, caseId)).filter(isRunning)) {
        const again = reprojectClock(clock, calendar, now);
        if (!again.ok) continue;
        report.clocks++;
        await writeClock(manager, again.clock);
        if (!again.moved) continue;
        const sentence = `放假安排更新，${clock.title} 最迟由 ${beijingText(clock.dueAt)} 改为 ${beijingText(again.clock.dueAt)}`;
        const data = { ...again.reprojection, revision: again.clock.revision };
        const event = { caseId, clockId: clock.id, kind: 'clock-reprojected', at: now, actor, summary: sentence, data };
        await appendEvents(manager, [event], now);
        alerts.push(movedAlert(c, clock, sentence, again.clock.revision, now));
        const { dueAt: oldDueAt } = clock;
        report.moved.push({
          clockId: clock.id,
          caseCode: c.code,
          title: clock.title,
          oldDueAt,
          newDueAt: again.clock.dueAt,
        });
      }
      if (alerts.length === 0) return;
      await writeAlerts(manager, alerts, now);
      await writePatch(manager, caseId, {}, now);
      await sendHint(manager, CHANNELS.caseChanged, caseId);
    });
  }
}

function movedAlert(c: CaseRow, clock: StoredClock, sentence: string, revision: number, now: Date): NewAlert {
  return {
    key: `${clock.id}:reprojected:${revision}`,
    kind: 'info',
    severity: 'warning',
    title: `【时限调整】${clock.title}：${c.title}`.slice(0, 200),
    body: `事件 ${c.code}，${sentence}。`,
    caseId: c.id,
    clockId: clock.id,
    rung: null,
    audience: ['duty_officer', 'department_contact'],
    departmentId: c.departmentId,
    receiptMinutes: null,
    instantAt: now,
  };
}
