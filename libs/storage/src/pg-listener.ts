import { Logger } from '@nestjs/common';
import { Client } from 'pg';
import { forgetPgVariables } from './connection';
import type { Channel } from './channels';

export type HintHandler = (payload: string) => void | Promise<void>;

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;

/**
 * One dedicated connection that LISTENs; it comes back by itself with backoff. Hints sent while it was
 * away are lost: `onReconnect` handlers should sweep.
 */
export class PgListener {
  private readonly logger = new Logger('PgListener');
  private readonly handlers = new Map<Channel, Set<HintHandler>>();
  private readonly reconnectHandlers = new Set<() => void | Promise<void>>();
  private client: Client | null = null;
  private retry: NodeJS.Timeout | null = null;
  private waitMs = FIRST_WAIT_MS;
  private closed = false;
  private connecting: Promise<void> | null = null;
  private asking: Promise<void> = Promise.resolve();

  constructor(
    private readonly url: string,
    private readonly applicationName = 'huiying-listener',
  ) {}

  /**
   * Calls the handler with every payload on the channel. Resolves once the database listens (or at once
   * while it is away: the reconnect does it).
   * @returns a function that takes the handler away
   */
  async listen(channel: Channel, handler: HintHandler): Promise<() => void> {
    const known = this.handlers.get(channel);
    const set = known ?? new Set<HintHandler>();
    this.handlers.set(channel, set.add(handler));
    if (this.client === null) await this.connect();
    else if (!known) await this.ask(channel);
    return () => void set.delete(handler);
  }

  /** Called after the connection was lost and is back: hints may have been missed. */
  onReconnect(handler: () => void | Promise<void>): void {
    this.reconnectHandlers.add(handler);
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.retry) clearTimeout(this.retry);
    await this.connecting?.catch(() => undefined);
    const client = this.client;
    this.client = null;
    await client?.end().catch(() => undefined);
  }

  /** One after the other: a connection takes one query at a time. */
  private ask(channel: Channel): Promise<void> {
    this.asking = this.asking.then(async () => {
      await this.client?.query(`listen ${channel}`).catch((error: Error) => this.lost(error));
    });
    return this.asking;
  }

  private connect(): Promise<void> {
    this.connecting ??= this.open().finally(() => (this.connecting = null));
    return this.connecting;
  }

  private async open(): Promise<void> {
    if (this.closed) return;
    forgetPgVariables();
    const client = new Client({
      connectionString: this.url,
      application_name: this.applicationName,
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
    });
    client.on('error', (error) => this.lost(error, client));
    client.on('end', () => this.lost(new Error('connection ended'), client));
    client.on('notification', (message) => this.tell(message.channel as Channel, message.payload ?? ''));
    try {
      await client.connect();
      this.client = client;
      for (const channel of this.handlers.keys()) await client.query(`listen ${channel}`);
      this.waitMs = FIRST_WAIT_MS;
    } catch (error) {
      this.lost(error as Error, client);
    }
  }

  private lost(error: Error, client = this.client): void {
    if (this.closed || this.retry || (this.client !== null && client !== this.client)) return;
    this.logger.warn(`lost the database (${error.message}); next try in ${this.waitMs} ms`);
    this.client = null;
    client?.removeAllListeners('end');
    client?.end().catch(() => undefined);
    this.retry = setTimeout(() => {
      this.retry = null;
      void this.connect().then(() => this.client && this.back());
    }, this.waitMs);
    this.waitMs = Math.min(this.waitMs * 2, LONGEST_WAIT_MS);
  }

  private back(): void {
    this.logger.log('listening again');
    for (const handler of this.reconnectHandlers) this.call(() => handler());
  }

  private tell(channel: Channel, payload: string): void {
    for (const handler of this.handlers.get(channel) ?? []) this.call(() => handler(payload));
  }

  /** A handler that fails must not take the connection or the process down. */
  private call(handler: () => void | Promise<void>): void {
    void (async () => handler())().catch((error: Error) => this.logger.error(error.stack ?? error.message));
  }
}
