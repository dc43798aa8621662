import { PassThrough } from 'node:stream';
import { Controller, Get, Param, Query, type StreamableFile } from '@nestjs/common';
import { z } from 'zod';
import type { Principal } from '@app/accounts';
import {
  boundToDepartment,
  isWhole,
  CASE_CLASSES,
  CASE_FACETS,
  DUTY_OUTCOMES,
  maskText,
  MONTH_ACTS,
  type MonthFigure,
  TOPICS,
  type WireBehind,
  type WireMonthCompared,
  type WireMonthProof,
} from '@app/domain';
import { Board } from '@app/response';
import { MonthShelf, ReportDesk, StatsService } from '@app/stats';
import { Allow } from './allow';
import { Answers, EXCEL, WORD } from './answers';
import { documentFile } from './attachment';
import { Me } from './principal';
import { Problem } from './problem';
import { id, instant, typed, ZodPipe } from './zod.pipe';

const month = z.string().regex(/^(19|20)\d\d-(0[1-9]|1[0-2])$/, '须为年月，如 2026-11');
const query = z.strictObject({ asOf: instant.optional() });
const form = z.strictObject({ form: z.enum(['docx', 'xlsx'], '须为 docx 或 xlsx'), asOf: instant.optional() });
const figure = z.strictObject({
  asOf: instant.optional(),
  below: id.optional(),
  duty: typed(64).optional(),
  dutyTitle: typed(200).optional(),
  outcome: z.enum(DUTY_OUTCOMES, `须为其中之一：${DUTY_OUTCOMES.join('、')}`).optional(),
  apart: z.enum(['provisional', 'suspended', 'extended'], '须为其中之一：provisional、suspended、extended').optional(),
  facet: z.enum(CASE_FACETS, `须为其中之一：${CASE_FACETS.join('、')}`).optional(),
  act: z.enum(MONTH_ACTS, `须为其中之一：${MONTH_ACTS.join('、')}`).optional(),
  region: typed(64, 0).optional(),
  trigger: typed(64).optional(),
  caseClass: z.enum(CASE_CLASSES, `须为其中之一：${CASE_CLASSES.join('、')}`).optional(),
  topic: z.enum(TOPICS, `须为其中之一：${TOPICS.join('、')}`).optional(),
  departmentId: typed(64, 0).optional(),
  sourceName: typed(64, 0).optional(),
});

/** A month's figures, and the cases behind each. Who is bound to a region or department gets the figures of that. */
@Controller('api/v1/stats')
export class StatsController {
  constructor(
    private readonly stats: StatsService,
    private readonly board: Board,
    private readonly shelf: MonthShelf,
    private readonly reports: ReportDesk,
  ) {}

  @Get('months/:month')
  @Allow('stats.read')
  async load(
    @Me() me: Principal,
    @Param('month', new ZodPipe(month, 'month')) wanted: string,
    @Query(new ZodPipe(query)) q: z.infer<typeof query>,
  ): Promise<WireMonthCompared & { bounded: boolean }> {
    const bounded = boundToDepartment(me.role) || !isWhole(me);
    return { ...(await this.stats.loadCompared(wanted, q.asOf, me)), bounded };
  }

  @Get('months/:month/cases')
  @Allow('case.read')
  async cases(
    @Me() me: Principal,
    @Param('month', new ZodPipe(month, 'month')) wanted: string,
    @Query(new ZodPipe(figure)) { asOf, below, ...of }: z.infer<typeof figure>,
  ): Promise<WireBehind> {
    const { ids, ...found } = await this.stats.casesBehind(wanted, of as MonthFigure, asOf, me, below ?? null);
    const cases = await this.board.loadSummaries(ids);
    return { cases: cases.sort((a, b) => Number(b.id) - Number(a.id)), ...found };
  }

  /** The month as a file; the sheet of a month that is not bound to an earlier cut-off lists its cases one by one. */
  @Get('months/:month/file')
  @Answers(WORD, EXCEL)
  @Allow('stats.read')
  async file(
    @Me() me: Principal,
    @Param('month', new ZodPipe(month, 'month')) wanted: string,
    @Query(new ZodPipe(form)) q: z.infer<typeof form>,
  ): Promise<StreamableFile> {
    const report = await this.reports.month(wanted, q.asOf, me);
    if (q.form === 'docx') return documentFile(await this.reports.word(report), report.title, 'docx');
    const stream = new PassThrough();
    const cases = q.asOf === undefined ? { month: wanted, viewer: me } : undefined;
    this.reports.sheet(stream, report, cases).catch((error: Error) => stream.destroy(error));
    return documentFile(stream, report.title, 'xlsx');
  }

  /** What was entered after the month's end and would change its figures. */
  @Get('months/:month/late')
  @Allow('stats.read')
  async late(@Me() me: Principal, @Param('month', new ZodPipe(month, 'month')) wanted: string) {
    const { proof, changes, total } = await this.shelf.loadLateChanges(wanted, me);
    return {
      proof,
      total,
      changes: changes.map((c) => ({
        ...c,
        title: maskText(c.title),
        entries: c.entries.map((e) => ({ ...e, summary: maskText(e.summary) })),
      })),
    };
  }

  /** Counts a kept month anew from the events. */
  @Get('months/:month/proof')
  @Allow('report.read')
  async proof(@Param('month', new ZodPipe(month, 'month')) wanted: string): Promise<WireMonthProof> {
    const proof = await this.shelf.prove(wanted);
    if (!proof) throw new Problem(404, '这个月的报告还没有固化：月末之后由系统自动固化');
    return proof;
  }
}
