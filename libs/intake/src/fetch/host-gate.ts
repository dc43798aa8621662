import { setTimeout as sleep } from 'node:timers/promises';

const FORGET_MS = 60_000;

/** Turns shared with other processes; see HostTurns. */
export interface SharedTurns {
  take(host: string): Promise<void>;
  give(host: string, pauseMs: number): Promise<void>;
}

/** At most N requests at once over all hosts, one at a time per host, and a pause between two to the same host. */
export class HostGate {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private forgetAt = 0;
  private readonly hosts = new Map<string, { tail: Promise<void>; freeAt: number }>();

  constructor(
    private readonly concurrency: number,
    private readonly shared: SharedTurns | null = null,
  ) {}

  /** Runs `work` when the host's turn has come. @param pauseMs least time from the end of one request to the next */
  async run<T>(host: string, pauseMs: () => Promise<number>, work: () => Promise<T>): Promise<T> {
    const state = this.hosts.get(host) ?? { tail: Promise.resolve(), freeAt: 0 };
    this.hosts.set(host, state);
    const before = state.tail;
    let release = (): void => undefined;
    state.tail = new Promise<void>((resolve) => (release = resolve));
    await before;
    try {
      const pause = await pauseMs();
      const wait = state.freeAt === 0 ? 0 : state.freeAt + pause - performance.now();
      if (wait > 0) await sleep(wait);
      // Without a pause nothing is owed to the host but one request at a time of each process.
      const shared = pause > 0 ? this.shared : null;
      await shared?.take(host);
      await this.enter();
      try {
        return await work();
      } finally {
        this.leave();
        state.freeAt = performance.now();
        await shared?.give(host, pause);
      }
    } finally {
      release();
      this.forgetIdle();
    }
  }

  private async enter(): Promise<void> {
    if (this.running >= this.concurrency) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.running++;
  }

  private leave(): void {
    this.running--;
    this.waiting.shift()?.();
  }

  /** Now and then: going over all hosts costs. */
  private forgetIdle(): void {
    if (performance.now() < this.forgetAt) return;
    this.forgetAt = performance.now() + FORGET_MS;
    const old = performance.now() - 10 * FORGET_MS;
    for (const [host, s] of this.hosts) if (s.freeAt < old) this.hosts.delete(host);
  }
}
