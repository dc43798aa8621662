import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { type AppProcess, startApp, stopApp } from './app-process';
import { buildOnce, root } from './running-system';
import { openScratchDatabase, type ScratchDatabase } from './scratch-database';
import { quiet } from './quiet-config';

const SOURCES = 30;
const EVERY_SECONDS = 20;
let web: Server;
let database: ScratchDatabase;
let configDir: string;
let client: Client;
const crawlers: AppProcess[] = [];
/** When each feed was asked for. */
const asked = new Map<string, number[]>();
let atOnce = 0;
let mostAtOnce = 0;

beforeAll(async () => {
  web = createServer((request, response) => {
    if (request.url === '/robots.txt') return void response.writeHead(404).end();
    const path = request.url ?? '';
    asked.set(path, [...(asked.get(path) ?? []), performance.now()]);
    mostAtOnce = Math.max(mostAtOnce, ++atOnce);
    const item = `<item><title>${path} 某小区停水三天无人处理</title><guid>${path}</guid></item>`;
    setTimeout(() => {
      atOnce--;
      response.writeHead(200, { 'content-type': 'application/rss+xml' }).end(`<rss version="2.0"><channel><title>t</title>${item}</channel></rss>`);
    }, 20);
  });
  web.listen(0, '127.0.0.1');
  await once(web, 'listening');
  const host = `127.0.0.1:${(web.address() as AddressInfo).port}`;
  buildOnce();
  database = await openScratchDatabase();
  configDir = mkdtempSync(join(tmpdir(), 'huiying-config-'));
  cpSync(join(root, 'config'), configDir, { recursive: true });
  quiet(configDir);
  const main = join(configDir, 'huiying.yaml');
  writeFileSync(main, readFileSync(main, 'utf8').replace('allowPrivateHosts: []', `allowPrivateHosts: ["${host}"]`));
  const sources = Array.from(
    { length: SOURCES },
    (_, i) => `  - { name: feed-${i}, title: 源${i}, kind: feed, url: 'http://${host}/${i}.xml', enabled: true, schedule: { everySeconds: ${EVERY_SECONDS} }, politeness: { pauseSeconds: 0.02 } }`,
  );
  writeFileSync(join(configDir, 'sources', 'several.yaml'), `sources:\n${sources.join('\n')}\n`);
  client = new Client({ connectionString: database.url });
  await client.connect();
  await Promise.all([startCrawler(), startCrawler(), startCrawler()]);
}, 120_000);

afterAll(async () => {
  await Promise.all(crawlers.map((c) => stopApp(c)));
  await client?.end();
  await database?.drop();
  web.close();
  rmSync(configDir, { recursive: true, force: true });
}, 30_000);

async function startCrawler(): Promise<void> {
  crawlers.push(await startApp('crawler', { DATABASE_URL: database.url, HUIYING_CONFIG: configDir }));
}

async function until(done: () => Promise<boolean>, withinMs: number): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await done())) {
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms`);
    await new Promise((next) => setTimeout(next, 100));
  }
}

const count = async (sql: string): Promise<number> => Number((await client.query<{ n: string }>(sql)).rows[0]?.n);

it('three crawlers share the sources: each is read once when it is due, one request at a time to their host, every item stored once', async () => {
  await until(async () => (await count('select count(*) as n from source_state where fetches >= 2')) === SOURCES, 90_000);
  const { rows: states } = await client.query<{ name: string; fetches: string }>('select name, fetches from source_state');
  for (const [path, times] of asked) {
    const gaps = times.slice(1).map((t, i) => t - (times[i] ?? 0));
    // The interval is counted from the claim, and a request may have waited for its host's turn since: a second reading of one due time would follow at once.
    expect({ path, again: gaps.filter((g) => g < EVERY_SECONDS * 500) }).toEqual({ path, again: [] });
    const fetches = Number(states.find((s) => path === `/${s.name.slice('feed-'.length)}.xml`)?.fetches);
    expect([fetches, fetches + 1]).toContain(times.length);
  }
  expect(asked.size).toBe(SOURCES);
  expect(mostAtOnce).toBe(1);
  expect(await count('select count(*) as n from item')).toBe(SOURCES);
  expect(await count('select count(distinct application_name) as n from pg_stat_activity where application_name like \'%crawler%\'')).toBeGreaterThan(0);
}, 120_000);

it('one of them killed: the others read on, and what it held is taken up when its claim has run out', async () => {
  const [first] = crawlers;
  if (!first) throw new Error('no crawler');
  await stopApp(first, 'SIGKILL');
  await client.query(`update source_state set next_fetch_at = app_now(), claimed_until = app_now() + interval '1 second' where name = 'feed-0'`);
  const before = asked.get('/0.xml')?.length ?? 0;
  await until(() => Promise.resolve((asked.get('/0.xml')?.length ?? 0) > before), 60_000);
  expect(await count('select count(*) as n from item')).toBe(SOURCES);
}, 90_000);
