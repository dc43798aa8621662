import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { CHANNELS, PgListener } from '@app/storage';
import { DataSource } from 'typeorm';
import { isNewer } from './calendar-order';
import { CalendarReprojection, loadHeldCalendar, writeHeldCalendar } from './calendar-reprojection.service';
import { Lawbook } from './lawbook.service';
import { WakeableSleep } from './wakeable-sleep';

/** A lost hint must not cost more than this. */
const LOOK_MS = 60_000;
const TROUBLE_MS = 2_000;

/**
 * Moves the open clocks when the calendar has changed: by a notice loaded while the system runs, or by a file of
 * config/calendar at a start. Several processes at it at once do no harm: each case is moved under its lock, once.
 */
@Injectable()
export class CalendarKeeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(CalendarKeeper.name);
  private readonly pace = new WakeableSleep();
  private stopped = false;
  private hinted = false;
  /** The version that was found to be held instead of the own one, so that it is told once. */
  private told = '';
  private loop: Promise<void> = Promise.resolve();

  constructor(
    private readonly dataSource: DataSource,
    private readonly laws: Lawbook,
    private readonly reprojection: CalendarReprojection,
    private readonly listener: PgListener,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const wake = (): void => {
      this.hinted = true;
      this.pace.wake();
    };
    await this.listener.listen(CHANNELS.calendarChanged, wake);
    this.listener.onReconnect(wake);
    this.loop = this.run();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.pace.close();
    await this.loop;
  }

  /** @returns whether there was anything to move to */
  async look(): Promise<boolean> {
    await this.laws.refresh(this.dataSource);
    const { calendar } = this.laws;
    const held = await loadHeldCalendar(this.dataSource);
    if (!isNewer(calendar.version, held)) {
      this.tellOther(calendar.version, held?.version ?? '');
      return false;
    }
    const report = await this.reprojection.reproject(calendar);
    await writeHeldCalendar(this.dataSource, report, held);
    this.logger.log(`calendar ${calendar.version}: ${report.clocks} open clocks renewed, ${report.moved.length} moved`);
    return true;
  }

  private tellOther(own: string, held: string): void {
    if (own === held || this.told === held) return;
    this.told = held;
    this.logger.warn(`the open clocks stay with calendar ${held}: that of this process, ${own}, is not newer; is config/calendar out of date here?`);
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      this.hinted = false;
      let wait = LOOK_MS;
      try {
        await this.look();
      } catch (error) {
        wait = TROUBLE_MS;
        this.logger.error(`open clocks could not be moved to the calendar: ${(error as Error).message}`);
      }
      if (!this.hinted) await this.pace.sleep(wait);
    }
  }
}
