import { CaseFinder } from '@app/intake';
import { CaseIntake, CaseMerge, CaseSplit } from '@app/response';
import { readNow, rows } from '@app/storage';
import { type EngineBench, incoming, openEngine } from './engine-bench';

const ACTOR = { username: 'wang', displayName: '王值班' };
let bench: EngineBench;

beforeAll(async () => {
  bench = await openEngine();
}, 60_000);
afterAll(() => bench.close(), 30_000);

const place = { code: '360734', name: '江西省赣州市寻乌县', relation: 'own' as const };

/** An item on the way it goes in a crawler: found a case under the turn of items, then taken. */
async function store(finder: CaseFinder, title: string, text: string, sourceName: string) {
  return bench.db.transaction(async (manager) => {
    const arrival = finder.arrivalOf({ title, text, publishedAt: null, fetchedAt: await readNow(manager), official: false, place });
    await finder.inTurn(manager);
    const { joins, similar } = finder.find(arrival);
    const joinCaseId = joins?.cluster ?? null;
    const item = await incoming(manager, { title, text, sourceName, joinCaseId, similar });
    await rows(manager, 'update item set content_hash = $2 where id = $1', [item.itemId, arrival.contentHash]);
    const { caseId } = await bench.app.get(CaseIntake, { strict: false }).take(manager, item);
    await rows(manager, 'update item set case_id = $1 where id = $2', [caseId, item.itemId]);
    return { caseId: caseId ?? '', itemId: item.itemId };
  });
}

const FIRE = '恒泰花炮厂一车间昨夜爆燃，多名工人被困，消防救援人员连夜搜救。';

it('what a person split and merged is where later reports go, in every process', async () => {
  const [here, there] = [new CaseFinder(bench.settings), new CaseFinder(bench.settings)];
  const split = bench.app.get(CaseSplit, { strict: false });
  const merge = bench.app.get(CaseMerge, { strict: false });

  const first = await store(here, '恒泰花炮厂爆燃 多人被困', FIRE, 'a');
  const second = await store(there, '恒泰花炮厂爆燃事故搜救继续', `${FIRE}搜救仍在进行，现场已经封控。`, 'b');
  expect(second.caseId).toBe(first.caseId);

  // The second report leaves: its text comes again and goes where it went.
  const done = await split.split(ACTOR, first.caseId, [second.itemId], '另一次爆燃');
  const newId = done.ok ? done.newCaseId : '';
  const copy = await store(here, '恒泰花炮厂爆燃事故搜救继续', `${FIRE}搜救仍在进行，现场已经封控。`, 'c');
  expect(copy.caseId).toBe(newId);

  // Merged again: everything goes to the survivor, also by a process that saw nothing of it.
  expect(await merge.merge(ACTOR, newId, first.caseId, '同一次')).toMatchObject({ ok: true, survivorId: first.caseId });
  for (const finder of [here, there, new CaseFinder(bench.settings)]) {
    const again = await store(finder, '恒泰花炮厂爆燃事故搜救继续', `${FIRE}搜救仍在进行，现场已经封控。`, 'd');
    expect(again.caseId).toBe(first.caseId);
  }
}, 60_000);
