import { Controller, Get, Inject, Param } from '@nestjs/common';
import { z } from 'zod';
import { dateOfDayNumber, dayNumberOf } from '@app/domain';
import { Lawbook } from '@app/response';
import { SETTINGS, type Settings } from '@app/settings';
import { Allow } from './allow';
import { ZodPipe } from './zod.pipe';

const year = z.coerce.number({ error: '须为年份' }).int('须为年份').min(1990, '须在 1990–2100 之间').max(2100, '须在 1990–2100 之间');

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
