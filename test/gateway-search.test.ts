import type { FoundItem, WireCaseSummary, WireItem } from '@app/domain';
import { loadTokeniser, SearchIndexer } from '@app/intake';
import { loadSettings } from '@app/settings';
import { PgListener, rows } from '@app/storage';
import { LABEL } from './engine-bench';
import { Browser, type GatewayBench, openCase, openGateway, person } from './gateway-bench';

let bench: GatewayBench;
let officer: Browser;

beforeAll(async () => {
  bench = await openGateway();
  officer = await person(bench, { username: 'officer' });
}, 60_000);
afterAll(() => bench.close());

const board = async () => (await officer.get<{ cases: WireCaseSummary[]; totals: { breached: number } }>('/board')).body;
const items = async (query: string) => (await officer.get<{ items: FoundItem[]; next: string | null; marks: string[] }>(`/items?${query}`)).body;

describe('what the board leads with', () => {
  it('counts what is late and counts down what comes next', async () => {
    const small = await openCase(bench, { title: '路灯不亮', label: { ...LABEL } });
    const grave = await openCase(bench, { title: '化工厂爆炸', label: { ...LABEL, level: 'major', emergency: true, grade: '重大', category: '事故灾难' } });
    const calm = await openCase(bench, { title: '垃圾清运', label: { ...LABEL } });
    const soon = await openCase(bench, { title: '停水通知', label: { ...LABEL } });
    const move = (id: string, minutes: number, first = false) =>
      rows(
        bench.db,
        `update clock set due_at = app_now() + make_interval(mins => $2::int)
          where case_id = $1 and state = 'open' and (not $3 or id = (select min(id) from clock where case_id = $1))`,
        [id, minutes, first],
      );
    await move(small, 600);
    await move(small, -3000, true);
    await move(grave, 240);
    await move(grave, -10, true);
    await move(calm, 900);
    await move(soon, 30);
    const { cases, totals } = await board();
    expect(cases.map((c) => c.title)).toEqual(['化工厂爆炸', '路灯不亮', '停水通知', '垃圾清运']);
    expect(totals.breached).toBe(2);
    const [first, , third] = cases;
    expect(first).toMatchObject({ overdueClocks: 1 });
    expect(Date.parse(first!.nearest!.dueAt)).toBeLessThan(Date.parse(first!.nextUp!.dueAt));
    expect(third).toMatchObject({ overdueClocks: 0 });
    expect(third!.nextUp!.id).toBe(third!.nearest!.id);
    await move(calm, -5);
    expect((await board()).cases.find((c) => c.id === calm)).toMatchObject({ nextUp: null });
  });

  it('never lets an emergency in time sink below late ordinary cases', async () => {
    const late = await openCase(bench, { title: '拖了很久的路灯', label: { ...LABEL } });
    const urgent = await openCase(bench, { title: '桥梁垮塌', label: { ...LABEL, level: 'major', emergency: true, grade: '特别重大', category: '事故灾难' } });
    await rows(bench.db, `update clock set due_at = app_now() - interval '9 days' where case_id = $1`, [late]);
    await rows(bench.db, `update clock set due_at = app_now() + interval '20 hours' where case_id = $1`, [urgent]);
    const titles = (await board()).cases.map((c) => c.title);
    expect(titles.indexOf('桥梁垮塌')).toBeLessThan(titles.indexOf('拖了很久的路灯'));
    // A late emergency still goes before one in time.
    expect(titles.indexOf('化工厂爆炸')).toBeLessThan(titles.indexOf('桥梁垮塌'));
    // Answered in all its limits, it leads no more.
    await rows(bench.db, `update clock set state = 'met', met_at = app_now() where case_id = $1`, [urgent]);
    const after = (await board()).cases.map((c) => c.title);
    expect(after.indexOf('桥梁垮塌')).toBeGreaterThan(after.indexOf('拖了很久的路灯'));
    await rows(bench.db, `update case_file set closed_at = app_now() where id = any($1::bigint[])`, [[late, urgent]]);
  });

  it('names the sources of a case', async () => {
    expect((await board()).cases[0]!.sources).toHaveLength(1);
  });

  it('says of each clock what its rule allows, with the reason', async () => {
    const { cases } = await board();
    const clock = cases.find((c) => c.nextUp !== null)!.nextUp!;
    expect(clock.maySuspend).toEqual({ allowed: false, reason: expect.stringContaining('没有规定可以中止') });
    expect(clock.mayExtend).toEqual({ allowed: false, reason: expect.stringContaining('没有规定可以延长') });
  });
});

