import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { encode } from 'iconv-lite';

const ITEM =
  '<item><title>某小区停水三天无人处理</title><link>/n/1.html</link><guid>n1</guid><pubDate>Fri, 13 Feb 2026 02:30:00 GMT</pubDate><description>住户反映&amp;nbsp;停水。</description></item>';
export const rss = (items = ITEM, encoding = 'UTF-8'): string =>
  `<?xml version="1.0" encoding="${encoding}"?><rss version="2.0"><channel><title>测试</title>${items}</channel></rss>`;
const ATOM =
  '<feed xmlns="http://www.w3.org/2005/Atom"><title>辟谣</title><entry><title type="html">网传&lt;b&gt;停课&lt;/b&gt;系谣言</title><id>a1</id><link href="/a/1.html"/><updated>2026-02-13T10:30:00+08:00</updated><summary>教育局核实</summary></entry></feed>';
const LIST =
  '<html><head><meta charset="gbk"><title>问政</title></head><body><ul class="list"><li><a href="/board/1.html" title="反映某路段路灯不亮一个多月">反映某路段路灯…</a><span>[2026-02-13 10:30]</span></li><li><a href="/board/2.html">咨询医保异地报销的比例</a><span>[2026-02-12 09:00]</span></li></ul></body></html>';
const DETAIL =
  '<html><body><div class="article"><h1>反映某路段路灯不亮一个多月</h1><div class="info">发布时间：2026-02-13 10:30</div><div class="content"><p>路灯坏了一个多月，晚上很黑。</p></div></div></body></html>';

type Answer = (r: ServerResponse, port: number) => void;
const send =
  (body: string | Buffer, type: string, extra: Record<string, string> = {}): Answer =>
  (r) =>
    void r.writeHead(200, { 'content-type': type, ...extra }).end(body);
const redirect =
  (to: string): Answer =>
  (r) =>
    void r.writeHead(302, { location: to }).end();

