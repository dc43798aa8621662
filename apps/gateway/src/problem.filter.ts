import { ArgumentsHost, Catch, ExceptionFilter, HttpException, Logger, NotFoundException } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Problem } from './problem';
import { requestIdOf } from './request-id';
import { RouteBook } from './route-book';

/** Every error leaves as problem+json in Chinese; what went wrong inside stays in the log. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Gateway');

  constructor(private readonly book: RouteBook) {}

  catch(error: unknown, host: ArgumentsHost): void {
    if (host.getType() !== 'http') {
      this.logger.error(error instanceof Error ? error.stack : String(error));
      return;
    }
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    const problem =
      this.otherMethod(request, error) ?? problemOf(error, typeof request.is('multipart/form-data') === 'string');
    if (problem.status >= 500) {
      this.logger.error(`${request.method} ${request.path}: ${error instanceof Error ? error.stack : String(error)}`);
    }
    if (response.headersSent) {
      response.end();
      return;
    }
    send(response, problem);
  }

  /** Nest answers 404 where only the method is wrong. */
  private otherMethod(request: Request, error: unknown): Problem | null {
    if (!(error instanceof NotFoundException)) return null;
    const allowed = this.book.methodsAt(request.path);
    if (allowed.length === 0 || allowed.includes(request.method)) return null;
    return new Problem(405, `这个地址只支持 ${allowed.join('、')}`, { headers: { allow: allowed.join(', ') } });
  }
}

/** Also for what is refused before Nest sees it. */
export function send(response: Response, problem: Problem): void {
  response
    .status(problem.status)
    .set({ 'cache-control': 'no-store', ...problem.more.headers })
    .type('application/problem+json')
    .send(JSON.stringify({ ...problem.wire(), requestId: requestIdOf(response) }));
}

function problemOf(error: unknown, upload: boolean): Problem {
  if (error instanceof Problem) return error;
  const status = statusOf(error);
  if (status === 413 && upload) return new Problem(413, '附件最大 10 MB', { field: 'file' });
  if (status === 413) return new Problem(413, '请求内容过大，最多 256 KB');
  if (status === 415) return new Problem(415, '请求内容须为 application/json，UTF-8 编码');
  if (status === 404) return new Problem(404, '没有这个地址');
  if (status !== null && status < 500) return new Problem(status, '请求格式不正确，无法读取');
  if (isDatabaseAway(error))
    return new Problem(503, '数据库暂时无法连接，请稍后再试', { headers: { 'retry-after': '5' } });
  return new Problem(500, '服务器内部错误，已记入日志');
}

/** Of Nest's own exceptions and of the body reader's (`http-errors`). */
function statusOf(error: unknown): number | null {
  if (error instanceof HttpException) return error.getStatus();
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : null;
}

/** SQLSTATE classes 08 (connection) and 57P (server going down), and the socket's own errors. */
function isDatabaseAway(error: unknown): boolean {
  const e = error as { code?: unknown; message?: unknown } | null;
  const code = typeof e?.code === 'string' ? e.code : '';
  return (
    /^(08|57P)/.test(code) ||
    code === 'ECONNREFUSED' ||
    code === 'ECONNRESET' ||
    /Connection terminated|timeout exceeded when trying to connect/.test(String(e?.message ?? ''))
  );
}
