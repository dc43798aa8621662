import { PassThrough, type Readable, type Writable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { assessEffect, beijingDate, beijingText, caseDocument, dayNumberOf, effectDocument, monthDocument, periodDocument, type ReportDocument, startOfDay, type Viewer, type WireEffect } from '@app/domain';
import { SETTINGS, type Settings } from '@app/settings';
import { readNow } from '@app/storage';
import { DataSource } from 'typeorm';
import { loadCaseBrief, loadEffectFacts } from './case-brief';
import { CASE_COLUMNS, caseRows } from './case-sheet';
import { sheetsOf, writeSheets } from './document/sheet';
import { wordOf } from './document/word';
import { loadPeriod } from './period-rows';
import { StatsService } from './stats.service';

const DAY_MS = 86_400_000;

/** Makes the reports as documents, from the figures and from the tables. */
@Injectable()
export class ReportDesk {
  constructor(
    private readonly dataSource: DataSource,
    private readonly stats: StatsService,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'deployment'>,
  ) {}

  /** Who issues the reports: the deployment's name. */
  get issuer(): string {
    return this.settings.deployment.name;
  }

  /** 月报, as the page shows it. */
  async month(month: string, asOf?: Date, viewer?: Viewer): Promise<ReportDocument> {
    const figures = await this.stats.loadCompared(month, asOf, viewer);
    return monthDocument(figures, this.issuer, await readNow(this.dataSource));
  }

  /** 日报 of a Beijing day. @param date YYYY-MM-DD */
  async day(date: string): Promise<ReportDocument> {
    const from = startOfDay(dayNumberOf(date));
    return this.period('day', from, new Date(from.getTime() + DAY_MS));
  }

  /** 周报 of the seven Beijing days from a Monday on. */
  async week(monday: string): Promise<ReportDocument> {
    const from = startOfDay(dayNumberOf(monday));
    return this.period('week', from, new Date(from.getTime() + 7 * DAY_MS));
  }

  private async period(kind: 'day' | 'week', from: Date, to: Date): Promise<ReportDocument> {
    const now = await readNow(this.dataSource);
    return periodDocument(kind, await loadPeriod(this.dataSource, from, to, now), this.issuer);
  }

  /** 专报; null: no such case. */
  async case(caseId: string): Promise<ReportDocument | null> {
    const now = await readNow(this.dataSource);
    const brief = await loadCaseBrief(this.dataSource, caseId, now);
    return brief && caseDocument(brief, this.issuer, now);
  }

  /** 应对工作效果评估; null: no such case. */
  async effect(caseId: string): Promise<WireEffect | null> {
    const now = await readNow(this.dataSource);
    const facts = await loadEffectFacts(this.dataSource, caseId, now);
    return facts && assessEffect(facts, now);
  }

  async effectDocument(caseId: string): Promise<ReportDocument | null> {
    const effect = await this.effect(caseId);
    return effect && effectDocument(effect, this.issuer);
  }

  /** A report in one form, as its file. */
  async file(report: ReportDocument, form: 'docx' | 'xlsx'): Promise<Buffer | Readable> {
    if (form === 'docx') return this.word(report);
    const stream = new PassThrough();
    this.sheet(stream, report).catch((error: Error) => stream.destroy(error));
    return stream;
  }

  word(report: ReportDocument, redHead: string | null = null): Promise<Buffer> {
    return wordOf(report, { redHead });
  }

  /** The tables of the report, and with `cases` the month's cases one by one. */
  async sheet(to: Writable, report: ReportDocument, cases?: { month: string; viewer?: Viewer }): Promise<void> {
    const now = await readNow(this.dataSource);
    const list = cases && {
      name: '事件清单',
      about: `${cases.month} 发现的事件（不含已并入其他事件的），截至 ${beijingText(now)}（北京时间）的状态。${this.issuer}`,
      columns: CASE_COLUMNS,
      rows: caseRows(this.dataSource, cases.month, now, cases.viewer),
    };
    await writeSheets(to, [...sheetsOf(report), ...(list ? [list] : [])]);
  }

  /** Yesterday, and the Monday of last week, in Beijing. */
  async lastPeriods(): Promise<{ day: string; week: string }> {
    const now = await readNow(this.dataSource);
    const today = dayNumberOf(beijingDate(now));
    const monday = today - ((today + 3) % 7);
    return { day: beijingDate(startOfDay(today - 1)), week: beijingDate(startOfDay(monday - 7)) };
  }
}