let flaky = 0;
/** What the web does to a crawler. */
const ENDPOINTS: Record<string, Answer> = {
  '/robots.txt': send('User-agent: *\nDisallow: /private/\n', 'text/plain'),
  '/private/x.xml': send(rss(), 'application/rss+xml'),
  '/utf8.xml': send(rss(), 'application/rss+xml; charset=utf-8', { etag: '"v1"' }),
  '/gb2312.xml': send(encode(rss(ITEM, 'GB2312'), 'gb18030'), 'text/xml'),
  '/wrongcharset': send(encode(rss(), 'gb18030'), 'application/rss+xml; charset=utf-8'),
  '/atom': send(ATOM, 'application/atom+xml'),
  '/json': send(
    JSON.stringify({ data: { list: [{ word: '某地停电', url: '/j/1', ts: 1_770_949_800 }] } }),
    'application/json',
  ),
  '/board/': send(encode(LIST, 'gbk'), 'text/html'),
  '/board/1.html': send(encode(DETAIL, 'gbk'), 'text/html; charset=gbk'),
  '/board/2.html': (r) => void r.writeHead(404).end(),
  '/sitemap-index.xml': (r, port) =>
    void r.writeHead(200, { 'content-type': 'application/xml' }).end(
      `<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>http://127.0.0.1:${port}/sitemap.xml.gz</loc><lastmod>2026-02-13</lastmod></sitemap></sitemapindex>`,
    ),
  '/sitemap.xml.gz': (r, port) =>
    void r.writeHead(200, { 'content-type': 'application/gzip' }).end(
      gzipSync(
        `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>http://127.0.0.1:${port}/about</loc></url><url><loc>http://127.0.0.1:${port}/board/1.html</loc><lastmod>2026-02-13T11:00:00+08:00</lastmod></url></urlset>`,
      ),
    ),
  '/slow': (r) => {
    r.writeHead(200, { 'content-type': 'text/html' });
    const t = setInterval(() => r.write('<p>慢</p>'), 50);
    r.on('close', () => clearInterval(t));
  },
  '/huge': (r) => {
    r.writeHead(200, { 'content-type': 'text/html' });
    const chunk = Buffer.alloc(1 << 16, 'x');
    const go = (): void => {
      let ok = true;
      while (ok && !r.destroyed) ok = r.write(chunk);
    };
    r.on('drain', go);
    go();
  },
  '/gzipbomb': send(gzipSync(Buffer.alloc(64 << 20)), 'application/rss+xml', { 'content-encoding': 'gzip' }),
  '/badgzip': send(Buffer.from('not gzip at all'), 'application/rss+xml', { 'content-encoding': 'gzip' }),
  '/xxe': send(
    '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd"><!ENTITY b "&a;&a;">]><rss version="2.0"><channel><title>&b;</title><item><title>条目&a;</title><link>/x</link></item></channel></rss>',
    'application/rss+xml',
  ),
  '/loop': redirect('/loop'),
  '/metadata': redirect('http://169.254.169.254/latest/meta-data/'),
  '/mapped': redirect('http://[::ffff:127.0.0.1]:1/secret'),
  '/localhost': redirect('http://localhost:1/secret'),
  '/file': redirect('file:///etc/passwd'),
  '/flaky': (r) =>
    void (flaky++ % 2 === 0
      ? r.writeHead(503, { 'retry-after': '2' }).end('busy')
      : r.writeHead(200, { 'content-type': 'application/rss+xml' }).end(rss())),
  '/toomany': (r) => void r.writeHead(429, { 'retry-after': '120' }).end(),
  '/gone': (r) => void r.writeHead(410).end(),
  '/reset': (r) => {
    r.writeHead(200, { 'content-type': 'application/rss+xml', 'content-length': '5000' });
    r.write('<rss version="2.0"><channel>');
    setTimeout(() => r.destroy(), 30);
  },
  '/malformed': send(
    '<rss version="2.0"><channel><title>坏</title><item><title>没有闭合 & 裸符号<link>http://e/x?a=1&b=2</link></item>',
    'application/rss+xml',
  ),
  '/cutoff': send(rss().slice(0, 180), 'application/rss+xml'),
  '/nothing': send('', 'application/rss+xml'),
  '/empty': send(rss(''), 'application/rss+xml'),
  '/nodate': send(rss('<item><title>某小区停水三天无人处理</title><link>/n.html</link></item>'), 'application/rss+xml'),
  '/future': send(
    rss('<item><title>某路塌陷</title><link>/f.html</link><pubDate>Fri, 13 Feb 2099 02:30:00 GMT</pubDate></item>'),
    'application/rss+xml',
  ),
  '/script': send(
    rss(
      '<item><title>&lt;img src=x onerror="window.x=1"&gt;某厂爆炸致3人死亡</title><link>javascript:window.x=1</link><description><![CDATA[<script>window.x=1</script><a href="javascript:x">点</a>]]></description></item>',
    ),
    'application/rss+xml',
  ),
  '/htmlasfeed': send('<!DOCTYPE html><html><body><form>请先登录</form></body></html>', 'text/html'),
};

export interface HostileServer {
  base: string;
  host: string;
  requests: string[];
  close(): Promise<void>;
}

/** Serves every endpoint above on a free loopback port. */
export async function startHostileServer(): Promise<HostileServer> {
  const requests: string[] = [];
  const server: Server = createServer((q, r) => {
    const path = (q.url ?? '').split('?')[0] ?? '';
    requests.push(path);
    r.on('error', () => undefined);
    if (path === '/utf8.xml' && q.headers['if-none-match'] === '"v1"') return void r.writeHead(304).end();
    const answer = ENDPOINTS[path];
    if (answer) answer(r, (server.address() as AddressInfo).port);
    else r.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    base: `http://${host}`,
    host,
    requests,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
