import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown, Optional } from '@nestjs/common';
import { beijingDate, dateOfDayNumber, dayNumberOf, monthPlus, type ReportDocument, startOfDay } from '@app/domain';
import { type ReportSchedule, SETTINGS, type Settings } from '@app/settings';
import { readNow, row, rows } from '@app/storage';
import { DataSource } from 'typeorm';
import { ReportDesk } from './report-desk.service';

/** Sends a finished report; bound by the app to the e-mail channel (libs/notify). */
export interface ReportMailer {
  /** @returns what went wrong, in Chinese, or null */
  send(mail: { key: string; to: string[]; subject: string; text: string; files: { name: string; bytes: Buffer }[] }): Promise<string | null>;
}
export const REPORT_MAILER = Symbol('REPORT_MAILER');

const EVERY_MS = 30_000;
const FIRST_AFTER_MS = 20_000;
/** A report that could not be made up or sent is tried again after 1, 2, 4 … minutes, so often. */
const MOST_ATTEMPTS = 8;
/** A report whose hour passed while nothing ran is still made, when no more than so many days have passed. */
const MAKE_UP_DAYS = { day: 2, week: 6, month: 25 } as const;

/** Makes the scheduled reports when their hour has come, each period once over all processes, and sends them. */
@Injectable()
export class ReportPost implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('ReportPost');
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly desk: ReportDesk,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'reports' | 'deployment'>,
    @Optional() @Inject(REPORT_MAILER) private readonly mailer: ReportMailer | null = null,
  ) {}

  onApplicationBootstrap(): void {
    this.plan(FIRST_AFTER_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    if (this.timer) clearTimeout(this.timer);
    await this.running;
  }

  private plan(ms: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.running = this.run()
        .then(() => undefined)
        .catch((error: Error) => this.logger.error(`scheduled reports: ${error.message}`))
        .finally(() => this.plan(EVERY_MS));
    }, ms);
    this.timer.unref();
  }

  /** Puts down what is due, and works off what waits. @returns how many were made */
  async run(): Promise<number> {
    const now = await readNow(this.dataSource);
    for (const s of this.settings.reports.schedules.filter((one) => one.enabled)) {
      const due = lastDue(s, now);
      if (now.getTime() - due.at.getTime() > MAKE_UP_DAYS[s.kind] * 86_400_000) continue;
      await rows(
        this.dataSource,
        `insert into report_run (schedule, period, title, due_at, next_try_at) values ($1, $2, $3, $4, $4) on conflict do nothing`,
        [s.id, due.period, titleOf(s, due.period), due.at],
      );
    }
    let made = 0;
    while (await this.workOne()) made++;
    return made;
  }

  private async workOne(): Promise<boolean> {
    // Taken for five minutes: who dies over it leaves it to the next.
    const taken = await row<{ id: string; schedule: string; period: string; title: string; attempts: number }>(
      this.dataSource,
      `update report_run set attempts = attempts + 1, next_try_at = app_now() + interval '5 minutes'
       where id = (select id from report_run where next_try_at <= app_now() order by next_try_at limit 1 for update skip locked)
       returning id, schedule, period, title, attempts`,
    );
    if (!taken) return false;
    const schedule = this.settings.reports.schedules.find((s) => s.id === taken.schedule);
    const fault = schedule ? await this.makeAndSend(taken, schedule).catch((error: Error) => `报告未生成：${error.message}`) : '该报告已从配置中删除';
    if (fault === null) return true;
    this.logger.warn(`report ${taken.schedule} ${taken.period}: ${fault}`);
    const final = !schedule || taken.attempts >= MOST_ATTEMPTS;
    await rows(
      this.dataSource,
      `update report_run set last_fault = $2, state = case when $3 then 'failed' else state end,
         next_try_at = case when $3 then null else app_now() + make_interval(secs => 60 * 2 ^ (attempts - 1)) end where id = $1`,
      [taken.id, fault.slice(0, 500), final],
    );
    return true;
  }

  /** @returns what went wrong, or null */
  private async makeAndSend(run: { id: string; period: string; title: string }, s: ReportSchedule): Promise<string | null> {
    const report = await this.reportOf(s, run.period);
    const word = s.formats.includes('word') ? await this.desk.word(report, s.redHead ?? null) : null;
    const sheet = s.formats.includes('sheet') ? await this.sheetOf(report, s.kind === 'month' ? run.period : null) : null;
    await rows(this.dataSource, `update report_run set made_at = app_now(), word = $2, sheet = $3 where id = $1`, [run.id, word, sheet]);
    if (s.recipients.length > 0) {
      const fault = await this.send(run, s, { word, sheet }, report);
      if (fault !== null) return fault;
    }
    await rows(
      this.dataSource,
      `update report_run set state = $2, next_try_at = null, last_fault = null, sent_at = case when $2 = 'sent' then app_now() end, sent_to = $3 where id = $1`,
      [run.id, s.recipients.length > 0 ? 'sent' : 'made', s.recipients],
    );
    return null;
  }

  private async send(run: { id: string; period: string; title: string }, s: ReportSchedule, made: { word: Buffer | null; sheet: Buffer | null }, report: ReportDocument): Promise<string | null> {
    if (this.mailer === null) return '没有启用的邮件渠道（config/channels.yaml）';
    const files = [
      ...(made.word ? [{ name: `${run.title}.docx`, bytes: made.word }] : []),
      ...(made.sheet ? [{ name: `${run.title}.xlsx`, bytes: made.sheet }] : []),
    ];
    const text = `${report.title.replace(/\n/g, '')}\n${report.about}\n\n见附件。本邮件由系统按日程发出。`;
    return this.mailer.send({ key: `report-${s.id}-${run.period}`, to: s.recipients, subject: run.title, text, files });
  }

  private reportOf(s: ReportSchedule, period: string): Promise<ReportDocument> {
    if (s.kind === 'day') return this.desk.day(period);
    return s.kind === 'week' ? this.desk.week(period) : this.desk.month(period);
  }

  private async sheetOf(report: ReportDocument, month: string | null): Promise<Buffer> {
    const to = new PassThrough();
    const [bytes] = await Promise.all([buffer(to), this.desk.sheet(to, report, month === null ? undefined : { month })]);
    return bytes;
  }
}

/** The last hour of the schedule up to now, and the period whose report was due then. */
export function lastDue(s: Pick<ReportSchedule, 'kind' | 'at'>, now: Date): { at: Date; period: string } {
  const [hour = 0, minute = 0] = s.at.split(':').map(Number);
  const hourOf = (day: number): Date => new Date(startOfDay(day).getTime() + (hour * 60 + minute) * 60_000);
  for (let day = dayNumberOf(beijingDate(now)); ; day--) {
    const date = dateOfDayNumber(day);
    // Day 0 of the count was a Thursday.
    const fits = s.kind === 'day' || (s.kind === 'week' ? (day + 3) % 7 === 0 : date.endsWith('-01'));
    if (!fits || hourOf(day).getTime() > now.getTime()) continue;
    if (s.kind === 'month') return { at: hourOf(day), period: monthPlus(date.slice(0, 7), -1) };
    return { at: hourOf(day), period: dateOfDayNumber(day - (s.kind === 'day' ? 1 : 7)) };
  }
}

function titleOf(s: Pick<ReportSchedule, 'kind'>, period: string): string {
  return s.kind === 'day' ? `政务舆情回应日报 ${period}` : s.kind === 'week' ? `政务舆情回应周报 ${period} 起一周` : `政务舆情回应月报 ${period}`;
}
