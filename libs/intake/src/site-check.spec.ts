import { createServer, type Server } from 'node:http';
import { gunzipSync } from 'node:zlib';
import type { AddressInfo } from 'node:net';
import { buildCalendar } from '@app/domain';
import { EvidenceProposals, Lawbook, PageArchive, PromiseKeeper, SiteFindings, SourceBook } from '@app/response';
import { loadSettings, ruleBookOf, type Settings } from '@app/settings';
import { openScratch, PgListener, row, rows, type Scratch, shiftTime } from '@app/storage';
import { AddressGuard } from './fetch/address-guard';
import { HttpFetcher } from './fetch/http-fetcher';
import { PoliteFetcher } from './fetch/polite-fetcher';
import { SiteCheck } from './site-check.service';

const page = (title: string, body: string): string =>
  `<html><head><meta charset="utf-8"><title>${title}</title></head><body><nav><a href="/nav.html">导航</a></nav><div class="content"><h1>${title}</h1>${body}</div></body></html>`;
const FILLER = '<p>为进一步规范城市供水管理，保障居民用水安全，结合本县实际，制定本办法，请各单位认真贯彻执行，并做好宣传解读工作。</p>'.repeat(4);
const PAGES: Record<string, string> = {
  '/doc.html': page('云溪县人民政府办公室关于印发城市供水管理办法的通知', `<p>成文日期：2026年9月1日</p>${FILLER}<p><a href="/broken.html">附件</a></p>`),
  '/list.html': page('关于公布临时救助对象名单的公告', `${FILLER}<p>张某，身份证号11010519491231002X</p>`),
  '/read.html': page('城市供水管理新政一图读懂', `${FILLER}<p>原文见<a href="/doc.html">这里</a></p>`),
  '/robots.txt': 'User-agent: *\nDisallow:',
};
let site: Server;
let base = '';
let scratch: Scratch;
let fetcher: PoliteFetcher;
let check: SiteCheck;
let keeper: PromiseKeeper;
let findings: SiteFindings;
const EVERYTHING = { sql: 'true', params: [] };

beforeAll(async () => {
  site = createServer((request, response) => {
    const body = PAGES[request.url ?? ''];
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'text/html; charset=utf-8' }).end(body ?? 'gone');
  });
  await new Promise<void>((ready) => site.listen(0, '127.0.0.1', ready));
  base = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  scratch = await openScratch();
  const read = loadSettings();
  const source = { ...read.sources.find((s) => s.kind === 'feed'), name: 'zc', title: '县政府文件', url: base, enabled: true, official: true, publishes: 'policy', watch: true, department: 'fgj', politeness: { pauseSeconds: 0, maxDetails: 1 } };
  const settings = { ...read, sources: [source], rules: { ...read.rules, packs: ['disclosure-nangong-2022'] } } as unknown as Settings;
  const { dataSource } = scratch;
  await shiftTime(dataSource, { to: new Date('2026-11-20T09:00:00+08:00'), rate: 0 });
  await rows(dataSource, `insert into department (id, name) values ('fgj', '县发展和改革局')`);
  const guard = new AddressGuard([base.slice(7)]);
  fetcher = new PoliteFetcher(new HttpFetcher(guard, 'huiying/test'), guard, { concurrency: 4, product: 'huiying' });
  const laws = new Lawbook(ruleBookOf(settings), buildCalendar(settings.calendar.notices, settings.calendar.statutory));
  const book = new SourceBook(dataSource, new PgListener(scratch.url), settings);
  findings = new SiteFindings(dataSource);
  check = new SiteCheck(dataSource, book, findings, laws, fetcher);
  keeper = new PromiseKeeper(dataSource, laws, book, settings);
  for (const path of ['/doc.html', '/list.html', '/read.html', '/lost.html']) {
    await rows(
      dataSource,
      `insert into item (source_name, guid, url, title, text, published_at, published_certain, fetched_at, content_hash, relevant, level, label, classifier_version, official)
       values ('zc', $1, $1, $2, '', '2026-11-19T10:00:00+08:00', true, app_now(), $1, false, 'none', '{}', '1', true)`,
      [base + path, /<title>(.*?)<\/title>/.exec(PAGES[path] ?? '')?.[1] ?? '某页'],
    );
  }
});
afterAll(async () => {
  await fetcher.http.close();
  site.close();
  await scratch.close();
});

const open = async () => (await findings.list(EVERYTHING, true)).map((f) => [f.kind, f.url.slice(base.length), f.departmentName]);

