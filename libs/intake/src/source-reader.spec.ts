import type { FetchedSource } from '@app/settings';
import { AddressGuard, isSpecialAddress } from './fetch/address-guard';
import { startHostileServer, type HostileServer } from './fetch/hostile-server.fixture';
import { DEFAULT_LIMITS, HttpFetcher } from './fetch/http-fetcher';
import { PoliteFetcher } from './fetch/polite-fetcher';
import { SourceReader, type SourceReading } from './source-reader';

const NOW = new Date('2026-02-14T00:00:00Z');
const limits = { ...DEFAULT_LIMITS, totalMs: 700, maxBytes: 2_000_000, maxDecodedBytes: 4_000_000 };

let server: HostileServer;
let fetcher: PoliteFetcher;
let reader: SourceReader;

beforeAll(async () => {
  server = await startHostileServer();
  const guard = new AddressGuard([server.host]);
  fetcher = new PoliteFetcher(new HttpFetcher(guard, 'huiying/test (+https://example.invalid)', limits), guard, {
    concurrency: 4,
    product: 'huiying',
  });
  reader = new SourceReader(fetcher, 'https://rsshub.example.invalid');
});

afterAll(async () => {
  await fetcher.http.close();
  await server.close();
});

const politeness = { pauseSeconds: 0, maxDetails: 10 };
const feed = (path: string): FetchedSource => ({
  name: 'x',
  title: 'x',
  kind: 'feed',
  url: server.base + path,
  enabled: true,
  official: false,
  schedule: { everySeconds: 60 },
  politeness,
});
const none = (): Promise<ReadonlySet<string>> => Promise.resolve(new Set<string>());
const read = (source: FetchedSource, etag: string | null = null): Promise<SourceReading> =>
  reader.read(source, { etag, lastModified: null }, NOW, none);

describe('friendly sources come in rightly', () => {
  it.each(['/utf8.xml', '/gb2312.xml', '/wrongcharset'])('%s', async (path) => {
    const r = await read(feed(path));
    expect(r.fault).toBeNull();
    expect(r.items).toEqual([
      {
        title: '某小区停水三天无人处理',
        url: `${server.base}/n/1.html`,
        publishedAt: new Date('2026-02-13T02:30:00Z'),
        certain: true,
        text: '住户反映 停水。',
        guid: 'n1',
      },
    ]);
  });

  it('says 304 when nothing changed', async () => {
    expect((await read(feed('/utf8.xml'))).validators.etag).toBe('"v1"');
    expect(await read(feed('/utf8.xml'), '"v1"')).toMatchObject({ notModified: true, items: [], fault: null });
  });

  it('reads Atom, with markup removed from titles', async () => {
    expect((await read(feed('/atom'))).items[0]).toMatchObject({
      title: '网传停课系谣言',
      url: `${server.base}/a/1.html`,
      text: '教育局核实',
      certain: true,
    });
  });

  it('reads a JSON endpoint by paths', async () => {
    const { kind: _, ...rest } = feed('/json');
    const r = await read({
      ...rest,
      kind: 'json',
      paths: { items: 'data.list', title: 'word', url: 'url', publishedAt: 'ts' },
    } as FetchedSource);
    expect(r.items[0]).toMatchObject({
      title: '某地停电',
      url: `${server.base}/j/1`,
      publishedAt: new Date(1_770_949_800_000),
      certain: true,
    });
  });

  it('follows new entries of a GBK list, takes the full title, and keeps an entry whose page is gone', async () => {
    const { kind: _, ...rest } = feed('/board/');
    const r = await read({
      ...rest,
      kind: 'html-list',
      list: { item: 'ul.list > li' },
      detail: { text: '.content' },
    } as FetchedSource);
    expect(r.charset).toBe('gb18030');
    expect(r.items.map((i) => [i.title, i.text, i.publishedAt?.toISOString()])).toEqual([
      ['咨询医保异地报销的比例', '', '2026-02-12T01:00:00.000Z'],
      ['反映某路段路灯不亮一个多月', '路灯坏了一个多月，晚上很黑。', '2026-02-13T02:30:00.000Z'],
    ]);
  });

  it('goes from an index of sitemaps to its .gz and reads the pages that match', async () => {
    const { kind: _, ...rest } = feed('/sitemap-index.xml');
    const sitemap = { ...rest, kind: 'sitemap', include: '/board/', maxEntries: 10, detail: { text: '.content' } } as FetchedSource;
    const r = await read(sitemap);
    expect(r.fault).toBeNull();
    expect(r.items).toEqual([
      {
        title: '反映某路段路灯不亮一个多月',
        url: `${server.base}/board/1.html`,
        publishedAt: new Date('2026-02-13T02:30:00Z'),
        certain: true,
        text: '路灯坏了一个多月，晚上很黑。',
        guid: `${server.base}/board/1.html`,
      },
    ]);
    expect((await read({ ...sitemap, include: '/nowhere/' } as FetchedSource)).fault?.kind).toBe('no-items');
    expect((await read({ ...sitemap, url: `${server.base}/utf8.xml` } as FetchedSource)).fault?.kind).toBe('not-a-feed');
  });

  it('names the selector when a page has changed', async () => {
    const { kind: _, ...rest } = feed('/board/');
    const r = await read({ ...rest, kind: 'html-list', list: { item: '.gone li' } } as FetchedSource);
    expect(r.fault).toMatchObject({ kind: 'no-items', message: expect.stringContaining('.gone li') });
  });
});

