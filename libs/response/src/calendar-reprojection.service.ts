import { Injectable } from '@nestjs/common';
import { cut, beijingIso, beijingText, type Calendar, reprojectClock } from '@app/domain';
import { CHANNELS, type Querier, readNow, row, rows, sendHint } from '@app/storage';
import { DataSource, type EntityManager } from 'typeorm';
import { lockCase } from './case-lock';
import { writePatch } from './case-change';
import type { HeldCalendar } from './calendar-order';
import type { CaseRow } from './case-row';
import { CLOCK_COLUMNS, isRunning, lockClocks, type StoredClock, writeClock } from './clock-row';
import { appendEvents, SYSTEM } from './event-log';
import { Lawbook } from './lawbook.service';
import { type NewAlert, writeAlerts } from './outbox';

export interface ReprojectionReport {
  calendarVersion: string;
  clocks: number;
  moved: { clockId: string; caseCode: string; title: string; oldDueAt: Date; newDueAt: Date }[];
}

export interface ReprojectionPlan {
  /** Open clocks counted in days: hours do not ask the calendar. */
  clocks: number;
  moved: number;
  /** Clocks whose instants stay and that are 暂定 no longer. */
  settled: number;
  /** The first of those that move, by their limit. */
  shown: { clockId: string; caseId: string; caseCode: string; title: string; oldDueAt: string; newDueAt: string }[];
}

type Running = StoredClock & { caseCode: string };

const BATCH = 500;
const SHOWN = 200;
/** Clocks that another calendar can move. Hours run through day and night (民法典 第201条第2款). */
const BY_DAYS = `c.state in ('open', 'suspended') and c.calendar_version <> $1 and c.rule -> 'limit' ->> 'unit' not in ('hours', 'every')`;

/** A new or amended holiday notice moves open clocks: old and new instants are kept, those concerned are told. */
@Injectable()
export class CalendarReprojection {
  constructor(
    private readonly dataSource: DataSource,
    private readonly laws: Lawbook,
  ) {}

  /** What `reproject` would do. */
  async plan(calendar: Calendar): Promise<ReprojectionPlan> {
    const plan: ReprojectionPlan = { clocks: 0, moved: 0, settled: 0, shown: [] };
    const now = await readNow(this.dataSource);
    for (let after = '0'; ;) {
      const batch = await loadConcerned(this.dataSource, calendar, after);
      for (const clock of batch) {
        const again = reprojectClock(clock, calendar, now);
        if (!again.ok) continue;
        plan.clocks++;
        if (again.moved) plan.moved++;
        else if (again.reprojection) plan.settled++;
        if (again.moved && plan.shown.length < SHOWN) plan.shown.push(shownMove(clock, again.clock.dueAt));
      }
      after = batch[batch.length - 1]?.id ?? after;
      if (batch.length < BATCH) return plan;
    }
  }

  /** Case by case, each in one transaction; can be repeated after an interruption without harm. */
  async reproject(calendar: Calendar, actor = SYSTEM): Promise<ReprojectionReport> {
    const report: ReprojectionReport = { calendarVersion: calendar.version, clocks: 0, moved: [] };
    const cases = await rows<{ id: string }>(
      this.dataSource,
      `select distinct c.case_id as id from clock c where ${BY_DAYS} order by id`,
      [calendar.version],
    );
    for (const { id } of cases) await this.reprojectCase(id, calendar, actor, report);
    this.laws.useCalendar(calendar);
    return report;
  }