describe('the own site', () => {
  it('publishes a policy document: its term starts from the time of the page', async () => {
    await keeper.look();
    const matter = await row(scratch.dataSource, `select title, triggered_at, department_id, matter from case_file where trigger = 'policy-published'`);
    expect(matter).toMatchObject({
      title: '云溪县人民政府办公室关于印发城市供水管理办法的通知',
      triggered_at: new Date('2026-11-19T10:00:00+08:00'),
      department_id: 'fgj',
      matter: { url: `${base}/doc.html` },
    });
    const clocks = await rows(scratch.dataSource, `select duty, due_at from clock c join case_file f on f.id = c.case_id where f.trigger = 'policy-published'`);
    // 19 November is a Thursday: three working days end on Tuesday the 24th.
    expect(clocks).toEqual([{ duty: 'interpret-policy', due_at: new Date('2026-11-25T00:00:00+08:00') }]);
    await keeper.look();
    expect(await rows(scratch.dataSource, `select 1 from case_file where trigger = 'policy-published'`)).toHaveLength(1);
  });

  it('is looked at page by page: what is lost, what names a person, what came too late', async () => {
    while ((await check.checkDue()) > 0);
    expect(await open()).toEqual(
      expect.arrayContaining([
        ['dead-link', '/lost.html', '县发展和改革局'],
        ['dead-link', '/broken.html', '县发展和改革局'],
        ['sensitive', '/list.html', '县发展和改革局'],
        ['late-publication', '/doc.html', '县发展和改革局'],
      ]),
    );
    expect(await open()).toHaveLength(4);
    const shown = JSON.stringify(await findings.list(EVERYTHING, true));
    expect(shown).not.toContain('19491231');
    const told = await rows(scratch.dataSource, `select audience, department_id from alert where key like 'site-finding:%'`);
    expect(told).toHaveLength(4);
    expect(told[0]).toEqual({ audience: ['department_contact'], department_id: 'fgj' });
  });

  it('keeps the page a finding was made on as it was, and names the page a lost link stands on', async () => {
    const listed = await findings.list(EVERYTHING, true);
    const [named] = listed.filter((f) => f.kind === 'sensitive');
    const warc = (await findings.warcOf(EVERYTHING, named?.id ?? ''))!;
    // A gzip member for each record: zlib reads them all.
    const text = gunzipSync(warc).toString();
    expect(text).toContain(`WARC-Target-URI: ${base}/list.html`);
    expect(text).toContain(PAGES['/list.html']);
    const [lost] = listed.filter((f) => f.url.endsWith('/broken.html'));
    expect(lost).toMatchObject({ kept: false, contentHash: null });
    expect(lost?.sentence).toContain(`${base}/doc.html`);
    expect(await findings.warcOf(EVERYTHING, lost?.id ?? '')).toBeNull();
    expect(await findings.warcOf({ sql: 'f.department_id = $1', params: ['slj'] }, named?.id ?? '')).toBeNull();
  });

  it('has its interpretation proposed to a person by the link to the document', async () => {
    const proposal = await row<{ caseId: string }>(
      scratch.dataSource,
      `select i.case_id as "caseId", p.kind, p.reason, p.state from evidence_proposal p join item i on i.id = p.item_id`,
    );
    expect(proposal).toMatchObject({ kind: 'interpretation', reason: '页面链接到该文件', state: 'open' });
    const listed = await new EvidenceProposals(scratch.dataSource, null as never).open(proposal?.caseId ?? '');
    expect(listed).toMatchObject([{ kind: 'interpretation', title: '城市供水管理新政一图读懂' }]);
  });

  it('is looked at again after a week: what was mended is resolved', async () => {
    PAGES['/list.html'] = page('关于公布临时救助对象名单的公告', FILLER);
    PAGES['/lost.html'] = page('某页', FILLER);
    PAGES['/doc.html'] = PAGES['/doc.html']!.replace('<a href="/broken.html">附件</a>', '');
    expect(await check.checkDue()).toBe(0);
    await shiftTime(scratch.dataSource, { byMs: 7 * 86_400_000 });
    while ((await check.checkDue()) > 0);
    expect((await open()).map(([kind, path]) => [kind, path])).toEqual([['late-publication', '/doc.html']]);
    const mended = await findings.list(EVERYTHING, false);
    expect(mended.map((f) => [f.kind, f.url.slice(base.length), f.kept])).toEqual(
      expect.arrayContaining([['sensitive', '/list.html', true], ['dead-link', '/lost.html', false], ['dead-link', '/broken.html', false]]),
    );
    expect(mended).toHaveLength(3);
    // What was wrong can still be shown after it was mended, until its time of keeping is over.
    const archive = new PageArchive(scratch.dataSource);
    expect(await archive.sweep(1)).toBe(0);
    await shiftTime(scratch.dataSource, { byMs: 2 * 86_400_000 });
    expect(await archive.sweep(1)).toBe(1);
    expect((await findings.list(EVERYTHING, false)).map((f) => f.kept)).toEqual([false, false, false]);
  });

  it('is found silent after two weeks', async () => {
    await shiftTime(scratch.dataSource, { byMs: 8 * 86_400_000 });
    await keeper.look();
    expect(await open()).toEqual(expect.arrayContaining([['stale', '', '县发展和改革局']]));
  });
});
