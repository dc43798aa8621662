import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { monthOf, monthPlus } from '@app/domain';
import { MonthFold } from './month-fold.service';
import { MonthShelf } from './month-shelf.service';

/** A start has better things to do than to count months. */
const FIRST_AFTER_MS = 45_000;
const EVERY_MS = 20_000;
/** Of the time, at most this share is spent on a building. */
const SHARE = 0.25;

/** Folds new events into the months from time to time, and keeps the report of each month that has ended. */
@Injectable()
export class MonthKeeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('MonthKeeper');
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;
  private keptFor = '';

  constructor(
    private readonly fold: MonthFold,
    private readonly shelf: MonthShelf,
  ) {}

  onApplicationBootstrap(): void {
    this.plan(FIRST_AFTER_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    if (this.timer) clearTimeout(this.timer);
    await this.running;
  }

  private plan(ms: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.running = this.tick();
    }, ms);
    this.timer.unref();
  }

  private async tick(): Promise<void> {
    const started = performance.now();
    try {
      const { complete, foldedTo } = await this.fold.step();
      if (complete && foldedTo) await this.keepLast(foldedTo);
      this.plan(complete ? EVERY_MS : (performance.now() - started) / SHARE);
    } catch (error) {
      this.logger.error(`the months are not up to date: ${(error as Error).message}`);
      this.plan(EVERY_MS);
    }
  }

  private async keepLast(foldedTo: Date): Promise<void> {
    const month = monthPlus(monthOf(foldedTo.getTime()), -1);
    if (this.keptFor === month) return;
    if (await this.shelf.keep(month, '系统')) this.keptFor = month;
  }
}
