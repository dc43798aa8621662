import { NestFactory } from '@nestjs/core';
import type { INestApplicationContext } from '@nestjs/common';
import { ApiKeys } from '@app/accounts';
import type { WireHanded } from '@app/domain';
import { loadSettings } from '@app/settings';
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
    const made = await bench.app.get(ApiKeys, { strict: false }).add('acme', 'items:write', 'test');
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
    const made = await bench.app.get(ApiKeys, { strict: false }).add('again', 'items:write', 'test');
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

  it('joins what comes later to the case of an item that only 复核 gave one', async () => {
    const made = await bench.app.get(ApiKeys, { strict: false }).add('late', 'items:write', 'test');
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
    const made = await keys.add('gone', 'items:write', 'test');
    if (!made.ok) throw new Error(made.reason);
    expect(await keys.revoke('gone', 'test')).toBe(true);
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

  it('names the field that is wrong, and is not for the auditor', async () => {
    expect((await officer.post('/items/manual', { title: 'x', source: 'y', url: 'javascript:1' })).body).toMatchObject({ status: 422, field: 'url' });
    expect((await auditor.post('/items/manual', { title: 'x', source: 'y' })).status).toBe(403);
  });
});
