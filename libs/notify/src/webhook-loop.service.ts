import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { SETTINGS, type Settings, type WebhookSettings } from '@app/settings';
import { CHANNELS, PgListener, row } from '@app/storage';
import { DataSource } from 'typeorm';
import { postJson, statusFault, tryPost } from './http-post';
import { WebhookBook } from './webhook-book.service';
import { loadWebhookBody } from './webhook-event';
import { signatureOf } from './webhook-sender';

const BATCH = 50;
const LONGEST_WAIT_MS = 2_000;
const LEASE_SECONDS = 120;

/** Tells other programs what happens, in the order in which it was recorded; one that fails waits, the others go on. */
@Injectable()
export class WebhookLoop implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('WebhookLoop');
  private readonly wakers = new Set<() => void>();
  private stopped = false;
  private running: Promise<void>[] = [];

  constructor(
    private readonly dataSource: DataSource,
    private readonly book: WebhookBook,
    private readonly listener: PgListener,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { webhooks } = this.settings;
    await this.book.sync(webhooks);
    if (webhooks.length === 0) return;
    await this.listener.listen(CHANNELS.webhookQueued, () => this.wake());
    this.running = webhooks.map((hook) => this.run(hook));
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.wake();
    await Promise.all(this.running);
  }

  private async run(hook: WebhookSettings): Promise<void> {
    while (!this.stopped) {
      try {
        if ((await this.sendBatch(hook)) < BATCH) await this.rest();
      } catch (error) {
        // The database is away, or a bug: said, and tried again.
        this.logger.error(`${hook.name}: ${(error as Error).message}`);
        await this.rest();
      }
    }
  }

  /** @returns how many events left the queue */
  async sendBatch(hook: WebhookSettings): Promise<number> {
    if (!(await this.book.claim(hook.name, LEASE_SECONDS))) return 0;
    const end = performance.now() + (LEASE_SECONDS - 2 * hook.timeoutSeconds) * 1000;
    let settled = 0;
    try {
      for (const eventId of await this.book.waiting(hook.name, BATCH)) {
        // No try is begun that could outlast the lease: another process would send the same at the same time.
        if (this.stopped || performance.now() > end || !(await this.sendOne(hook, eventId))) break;
        settled++;
      }
      return settled;
    } finally {
      await this.book.release(hook.name);
    }
  }

  /** @returns false when it was not taken: what comes after it waits, so that the order is kept */
  private async sendOne(hook: WebhookSettings, eventId: string): Promise<boolean> {
    const event = await loadWebhookBody(this.dataSource, hook, eventId, this.settings.channels.publicUrl);
    if (event === null) {
      await this.book.settle(hook.name, eventId, false);
      return true;
    }
    const now = await row<{ s: string }>(this.dataSource, 'select floor(extract(epoch from clock_timestamp()))::bigint as s');
    const headers = { 'idempotency-key': event.id, 'x-huiying-event': event.type, 'x-huiying-signature': signatureOf(hook.secret, Number(now!.s), event.body) };
    const result = await tryPost(() => postJson(hook.url, event.body, headers, hook.timeoutSeconds), statusFault);
    if (result.ok) {
      await this.book.settle(hook.name, eventId, true);
      return true;
    }
    const paused = await this.book.fail(hook.name, result.fault, result.retryAfterSeconds);
    this.logger.warn(`${hook.name}: ${event.id}: ${result.fault}${paused ? '; paused after 24 hours without a success' : ''}`);
    return false;
  }

  private wake(): void {
    for (const waker of this.wakers) waker();
  }

  private rest(): Promise<void> {
    if (this.stopped) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.wakers.delete(done);
        resolve();
      };
      const timer = setTimeout(done, LONGEST_WAIT_MS);
      this.wakers.add(done);
    });
  }
}
