import { Injectable } from '@nestjs/common';
import { beijingIso, type Calendar, type Derivation, noticesAsOf, recompute } from '@app/domain';
import { DataSource } from 'typeorm';
import { Lawbook } from './lawbook.service';
import { NoticeShelf } from './notice-shelf.service';

/** A sheet computed again from what is stored on it. */
export interface SheetCheck {
  /** `same`: the same instants again. `unknown`: the calendar of the version it names cannot be built any more. */
  state: 'same' | 'differs' | 'unknown';
  calendarVersion: string;
  dueAt?: string;
  targetAt?: string;
}

/** 期限计算书 under test: the stored inputs, the calendar it names, the same arithmetic. */
@Injectable()
export class SheetChecker {
  constructor(
    private readonly dataSource: DataSource,
    private readonly laws: Lawbook,
    private readonly shelf: NoticeShelf,
  ) {}

  async check(sheet: Derivation): Promise<SheetCheck> {
    const { calendarVersion } = sheet;
    const calendar = await this.calendarOf(sheet);
    if (calendar === null) return { state: 'unknown', calendarVersion };
    const again = recompute(sheet, calendar);
    const dueAt = beijingIso(again.dueAt);
    const targetAt = again.targetAt === null ? undefined : beijingIso(again.targetAt);
    const same = dueAt === sheet.dueAt && targetAt === sheet.targetAt && again.provisional === sheet.provisional;
    return {
      state: same ? 'same' : 'differs',
      calendarVersion,
      dueAt,
      ...(targetAt === undefined ? {} : { targetAt }),
    };
  }

  /** The calendar as it stood: the present one, else those of all earlier states that the notices tell of. */
  private async calendarOf(sheet: Derivation): Promise<Calendar | null> {
    const { calendar } = this.laws;
    const byHours = sheet.term.unit === 'hours' || sheet.term.unit === 'every';
    if (calendar.version === sheet.calendarVersion || byHours) return calendar;
    const loaded = (await this.shelf.load(this.dataSource)).map((l) => l.notice);
    for (let n = loaded.length; n >= 0; n--) {
      const then = this.shelf.build(loaded.slice(0, n));
      if (then.version === sheet.calendarVersion) return then;
    }
    const days = [...new Set(this.shelf.configured.map((n) => n.published ?? ''))].sort().reverse();
    for (const day of days) {
      const then = this.shelf.buildFrom(noticesAsOf([...this.shelf.configured], day));
      if (then.version === sheet.calendarVersion) return then;
    }
    return null;
  }
}
