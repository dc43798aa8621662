import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Interval, SchedulerRegistry } from '@nestjs/schedule';
import { SETTINGS, type Settings, type SourceSettings } from '@app/settings';
import { CHANNELS, PgListener } from '@app/storage';
import { CronJob } from 'cron';
import { Crawl } from './crawl.service';
import { SourceLedger } from './source-ledger.service';

const WAKE_MS = 1000;

/** The sources that this deployment reads: enabled, and of the demonstration only while it is on. */
export function activeSources(settings: Pick<Settings, 'sources' | 'demo'>): SourceSettings[] {
  return settings.sources.filter((s) => s.enabled && (s.kind !== 'demo' || settings.demo.enabled));
}

/**
 * Wakes due sources. The database says what is due and who has it; the interval and the cron jobs are only the
 * alarm clock, so several crawlers can ring at once and each source is still read once.
 */
@Injectable()
export class Wake implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Wake');
  private readonly sources: ReadonlyMap<string, SourceSettings>;
  private readonly urgent: readonly string[];
  private readonly running = new Set<Promise<void>>();
  private looking = false;
  private stopped = true;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly ledger: SourceLedger,
    private readonly crawl: Crawl,
    private readonly scheduler: SchedulerRegistry,
    private readonly listener: PgListener,
  ) {
    this.sources = new Map(activeSources(settings).map((s) => [s.name, s]));
    this.urgent = [...this.sources.values()].filter((s) => s.kind !== 'demo' && s.priority === 'high').map((s) => s.name);
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.ledger.enrol([...this.sources.values()]);
    this.crawl.warm();
    for (const s of this.sources.values())
      if (s.kind !== 'demo' && 'cron' in s.schedule) this.addCron(s.name, s.schedule.cron);
    await this.listener.listen(CHANNELS.timeShifted, () => this.wake());
    this.stopped = false;
    this.logger.log(`${this.sources.size} sources`);
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    await Promise.allSettled(this.running);
  }

  /** Claims what is due and starts it, never more at once than the settings allow. */
  @Interval('wake', WAKE_MS)
  async wake(): Promise<void> {
    if (this.stopped || this.looking) return;
    this.looking = true;
    try {
      const free = this.settings.intake.concurrency - this.running.size;
      if (free <= 0) return;
      for (const state of await this.ledger.claimDue([...this.sources.keys()], free, this.urgent)) {
        const source = this.sources.get(state.name);
        if (source) this.start(this.crawl.run(source, state));
      }
    } catch (error) {
      this.logger.warn(`waking failed: ${(error as Error).message}`);
    } finally {
      this.looking = false;
    }
  }

  private start(run: Promise<void>): void {
    const tracked = run
      .catch((error: Error) => this.logger.error(error.stack ?? error.message))
      .finally(() => void this.running.delete(tracked));
    this.running.add(tracked);
  }

  private addCron(name: string, expression: string): void {
    const job = CronJob.from({ cronTime: expression, timeZone: 'Asia/Shanghai', onTick: () => void this.wake() });
    this.scheduler.addCronJob(`source:${name}`, job as never);
    job.start();
  }
}
