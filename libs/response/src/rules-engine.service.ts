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
const SHORTEST_SLEEP_MS = 20;
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

  /**
   * Does everything that is due now: deadlines first, whole batches of them before anything else; then climbing,
   * then addresses. One look says what there is to do, so that an idle tick is one cheap statement.
   * @returns real ms to sleep
   */
  async tick(): Promise<number> {
    this.hinted = false;
    for (;;) {
      const look = await this.look();
      if (look.fireMs <= 0) await this.fireAll();
      const climbed = look.climbMs <= 0 && (await this.work.escalation.escalateBatch()).full;
      const fresh = look.unaddressed || look.fireMs <= 0 || look.climbMs <= 0;
      const addressed = fresh && (await this.work.addressing.addressBatch()).full;
      if (this.stopped) return 0;
      const sleep = Math.min(look.fireMs, look.climbMs);
      if (sleep > 0 && !fresh) return this.hinted ? SHORTEST_SLEEP_MS : bounded(sleep);
      // While work keeps coming it is gathered for a moment: many small batches cost more than a few larger ones.
      if (!climbed && !addressed) await this.pacing.sleep(SHORTEST_SLEEP_MS);
    }
  }

  private async fireAll(): Promise<void> {
    let fired;
    do {
      fired = await this.work.firing.fireBatch();
      this.lag.note(fired);
    } while (fired.full && !this.stopped);
  }

  /** Real milliseconds to the next instants, also while a test lets time run faster. */
  private async look(): Promise<{ fireMs: number; climbMs: number; unaddressed: boolean }> {
    const found = await row<{ fire: number | null; climb: number | null; unaddressed: boolean }>(
      this.dataSource,
      `with t as materialized (select app_now() as now, nullif(rate, 0) as rate from time_shift where id = 1),
       first as materialized (
         select (select extract(epoch from min(next_at) - t.now) * 1000 from clock where next_at is not null) as fire,
                (select extract(epoch from min(escalate_at) - t.now) * 1000 from alert
                 where escalate_at is not null and not escalated) as climb
         from t
       )
       select (case when fire > 0 then fire / rate else fire end)::float8 as fire,
              (case when climb > 0 then climb / rate else climb end)::float8 as climb,
              exists (select 1 from alert where addressed_at is null) as unaddressed
       from t, first`,
    );
    return {
      fireMs: found?.fire ?? LONGEST_SLEEP_MS,
      climbMs: found?.climb ?? LONGEST_SLEEP_MS,
      unaddressed: found?.unaddressed ?? false,
    };
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

function bounded(ms: number): number {
  return Math.min(LONGEST_SLEEP_MS, Math.max(SHORTEST_SLEEP_MS, Math.ceil(ms)));
}
