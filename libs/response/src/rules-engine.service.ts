import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { CHANNELS, PgListener, row } from '@app/storage';
import { DataSource } from 'typeorm';
import { EngineLag } from './engine-lag';
import { EngineWork } from './engine-work';
import { beat, heartName } from './heartbeat';
import { WakeableSleep } from './wakeable-sleep';

/** Longest sleep: NOTIFY is only a hint, and a lost one must not cost more than this. */
const LONGEST_SLEEP_MS = 1_000;
/** Shortest pause between two ticks: what falls due close together is fired together. */
const SHORTEST_SLEEP_MS = 15;
const BEAT_MS = 2_000;
const AUDIT_LOOK_MS = 5_000;
/** Waits after a failed tick; the recovery after a restart of PostgreSQL must stay under 10 s. */
const FIRST_TROUBLE_MS = 100;
const LONGEST_TROUBLE_MS = 2_000;

/**
 * The loop of one engine process; any number run side by side. It sleeps until the next stored instant or one
 * second, whichever is first; the database's clock alone decides what is due.
 */
@Injectable()
export class RulesEngine implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(RulesEngine.name);
  private readonly name = heartName('rules');
  private readonly lag = new EngineLag();
  private stopped = false;
  private hinted = false;
  /** Hints wake the tick alone; the end of the process wakes both. */
  private readonly ticking = new WakeableSleep();
  private readonly pacing = new WakeableSleep();
  private loops: Promise<void>[] = [];

  constructor(
    private readonly dataSource: DataSource,
    private readonly work: EngineWork,
    private readonly listener: PgListener,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const hint = (): void => this.hint();
    await this.listener.listen(CHANNELS.clockChanged, hint);
    await this.listener.listen(CHANNELS.timeShifted, hint);
    this.listener.onReconnect(hint);
    this.loops = [
      this.repeat(() => this.tick(), this.ticking),
      this.repeat(() => this.beat(), this.pacing),
      this.repeat(() => this.audit(), this.pacing),
    ];
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.ticking.close();
    this.pacing.close();
    await Promise.all(this.loops);
  }

  /** Fires everything that is due now, then addresses and climbs. @returns real ms to sleep */
  async tick(): Promise<number> {
    this.hinted = false;
    for (;;) {
      const fired = await this.work.firing.fireBatch();
      this.lag.note(fired);
      // Deadlines before deliveries: while whole batches are due, nothing else is done.
      if (fired.full && !this.stopped) continue;
      const climbed = await this.work.escalation.escalateBatch();
      const addressed = await this.work.addressing.addressBatch();
      if (!addressed.full && !climbed.full) break;
      if (this.stopped) return 0;
    }
    return this.hinted ? SHORTEST_SLEEP_MS : this.sleepMs();
  }

  /** Real milliseconds to the next stored instant, also while a test lets time run faster. */
  private async sleepMs(): Promise<number> {
    const next = await row<{ ms: number | null }>(
      this.dataSource,
      `select (extract(epoch from least(
          (select min(next_at) from clock where next_at is not null),
          (select min(escalate_at) from alert where escalate_at is not null and not escalated)
        ) - app_now()) * 1000 / nullif((select rate from time_shift where id = 1), 0))::float8 as ms`,
    );
    const ms = next?.ms ?? LONGEST_SLEEP_MS;
    return Math.min(LONGEST_SLEEP_MS, Math.max(SHORTEST_SLEEP_MS, Math.ceil(ms)));
  }

  private async beat(): Promise<number> {
    await beat(this.dataSource, this.name, 'rules', { pid: process.pid, ...this.lag.read() });
    return BEAT_MS;
  }

  private async audit(): Promise<number> {
    const report = await this.work.auditor.auditInTurn(this.name);
    if (report && report.findings.length > 0) this.hint();
    return AUDIT_LOOK_MS;
  }

  /** Runs a step for ever; a step that fails (the database is away) is said and tried again with backoff. */
  private async repeat(step: () => Promise<number>, pace: WakeableSleep): Promise<void> {
    let trouble = 0;
    while (!this.stopped) {
      try {
        const sleep = await step();
        if (trouble > 0) this.logger.log('working again');
        trouble = 0;
        await pace.sleep(sleep);
      } catch (error) {
        const wait = Math.min(LONGEST_TROUBLE_MS, FIRST_TROUBLE_MS * 2 ** trouble++);
        this.logger.error(`${(error as Error).message}; again in ${wait} ms`);
        await this.pacing.sleep(wait);
      }
    }
  }

  private hint(): void {
    this.hinted = true;
    this.ticking.wake();
  }
}
