import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { ProbeAnswer, WireSource, WireSourceDetail } from '@app/domain';
import { readDefinition } from '@app/response';
import { loadSettings } from '@app/settings';
import { rows } from '@app/storage';
import { CrawlerModule } from '../apps/crawler/src/crawler.module';
import { definitionOf, formOf } from '../apps/dashboard/src/state/source-form';
import { until } from './engine-bench';
import { type Browser, type GatewayBench, openGateway, person } from './gateway-bench';

let bench: GatewayBench;
let crawler: INestApplicationContext;
let web: Server;
let host: string;
let officer: Browser;
let admin: Browser;
/** Requests of the list, with what was sent along. */
const asked: { etag: string | undefined }[] = [];

const TITLES = ['桥头镇柳湾小区停水三天无人处理', '城东菜市场后烧烤店半夜噪音扰民', '青禾路路灯坏了一个月没人修', '宏远工地拖欠农民工工资四个月'];
const row = (title: string, i: number): string => `<li><a href="/n/${i}.html">${title}</a><span class="date">2026-02-1${i} 08:30</span></li>`;
const LIST = `<html><head><meta charset="utf-8"><title>问政平台</title></head><body><div class="nav"><a href="/">首页</a><a href="/x">关于</a></div>
<ul class="list">${TITLES.map(row).join('')}<li><a href="/n/8.html">某某路口红绿灯损坏已经一周</a><span class="date">3分钟前</span></li></ul>
<a class="next" href="/list?page=2">下一页</a></body></html>`;

beforeAll(async () => {
  web = createServer((request, response) => {
    if (request.url === '/robots.txt') return void response.writeHead(404).end();
    if (request.url !== '/list') return void response.writeHead(200, { 'content-type': 'text/html' }).end('<html><title>其他</title><p>没有</p></html>');
    const etag = request.headers['if-none-match'];
    asked.push({ etag });
    if (etag === '"same"') return void response.writeHead(304).end();
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', etag: '"same"' }).end(LIST);
  });
  await new Promise<void>((done) => web.listen(0, '127.0.0.1', done));
  host = `127.0.0.1:${(web.address() as AddressInfo).port}`;
  bench = await openGateway();
  const { url } = bench.db.options as { url?: string };
  const settings = loadSettings({ env: { DATABASE_URL: url } });
  const intake = { ...settings.intake, allowPrivateHosts: [host] };
  crawler = await NestFactory.createApplicationContext(CrawlerModule.of({ ...settings, intake, sources: [] }), { logger: false, abortOnError: false });
  officer = await person(bench, { username: 'officer' });
  admin = await person(bench, { username: 'root', role: 'administrator' });
}, 60_000);
afterAll(async () => {
  await crawler?.close();
  await bench.close();
  web.close();
});

async function tryOut(who: Browser, request: object): Promise<ProbeAnswer> {
  const { status, body } = await who.post<{ id: string }>('/source-probes', request);
  expect(status).toBe(202);
  return until('the answer of the dry run', async () => (await who.get<{ answer: ProbeAnswer | null }>(`/source-probes/${body.id}`)).body.answer ?? undefined);
}

describe('a dry run', () => {
  it('finds out what an address is, proposes selectors with reasons, and shows the entries as they would come in', async () => {
    const answer = await tryOut(officer, { url: `http://${host}/list` });
    expect(answer).toMatchObject({ fault: null, kind: 'html-list', entries: 5, fetched: { robots: '允许', charset: 'utf-8', conditional: true } });
    expect(answer.definition).toMatchObject({ kind: 'html-list', list: { item: 'ul.list > li', publishedAt: 'span.date', next: 'a.next' }, detail: {} });
    expect(answer.proposals.every((p) => p.why.length > 5)).toBe(true);
    expect(answer.items[1]).toMatchObject({ title: TITLES[1], publishedAt: '2026-02-11T08:30:00+08:00', certain: true });
    expect(answer.items[4]).toMatchObject({ certain: false });
    expect(answer.warnings.join()).toContain('1 条的时间不确定');
    expect(await rows(bench.db, 'select count(*)::int as n from item')).toEqual([{ n: 0 }]);
  });

  it('is made under the same guard as any reading', async () => {
    expect((await tryOut(officer, { url: 'http://169.254.169.254/latest/meta-data/' })).fault).toContain('拒绝访问内网或保留地址');
    expect((await tryOut(officer, { url: 'http://[::ffff:127.0.0.1]/' })).fault).toContain('拒绝访问');
    expect((await officer.post('/source-probes', { url: 'file:///etc/passwd' })).status).toBe(422);
  });

  it('belongs to whoever asked for it', async () => {
    const { body } = await officer.post<{ id: string }>('/source-probes', { url: `http://${host}/list` });
    expect((await admin.get(`/source-probes/${body.id}`)).status).toBe(404);
    await until('its end', async () => (await officer.get<{ answer: ProbeAnswer | null }>(`/source-probes/${body.id}`)).body.answer ?? undefined);
  });
});