  private reprojectCase(caseId: string, calendar: Calendar, actor: string, report: ReprojectionReport): Promise<void> {
    return this.dataSource.transaction(async (manager) => {
      const c = await lockCase(manager, caseId);
      if (!c) return;
      const now = await readNow(manager);
      const alerts: NewAlert[] = [];
      let changed = false;
      for (const clock of (await lockClocks(manager, caseId)).filter(isRunning)) {
        if (clock.derivation.calendarVersion === calendar.version) continue;
        const again = reprojectClock(clock, calendar, now);
        if (!again.ok) continue;
        report.clocks++;
        // The ladder of a closed case has ended; its breached clocks only get their new instants.
        await writeClock(manager, c.closedAt === null ? again.clock : { ...again.clock, nextAt: null });
        if (!again.reprojection) continue;
        changed = true;
        const { dueAt, provisional, revision } = again.clock;
        const sentence = sentenceOf(clock, dueAt, again.moved, provisional);
        const data = { ...again.reprojection, provisional, revision };
        const event = { caseId, clockId: clock.id, kind: 'clock-reprojected', at: now, actor, summary: sentence, data };
        await appendEvents(manager, [event], now);
        if (!again.moved) continue;
        alerts.push(movedAlert(c, clock, sentence, revision, now));
        const { id: clockId, title, dueAt: oldDueAt } = clock;
        report.moved.push({ clockId, caseCode: c.code, title, oldDueAt, newDueAt: dueAt });
      }
      if (!changed) return;
      await tellMoves(manager, caseId, alerts, now);
    });
  }
}

/** Open clocks counted in days under another calendar, by id. */
function loadConcerned(on: Querier, calendar: Calendar, after: string): Promise<Running[]> {
  return rows<Running>(
    on,
    `select ${CLOCK_COLUMNS}, f.code as "caseCode" from clock c join case_file f on f.id = c.case_id
     where ${BY_DAYS} and c.id > $2 order by c.id limit ${BATCH}`,
    [calendar.version, after],
  );
}

function shownMove(clock: Running, newDueAt: Date): ReprojectionPlan['shown'][number] {
  const { id: clockId, caseId, caseCode, title, dueAt } = clock;
  return { clockId, caseId, caseCode, title, oldDueAt: beijingIso(dueAt), newDueAt: beijingIso(newDueAt) };
}

function sentenceOf(clock: StoredClock, dueAt: Date, moved: boolean, provisional: boolean): string {
  if (moved) return `放假安排更新，${clock.title} 最迟由 ${beijingText(clock.dueAt)} 改为 ${beijingText(dueAt)}`;
  const state = provisional ? '仍须按暂定日历计算' : '不再是暂定';
  return `放假安排更新，${clock.title} 最迟仍为 ${beijingText(dueAt)}，${state}`;
}

async function tellMoves(manager: EntityManager, caseId: string, alerts: NewAlert[], now: Date): Promise<void> {
  await writeAlerts(manager, alerts, now);
  await writePatch(manager, caseId, {}, now);
  await sendHint(manager, CHANNELS.caseChanged, caseId);
  await sendHint(manager, CHANNELS.clockChanged, '');
}

/** To the duty officer and to the department that the term binds. */
function movedAlert(c: CaseRow, clock: StoredClock, sentence: string, revision: number, now: Date): NewAlert {
  return {
    key: `${clock.id}:reprojected:${revision}`,
    kind: 'info',
    severity: 'warning',
    title: cut(`【时限调整】${clock.title}：${c.title}`, 200),
    body: `事件 ${c.code}，${sentence}。`,
    caseId: c.id,
    clockId: clock.id,
    rung: null,
    audience: ['duty_officer', 'department_contact'],
    departmentId: clock.departmentId ?? c.departmentId,
    receiptMinutes: null,
    instantAt: now,
  };
}

const MARK = 'calendar';
/** Versions that are remembered as left. */
const MOST_LEFT = 50;

/** The calendar that the open clocks were last moved to; null: none yet. */
export async function loadHeldCalendar(on: Querier): Promise<HeldCalendar | null> {
  const found = await row<{ version: string | null; left: string[] }>(
    on,
    `select data ->> 'version' as version, coalesce(data -> 'left', '[]') as left from heartbeat where process = $1`,
    [MARK],
  );
  return found?.version ? { version: found.version, left: found.left } : null;
}

export async function writeHeldCalendar(
  on: Querier,
  report: ReprojectionReport,
  before: HeldCalendar | null,
): Promise<void> {
  const left = before ? [...before.left, before.version].slice(-MOST_LEFT) : [];
  await rows(
    on,
    `insert into heartbeat (process, kind, at, data) values ($1, 'job', app_now(), $2)
     on conflict (process) do update set at = excluded.at, data = excluded.data`,
    [MARK, JSON.stringify({ version: report.calendarVersion, clocks: report.clocks, moved: report.moved.length, left })],
  );
}
