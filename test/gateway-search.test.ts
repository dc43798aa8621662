import type { WireCaseSummary, WireItem } from '@app/domain';
import { rows } from '@app/storage';
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
const items = async (query: string) => (await officer.get<{ items: WireItem[]; next: string | null }>(`/items?${query}`)).body;

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
  it('finds words in title and text, page after page, each once', async () => {
    for (let i = 0; i < 5; i++) await openCase(bench, { title: `第${i}次停电`, text: '变压器烧毁' });
    await openCase(bench, { title: '别的事', text: '百%_分' });
    const first = await items(`q=${encodeURIComponent('变压器')}&limit=3`);
    const second = await items(`q=${encodeURIComponent('变压器')}&limit=3&beforeId=${first.next}`);
    expect([...first.items, ...second.items].map((i) => i.title)).toEqual(['第4次停电', '第3次停电', '第2次停电', '第1次停电', '第0次停电']);
    expect(second.next).toBeNull();
    expect((await items(`q=${encodeURIComponent('%_')}`)).items.map((i) => i.title)).toEqual(['别的事']);
    expect(await items(`q=${encodeURIComponent('没有这样的词')}`)).toEqual({ items: [], next: null });
  });

  it('looks through a bounded number of items at a time and says where it goes on', async () => {
    await rows(bench.db, `select setval(pg_get_serial_sequence('item', 'id'), (select max(id) + 60000 from item))`);
    await openCase(bench, { title: '很久以后' });
    const first = await items(`q=${encodeURIComponent('变压器')}`);
    expect(first.items).toEqual([]);
    const second = await items(`q=${encodeURIComponent('变压器')}&beforeId=${first.next}`);
    expect(second.items).toHaveLength(5);
    expect(second.next).toBeNull();
  });

  it('is no way to find a person', async () => {
    for (const path of ['/items', '/cases']) {
      const refused = await officer.get(`${path}?q=13812345678`);
      expect(refused.body).toMatchObject({ status: 422, field: 'q', detail: expect.stringContaining('个人信息') });
    }
    await openCase(bench, { title: '井盖丢失求助', text: '我叫王小明，电话13812345678，井盖丢了。' });
    expect((await items(`q=${encodeURIComponent('井盖丢')}`)).items).toHaveLength(1);
    for (const piece of ['2345678', '王小明']) {
      const q = encodeURIComponent(piece);
      expect(await items(`q=${q}&limit=1`)).toMatchObject({ items: [], next: (await items('q=zzzz&limit=1')).next });
      expect((await officer.get(`/cases?q=${q}`)).body).toMatchObject({ cases: [], total: 0 });
    }
    expect((await officer.get(`/cases?q=${encodeURIComponent('井盖')}`)).body).toMatchObject({ total: 1 });
  });
});