describe('a source set up in the browser', () => {
  const definition = (): Record<string, unknown> => ({
    ...{ name: 'county-board', title: '某县问政平台', kind: 'html-list', url: `http://${host}/list`, enabled: true, official: false },
    ...{ schedule: { everySeconds: 3600 }, politeness: { pauseSeconds: 0, maxDetails: 10 }, list: { item: 'ul.list > li' } },
  });
  const readings = (): number => asked.length;

  it('is saved by an administrator alone, by the schema of config/sources, each refusal naming its field', async () => {
    expect((await officer.post('/sources', { definition: definition() })).status).toBe(403);
    const bad = async (change: object): Promise<unknown> => {
      const { status, body } = await admin.post('/sources', { definition: { ...definition(), ...change } });
      return [status, body.field];
    };
    expect(await bad({ name: 'Ä' })).toEqual([422, 'name']);
    expect(await bad({ schedule: { everySeconds: 1 } })).toEqual([422, expect.stringMatching(/^schedule/)]);
    expect(await bad({ nonsense: 1 })).toEqual([422, 'nonsense']);
    expect(await bad({ department: 'nowhere' })).toEqual([422, 'department']);
    expect(await bad({ kind: 'demo', file: 'demo/x.yaml', channel: 'x' })).toEqual([422, expect.any(String)]);
    const configured = loadSettings().sources[0]?.name;
    expect((await admin.post('/sources', { definition: { ...definition(), name: configured } })).status).toBe(409);
  });

  it('is the same after a way through the form', () => {
    const form = definitionOf(formOf(definition()));
    expect(form).toEqual(definition());
    expect(readDefinition(form)).toMatchObject({ ok: true });
  });

  it('is read without a restart, changed ones anew although the server would say 304, paused and deleted ones no more', async () => {
    const before = readings();
    expect((await admin.post('/sources', { definition: definition() })).body).toMatchObject({ name: 'county-board', created: true });
    expect((await admin.post('/sources', { definition: definition() })).status).toBe(422);
    await until('the first reading', async () => ((await rows<{ n: number }>(bench.db, 'select count(*)::int as n from item'))[0]?.n === 5 ? true : undefined));
    expect(readings()).toBe(before + 1);

    const changed = { ...definition(), title: '某县问政平台（新）', list: { item: 'ul.list > li', next: 'a.next', maxPages: 1 } };
    expect((await admin.send('PUT', '/api/v1/sources/county-board', { definition: changed })).status).toBe(200);
    await until('the second reading', () => Promise.resolve(readings() === before + 2 || undefined));
    expect(asked.at(-1)?.etag).toBeUndefined();
    expect((await admin.send('PUT', '/api/v1/sources/county-board', { definition: { ...changed, name: 'other' } })).status).toBe(422);

    expect((await admin.post('/sources/county-board/enabled', { enabled: false })).status).toBe(200);
    const shown = (await officer.get<WireSourceDetail>('/sources/county-board')).body;
    expect(shown).toMatchObject({ origin: 'database', changedBy: 'root', source: { state: 'disabled', editable: true, items: 5 } });
    expect(shown.days).toHaveLength(14);
    expect(shown.days.at(-1)).toMatchObject({ fetches: 2, failures: 0, items: 5 });
    await rows(bench.db, `update source_state set next_fetch_at = app_now() where name = 'county-board'`);
    await new Promise((done) => setTimeout(done, 2500));
    expect(readings()).toBe(before + 2);

    expect((await admin.send('DELETE', '/api/v1/sources/county-board')).status).toBe(200);
    expect((await officer.get<{ sources: WireSource[] }>('/sources')).body.sources.some((s) => s.name === 'county-board')).toBe(false);
    const items = (await officer.get<{ items: { sourceTitle: string }[] }>('/items')).body.items;
    expect(new Set(items.map((i) => i.sourceTitle))).toEqual(new Set(['某县问政平台（新）']));
    const trail = await rows<{ action: string }>(bench.db, `select action from audit where object = 'source:county-board' order by id`);
    expect(trail.map((t) => t.action)).toEqual(['source.add', 'source.change', 'source.pause', 'source.delete']);
  });
});
