import { NestFactory } from '@nestjs/core';
import type { INestApplicationContext } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { ApiKeys } from '@app/accounts';
import type { WireCase, WireHanded, WireProblem } from '@app/domain';
import { loadSettings } from '@app/settings';
import { ItemStore } from '@app/intake';
import { Inbox } from '@app/response';
import { rows } from '@app/storage';
import { CrawlerModule } from '../apps/crawler/src/crawler.module';
import { incoming, LABEL, until } from './engine-bench';
import { type Answer, type Browser, type GatewayBench, openGateway, person } from './gateway-bench';

let bench: GatewayBench;
let crawler: INestApplicationContext;
let officer: Browser;
let auditor: Browser;

beforeAll(async () => {
  bench = await openGateway();
  const { url } = bench.db.options as { url?: string };
  const settings = loadSettings({ env: { DATABASE_URL: url } });
  crawler = await NestFactory.createApplicationContext(CrawlerModule.of({ ...settings, sources: [] }), { logger: false, abortOnError: false });
  officer = await person(bench, { username: 'officer' });
  auditor = await person(bench, { username: 'auditor', role: 'auditor' });
}, 60_000);
afterAll(async () => {
  await crawler?.close();
  await bench.close();
});

async function settled(look: () => Promise<Answer<WireHanded>>): Promise<WireHanded> {
  for (let i = 0; i < 200; i++) {
    const { body } = await look();
    if (body.state !== 'waiting') return body;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the entry is still waiting');
}

async function otherDepartment(): Promise<string> {
  const [found] = await rows<{ id: string }>(bench.db, `insert into department (id, name) values ('elsewhere', '其他单位') on conflict (id) do update set name = excluded.name returning id`);
  return found!.id;
}

async function settledCase(itemId: string): Promise<string> {
  return until('the case of the item', async () => {
    const [found] = await rows<{ id: string | null }>(bench.db, 'select case_id as id from item where id = $1', [itemId]);
    return found?.id;
  });
}

interface Pushed {
  accepted: WireHanded[];
  refused: { key: string; reason: string }[];
}
const push = (key: string, items: unknown[]): Promise<Answer<Pushed>> => {
  const program = Object.assign(Object.create(Object.getPrototypeOf(officer) as object) as Browser, { base: bench.base, cookie: '', csrf: '' });
  return program.send<Pushed>('POST', '/api/v1/items', { items }, { authorization: `Bearer ${key}`, origin: bench.base });
};
const EXPLOSION = {
  guid: 'v-1',
  title: '云溪县恒泰化工厂今晨发生爆炸，已致3人死亡、5人受伤',
  text: '今天凌晨，云溪工业园恒泰化工厂车间发生爆炸，已致3人死亡、5人受伤，救援正在进行。',
  url: 'https://vendor.example/n/1',
  publishedAt: '2026-02-14T06:00:00+08:00',
};

describe('a monitoring vendor pushes', () => {
  it('items that become a case like anything fetched, each once; what is wrong is named, the rest is taken', async () => {
    const made = await bench.app.get(ApiKeys, { strict: false }).add({ name: 'acme', scopes: ['push-items'], accountId: null }, 'test');
    if (!made.ok) throw new Error(made.reason);
    const first = await push(made.key, [EXPLOSION, { ...EXPLOSION, guid: 'v-2', publishedAt: '昨天' }]);
    expect(first.status).toBe(202);
    expect(first.body.refused).toEqual([{ key: 'items.1', reason: expect.stringContaining('publishedAt') }]);
    expect(first.body.accepted).toMatchObject([{ guid: 'v-1', state: 'waiting', duplicate: false }]);
    const inboxId = first.body.accepted[0]!.inboxId;

    const headers = { authorization: `Bearer ${made.key}` };
    const done = await settled(() => officer.send<WireHanded>('GET', `/api/v1/inbox/${inboxId}`, undefined, headers));
    expect(done).toMatchObject({ state: 'stored', itemId: expect.any(String), caseId: expect.any(String) });
    const [found] = await rows<object>(bench.db, 'select level, emergency from case_file where id = $1', [done.caseId]);
    expect(found).toEqual({ level: 'major', emergency: true });

    expect((await push(made.key, [EXPLOSION])).body.accepted).toMatchObject([{ inboxId, duplicate: true, state: 'stored' }]);
    expect(await rows(bench.db, 'select count(*)::int as n from item')).toEqual([{ n: 1 }]);
  });

  it('an entry that was refused is taken anew when it is pushed again', async () => {
    const made = await bench.app.get(ApiKeys, { strict: false }).add({ name: 'again', scopes: ['push-items'], accountId: null }, 'test');
    if (!made.ok) throw new Error(made.reason);
    const headers = { authorization: `Bearer ${made.key}` };
    await rows(
      bench.db,
      `insert into inbox (source_name, guid, entry, submitted_by, received_at, state, attempts, reason, settled_at)
       values ('push-again', 'r-1', '{}', 'key:again', app_now(), 'refused', 3, '处理时出错', app_now())`,
    );
    const { body } = await push(made.key, [{ guid: 'r-1', title: '某路口红绿灯损坏' }]);
    expect(body.accepted).toMatchObject([{ guid: 'r-1', state: 'waiting', reason: null, duplicate: false }]);
    const done = await settled(() => officer.send<WireHanded>('GET', `/api/v1/inbox/${body.accepted[0]!.inboxId}`, undefined, headers));
    expect(done.state).toBe('stored');
  });

  it('two hundred items of the greatest length in one request', async () => {
    const made = await bench.app.get(ApiKeys, { strict: false }).add({ name: 'long', scopes: ['push-items'], accountId: null }, 'test');
    if (!made.ok) throw new Error(made.reason);
    const items = Array.from({ length: 200 }, (_, i) => ({ guid: `long-${i}`, title: `第${i}条`, text: '长'.repeat(20_000) }));
    const { status, body } = await push(made.key, items);
    expect([status, body.accepted.length]).toEqual([202, 200]);
    // Not needed any further: so many would keep the crawler busy.
    await rows(bench.db, `delete from inbox where source_name = 'push-long' and state = 'waiting'`);
    expect((await officer.post('/items/manual', { source: '来信', title: '长', text: '长'.repeat(100_000) })).status).toBe(413);
  });

  it('joins what comes later to the case of an item that only 复核 gave one', async () => {
    const made = await bench.app.get(ApiKeys, { strict: false }).add({ name: 'late', scopes: ['push-items'], accountId: null }, 'test');
    if (!made.ok) throw new Error(made.reason);
    const headers = { authorization: `Bearer ${made.key}` };
    const bring = async (guid: string, title: string, text: string): Promise<WireHanded> => {
      const { inboxId } = (await push(made.key, [{ guid, title, text }])).body.accepted[0]!;
      return settled(() => officer.send<WireHanded>('GET', `/api/v1/inbox/${inboxId}`, undefined, headers));
    };
    const title = '青石镇幼儿园多名儿童食物中毒送医';
    const text = '今天中午，青石镇中心幼儿园二十余名儿童午餐后呕吐、腹痛，已送镇卫生院救治，家长质疑食堂食材不洁。';
    const label = { ...LABEL, relevant: false, level: 'none' as const };
    const { itemId } = await bench.db.transaction((manager) => incoming(manager, { title, text, label }));
    const other = await bring('l-1', '城西大桥桥面坍塌致2人死亡', '今晨城西大桥桥面突然坍塌，两辆货车坠河，已致2人死亡，救援正在进行。');
    expect(other.caseId).not.toBeNull();
    await officer.post(`/items/${itemId}/review`, { change: { level: 'ordinary' }, reason: '确有其事' });
    const opened = await settledCase(itemId);
    expect(await bring('l-2', title, text)).toMatchObject({ caseId: opened });
  });

  it('nothing without a key, and nothing with a revoked one', async () => {
    const keys = bench.app.get(ApiKeys, { strict: false });
    const made = await keys.add({ name: 'gone', scopes: ['push-items'], accountId: null }, 'test');
    if (!made.ok) throw new Error(made.reason);
    expect(await keys.revoke(made.id, 'test')).toBe(true);
    expect((await push(made.key, [EXPLOSION])).status).toBe(401);
    expect((await push('hy_nonsense-nonsense-nonsense', [EXPLOSION])).status).toBe(401);
    expect(await rows(bench.db, `select key_hash from api_key where key_hash like 'hy_%'`)).toEqual([]);
  });
});

describe('手工录入', () => {
  it('takes what an officer read elsewhere, once for each address, and says what became of it', async () => {
    const body = { title: '桥头镇卫生院输液室多名患儿出现寒战发热', source: '某论坛', url: 'https://forum.example/t/9', text: '家长反映，今日在桥头镇卫生院输液的多名患儿出现寒战发热。' };
    const first = await officer.post<WireHanded>('/items/manual', body);
    expect(first.status).toBe(202);
    const done = await settled(() => officer.get<WireHanded>(`/entries/${first.body.inboxId}`));
    expect(done.state).toBe('stored');
    expect((await officer.post<WireHanded>('/items/manual', body)).body).toMatchObject({ inboxId: first.body.inboxId, duplicate: true });
    const items = (await officer.get<{ items: { sourceTitle: string }[] }>('/items')).body.items;
    expect(items.map((i) => i.sourceTitle)).toContain('手工录入');
  });

  it('keeps screenshots as evidence of the item, shown on its case to those who may see it, each look audited', async () => {
    const form = (files: [string, Buffer][]): FormData => {
      const given = new FormData();
      const fields = { title: '青石镇幼儿园多名儿童餐后呕吐送医', source: '家长群', text: '今天中午，青石镇中心幼儿园二十余名儿童午餐后呕吐、腹痛，已送医。' };
      for (const [name, value] of Object.entries(fields)) given.append(name, value);
      for (const [name, bytes] of files) given.append('files', new File([new Uint8Array(bytes)], name));
      return given;
    };
    const send = async (files: [string, Buffer][]) => {
      const headers = { cookie: officer.cookie, origin: bench.base, 'x-csrf-token': officer.csrf };
      const response = await fetch(`${bench.base}/api/v1/items/manual`, { method: 'POST', headers, body: form(files) });
      return { status: response.status, body: (await response.json()) as WireHanded & WireProblem };
    };
    const PNG = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), Buffer.from('a picture')]);
    expect(await send([['群聊.png', Buffer.from('<script>')]])).toMatchObject({ status: 422, body: { field: 'files' } });
    expect(await send([['run.exe', PNG]])).toMatchObject({ status: 422, body: { detail: expect.stringContaining('PNG、JPG 或 PDF') } });
    expect((await send([['大.png', Buffer.concat([PNG, Buffer.alloc(10 * 1024 * 1024)])]])).status).toBe(413);

    const first = await send([['群聊.png', PNG]]);
    expect(first.status).toBe(202);
    const done = await settled(() => officer.get<WireHanded>(`/entries/${first.body.inboxId}`));
    expect((await send([['群聊.png', PNG]])).body).toMatchObject({ duplicate: true, inboxId: first.body.inboxId });
    const seen = (await officer.get<WireCase>(`/cases/${done.caseId}`)).body.items.find((i) => i.id === done.itemId);
    const digest = createHash('sha256').update(PNG).digest('hex');
    expect(seen?.files).toEqual([expect.objectContaining({ name: '群聊.png', mediaType: 'image/png', bytes: PNG.length, sha256: digest })]);

    const address = `/api/v1/cases/${done.caseId}/files/${seen!.files![0]!.id}`;
    const got = await fetch(bench.base + address, { headers: { cookie: officer.cookie } });
    expect(Buffer.from(await got.arrayBuffer())).toEqual(PNG);
    expect([got.headers.get('content-type'), got.headers.get('x-content-type-options')]).toEqual(['image/png', 'nosniff']);
    expect(got.headers.get('content-security-policy')).toContain('sandbox');
    expect((await auditor.send('GET', address)).status).toBe(403);
    const stranger = await person(bench, { username: 'stranger', role: 'department_contact', departmentId: await otherDepartment() });
    expect((await stranger.send('GET', address)).status).toBe(404);
    const looks = await rows<{ n: number }>(bench.db, `select count(*)::int as n from audit where action = 'item.file'`);
    expect(looks).toEqual([{ n: 1 }]);
    await expect(rows(bench.db, 'delete from handed_file')).rejects.toThrow('append-only');
  });

  it('names the field that is wrong, and is not for the auditor', async () => {
    expect((await officer.post('/items/manual', { title: 'x', source: 'y', url: 'javascript:1' })).body).toMatchObject({ status: 422, field: 'url' });
    expect((await auditor.post('/items/manual', { title: 'x', source: 'y' })).status).toBe(403);
  });
});