describe('the search of items', () => {
  /** As the crawler does right after storing. */
  const indexed = () => new SearchIndexer(bench.db, bench.app.get(PgListener)).indexNew();
  const search = (q: string, more = '') => items(`q=${encodeURIComponent(q)}${more}`);
  const titles = async (q: string, more = '') => (await search(q, more)).items.map((i) => i.title);

  beforeAll(() => loadTokeniser(loadSettings().configDir));

  it('does not go through all items again once it has found them indexed', async () => {
    await openCase(bench, { title: '先来的一条', text: '先来' });
    const [{ id: itemId }] = (await rows<{ id: string }>(bench.db, 'select max(id)::text as id from item')) as [{ id: string }];
    const indexer = new SearchIndexer(bench.db, bench.app.get(PgListener));
    await indexer.indexNew();
    // As if thousands had come since, all indexed.
    await rows(bench.db, `select setval('item_id_seq', $1::bigint + 5000)`, [itemId]);
    await openCase(bench, { title: '后来的一条', text: '后来' });
    expect(await indexer.indexNew()).toBe(1);
    await rows(bench.db, 'delete from item_search where item_id = $1', [itemId]);
    expect(await indexer.indexNew()).toBe(0);
    // A process that starts anew looks at all of them once, and then no more.
    const another = new SearchIndexer(bench.db, bench.app.get(PgListener));
    expect(await another.indexNew()).toBe(1);
    const idle = new SearchIndexer(bench.db, bench.app.get(PgListener));
    expect(await idle.indexNew()).toBe(0);
    await rows(bench.db, 'delete from item_search where item_id = $1', [itemId]);
    expect(await idle.indexNew()).toBe(0);
    expect(await new SearchIndexer(bench.db, bench.app.get(PgListener)).indexNew()).toBe(1);
  });

  it('finds words in title and text, page after page, each once', async () => {
    for (let i = 0; i < 5; i++) await openCase(bench, { title: `第${i}次停电`, text: '变压器烧毁，正在抢修。' });
    await openCase(bench, { title: '别的事', text: '與此無關' });
    await indexed();
    const first = await search('变压器', '&limit=3');
    const second = await search('变压器', `&limit=3&beforeId=${first.next}`);
    expect([...first.items, ...second.items].map((i) => i.title)).toEqual(['第4次停电', '第3次停电', '第2次停电', '第1次停电', '第0次停电']);
    expect(second.next).toBeNull();
    expect(await search('没有这样的词')).toMatchObject({ items: [], next: null });
    expect(await titles('变压器 第3次')).toEqual(['第3次停电']);
    expect(await titles('“烧毁，正在”')).toHaveLength(5);
    expect(await titles('“烧毁正在”')).toEqual([]);
    expect(await titles('停电 -变压器')).toEqual([]);
    // Traditional characters are found by simplified ones and the other way round.
    expect(await titles('无关')).toEqual(['别的事']);
    expect(await titles('變壓器')).toHaveLength(5);
    expect((await search('变压器烧毁')).marks).toEqual(['变压器烧毁', '变压器', '烧毁']);
  });

  it('asks for words, not for signs', async () => {
    expect((await officer.get(`/items?q=${encodeURIComponent('%_')}`)).body).toMatchObject({ status: 422, field: 'q' });
  });

  it('finds a whole word by a word within it, and names of places character by character', async () => {
    await openCase(bench, { title: '云溪县化工厂异味', text: '居民反映。' });
    await openCase(bench, { title: '县里的云和溪水', text: '一首诗。' });
    await indexed();
    expect(await titles('化工')).toContain('云溪县化工厂异味');
    expect(await titles('云溪县')).toEqual(['云溪县化工厂异味']);
  });

  it('narrows by level, source and time', async () => {
    const { sourceName } = (await search('变压器')).items[0]!;
    expect(await titles('变压器', `&sourceName=${sourceName}`)).not.toEqual([]);
    expect(await titles('变压器', '&sourceName=elsewhere')).toEqual([]);
    expect(await titles('变压器', '&level=major')).toEqual([]);
    expect(await titles('变压器', `&from=${encodeURIComponent('2000-01-01T00:00:00+08:00')}`)).toHaveLength(5);
    expect(await titles('变压器', `&to=${encodeURIComponent('2000-01-01T00:00:00+08:00')}`)).toEqual([]);
  });

  it('goes on over the bounds of a span of the index', async () => {
    await rows(bench.db, `select setval(pg_get_serial_sequence('item', 'id'), (select max(id) + 60000 from item))`);
    await openCase(bench, { title: '很久以后又停电', text: '变压器老化' });
    await indexed();
    expect((await titles('变压器'))[0]).toBe('很久以后又停电');
    expect(await titles('变压器')).toHaveLength(6);
    const first = await search('变压器', '&limit=2');
    expect((await search('变压器', `&limit=9&beforeId=${first.next}`)).items).toHaveLength(4);
  });

  it('folds reprints behind the newest of them', async () => {
    for (let i = 0; i < 3; i++) await openCase(bench, { title: '水库放水通知', text: '请下游群众注意安全' });
    await rows(bench.db, `update item set content_hash = 'the-same' where title = '水库放水通知'`);
    await indexed();
    const folded = await search('水库', '&fold=yes');
    expect(folded.items).toHaveLength(1);
    expect(folded.items[0]!.near).toMatchObject({ count: 2, named: [{ title: '水库放水通知' }, {}] });
    expect((await search('水库')).items).toHaveLength(3);
  });

  it('shows a person only what she may see', async () => {
    const elsewhere = await person(bench, { username: 'elsewhere', region: '360722' });
    await rows(bench.db, `update item set region = '360734' where title like '%停电'`);
    const found = (await elsewhere.get<{ items: WireItem[] }>(`/items?q=${encodeURIComponent('变压器')}`)).body.items;
    expect(found.every((i) => !i.title.endsWith('停电'))).toBe(true);
  });

  it('is no way to find a person', async () => {
    for (const path of ['/items', '/cases']) {
      const refused = await officer.get(`${path}?q=13812345678`);
      expect(refused.body).toMatchObject({ status: 422, field: 'q', detail: expect.stringContaining('个人信息') });
    }
    await openCase(bench, { title: '井盖丢失求助', text: '我叫王小明，电话13812345678，井盖丢了。' });
    await indexed();
    expect((await search('井盖 丢了')).items).toHaveLength(1);
    for (const piece of ['2345678', '王小明', '小明', '12345']) {
      expect(await search(piece)).toMatchObject({ items: [], next: null });
      expect((await officer.get(`/cases?q=${encodeURIComponent(piece)}`)).body).toMatchObject({ cases: [], total: 0 });
    }
    expect((await officer.get(`/items?q=${encodeURIComponent('“我叫王小明”')}`)).status).toBe(422);
    // Nor does the index itself hold what is masked.
    const [kept] = await rows<{ n: number }>(bench.db, `select count(*)::int as n from item_search where words::text ~ '小明|2345|138123'`);
    expect(kept!.n).toBe(0);
    expect((await officer.get(`/cases?q=${encodeURIComponent('井盖')}`)).body).toMatchObject({ total: 1 });
  });

  it('makes the words anew when the way of cutting or masking has changed', async () => {
    await rows(bench.db, `update item_search set version = 0, words = ''`);
    expect(await titles('变压器')).toEqual([]);
    expect(await indexed()).toBeGreaterThan(10);
    expect(await titles('变压器')).toHaveLength(6);
  });
});

describe('the search of cases', () => {
  it('goes by the words of the reports, the number and the place', async () => {
    const { cases } = (await officer.get<{ cases: WireCaseSummary[] }>(`/cases?q=${encodeURIComponent('井盖')}`)).body;
    const { code, id } = cases[0]!;
    const byCode = (await officer.get<{ cases: WireCaseSummary[] }>(`/cases?q=${code}`)).body.cases;
    expect(byCode.map((c) => c.id)).toEqual([id]);
  });
});
