import { createServer } from 'node:http';
import { makeTexts } from './feed-texts';

/**
 * Feeds that grow with time, for the soak: feed N of `farm-N.test` has item 0, 1, 2 … of its own, so many a second, and shows the
 * newest of them. `node soak-farm.js FEEDS ITEMS_A_SECOND EVERY_SECONDS SHOWN`; asked over IPC it tells what was fetched too early,
 * and `freeze` stops the growth.
 */
const [feeds = 1, rate = 1, every = 60, shown = 100] = process.argv.slice(2).map(Number);
const started = Date.now();
const texts = makeTexts(20_000, 17);
const lastFetch = new Map<number, number>();
let frozenAt: number | null = null;
let early: { source: string; before: number; at: number }[] = [];
let fetches = 0;

const countOf = (): number => Math.floor((((frozenAt ?? Date.now()) - started) / 1000) * (rate / feeds));

function feed(n: number): string {
  const newest = countOf();
  const items: string[] = [];
  for (let i = Math.max(0, newest - shown); i < newest; i++) {
    const { title, text } = texts[(n * 7919 + i * 31) % texts.length]!;
    const date = new Date(started + (i * feeds * 1000) / rate).toUTCString();
    items.push(
      `<item><title>${title}</title><guid isPermaLink="false">${n}-${i}</guid><pubDate>${date}</pubDate><description>${text}（第${n}号来源第${i}条）</description></item>`,
    );
  }
  return `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>站点${n}</title>${items.join('')}</channel></rss>`;
}

const server = createServer((request, response) => {
  const n = Number(/^\/(\d+)\.xml$/.exec(request.url ?? '')?.[1] ?? NaN);
  if (Number.isNaN(n)) return void response.writeHead(404).end();
  fetches++;
  const [before, at] = [lastFetch.get(n), Date.now()];
  if (before !== undefined && at - before < every * 600) early.push({ source: `farm-${n}`, before, at });
  lastFetch.set(n, at);
  response.writeHead(200, { 'content-type': 'application/rss+xml' }).end(feed(n));
});
server.keepAliveTimeout = 30_000;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: address !== null && typeof address === 'object' ? address.port : 0 });
});
process.on('message', (order: 'tell' | 'freeze') => {
  if (order === 'freeze') frozenAt ??= Date.now();
  process.send?.({ early, fetches, itemsOfEach: countOf() });
  early = [];
});
process.on('disconnect', () => process.exit(0));
