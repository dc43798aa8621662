import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Interval, SchedulerRegistry } from '@nestjs/schedule';
import { SourceBook } from '@app/response';
import { SETTINGS, type Settings, type SourceSettings } from '@app/settings';
import { CHANNELS, PgListener } from '@app/storage';
import { CronJob } from 'cron';
import { Crawl } from './crawl.service';
import { SourceLedger, type SourceState } from './source-ledger.service';

const WAKE_MS = 1000;
/** Runs of one host at once: they only wait for each other's turns. */
const MOST_OF_HOST = 2;
const QUEUE_FACTOR = 3;

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
  /** Runs by host. */
  private readonly running = new Map<string, Set<Promise<void>>>();
  private runningCount = 0;
  /** Claimed and not started yet. */
  private readonly queue: SourceState[] = [];
  /** The last claim took as many as it might: there may be more. */
  private more = false;
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
    const queued = this.queue.splice(0).map((state) => state.name);
    if (queued.length > 0) await this.ledger.release(queued).catch((error: Error) => this.logger.warn(error.message));
    await Promise.allSettled([...this.running.values()].flatMap((host) => [...host]));
  }

  /** Claims what is due and starts it, never more at once than the settings allow. */
  @Interval('wake', WAKE_MS)
  async wake(): Promise<void> {
    if (this.stopped || this.looking) return;
    this.looking = true;
    try {
      do await this.claim();
      while (this.startQueued() && this.more && this.queue.length === 0);
    } catch (error) {
      this.logger.warn(`waking failed: ${(error as Error).message}`);
    } finally {
      this.looking = false;
    }
  }

  /** A few more than can run at once, so that a slot that falls free is taken at once and not with the next claim. */
  private async claim(): Promise<void> {
    const { concurrency } = this.settings.intake;
    this.more = false;
    if (this.queue.length >= concurrency || this.runningCount >= concurrency) return;
    // A slow host must not fill every place: its sources are left to whoever has room for them.
    const open = [...this.sources.values()].filter((s) => (this.running.get(hostOf(s))?.size ?? 0) < MOST_OF_HOST);
    const most = concurrency * QUEUE_FACTOR - this.queue.length - this.runningCount;
    const claimed = most > 0 ? await this.ledger.claimDue(open, most, this.urgent) : [];
    this.more = claimed.length === most;
    this.queue.push(...claimed);
  }

  /** @returns whether anything was started */
  private startQueued(): boolean {
    let started = false;
    for (let at = 0; at < this.queue.length && this.runningCount < this.settings.intake.concurrency; ) {
      const state = this.queue[at] as SourceState;
      const source = this.sources.get(state.name);
      const host = source === undefined ? '' : hostOf(source);
      if ((this.running.get(host)?.size ?? 0) >= MOST_OF_HOST) {
        at++;
        continue;
      }
      this.queue.splice(at, 1);
      if (source) this.start(host, this.crawl.run(source, state));
      else void this.ledger.release([state.name]).catch((error: Error) => this.logger.warn(error.message));
      started = true;
    }
    return started;
  }

  private start(host: string, run: Promise<void>): void {
    const own = this.running.get(host) ?? new Set<Promise<void>>();
    this.running.set(host, own);
    this.runningCount++;
    const tracked = run
      .catch((error: Error) => this.logger.error(error.stack ?? error.message))
      .finally(() => {
        this.runningCount--;
        own.delete(tracked);
        if (own.size === 0) this.running.delete(host);
        this.startQueued();
        if (this.more) void this.wake();
      });
    own.add(tracked);
  }

  private addCron(name: string, expression: string): void {
    const job = CronJob.from({ cronTime: expression, timeZone: 'Asia/Shanghai', onTick: () => void this.wake() });
    this.scheduler.addCronJob(`source:${name}`, job as never);
    this.crons.add(`source:${name}`);
    job.start();
  }
}

/** The demonstration plays without a network, each channel by itself. */
function hostOf(source: SourceSettings): string {
  if (source.kind === 'demo') return `demo ${source.name}`;
  return URL.canParse(source.url) ? new URL(source.url).host : source.url.split('/')[0] ?? '';
}
