import { CaseDesk, CaseIntake, CaseMerge, CaseSplit, type Incoming } from '@app/response';
import { rows } from '@app/storage';
import { type EngineBench, incoming, LABEL, openEngine } from './engine-bench';

const ACTOR = { username: 'wang', displayName: '王值班' };
const WHY = '同一事件';
let bench: EngineBench;

beforeAll(async () => {
  bench = await openEngine();
}, 60_000);
afterAll(() => bench.close(), 30_000);

interface ClockSeen {
  duty: string;
  state: string;
  anchorAt: Date;
}

async function take(given: Partial<Incoming> & { title: string }): Promise<{ caseId: string; itemId: string }> {
  return bench.db.transaction(async (manager) => {
    const item = await incoming(manager, given);
    const { caseId } = await bench.app.get(CaseIntake, { strict: false }).take(manager, item);
    await rows(manager, 'update item set case_id = $1 where id = $2', [caseId, item.itemId]);
    return { caseId: caseId ?? '', itemId: item.itemId };
  });
}

function clocksOf(caseId: string): Promise<ClockSeen[]> {
  return rows<ClockSeen>(
    bench.db,
    `select duty, state, anchor_at as "anchorAt" from clock where case_id = $1 order by id`,
    [caseId],
  );
}

async function caseOf(id: string): Promise<Record<string, unknown>> {
  const found = await rows(
    bench.db,
    `select merged_into as "mergedInto", level, case_class as "caseClass", dead, item_count as items, source_count as sources, detected_at as "detectedAt",
       state, department_id as department from case_file where id = $1`,
    [id],
  );
  return found[0] ?? {};
}

const casesOf = async (items: string[]): Promise<string[]> =>
  (
    await rows<{ c: string }>(bench.db, 'select case_id as c from item where id = any($1::bigint[]) order by id', [
      items,
    ])
  ).map((r) => r.c);

const MAJOR = {
  ...LABEL,
  level: 'major' as const,
  emergency: true,
  grade: '重大' as const,
  dead: 12,
  topic: '安全事故' as const,
};

