import { type INestApplicationContext, Logger } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { createAdapter } from '@socket.io/redis-adapter';
import { createClient } from 'redis';
import type { Server, ServerOptions } from 'socket.io';
import { isOwnOrigin } from '../origin';

/** Between two tries to reach Redis. */
const LONGEST_PAUSE_MS = 3_000;

/** Same origin only, small messages; several gateways share rooms over Redis when there is one. */
export class LiveAdapter extends IoAdapter {
  private readonly logger = new Logger('LiveAdapter');
  private redis: ReturnType<typeof createClient>[] = [];

  constructor(app: INestApplicationContext) {
    super(app);
  }

  /**
   * Joins the gateways' Socket.IO servers for what is emitted to more than the own sockets. Today nothing is: every gateway
   * hears the database itself and sweeps, so that Redis may be away, now or later, and nothing is lost. Both are said.
   */
  connectRedis(url: string): void {
    const publisher = createClient({ url, socket: { reconnectStrategy: (tries) => Math.min(tries * 200, LONGEST_PAUSE_MS) } });
    const subscriber = publisher.duplicate();
    let away = false;
    publisher.on('error', (error: Error) => {
      if (!away) this.logger.warn(`Redis is away (${error.message || 'no answer'}): gateways go on by sweeping the database`);
      away = true;
    });
    publisher.on('ready', () => {
      this.logger.log(away ? 'Redis is back' : 'Redis is there');
      away = false;
    });
    // Its twin says the same.
    subscriber.on('error', () => undefined);
    // Resolves only when it is there at last; a client that is closed before refuses.
    for (const client of [publisher, subscriber]) client.connect().catch(() => undefined);
    this.redis = [publisher, subscriber];
  }

  override createIOServer(port: number, options?: ServerOptions): Server {
    const server = super.createIOServer(port, {
      ...options,
      path: '/socket.io',
      serveClient: false,
      maxHttpBufferSize: 64 * 1024,
      pingInterval: 20_000,
      pingTimeout: 20_000,
      // The browser's cookie counts for every page that could open a socket: only our own may.
      allowRequest: (request, decide) => decide(null, isOwnOrigin(request.headers, hostOf(request.headers))),
    } as ServerOptions) as Server;
    const [publisher, subscriber] = this.redis;
    if (publisher && subscriber) server.adapter(createAdapter(publisher, subscriber));
    return server;
  }

  override async dispose(): Promise<void> {
    await super.dispose();
    // Not waiting for one that is away.
    for (const client of this.redis) client.destroy();
  }
}

/** Like Express' trust proxy the forwarded host is a proxy's word; a browser page cannot set either header. */
function hostOf(headers: { host?: string; 'x-forwarded-host'?: string | string[] }): string | undefined {
  const forwarded = headers['x-forwarded-host'];
  return typeof forwarded === 'string' ? forwarded.split(',')[0]?.trim() : headers.host;
}
