import { Inject, Injectable } from '@nestjs/common';
import { buildCalendar, type Calendar, type Notice } from '@app/domain';
import { calendarOf, SETTINGS, type Settings } from '@app/settings';
import { CHANNELS, type Querier, readNow, row, rows, sendHint } from '@app/storage';

/** A notice that was loaded while the system ran. */
export interface ShelvedNotice {
  id: string;
  notice: Notice;
  loadedAt: Date;
  loadedBy: string;
}

/** The holiday notices: those of config/calendar, and over them the loaded ones. The only writer of calendar_notice. */
@Injectable()
export class NoticeShelf {
  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  /** The newest loaded notice; '0' without any. Grows with every change of the calendar. */
  async loadMark(on: Querier): Promise<string> {
    return (
      (await row<{ mark: string }>(on, 'select coalesce(max(id), 0)::text as mark from calendar_notice'))?.mark ?? '0'
    );
  }

  /** In the order of loading. */
  load(on: Querier): Promise<ShelvedNotice[]> {
    return rows<ShelvedNotice>(
      on,
      `select id, notice || jsonb_build_object('year', year) as notice, loaded_at as "loadedAt", loaded_by as "loadedBy"
       from calendar_notice order by id`,
    );
  }

  /** Of config/calendar. */
  get configured(): readonly Notice[] {
    return this.settings.calendar.notices;
  }

  build(loaded: readonly Notice[]): Calendar {
    return calendarOf(this.settings, [...loaded]);
  }

  /** From these notices alone: the calendar as it stood before later ones. */
  buildFrom(notices: readonly Notice[]): Calendar {
    return buildCalendar([...notices], this.settings.calendar.statutory);
  }

  /** Must stand in a transaction that holds the calendar (`lockCalendar`). */
  async write(on: Querier, notices: readonly Notice[], by: string): Promise<void> {
    const now = await readNow(on);
    for (const { year, ...notice } of notices) {
      await rows(on, 'insert into calendar_notice (year, notice, loaded_at, loaded_by) values ($1, $2, $3, $4)', [
        year,
        JSON.stringify(notice),
        now,
        by,
      ]);
    }
    await sendHint(on, CHANNELS.calendarChanged, '');
  }
}
