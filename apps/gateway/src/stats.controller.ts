import { Controller, Get, Param, Query } from '@nestjs/common';
import { z } from 'zod';
import type { Principal } from '@app/accounts';
import {
  boundToDepartment,
  isWhole,
  CASE_FACETS,
  type CaseClass,
  DUTY_OUTCOMES,
  MONTH_ACTS,
  type MonthFigure,
  TOPICS,
  type WireCaseSummary,
  type WireMonthCompared,
} from '@app/domain';
import { Board } from '@app/response';
import { StatsService } from '@app/stats';
import { Allow } from './allow';
import { Me } from './principal';
import { instant, typed, ZodPipe } from './zod.pipe';

const month = z.string().regex(/^(19|20)\d\d-(0[1-9]|1[0-2])$/, '须为年月，如 2026-11');
const query = z.strictObject({ asOf: instant.optional() });
const CASE_CLASSES = ['ordinary', 'major', 'emergency'] as const satisfies readonly CaseClass[];
const figure = z.strictObject({
  asOf: instant.optional(),
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
    @Query(new ZodPipe(figure)) { asOf, ...of }: z.infer<typeof figure>,
  ): Promise<{ cases: WireCaseSummary[]; total: number | null }> {
    const { ids, total } = await this.stats.casesBehind(wanted, of as MonthFigure, asOf, me);
    const cases = await this.board.loadSummaries(ids);
    return { cases: cases.sort((a, b) => Number(b.id) - Number(a.id)), total };
  }
}
