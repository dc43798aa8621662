import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { z } from 'zod';
import { CASE_CLASSES, dateOfDayNumber, dayNumberOf, supposeCase } from '@app/domain';
import { Lawbook } from '@app/response';
import { SETTINGS, type Settings } from '@app/settings';
import { Allow } from './allow';
import { instant, ZodPipe } from './zod.pipe';

const year = z.coerce.number({ error: '须为年份' }).int('须为年份').min(1990, '须在 1990–2100 之间').max(2100, '须在 1990–2100 之间');

const supposition = z.strictObject({
  caseClass: z.enum(CASE_CLASSES, `须为其中之一：${CASE_CLASSES.join('、')}`),
  detectedAt: instant,
  /** When it was handed to a unit: starts the clock of 签收. */
  assignedAt: instant.optional(),
  transferred: z.enum(['yes', 'no'], '须为其中之一：yes、no').default('no'),
});

/** The rules, ladders and calendar in force, as they stand in config/. */
@Controller('api/v1')
export class LawController {
  constructor(
    private readonly lawbook: Lawbook,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** `inForce`: the packs from the lowest layer to the highest; `active` is the highest. */
  @Get('rules')
  @Allow('rule.read')
  rules() {
    const inForce = this.settings.rules.packs;
    return {
      active: inForce[inForce.length - 1],
      inForce,
      packs: Object.values(this.settings.rulePacks ?? {}),
      duties: this.lawbook.book.duties,
    };
  }

  /** "What if": the clocks of a case of this class found at this instant; nothing is stored. */
  @Get('rules/what-if')
  @Allow('rule.read')
  suppose(@Query(new ZodPipe(supposition)) q: z.infer<typeof supposition>) {
    const { book, calendar } = this.lawbook;
    const anchors = { detected: q.detectedAt, ...(q.assignedAt === undefined ? {} : { assigned: q.assignedAt }) };
    return supposeCase(book, q.caseClass, anchors, calendar, q.transferred === 'yes' ? ['transferred'] : []);
  }

  @Get('ladders')
  @Allow('rule.read')
  ladders() {
    return { ladders: Object.values(this.settings.ladders ?? {}) };
  }

  @Get('calendar/:year')
  @Allow('calendar.read')
  calendar(@Param('year', new ZodPipe(year, 'year')) y: number) {
    const { calendar } = this.lawbook;
    const first = dayNumberOf(`${y}-01-01`);
    const length = dayNumberOf(`${y + 1}-01-01`) - first;
    const days = Array.from({ length }, (_, i) => calendar.dayOf(dateOfDayNumber(first + i)));
    const { version, coverageFrom, coverageUntil } = calendar;
    return { year: y, version, coverageFrom, coverageUntil, days };
  }
}