describe('trouble', () => {
  const NO_POISON = `create function refuse_poison() returns trigger language plpgsql as $$ begin
    if new.title like '毒%' then raise exception 'poison' using errcode = '22000'; end if; return new; end $$;
    create trigger refuse_poison before insert on item for each row execute function refuse_poison()`;
  beforeAll(() => bench.db.query(NO_POISON));
  afterAll(() => bench.db.query('drop trigger refuse_poison on item; drop function refuse_poison'));

  it('with one item of a source is told by its guid and keeps none of the others out', async () => {
    const entry = (guid: string, title: string) => ({ guid, title, text: '', url: null, publishedAt: null, certain: false });
    const entries = [entry('p-1', '城东公园开放'), entry('p-2', '毒条目'), entry('p-3', '城西公园开放')];
    const origin = { name: 'poisoned', kind: 'rss', official: false };
    const done = await crawler.get(ItemStore, { strict: false }).store(origin, entries, new Date('2026-02-14T08:00:00+08:00'));
    expect(done).toEqual({ stored: 2, failed: [{ guid: 'p-2', fault: expect.stringContaining('poison') }] });
  });

  it('with an entry handed in is tried again later, not at once, and ends well when the trouble does', async () => {
    const inbox = bench.app.get(Inbox, { strict: false });
    const entry = { title: '毒条目二', text: '', url: null, publishedAt: null, certain: false, region: null, handedOnBy: null, sourceTitle: null };
    const url = `https://example.invalid/${'长'.repeat(1900)}`;
    const [handed] = await inbox.hand([{ sourceName: 'push-p', guid: url, entry, submittedBy: 'test' }]);
    expect(handed!.guid).toMatch(/^sha256:[0-9a-f]{32}$/);
    expect(await inbox.hand([{ sourceName: 'push-p', guid: url, entry, submittedBy: 'test' }])).toMatchObject([{ duplicate: true }]);
    const tries = () => rows<{ state: string; attempts: number }>(bench.db, 'select state, attempts from inbox where id = $1', [handed!.inboxId]);
    await until('the first try', async () => ((await tries())[0]!.attempts > 0 ? true : undefined));
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(await tries()).toEqual([{ state: 'waiting', attempts: 1 }]);
    await rows(bench.db, 'alter table item disable trigger refuse_poison');
    await rows(bench.db, `update inbox set next_try_at = app_now() where id = $1`, [handed!.inboxId]);
    await until('the second try', async () => ((await tries())[0]!.state === 'stored' ? true : undefined));
  });
});
