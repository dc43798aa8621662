import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { withLogFields } from '@app/storage';
import type { SignedRequest } from './access.guard';

/** A proxy's or a program's own id is kept when it is one: it must not carry anything else into logs and headers. */
const SANE = /^[\w.-]{8,64}$/;
const SLOW_MS = 1_000;
const logger = new Logger('Http');

/** Each request has an id: in its answer (X-Request-Id, problem details) and in all that is logged for it. */
export function requestIds(request: Request, response: Response, next: NextFunction): void {
  const given = request.headers['x-request-id'];
  const requestId = typeof given === 'string' && SANE.test(given) ? given : randomUUID();
  response.setHeader('x-request-id', requestId);
  const started = performance.now();
  response.on('finish', () => note(request, response, requestId, performance.now() - started));
  withLogFields({ requestId }, next);
}

/** Acts, and what took long. The route's pattern, never its path or query: what somebody searches is nobody's business. */
function note(request: Request, response: Response, requestId: string, durationMs: number): void {
  if (['GET', 'HEAD'].includes(request.method) && durationMs < SLOW_MS) return;
  const route = (request.route as { path?: string } | undefined)?.path ?? 'other';
  const ofCase = /\/cases\/:id(\/|$)/.test(route) ? String(request.params['id']) : undefined;
  logger.debug({
    message: `${request.method} ${route}: ${response.statusCode}`,
    requestId,
    ...(ofCase === undefined ? {} : { caseId: ofCase }),
    accountId: (request as Partial<SignedRequest>).principal?.accountId,
    status: response.statusCode,
    durationMs: Math.round(durationMs),
  });
}

/** The id that the answer carries; absent on what never reached express. */
export function requestIdOf(response: Response): string | undefined {
  const id = response.getHeader('x-request-id');
  return typeof id === 'string' ? id : undefined;
}
