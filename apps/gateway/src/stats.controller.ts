import { Controller, Get, Param, Query } from '@nestjs/common';
import { z } from 'zod';
import type { WireMonth } from '@app/domain';
import { StatsService } from '@app/stats';
import { Allow } from './allow';
import { instant, ZodPipe } from './zod.pipe';

const month = z.string().regex(/^(19|20)\d\d-(0[1-9]|1[0-2])$/, '须为年月，如 2026-11');
const query = z.strictObject({ asOf: instant.optional() });

/** A month's figures for the whole deployment: counts only, nothing of a single case. */
@Controller('api/v1/stats')
export class StatsController {
  constructor(private readonly stats: StatsService) {}

  @Get('months/:month')
  @Allow('stats.read')
  load(
    @Param('month', new ZodPipe(month, 'month')) wanted: string,
    @Query(new ZodPipe(query)) q: z.infer<typeof query>,
  ): Promise<WireMonth> {
    return this.stats.loadMonth(wanted, q.asOf);
  }
}
