import { migrate, readMigrations } from '../migrate';
import { shiftTime } from '../now';
import { row, rows } from '../rows';
import { openScratch, type Scratch } from '../scratch-database';
import { MonthKeeper } from './month-keeper.service';
import { currentMonth, describeParts, loadParts, MONTH_TABLES, turnMonth } from './month-part';

const ITEM = `insert into item (source_name, guid, title, text, published_certain, fetched_at, content_hash, relevant, level, label, classifier_version)`;
const [ITEMS, EVENTS] = MONTH_TABLES as [(typeof MONTH_TABLES)[number], (typeof MONTH_TABLES)[number]];
let scratch: Scratch;
const db = () => scratch.dataSource;
const items = (n: number, tag: string) =>
  rows<{ id: string; part: string }>(
    db(),
    `${ITEM} select 's' || g % 3, '${tag}' || g, 't', repeat('文', 300), false, app_now(), md5(g::text), false, 'none', '{}', '1' from generate_series(1, ${n}) g returning id, tableoid::regclass::text as part`,
  );
const events = (n: number, caseId: number) =>
  rows<{ part: string }>(
    db(),
    `insert into case_event (case_id, kind, at, recorded_at, actor, summary) select ${caseId}, 'note', app_now(), app_now(), '', '' from generate_series(1, ${n}) returning tableoid::regclass::text as part`,
  );

beforeAll(async () => {
  scratch = await openScratch({ migrated: false });
  // What was there before the months: with rows, references, and a sequence that has given out more than was kept.
  await migrate(
    scratch.url,
    readMigrations().filter((m) => m.version < 90),
  );
  await shiftTime(db(), { to: new Date('2026-11-20T00:00:00Z') });
  await items(500, 'before-');
  await events(300, 1);
  await rows(db(), `select nextval('item_id_seq'), nextval('case_event_id_seq')`);
  await rows(db(), `insert into page_snapshot (item_id, url) values (7, 'http://x/')`);
  await migrate(scratch.url);
});
afterAll(() => scratch.close());

it('the tables that were there are the first partitions, row for row, and ids go on after the last that was given out', async () => {
  expect(await loadParts(db(), 'item')).toEqual([{ table: 'item', name: 'item_first', from: null, to: null }]);
  expect(await row(db(), 'select count(*)::int as n, max(id)::int as last from item')).toEqual({ n: 500, last: 500 });
  expect(
    await row(
      db(),
      `select count(*)::int as n, count(*) filter (where k.item_id = i.id)::int as same from item i join item_key k using (source_name, guid)`,
    ),
  ).toEqual({ n: 500, same: 500 });
  expect(await items(1, 'after-')).toEqual([{ id: '502', part: 'item_first' }]);
  expect(
    await row(
      db(),
      `select pg_get_serial_sequence('item', 'id') as item, pg_get_serial_sequence('case_event', 'id') as event`,
    ),
  ).toEqual({ item: 'public.item_id_seq', event: 'public.case_event_id_seq' });
});

it('nothing is cut within a month, and what is empty never is', async () => {
  await shiftTime(db(), { to: new Date('2026-11-30T15:59:00Z') });
  // The first partition has no month of its own: the first round cuts it.
  const keeper = new MonthKeeper(db());
  expect(await keeper.keep()).toEqual(['item_2026_11', 'case_event_2026_11']);
  await shiftTime(db(), { to: new Date('2026-12-02T00:00:00Z') });
  expect(await keeper.keep()).toEqual([]);
  await items(10, 'dec-');
  await events(10, 2);
  expect(await turnMonth(db(), ITEMS, '2026_11')).toBeNull();
});

