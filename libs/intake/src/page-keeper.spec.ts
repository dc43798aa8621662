import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { PageArchive, SourceBook } from '@app/response';
import { loadSettings } from '@app/settings';
import { Now, openScratch, PgListener, row, rows, type Scratch, shiftTime } from '@app/storage';
import { AddressGuard } from './fetch/address-guard';
import { startHostileServer, type HostileServer } from './fetch/hostile-server.fixture';
import { HttpFetcher } from './fetch/http-fetcher';
import { PoliteFetcher } from './fetch/polite-fetcher';
import { PageKeeper } from './page-keeper.service';

let scratch: Scratch;
let server: HostileServer;
let fetcher: PoliteFetcher;
let archive: PageArchive;
let keeper: PageKeeper;
let caseId: string;

beforeAll(async () => {
  [scratch, server] = await Promise.all([openScratch(), startHostileServer()]);
  const guard = new AddressGuard([server.host]);
  fetcher = new PoliteFetcher(new HttpFetcher(guard, 'huiying/test'), guard, { concurrency: 4, product: 'huiying' });
  archive = new PageArchive(scratch.dataSource);
  const settings = loadSettings();
  const sources = [{ ...settings.sources.find((s) => s.kind === 'feed')!, name: 'board', politeness: { pauseSeconds: 0, maxDetails: 1 } }];
  const book = new SourceBook(scratch.dataSource, new PgListener(scratch.url), { ...settings, sources: sources as typeof settings.sources });
  keeper = new PageKeeper(archive, fetcher, new Now(scratch.dataSource), book, settings);
  const opened = await row<{ id: string }>(
    scratch.dataSource,
    `insert into case_file (code, title, level, case_class, topic, detected_at, opened_at, changed_at)
     values ('YQ-1', '路灯不亮', 'ordinary', 'ordinary', '其他', app_now(), app_now(), app_now()) returning id`,
  );
  caseId = opened!.id;
  for (const path of ['/board/1.html', '/gone', '/flaky'])
    await rows(
      scratch.dataSource,
      `insert into item (source_name, guid, url, title, text, published_certain, fetched_at, content_hash, relevant, level, label, classifier_version, case_id)
       values ('board', $1, $1, 't', '', false, app_now(), '', true, 'ordinary', '{}', 'x', $2)`,
      [server.base + path, caseId],
    );
});
afterAll(async () => {
  await fetcher.http.close();
  await Promise.all([scratch.close(), server.close()]);
});

describe('pages of a case', () => {
  it('are kept as they were fetched, the gone given up, the failing tried again an hour later', async () => {
    expect(await archive.warcOf(caseId)).toBeNull();
    expect(await keeper.keepDue()).toBe(3);
    expect(await keeper.keepDue()).toBe(0);
    const kept = await rows<{ url: string; sha256: string | null; fault: string | null; again: boolean }>(
      scratch.dataSource,
      `select url, sha256, last_fault as fault, next_try_at is not null as again from page_snapshot order by url`,
    );
    const page = (await fetch(`${server.base}/board/1.html`)).arrayBuffer();
    const sha256 = createHash('sha256').update(Buffer.from(await page)).digest('hex');
    expect(kept).toEqual([
      { url: `${server.base}/board/1.html`, sha256, fault: null, again: false },
      { url: `${server.base}/flaky`, sha256: null, fault: expect.stringContaining('503'), again: true },
      { url: `${server.base}/gone`, sha256: null, fault: expect.stringContaining('410'), again: false },
    ]);
    await shiftTime(scratch.dataSource, { byMs: 3_700_000 });
    expect(await keeper.keepDue()).toBe(1);
  });

  it('leave as WARC 1.1 with headers and the very bytes', async () => {
    const warc = await archive.warcOf(caseId);
    expect(warc?.pages).toBe(2);
    const text = gunzipSync(warc!.bytes).toString('latin1');
    const records = text.split(/(?=WARC\/1\.1\r\n)/);
    expect(records.map((r) => /WARC-Type: (\w+)/.exec(r)?.[1])).toEqual(['warcinfo', 'response', 'response']);
    const response = records.find((r) => r.includes('/board/1.html'))!;
    const [, block = ''] = /^[\s\S]*?Content-Length: \d+\r\n\r\n([\s\S]*)\r\n\r\n$/.exec(response) ?? [];
    expect(block).toHaveLength(Number(/\r\nContent-Length: (\d+)\r\n\r\nHTTP/.exec(response)?.[1]));
    expect(block).toMatch(/^HTTP\/1\.1 200 \r\ncontent-type: text\/html; charset=gbk\r\n/);
    const body = Buffer.from(await (await fetch(`${server.base}/board/1.html`)).arrayBuffer());
    expect(Buffer.from(block.slice(block.indexOf('\r\n\r\n') + 4), 'latin1').equals(body)).toBe(true);
  });

  it('are deleted when the case has been closed for longer than the settings keep them', async () => {
    expect(await archive.sweep(30)).toBe(0);
    await rows(scratch.dataSource, `update case_file set closed_at = app_now()`);
    await shiftTime(scratch.dataSource, { byMs: 31 * 86_400_000 });
    expect(await archive.sweep(30)).toBe(2);
    expect(await archive.warcOf(caseId)).toBeNull();
    expect(await keeper.keepDue()).toBe(0);
  });
});
