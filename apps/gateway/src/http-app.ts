import type { IncomingMessage, Server } from 'node:http';
import { join } from 'node:path';
import type { LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import compression from 'compression';
import helmet from 'helmet';
import { ConfigRecord, DepartmentBook } from '@app/accounts';
import { AccountMove } from '@app/response';
import type { Settings } from '@app/settings';
import { answerBrokenRequests, onlyKnownBodies, onlyPlainBodies } from './body-guard';
import { dashboardFiles } from './dashboard-files';
import { GatewayModule } from './gateway.module';
import { LiveAdapter } from './live/live.adapter';
import { Metrics } from './metrics';
import { RegionSight } from './region-sight';
import { requestIds } from './request-id';

/** Nothing from elsewhere, no inline script; Element Plus sets style attributes, hence inline styles. */
const CONTENT_POLICY = {
  defaultSrc: ["'self'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", 'data:', 'blob:'],
  fontSrc: ["'self'", 'data:'],
  connectSrc: ["'self'"],
  objectSrc: ["'none'"],
  baseUri: ["'none'"],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
};

/** The gateway, set up but not yet listening: the same for the process and for the tests. */
export async function createGateway(
  settings: Settings,
  logger?: LoggerService | false,
): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(GatewayModule.of(settings), {
    abortOnError: false,
    bodyParser: false,
    ...(logger === undefined ? {} : { logger }),
  });
  const regions = app.get(RegionSight);
  await app.get(DepartmentBook).sync(
    settings.departments.map((d) => ({ ...d, region: d.region === null ? null : regions.codeOf(d.region) })),
    (tx, moved) => app.get(AccountMove).followDepartments(tx, moved, settings.deployment.regionCode),
  );
  await app.get(ConfigRecord).note(settings.configDir);
  app.disable('x-powered-by');
  app.set('trust proxy', settings.server.trustedProxies.length > 0 ? [...settings.server.trustedProxies] : false);
  app.set('query parser', 'simple');
  app.use(requestIds);
  app.use(app.get(Metrics).measure);
  // HSTS belongs to whoever ends TLS; upgrade-insecure-requests would break a plain office network.
  app.use(
    helmet({
      contentSecurityPolicy: { useDefaults: false, directives: CONTENT_POLICY },
      strictTransportSecurity: false,
      referrerPolicy: { policy: 'same-origin' },
    }),
  );
  app.use('/api', noStore);
  app.use('/api', compression({ filter: isTold, level: 4, threshold: 1024 }));
  app.use(...dashboardFiles(join(settings.projectRoot, 'dist', 'dashboard')));
  app.use('/api', onlyKnownBodies);
  app.useBodyParser('json', { limit: '16mb', strict: true, type: isPush });
  app.useBodyParser('json', { limit: '4mb', strict: true, type: isLedger });
  app.useBodyParser('json', { limit: '32mb', strict: true, type: isBacktest });
  app.useBodyParser('json', { limit: '256kb', strict: true });
  app.use('/api', onlyPlainBodies);
  answerBrokenRequests(app.getHttpServer() as Server);
  const adapter = new LiveAdapter(app);
  if (settings.redisUrl !== null) adapter.connectRedis(settings.redisUrl);
  app.useWebSocketAdapter(adapter);
  return app;
}

/**
 * A vendor's push with its key: 200 items of 20,000 characters are 12 MB in UTF-8. Everything else, and whoever shows no
 * key, stays with the small limit.
 */
function isPush({ method, url, headers }: IncomingMessage): boolean {
  return (
    method === 'POST' &&
    /^\/api\/v1\/items\/?(\?|$)/.test(url ?? '') &&
    /^Bearer\s/i.test(headers.authorization ?? '') &&
    /^application\/json\b/i.test(headers['content-type'] ?? '')
  );
}

/** A document of 300,000 characters with the tasks read out of it, from somebody with a session. */
function isLedger({ method, url, headers }: IncomingMessage): boolean {
  return (
    method === 'POST' &&
    /^\/api\/v1\/ledgers(\/preview)?\/?(\?|$)/.test(url ?? '') &&
    headers.cookie !== undefined &&
    /^application\/json\b/i.test(headers['content-type'] ?? '')
  );
}

/** Years of messages, from somebody with a session. */
function isBacktest({ method, url, headers }: IncomingMessage): boolean {
  return (
    method === 'POST' &&
    /^\/api\/v1\/backtests\/?(\?|$)/.test(url ?? '') &&
    headers.cookie !== undefined &&
    /^application\/json\b/i.test(headers['content-type'] ?? '')
  );
}

/**
 * JSON is compressed on its way: a board of thousands is a tenth. Not what holds the token against forged requests: what
 * somebody can put beside a secret must not tell its letters by the length of the answer.
 */
function isTold(request: { originalUrl?: string }, response: { getHeader(name: string): unknown }): boolean {
  return (
    /^application\/json\b/.test(String(response.getHeader('content-type') ?? '')) &&
    !/^\/api\/v1\/(me|session|tokens|oidc)\b/.test(request.originalUrl ?? '')
  );
}

function noStore(
  _request: unknown,
  response: { setHeader(name: string, value: string): void },
  next: () => void,
): void {
  response.setHeader('cache-control', 'no-store');
  next();
}
