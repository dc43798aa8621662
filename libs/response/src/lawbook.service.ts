import { Inject, Injectable, type OnModuleInit, Optional } from '@nestjs/common';
import type { Calendar, RuleBook } from '@app/domain';
import { CHANNELS, PgListener, type Querier, rows } from '@app/storage';
import { DataSource, type EntityManager } from 'typeorm';
import { NoticeShelf } from './notice-shelf.service';

/** Injection tokens for the rules in force and the calendar; ResponseModule fills them from the settings. */
export const RULE_BOOK = Symbol('RULE_BOOK');
export const CALENDAR = Symbol('CALENDAR');

/** Any fixed number: who plans shares it to the end of the transaction, who loads a notice has it alone. */
const CALENDAR_LOCK = 704_202;

/** What keeps a Lawbook at the calendar of the database. */
@Injectable()
export class CalendarSource {
  constructor(
    readonly dataSource: DataSource,
    readonly listener: PgListener,
    readonly shelf: NoticeShelf,
  ) {}
}

/** The rules in force and the calendar they are counted with. */
@Injectable()
export class Lawbook implements OnModuleInit {
  private mark = '0';

  /** @param source absent: the calendar given stands still (a dry run, a bench) */
  constructor(
    @Inject(RULE_BOOK) readonly book: RuleBook,
    @Inject(CALENDAR) private held: Calendar,
    @Optional() private readonly source?: CalendarSource,
  ) {}

  get calendar(): Calendar {
    return this.held;
  }

  async onModuleInit(): Promise<void> {
    const { source } = this;
    if (!source) return;
    const refresh = () => this.refresh(source.dataSource);
    await source.listener.listen(CHANNELS.calendarChanged, refresh);
    source.listener.onReconnect(refresh);
    await refresh();
  }

  /**
   * Inside a transaction that plans terms: from here to its end no notice can be adopted, and `calendar` is the one
   * that holds. So every clock is either counted with the new notice or found by the re-projection that follows it.
   */
  async hold(manager: EntityManager): Promise<void> {
    if (!this.source) return;
    await rows(manager, 'select pg_advisory_xact_lock_shared($1)', [CALENDAR_LOCK]);
    await this.refresh(manager);
  }

  /** Reads the loaded notices where there are new ones. The hint makes it quick, `hold` makes it true. */
  async refresh(on: Querier): Promise<void> {
    const shelf = this.source?.shelf;
    if (!shelf) return;
    if ((await shelf.loadMark(on)) === this.mark) return;
    const loaded = await shelf.load(on);
    const mark = loaded.at(-1)?.id ?? '0';
    // Two readings at once: the older one, coming later, changes nothing.
    if (BigInt(mark) <= BigInt(this.mark)) return;
    this.held = shelf.build(loaded.map((l) => l.notice));
    this.mark = mark;
  }

  /** Another calendar: from here on terms are counted with it. Open clocks are moved by CalendarReprojection. */
  useCalendar(calendar: Calendar): void {
    this.held = calendar;
  }
}

/** Waits for every transaction that plans, and keeps new ones waiting to the end of this one. */
export async function lockCalendar(manager: EntityManager): Promise<void> {
  await rows(manager, 'select pg_advisory_xact_lock($1)', [CALENDAR_LOCK]);
}