describe('合并', () => {
  it('keeps the case detected first; the later one only adds duties, from the first detection on', async () => {
    const merge = bench.app.get(CaseMerge, { strict: false });
    const first = await take({ title: '某厂冒烟', sourceName: 'a' });
    const at = new Date((await caseOf(first.caseId))['detectedAt'] as string);
    await bench.pass(60);
    const second = await take({ title: '某厂爆炸12人死亡', label: MAJOR, sourceName: 'b' });
    const before = await clocksOf(first.caseId);

    // Asked from the later case: the one detected first survives all the same.
    const done = await merge.merge(ACTOR, second.caseId, first.caseId, WHY);
    expect(done).toMatchObject({ ok: true, survivorId: first.caseId, mergedId: second.caseId, items: 1 });
    expect(await caseOf(first.caseId)).toMatchObject({
      caseClass: 'emergency',
      level: 'major',
      dead: 12,
      items: 2,
      sources: 2,
      mergedInto: null,
    });
    expect(await caseOf(second.caseId)).toMatchObject({ mergedInto: first.caseId, items: 0 });
    expect(await casesOf([first.itemId, second.itemId])).toEqual([first.caseId, first.caseId]);
    const open = (await clocksOf(first.caseId)).filter((k) => k.state === 'open');
    expect(open.map((k) => k.duty)).toContain('release');
    expect(open.every((k) => k.anchorAt.getTime() === at.getTime())).toBe(true);
    expect((await clocksOf(second.caseId)).every((k) => k.state === 'superseded' || k.state === 'cancelled')).toBe(
      true,
    );

    // A further report for the merged case joins the survivor.
    const third = await take({ title: '某厂爆炸后续', joinCaseId: second.caseId, sourceName: 'c' });
    expect(third.caseId).toBe(first.caseId);

    // Undone: items, labels and duties are as before; what came after stays where it came to.
    expect(await merge.unmerge(ACTOR, second.caseId, '实为两件事')).toMatchObject({ ok: true, items: 1 });
    expect(await casesOf([first.itemId, second.itemId, third.itemId])).toEqual([
      first.caseId,
      second.caseId,
      first.caseId,
    ]);
    expect(await caseOf(first.caseId)).toMatchObject({
      caseClass: 'ordinary',
      level: 'ordinary',
      dead: null,
      items: 2,
    });
    expect(await caseOf(second.caseId)).toMatchObject({ mergedInto: null, items: 1 });
    const again = (await clocksOf(second.caseId)).filter((k) => k.state === 'open');
    expect(again.length).toBeGreaterThan(0);
    expect(again.every((k) => k.anchorAt.getTime() === at.getTime() + 3_600_000)).toBe(true);
    const back = (await clocksOf(first.caseId)).filter((k) => k.state === 'open').map((k) => k.duty);
    expect(back.sort()).toEqual(before.map((k) => k.duty).sort());
    const kinds = await rows<{ kind: string }>(
      bench.db,
      `select distinct kind from case_event where case_id = $1 and kind in ('merged', 'unmerged') order by kind`,
      [second.caseId],
    );
    expect(kinds.map((k) => k.kind)).toEqual(['merged', 'unmerged']);
  });

  it('what the merged case has answered counts for the survivor by its own time, and no longer after the undo', async () => {
    const merge = bench.app.get(CaseMerge, { strict: false });
    const desk = bench.app.get(CaseDesk, { strict: false });
    const first = await take({ title: '桥塌了', label: { ...MAJOR, dead: null } });
    await bench.pass(30);
    const second = await take({ title: '大桥垮塌', label: { ...MAJOR, dead: null }, sourceName: 'b' });
    await bench.pass(30);
    const [{ now } = { now: new Date() }] = await rows<{ now: Date }>(bench.db, 'select app_now() as now');
    const entry = {
      kind: 'release' as const,
      title: '通报',
      url: 'https://www.example.gov.cn/2.html',
      note: '',
      happenedAt: now,
    };
    const none = { approvedBy: null, speaker: null, contentHash: null };
    expect(await desk.registerEvidence(ACTOR, second.caseId, { ...entry, ...none })).toMatchObject({ ok: true });
    expect(await merge.merge(ACTOR, first.caseId, second.caseId, WHY)).toMatchObject({ ok: true });
    const release = async (): Promise<string[]> =>
      (await clocksOf(first.caseId)).filter((k) => k.duty === 'release').map((k) => k.state);
    expect(await release()).toEqual(['met']);
    expect(await merge.unmerge(ACTOR, second.caseId, '分开处置')).toMatchObject({ ok: true });
    expect(await release()).toEqual(['cancelled', 'open']);
  });

  it('refuses itself, what is merged already, what has ended, and what does not exist', async () => {
    const merge = bench.app.get(CaseMerge, { strict: false });
    const [a, b, c] = [await take({ title: '甲' }), await take({ title: '乙' }), await take({ title: '丙' })];
    expect(await merge.merge(ACTOR, a.caseId, a.caseId, WHY)).toMatchObject({ ok: false, kind: 'invalid' });
    expect(await merge.merge(ACTOR, a.caseId, '999999', WHY)).toMatchObject({ ok: false, kind: 'missing' });
    expect(await merge.merge(ACTOR, a.caseId, b.caseId, '')).toMatchObject({ ok: false, field: 'reason' });
    expect(await merge.unmerge(ACTOR, a.caseId, WHY)).toMatchObject({ ok: false, kind: 'conflict' });
    expect(await merge.merge(ACTOR, a.caseId, b.caseId, WHY)).toMatchObject({ ok: true });
    expect(await merge.merge(ACTOR, c.caseId, b.caseId, WHY)).toMatchObject({ ok: false, kind: 'conflict' });
    await bench.app.get(CaseDesk, { strict: false }).reject(ACTOR, c.caseId, '不属实');
    expect(await merge.merge(ACTOR, a.caseId, c.caseId, WHY)).toMatchObject({ ok: false, kind: 'conflict' });
  });

  it('two persons who merge the same pair from both ends at once: one is refused, nothing is lost', async () => {
    const merge = bench.app.get(CaseMerge, { strict: false });
    const [a, b] = [await take({ title: '丁' }), await take({ title: '戊' })];
    const both = await Promise.all([
      merge.merge(ACTOR, a.caseId, b.caseId, WHY),
      merge.merge(ACTOR, b.caseId, a.caseId, WHY),
    ]);
    expect(both.filter((d) => d.ok)).toHaveLength(1);
    expect(await casesOf([a.itemId, b.itemId])).toEqual([a.caseId, a.caseId]);
  });
});

