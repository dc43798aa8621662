import { CaseIntake, type Incoming } from '@app/response';
import { rows } from '@app/storage';
import { type EngineBench, incoming, openEngine } from './engine-bench';

let bench: EngineBench;
beforeAll(async () => {
  bench = await openEngine();
}, 60_000);
afterAll(() => bench.close(), 30_000);

const PLACE = { code: '360734', name: '江西省赣州市寻乌县', relation: 'own' as const, mentionsOwn: true, reasons: [] };
type Reports = (Partial<Incoming> & { title: string; figures?: Partial<Incoming['label']> })[];

/** A case and reports of one source that join it, one by one or together. @returns what of the case and its history does not depend on ids */
async function joined(reports: Reports, together: boolean) {
  const intake = bench.app.get(CaseIntake, { strict: false });
  return bench.db.transaction(async (manager) => {
    const now = await intake.begin(manager);
    const first = await incoming(manager, { title: '某小区停水', sourceName: 'first' });
    const { caseId } = await intake.take(manager, { ...first, region: null, place: null }, now);
    if (caseId === null) throw new Error('no case was opened');
    await rows(manager, 'update item set case_id = $1 where id = $2', [caseId, first.itemId]);
    const given: Incoming[] = [];
    for (const { figures, ...r } of reports) {
      const label = { ...first.label, ...figures };
      given.push(await incoming(manager, { sourceName: 'second', joinCaseId: caseId, label, ...r }));
    }
    const taken = [];
    if (together) taken.push(...(await intake.joinAll(manager, given, now)));
    else
      for (const one of given) {
        taken.push(await intake.take(manager, one, now));
        await rows(manager, 'update item set case_id = $1 where id = $2', [caseId, one.itemId]);
      }
    const [file] = await rows(
      manager,
      `select level, case_class, emergency, grade, dead, injured, needs_review, late_detection, item_count, source_count, region, place, proposal,
         first_public_at, circumstances from case_file where id = $1`,
      [caseId],
    );
    const events = await rows<{ kind: string; summary: string }>(
      manager,
      `select kind, regexp_replace(summary, '立案 [^（]*', '') as summary, data - 'itemId' as data from case_event where case_id = $1 order by id`,
      [caseId],
    );
    const duties = await rows(manager, 'select duty, state, anchor_at, due_at from clock where case_id = $1 order by duty, id', [caseId]);
    return { taken: taken.map((t) => ({ own: t.caseId === caseId, raised: t.raised })), file, events, duties, now };
  });
}

/** Both ways begin at moments of their own. */
async function same(reports: Reports) {
  const [alone, together] = [await joined(reports, false), await joined(reports, true)];
  const plain = ({ taken, file, events, duties }: typeof alone) => JSON.parse(JSON.stringify({ taken, file, kinds: events.map((e) => [e.kind, e.summary]), duties: duties.map((d) => [d['duty'], d['state']]) })) as object;
  expect(plain(together)).toEqual(plain(alone));
  return together;
}

describe('items of one batch that join one case', () => {
  it('leave it as they would one by one: figures, place, sources, an event for each', async () => {
    const told = await same([
      { title: '停水第二天', place: PLACE, region: '360734' },
      { title: '停水第三天', figures: { injured: 4 } },
      { title: '停水第四天', sourceName: 'third', publishedAt: new Date('2026-01-01T00:00:00Z'), publishedCertain: true },
    ]);
    expect(told.file).toMatchObject({ item_count: 4, source_count: 3, region: '360734', injured: 4 });
    expect(told.events.filter((e) => e.kind === 'item-joined')).toHaveLength(3);
  });

  it('raise it in the middle of the batch, and the rest joins the raised case', async () => {
    const figures = { level: 'major', emergency: true, dead: 12, grade: '重大' } as const;
    const told = await same([{ title: '停水' }, { title: '爆炸致12人死亡', figures }, { title: '搜救继续' }]);
    expect(told.taken.map((t) => t.raised)).toEqual([false, true, false]);
    expect(told.file).toMatchObject({ case_class: 'emergency', dead: 12, item_count: 4 });
  });

  it('start the duty of a circumstance that one of them brings, and are evidence where they are official', async () => {
    await same([{ title: '停水' }, { title: '上级转办停水', circumstances: ['transferred'] }, { title: '情况通报', official: true }]);
  });
});
