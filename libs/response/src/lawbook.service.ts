import { Inject, Injectable } from '@nestjs/common';
import type { Calendar, RuleBook } from '@app/domain';

/** Injection tokens for the rules in force and the calendar; ResponseModule fills them from the settings. */
export const RULE_BOOK = Symbol('RULE_BOOK');
export const CALENDAR = Symbol('CALENDAR');

/** The rules in force and the calendar they are counted with. */
@Injectable()
export class Lawbook {
  constructor(
    @Inject(RULE_BOOK) readonly book: RuleBook,
    @Inject(CALENDAR) private held: Calendar,
  ) {}

  get calendar(): Calendar {
    return this.held;
  }

  /** A newly loaded notice: from here on terms are counted with it. Open clocks are moved by CalendarReprojection. */
  useCalendar(calendar: Calendar): void {
    this.held = calendar;
  }
}
