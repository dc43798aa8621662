import { existsSync } from 'node:fs';
import { join } from 'node:path';
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';

const SERVER_PATHS = /^\/(api|health|metrics|socket\.io|r)(\/|$)/;

/**
 * The built dashboard: hashed files for ever, the page itself never cached, and every other address of a
 * browser is the page (its router knows the rest). A missing file is a 404, not the page.
 */
export function dashboardFiles(folder: string): RequestHandler[] {
  const page = join(folder, 'index.html');
  const files = express.static(folder, {
    index: false,
    dotfiles: 'ignore',
    setHeaders: (response, path) => {
      const hashed = path.startsWith(join(folder, 'assets'));
      response.setHeader('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  return [(request, response, next) => sendGzipped(folder, request, response, next), files, (request, response, next) => sendPage(page, request, response, next)];
}

/** The gzipped form that the build laid beside a hashed file, for browsers that take it (all do). */
function sendGzipped(folder: string, request: Request, response: Response, next: NextFunction): void {
  const asset = /^\/assets\/[\w.-]+\.(js|css|svg)$/.exec(request.path);
  if (!asset || !['GET', 'HEAD'].includes(request.method) || !request.acceptsEncodings('gzip')) return next();
  const file = join(folder, `${request.path}.gz`);
  if (!existsSync(file)) return next();
  response.setHeader('content-encoding', 'gzip');
  response.setHeader('vary', 'accept-encoding');
  response.setHeader('cache-control', 'public, max-age=31536000, immutable');
  response.type(asset[1] ?? 'js');
  response.sendFile(file);
}

function sendPage(page: string, request: Request, response: Response, next: NextFunction): void {
  const looksLikeFile = /\.[a-z0-9]{1,8}$/i.test(request.path);
  if (!['GET', 'HEAD'].includes(request.method) || SERVER_PATHS.test(request.path) || looksLikeFile) return next();
  if (!existsSync(page)) {
    response.status(503).type('text/plain; charset=utf-8').send('界面尚未构建：请运行 npm run build');
    return;
  }
  response.setHeader('cache-control', 'no-cache');
  response.sendFile(page);
}
