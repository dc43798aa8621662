import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Interval, SchedulerRegistry } from '@nestjs/schedule';
import { SourceBook } from '@app/response';
import { SETTINGS, type Settings, type SourceSettings } from '@app/settings';
import { CHANNELS, PgListener } from '@app/storage';
import { CronJob } from 'cron';
import { Crawl } from './crawl.service';
import { SourceLedger } from './source-ledger.service';

const WAKE_MS = 1000;

/** The sources that this deployment reads: enabled, and of the demonstration only while it is on. */
export function activeSources(sources: readonly SourceSettings[], { demo }: Pick<Settings, 'demo'>): SourceSettings[] {
  return sources.filter((s) => s.enabled && (s.kind !== 'demo' || demo.enabled));
}

/** What tells that there is something to do beside the passing of time. */
@Injectable()
export class WakeAlarms {
  constructor(
    readonly book: SourceBook,
    readonly listener: PgListener,
  ) {}
}

/**
 * Wakes due sources. The database says what is due and who has it; the interval and the cron jobs are only the
 * alarm clock, so several crawlers can ring at once and each source is still read once.
 */
@Injectable()
export class Wake implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Wake');
  private sources: ReadonlyMap<string, SourceSettings> = new Map();
  private urgent: readonly string[] = [];
  private readonly crons = new Set<string>();
  private readonly running = new Set<Promise<void>>();
  private looking = false;
  private stopped = true;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly ledger: SourceLedger,
    private readonly crawl: Crawl,
    private readonly scheduler: SchedulerRegistry,
    private readonly alarms: WakeAlarms,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.takeSources();
    this.alarms.book.onChange(() => this.takeSources());
    this.crawl.warm();
    await this.alarms.listener.listen(CHANNELS.timeShifted, () => this.wake());
    this.stopped = false;
  }

  /** At the start, and whenever a person has set up, changed, paused or deleted a source. */
  private async takeSources(): Promise<void> {
    const active = activeSources(this.alarms.book.all(), this.settings);
    await this.ledger.enrol(active);
    this.sources = new Map(active.map((s) => [s.name, s]));
    this.urgent = active.filter((s) => s.kind !== 'demo' && s.priority === 'high').map((s) => s.name);
    for (const job of this.crons) this.scheduler.deleteCronJob(job);
    this.crons.clear();
    for (const s of active) if (s.kind !== 'demo' && 'cron' in s.schedule) this.addCron(s.name, s.schedule.cron);
    this.logger.log(`${active.length} sources`);
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
      for (const state of await this.ledger.claimDue([...this.sources.values()], free, this.urgent)) {
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
    this.crons.add(`source:${name}`);
    job.start();
  }
}