describe('a hostile web ends in named faults', () => {
  it.each([
    ['/slow', 'timeout', false],
    ['/huge', 'too-large', false],
    ['/gzipbomb', 'too-large', false],
    ['/badgzip', 'bad-encoding', false],
    ['/loop', 'too-many-redirects', false],
    ['/metadata', 'refused-address', true],
    ['/mapped', 'refused-address', true],
    ['/localhost', 'refused-address', true],
    ['/file', 'bad-url', true],
    ['/toomany', 'rate-limited', false],
    ['/gone', 'http-permanent', true],
    ['/reset', 'cut-off', false],
    ['/nothing', 'empty', false],
    ['/htmlasfeed', 'not-a-feed', true],
    ['/private/x.xml', 'robots', false],
  ])('%s → %s', async (path, kind, permanent) => {
    const before = process.memoryUsage().rss;
    const started = performance.now();
    const r = await read(feed(path));
    expect(r.fault).toMatchObject({ kind, permanent });
    expect(r.items).toEqual([]);
    expect(performance.now() - started).toBeLessThan(3000);
    expect(process.memoryUsage().rss - before).toBeLessThan(80_000_000);
  });

  it('never asks for what robots.txt forbids', () => {
    expect(server.requests).not.toContain('/private/x.xml');
  });

  it('keeps the wait a server asks for', async () => {
    expect((await read(feed('/toomany'))).fault?.retryAfterSeconds).toBe(120);
    expect((await read(feed('/flaky'))).fault).toMatchObject({ kind: 'http-passing', retryAfterSeconds: 2 });
    expect((await read(feed('/flaky'))).items).toHaveLength(1);
  });

  it('expands no entity', async () => {
    const r = await read(feed('/xxe'));
    expect(JSON.stringify(r.items)).not.toContain('root:');
    expect(r.items[0]?.title).toContain('条目');
  });

  it('repairs what can be repaired', async () => {
    expect((await read(feed('/malformed'))).items[0]).toMatchObject({
      title: '没有闭合 & 裸符号',
      url: 'http://e/x?a=1&b=2',
    });
    expect((await read(feed('/cutoff'))).items[0]?.title).toContain('停水');
    expect(await read(feed('/empty'))).toMatchObject({ items: [], fault: null });
  });

  it('guesses no date and anchors nothing in the future', async () => {
    expect((await read(feed('/nodate'))).items[0]).toMatchObject({ publishedAt: null, certain: false });
    expect((await read(feed('/future'))).items[0]).toMatchObject({
      publishedAt: new Date('2099-02-13T02:30:00Z'),
      certain: false,
    });
  });

  it('lets no markup, script or script address through', async () => {
    expect((await read(feed('/script'))).items[0]).toMatchObject({ title: '某厂爆炸致3人死亡', url: null, text: '点' });
  });
});

describe('addresses', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '169.254.169.254',
    '192.168.0.1',
    '172.31.0.1',
    '100.64.0.1',
    '0.0.0.0',
    '::1',
    'fe80::1',
    'fd00::1',
    '::ffff:10.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::7f00:1',
    '::7f00:1',
    '::ffff:0:7f00:1',
    '3fff::1',
  ])('%s is not public', (a) => {
    expect(isSpecialAddress(a)).toBe(true);
  });

  it.each(['8.8.8.8', '2400:3200::1'])('%s is public', (a) => {
    expect(isSpecialAddress(a)).toBe(false);
  });

  it('refuses a name that resolves to loopback, at connect time', async () => {
    const guard = new AddressGuard([]);
    const http = new HttpFetcher(guard, 'x', limits);
    const done = await new Promise<Error | null>((resolve) =>
      guard.lookupFor('80')('localhost', { all: true }, (e) => resolve(e)),
    );
    expect(done?.message).toContain('拒绝访问');
    expect(await http.fetch({ url: 'http://2130706433/' })).toMatchObject({
      ok: false,
      fault: { kind: 'refused-address' },
    });
    await http.close();
  });
});
