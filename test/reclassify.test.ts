import { type Classifier, type ItemDifference, reclassify } from '@app/intake';
import { CaseIntake, type Incoming, ReviewDesk } from '@app/response';
import { row, rows } from '@app/storage';
import { type EngineBench, incoming, LABEL, openEngine } from './engine-bench';

let bench: EngineBench;
beforeAll(async () => {
  bench = await openEngine();
}, 60_000);
afterAll(() => bench.close());

/** Another version, which calls everything with 爆炸 major, with 停水 ordinary and the rest nothing. */
const NEXT: Classifier = {
  version: 'next',
  classify: ({ title }) => {
    const level = title.includes('爆炸') ? 'major' : title.includes('停水') ? 'ordinary' : 'none';
    return { ...LABEL, level, relevant: level !== 'none' };
  },
};

async function stored(given: Partial<Incoming> & { title: string }): Promise<{ itemId: string; caseId: string | null }> {
  return bench.db.transaction(async (manager) => {
    const item = await incoming(manager, given);
    const taken = await bench.app.get(CaseIntake, { strict: false }).take(manager, item);
    await rows(manager, 'update item set case_id = $2 where id = $1', [item.itemId, taken.caseId]);
    return { itemId: item.itemId, caseId: taken.caseId };
  });
}

async function run(adopt: boolean) {
  const told: ItemDifference[] = [];
  const result = await reclassify(bench.db, NEXT, { adopt, limit: 1000 }, async (d) => void told.push(d));
  return { told, result };
}

const clocks = (caseId: string) => rows(bench.db, 'select duty, state, due_at, revision from clock where case_id = $1 order by id', [caseId]);

describe('a new classifier over old items', () => {
  it('tells what would change, changes it when adopted, and leaves clocks and decisions alone', async () => {
    const nothing = { ...LABEL, relevant: false, level: 'none' as const };
    const blast = await stored({ title: '工厂爆炸' });
    const cheap = await stored({ title: '商场打折', label: { ...LABEL, level: 'major' } });
    const water = await stored({ title: '小区停水', label: nothing });
    const held = await stored({ title: '再次停水', label: nothing });
    expect(await bench.app.get(ReviewDesk).reviewItem({ username: 'o', displayName: 'o' }, held.itemId, null, '')).toMatchObject({ ok: true });
    const before = [await clocks(blast.caseId!), await clocks(cheap.caseId!)];

    const dry = await run(false);
    expect(dry.told.map((d) => [d.id, d.state, d.to.level])).toEqual([
      [held.itemId, 'person', 'ordinary'],
      [water.itemId, 'opens', 'ordinary'],
      [cheap.itemId, 'changes', 'none'],
      [blast.itemId, 'changes', 'major'],
    ]);
    expect(dry.result).toMatchObject({ looked: 4, changed: 3, keptByPerson: 1, opens: 1, levels: { 'ordinary → major': 1, 'major → none': 1, 'none → ordinary': 1 } });
    expect(dry.result.cases.map((c) => [c.caseId, c.from, c.to]).sort()).toEqual([[blast.caseId, 'ordinary', 'major'], [cheap.caseId, 'major', null]].sort());
    expect(await row(bench.db, `select count(*)::int as n from item where classifier_version = 'next'`)).toEqual({ n: 0 });

    await run(true);
    expect(await rows(bench.db, 'select id, level, classifier_version as v from item order by id')).toEqual([
      { id: blast.itemId, level: 'major', v: 'next' },
      { id: cheap.itemId, level: 'none', v: 'next' },
      { id: water.itemId, level: 'ordinary', v: 'next' },
      { id: held.itemId, level: 'none', v: 'test' },
    ]);
    expect([await clocks(blast.caseId!), await clocks(cheap.caseId!)]).toEqual(before);
    expect(await rows(bench.db, 'select level, needs_review as "needsReview" from case_file order by id')).toEqual([
      { level: 'ordinary', needsReview: true },
      { level: 'major', needsReview: true },
    ]);
    expect(await rows(bench.db, `select case_id as id, summary from case_event where kind = 'reclassified' order by id`)).toEqual([
      { id: blast.caseId, summary: expect.stringContaining('时限未变') },
      { id: cheap.caseId, summary: expect.stringContaining('不属于政务舆情') },
    ]);
    expect(await row(bench.db, `select (label ->> 'needsReview')::boolean as review from item where id = $1`, [water.itemId])).toEqual({ review: true });
  });
});