it('a new month takes new rows, of several processes that cut at once one does, and every index, reference and guard goes along', async () => {
  const month = await currentMonth(db());
  expect(month).toBe('2026_12');
  const cut = await Promise.all([
    turnMonth(db(), ITEMS, month),
    turnMonth(db(), ITEMS, month),
    turnMonth(db(), EVENTS, month),
  ]);
  expect(cut.filter((name) => name === 'item_2026_12')).toHaveLength(1);
  expect(cut[2]).toBe('case_event_2026_12');
  expect((await items(1, 'new-'))[0]?.part).toBe('item_2026_12');
  expect((await events(1, 2))[0]?.part).toBe('case_event_2026_12');
  const shape = (part: string) =>
    rows(
      db(),
      `select regexp_replace(indexdef, '^.* (USING .*)$', '\\1') as d from pg_indexes where tablename = '${part}' order by 1`,
    );
  expect(await shape('item_2026_12')).toEqual(await shape('item'));
  expect(await shape('item_first')).toEqual(await shape('item'));
  expect(await shape('case_event_first')).toEqual(await shape('case_event_2026_12'));
  for (const part of ['item_first', 'item_2026_11', 'item_2026_12'])
    expect(
      await rows(
        db(),
        `select confrelid::regclass::text as "to" from pg_constraint where contype = 'f' and conrelid = '${part}'::regclass`,
      ),
    ).toEqual([{ to: 'case_file' }]);
  for (const part of ['case_event', 'case_event_first', 'case_event_2026_12']) {
    await expect(rows(db(), `delete from ${part}`)).rejects.toThrow('append-only');
    await expect(rows(db(), `update ${part} set summary = 'x'`)).rejects.toThrow('append-only');
    await expect(rows(db(), `truncate ${part}`)).rejects.toThrow('append-only');
  }
});

it('a large partition is held against its bound beforehand, ids given out meanwhile stay in it, and a round that was killed is taken up', async () => {
  const day = (d: number) => shiftTime(db(), { to: new Date(Date.UTC(2027, 0, d)) });
  await day(3);
  await items(100, 'jan-');
  expect(await turnMonth(db(), ITEMS, '2027_01', 0)).toBe('item_2027_01');
  const bound = BigInt((await loadParts(db(), 'item')).at(-1)!.from!);
  // Not reached yet: the old one goes on to its end, and is described only then.
  expect((await items(1, 'still-'))[0]?.part).toBe('item_2026_12');
  await describeParts(db(), ITEMS);
  expect(await rows(db(), `select conname from pg_constraint where conname = 'item_2026_12_times'`)).toEqual([]);
  await rows(db(), `select setval('item_id_seq', ${bound - 1n})`);
  expect((await items(1, 'over-'))[0]?.part).toBe('item_2027_01');
  await day(40);
  await rows(db(), `alter table item_2027_01 add constraint item_2027_01_ids check (id < ${bound + 50n}) not valid`);
  expect(await turnMonth(db(), ITEMS, '2027_02')).toBe('item_2027_02');
  expect((await loadParts(db(), 'item')).at(-1)?.from).toBe(String(bound + 50n));
  await rows(db(), `select setval('item_id_seq', ${bound + 49n})`);
  expect(await rows(db(), `select conname from pg_constraint where conname like '%\\_ids' and contype = 'c'`)).toEqual(
    [],
  );
});

it('plans leave months out: by id, newest first, by the instant, and a look at one row', async () => {
  await items(3000, 'feb-');
  expect(await describeParts(db(), ITEMS)).toEqual(expect.arrayContaining(['item_2027_01', 'item_2026_12']));
  await describeParts(db(), EVENTS);
  await rows(db(), 'analyze item');
  const parts = async (sql: string, analyze = false): Promise<string[]> => {
    const plan = JSON.stringify(
      await rows(db(), `explain (${analyze ? 'analyze, timing off, ' : ''}costs off, format json) ${sql}`),
    );
    const nodes = [...plan.matchAll(/"Relation Name": ?"([a-z_0-9]+)"(?:(?!"Relation Name").)*/g)];
    return [
      ...new Set(nodes.filter(([node]) => !analyze || /"Actual Loops": ?[1-9]/.test(node)).map(([, name]) => name!)),
    ].sort();
  };
  expect(await parts('select * from item where id = 5')).toEqual(['item_first']);
  expect(await parts(`select * from item where fetched_at >= '2027-02-08'`)).toEqual(['item_2027_02']);
  expect(await parts(`select * from item where fetched_at >= '2026-12-03' and fetched_at < '2027-01-02'`)).toEqual([
    'item_2026_12',
    'item_2027_02',
  ]);
  expect(await parts(`select * from case_event where recorded_at < '2026-11-22'`)).toEqual([
    'case_event_2026_12',
    'case_event_first',
  ]);
  expect(await parts('select * from item order by id desc limit 50', true)).toEqual(['item_2027_02']);
  expect(await parts(`select * from item where source_name = 's1' order by id desc limit 50`, true)).toEqual([
    'item_2027_02',
  ]);
});