describe('拆分', () => {
  it('opens a case whose terms run from the chosen items own first detection; the old one keeps its own', async () => {
    const split = bench.app.get(CaseSplit, { strict: false });
    const first = await take({ title: '某校食堂', sourceName: 'a' });
    const before = await clocksOf(first.caseId);
    await bench.pass(90);
    const other = await take({ title: '某校宿舍起火', sourceName: 'b', joinCaseId: first.caseId });
    const [{ at } = { at: new Date(0) }] = await rows<{ at: Date }>(
      bench.db,
      'select fetched_at as at from item where id = $1',
      [other.itemId],
    );
    await bench.pass(90);
    const done = await split.split(ACTOR, first.caseId, [other.itemId], '另一件事');
    expect(done).toMatchObject({ ok: true, items: 1 });
    const newId = done.ok ? done.newCaseId : '';
    expect(await casesOf([first.itemId, other.itemId])).toEqual([first.caseId, newId]);
    const clocks = await clocksOf(newId);
    expect(clocks.length).toBeGreaterThan(0);
    expect(clocks.every((k) => k.anchorAt.getTime() === at.getTime())).toBe(true);
    expect(await clocksOf(first.caseId)).toEqual(before);
    expect(await caseOf(first.caseId)).toMatchObject({ items: 1, sources: 1 });

    const undone = await bench.app.get(CaseMerge, { strict: false }).merge(ACTOR, first.caseId, newId, '拆错了');
    expect(undone).toMatchObject({ ok: true, survivorId: first.caseId });
    expect(await casesOf([first.itemId, other.itemId])).toEqual([first.caseId, first.caseId]);
  });

  it('refuses all items, none, and items of another case', async () => {
    const split = bench.app.get(CaseSplit, { strict: false });
    const [a, b] = [await take({ title: '己' }), await take({ title: '庚' })];
    expect(await split.split(ACTOR, a.caseId, [a.itemId], WHY)).toMatchObject({ ok: false, field: 'itemIds' });
    expect(await split.split(ACTOR, a.caseId, [], WHY)).toMatchObject({ ok: false, field: 'itemIds' });
    expect(await split.split(ACTOR, a.caseId, [b.itemId], WHY)).toMatchObject({ ok: false, field: 'itemIds' });
  });
});

describe('heat', () => {
  it('an ordinary case is raised by enough independent sources in time, not by one source that repeats itself or by the government', async () => {
    const { sources, hours } = bench.settings.rules.heat;
    const first = await take({ title: '热事件', sourceName: 's0' });
    const join = (n: string, official = false) =>
      take({ title: `热事件${n}`, sourceName: n, joinCaseId: first.caseId, official });
    for (let i = 0; i < sources + 2; i++) await join('s0');
    await join('gov', true);
    for (let i = 1; i < sources - 1; i++) await join(`s${i}`);
    expect(await caseOf(first.caseId)).toMatchObject({ level: 'ordinary' });
    // Too late for the window: what came before no longer counts.
    await bench.pass(hours * 60 + 1);
    await join('late');
    expect(await caseOf(first.caseId)).toMatchObject({ level: 'ordinary' });
    for (let i = 1; i < sources; i++) await join(`t${i}`);
    expect(await caseOf(first.caseId)).toMatchObject({ level: 'major', caseClass: 'major' });
  });
});
