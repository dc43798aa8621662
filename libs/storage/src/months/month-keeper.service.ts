import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { currentMonth, describeParts, MONTH_TABLES, turnMonth, unhurried } from './month-part';

const LOOK_MS = 60_000;
const ANALYZE_EVERY_MS = 24 * 3_600_000;
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Cuts items and events where the month turns. Any number of processes may do it; while none does, the newest partition
 * takes everything, so that nothing is lost and only the cut comes later.
 */
@Injectable()
export class MonthKeeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('MonthKeeper');
  private timer: NodeJS.Timeout | null = null;
  private working: Promise<void> | null = null;
  private analyzedAt = performance.now();

  constructor(private readonly dataSource: DataSource) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.look(), LOOK_MS);
    this.look();
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    await this.working;
  }

  private look(): void {
    this.working ??= this.keep()
      .then(
        () => undefined,
        (error: Error & { code?: string }) => this.tell(error),
      )
      .finally(() => (this.working = null));
  }

  /** @returns the partitions that were opened */
  async keep(): Promise<string[]> {
    const month = await currentMonth(this.dataSource);
    const opened: string[] = [];
    for (const kind of MONTH_TABLES) {
      const part = await turnMonth(this.dataSource, kind, month);
      if (part !== null) opened.push(part);
      for (const name of await describeParts(this.dataSource, kind))
        this.logger.log(`${name}: its instants are known to the planner`);
    }
    for (const part of opened) this.logger.log(`${part} begins`);
    if (opened.length > 0 || performance.now() - this.analyzedAt > ANALYZE_EVERY_MS) await this.analyze();
    return opened;
  }

  /** Autovacuum gathers the figures of partitions, never those of the whole, by which joins are planned. */
  private async analyze(): Promise<void> {
    this.analyzedAt = performance.now();
    for (const { table } of MONTH_TABLES) await unhurried(this.dataSource, `analyze ${table}`);
  }

  private tell(error: Error & { code?: string }): void {
    if (error.code === LOCK_NOT_AVAILABLE)
      this.logger.log('the month is not cut yet: the table was in use, tried again in a minute');
    else this.logger.warn(`keeping the months failed: ${error.message}`);
  }
}
