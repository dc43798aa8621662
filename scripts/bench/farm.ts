import { createServer } from 'node:http';

/**
 * A farm of small feeds for the bench of polling, whatever host is asked for: /N.xml with a validator. In each round two
 * feeds of a hundred have something new; /round begins the next. Says its port when it listens.
 */
let round = 0;
const CYCLE = 50;

/** The last round in which feed n had something new. */
const versionOf = (n: number): number => round - ((((round + n * 7) % CYCLE) + CYCLE) % CYCLE);

const server = createServer((request, response) => {
  if (request.url === '/robots.txt') return void response.writeHead(404).end();
  if (request.url === '/round') return void response.writeHead(200).end(String(++round));
  const n = Number(/^\/(\d+)\.xml$/.exec(request.url ?? '')?.[1] ?? NaN);
  if (Number.isNaN(n)) return void response.writeHead(404).end();
  const version = Math.max(0, versionOf(n));
  const etag = `"${n}-${version}"`;
  if (request.headers['if-none-match'] === etag) return void response.writeHead(304, { etag }).end();
  const entries = Array.from({ length: 10 }, (_, i) => `${n}-${Math.max(0, version - i)}`);
  const items = [...new Set(entries)].map((guid) => `<item><title>站点${n}动态${guid}</title><guid isPermaLink="false">${guid}</guid><pubDate>Mon, 05 Jan 2026 00:00:00 GMT</pubDate><description>一条普通的站点动态，没有什么特别的事情。</description></item>`);
  response.writeHead(200, { 'content-type': 'application/rss+xml', etag });
  response.end(`<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>站点${n}</title>${items.join('')}</channel></rss>`);
});
server.keepAliveTimeout = 30_000;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: address !== null && typeof address === 'object' ? address.port : 0 });
});
process.on('disconnect', () => process.exit(0));
