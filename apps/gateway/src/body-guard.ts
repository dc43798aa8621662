import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { NextFunction, Request, Response } from 'express';
import { Problem } from './problem';
import { send } from './problem.filter';

/** Deeper than any body of ours; what recurses over one stays far from the end of its stack. */
const DEEPEST = 32;

/** Before the body is read: what is no JSON and no form is refused as such, not taken for an empty body. */
export function onlyKnownBodies(request: Request, response: Response, next: NextFunction): void {
  const { headers } = request;
  const hasBody = Number(headers['content-length'] ?? 0) > 0 || headers['transfer-encoding'] !== undefined;
  if (!hasBody || request.is(['application/json', 'multipart/form-data'])) return next();
  send(response, new Problem(415, '请求内容须为 application/json（带附件时为 multipart/form-data），UTF-8 编码'));
}

/** After it was read: bounded in depth, and without the one key that reaches into every object. */
export function onlyPlainBodies(request: Request, response: Response, next: NextFunction): void {
  const fault = faultOf(request.body);
  if (fault) return send(response, new Problem(422, fault));
  next();
}

function faultOf(body: unknown): string | null {
  const open: [unknown, number][] = [[body, 1]];
  for (let top = open.pop(); top !== undefined; top = open.pop()) {
    const [value, depth] = top;
    if (value === null || typeof value !== 'object') continue;
    if (depth > DEEPEST) return `请求内容嵌套过深，最多 ${DEEPEST} 层`;
    if (Object.hasOwn(value, '__proto__')) return '请求内容含有不允许的字段 __proto__';
    for (const inner of Object.values(value)) open.push([inner, depth + 1]);
  }
  return null;
}

/** What is no HTTP, or has headers beyond all measure, never reaches express: it is answered on the bare connection. */
export function answerBrokenRequests(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return socket.destroy();
    const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
    const said = { 400: '请求格式不正确，无法读取', 408: '请求超时', 431: '请求头过大' }[status];
    const body = JSON.stringify(new Problem(status, said).wire());
    socket.end(
      `HTTP/1.1 ${status} Refused\r\ncontent-type: application/problem+json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    );
  });
}
