import type { INestApplicationContext } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { createAdapter } from '@socket.io/redis-adapter';
import { createClient } from 'redis';
import type { Server, ServerOptions } from 'socket.io';
import { isOwnOrigin } from '../origin';

/** Same origin only, small messages; several gateways share rooms over Redis when there is one. */
export class LiveAdapter extends IoAdapter {
  private redis: ReturnType<typeof createClient>[] = [];

  constructor(app: INestApplicationContext) {
    super(app);
  }

  /** @throws when REDIS_URL is set and does not answer */
  async connectRedis(url: string): Promise<void> {
    const publisher = createClient({ url });
    const subscriber = publisher.duplicate();
    for (const client of [publisher, subscriber]) client.on('error', () => undefined);
    await Promise.all([publisher.connect(), subscriber.connect()]);
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
    await Promise.all(this.redis.map((client) => client.close()));
  }
}

/** Like Express' trust proxy the forwarded host is a proxy's word; a browser page cannot set either header. */
function hostOf(headers: { host?: string; 'x-forwarded-host'?: string | string[] }): string | undefined {
  const forwarded = headers['x-forwarded-host'];
  return typeof forwarded === 'string' ? forwarded.split(',')[0]?.trim() : headers.host;
}
