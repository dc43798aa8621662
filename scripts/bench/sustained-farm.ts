import { createServer } from 'node:http';
import { makeTexts } from './feed-texts';

/**
 * A farm of feeds for the bench of sustained intake: /N.xml, whatever host is asked for. New entries come up at an even
 * rate over all feeds (FARM_RATE a second), so that what is published does not depend on how often a feed is read. The
 * address of an entry says when it was first handed out. Says its port when it listens; answers any message with how many entries
 * have come up, and how many of them were handed out.
 */
const [feeds, rate] = [Number(process.env['FARM_FEEDS']), Number(process.env['FARM_RATE'])];
const texts = makeTexts(20_000, 77);
const started = Date.now();
/** Entries a feed still shows beside what is new. */
const SHOWN = 5;
const MOST = 100;
const handedOut = new Map<number, { count: number; recent: Map<number, number> }>();

/** Entries that have come up in all feeds: entry e belongs to feed e % feeds. */
const comeUp = (): number => Math.floor(((Date.now() - started) / 1000) * rate);
const of = (n: number): number => Math.max(0, Math.ceil((comeUp() - n) / feeds));

const server = createServer((request, response) => {
  if (request.url === '/robots.txt') return void response.writeHead(404).end();
  const n = Number(/^\/(\d+)\.xml$/.exec(request.url ?? '')?.[1] ?? NaN);
  if (!(n < feeds)) return void response.writeHead(404).end();
  const now = Date.now();
  const known = handedOut.get(n) ?? { count: 0, recent: new Map<number, number>() };
  handedOut.set(n, known);
  const last = of(n);
  const etag = `"${n}-${last}"`;
  if (request.headers['if-none-match'] === etag) return void response.writeHead(304, { etag }).end();
  // Never more than a feed shows: what is read too seldom is lost, and the bench sees it.
  const first = Math.max(0, last - MOST, known.count - SHOWN);
  const items: string[] = [];
  const recent = new Map<number, number>();
  for (let k = last - 1; k >= first; k--) {
    const at = known.recent.get(k) ?? now;
    recent.set(k, at);
    const e = k * feeds + n;
    const { title, text } = texts[e % texts.length]!;
    const born = new Date(started + (e / rate) * 1000).toUTCString();
    items.push(
      `<item><title>${title}（${e}）</title><link>http://farm-${n}.test/${k}.html?at=${at}</link><guid isPermaLink="false">${n}-${k}</guid><pubDate>${born}</pubDate><description><![CDATA[<p>${text}${e}</p>]]></description></item>`,
    );
  }
  known.recent = recent;
  known.count = last;
  response.writeHead(200, { 'content-type': 'application/rss+xml', etag });
  response.end(
    `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>站点${n}</title>${items.join('')}</channel></rss>`,
  );
});
server.keepAliveTimeout = 30_000;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: address !== null && typeof address === 'object' ? address.port : 0 });
});
process.on('message', () =>
  process.send?.({ comeUp: comeUp(), handedOut: [...handedOut.values()].reduce((sum, f) => sum + f.count, 0) }),
);
process.on('disconnect', () => process.exit(0));
