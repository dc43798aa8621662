import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { beijingIso } from '@app/domain';
import { CHANNELS, Now, PgListener } from '@app/storage';
import { AlertFeed } from './alert-feed';
import { LiveBoard } from './live-board';
import { LiveSessions } from './live-sessions';

const SWEEP_MS = 1_000;
const RECHECK_MS = 5_000;
const TIME_MS = 30_000;

/** What the gateway does by itself: sweeps, checks sessions, tells the time. One failed round is said and tried again. */
@Injectable()
export class LiveSweeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('LiveSweeper');
  private readonly stops: (() => Promise<void>)[] = [];

  constructor(
    private readonly listener: PgListener,
    private readonly feed: AlertFeed,
    private readonly live: LiveSessions,
    private readonly board: LiveBoard,
    private readonly now: Now,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.every(SWEEP_MS, () => this.feed.sweep());
    this.every(RECHECK_MS, () => this.live.recheck());
    this.every(TIME_MS, () => this.tellTime());
    await this.listener.listen(CHANNELS.caseChanged, (id) => this.board.caseChanged(id));
    await this.listener.listen(CHANNELS.itemAdded, (id) => this.board.itemAdded(id));
    await this.listener.listen(CHANNELS.sourceChanged, (name) => this.board.sourceChanged(name));
    await this.listener.listen(CHANNELS.alertAddressed, (accountIds) => this.feed.hint(accountIds));
    // A change made at another gateway is in force here as soon.
    await this.listener.listen(CHANNELS.accountChanged, () =>
      this.live.recheck().catch((error: Error) => this.logger.warn(error.message)),
    );
    await this.listener.listen(CHANNELS.timeShifted, () => this.tellTime());
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.stops.map((stop) => stop()), this.board.close(), this.feed.drain()]);
  }

  private async tellTime(): Promise<void> {
    if (this.live.size === 0) return;
    const now = beijingIso(await this.now.now());
    this.live.emitTo('all', 'time', { now });
  }

  /** A round begins so long after the one before has ended: a slow database is not flooded. */
  private every(ms: number, round: () => Promise<void>): void {
    let timer: NodeJS.Timeout;
    let running: Promise<void> = Promise.resolve();
    let stopped = false;
    const again = (): void => {
      if (!stopped) timer = setTimeout(run, ms);
    };
    const run = (): void => {
      running = round()
        .catch((error: Error) => this.logger.warn(error.message))
        .finally(again);
    };
    again();
    this.stops.push(async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    });
  }
}
