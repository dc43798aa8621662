import fc from 'fast-check';
import { beijingIso, type WireMonth } from '@app/domain';
import { openScratch, row, rows, type Scratch, shiftTime } from '@app/storage';
import { MonthFold } from './month-fold.service';
import { MonthShelf } from './month-shelf.service';
import { StatsService } from './stats.service';

let scratch: Scratch;
let fold: MonthFold;
let stats: StatsService;
/** Time only goes forward: every run has a year of its own. */
let year = 2030;

beforeAll(async () => {
  scratch = await openScratch();
  fold = new MonthFold(scratch.dataSource);
  stats = new StatsService(scratch.dataSource, fold);
  await rows(scratch.dataSource, `insert into department (id, name) values ('a', '甲局'), ('b', '乙局')`);
}, 60_000);
afterAll(() => scratch.close());

const at = (text: string): Date => new Date(`${year}-${text}:00+08:00`);
const plus = (from: Date, minutes: number): Date => new Date(from.getTime() + minutes * 60_000);
const later = (a: Date, b: Date): Date => (a > b ? a : b);
const day = 1440;

const life = fc.record({
  /** Minutes from 02-20 00:00; everything else from there. */
  detected: fc.integer({ min: 0, max: 60 * day }),
  term: fc.integer({ min: 60, max: 12 * day }),
  target: fc.option(fc.integer({ min: 30, max: 59 }), { nil: null }),
  assignedAfter: fc.option(fc.integer({ min: 1, max: 5 * day }), { nil: null }),
  unit: fc.constantFrom('a', 'b'),
  done: fc.option(fc.record({ after: fc.integer({ min: 0, max: 20 * day }), delay: fc.integer({ min: 0, max: 15 * day }) }), { nil: null }),
  ended: fc.option(fc.integer({ min: 1, max: 20 * day }), { nil: null }),
  extended: fc.option(fc.record({ after: fc.integer({ min: 1, max: day }), by: fc.integer({ min: 1, max: 15 * day }) }), { nil: null }),
  overridden: fc.option(fc.integer({ min: 1, max: 40 * day }), { nil: null }),
  lag: fc.option(fc.integer({ min: 0, max: 3 * day }), { nil: null }),
});
type Life = typeof life extends fc.Arbitrary<infer T> ? T : never;

/** What is recorded of a life, in the order of time. */
interface Step {
  at: Date;
  put: (caseId: string, clockId: string) => Promise<unknown>;
}

const event = (caseId: string, clockId: string | null, kind: string, happened: Date, recorded: Date, data: object = {}): Promise<unknown> =>
  rows(scratch.dataSource, `insert into case_event (case_id, clock_id, kind, at, recorded_at, actor, summary, data) values ($1, $2, $3, $4, $5, '', '', $6)`, [caseId, clockId, kind, happened, recorded, JSON.stringify(data)]);
const evidence = (caseId: string, kind: string, happened: Date, entered: Date): Promise<unknown> =>
  rows(scratch.dataSource, `insert into evidence (case_id, kind, title, happened_at, entered_at, entered_by) values ($1, $2, '', $3, $4, '')`, [caseId, kind, happened, entered]);

function stepsOf(l: Life): Step[] {
  const detected = plus(at('02-20T00:00'), l.detected);
  const due = plus(detected, l.term);
  const steps: Step[] = [];
  if (l.assignedAfter !== null) {
    const when = plus(detected, l.assignedAfter);
    steps.push({ at: when, put: (c) => event(c, null, 'assigned', when, when, { departmentId: l.unit, from: null }) });
  }
  let limit = due;
  if (l.extended) {
    const when = plus(detected, Math.min(l.extended.after, l.term - 1));
    const moved = plus(due, l.extended.by);
    limit = moved;
    steps.push({
      at: when,
      put: async (c, k) => {
        await rows(scratch.dataSource, 'update clock set due_at = $2, revision = 1 where id = $1', [k, moved]);
        await event(c, k, 'clock-extended', when, when, { newDueAt: beijingIso(moved) });
      },
    });
  }
  if (l.done) {
    const happened = plus(detected, l.done.after);
    // Nothing is entered before it is done, or before the extension that it is judged by.
    const entered = later(plus(happened, l.done.delay), steps.at(-1)?.at ?? happened);
    steps.push({
      at: entered,
      put: async (c, k) => {
        await evidence(c, 'release', happened, entered);
        await event(c, null, 'evidence', happened, entered, { kind: 'release' });
        await event(c, k, happened <= limit ? 'clock-met' : 'clock-met-late', happened, entered, { targetMet: l.target === null ? null : l.done!.after <= l.target, lateEntry: l.done!.delay > 0 });
      },
    });
  } else if (l.ended !== null) {
    const when = later(plus(detected, l.ended), steps.at(-1)?.at ?? detected);
    steps.push({ at: when, put: (c, k) => event(c, k, 'clock-cancelled', when, when) });
  }
  if (l.overridden !== null) {
    const when = plus(detected, l.overridden);
    steps.push({ at: when, put: (c) => event(c, null, 'overridden', when, when, { to: { level: 'major', emergency: false, grade: null, topic: '医疗' } }) });
  }
  return steps.sort((x, y) => x.at.getTime() - y.at.getTime());
}

async function open(l: Life): Promise<{ caseId: string; clockId: string }> {
  const detected = plus(at('02-20T00:00'), l.detected);
  const made = await row<{ id: string }>(
    scratch.dataSource,
    `insert into case_file (code, title, level, case_class, topic, detected_at, opened_at, changed_at) values (gen_random_uuid(), '', 'ordinary', 'ordinary', '教育', $1, $1, $1) returning id`,
    [detected],
  );
  const caseId = made?.id ?? '';
  const clock = await row<{ id: string }>(
    scratch.dataSource,
    `insert into clock (case_id, duty, title, pack_id, rule_version, rule, ladder, anchor_kind, anchor_at, due_at, target_at, calendar_version, derivation, created_at)
     values ($1, 'respond', '回应', 'p', 'p@1', '{"legalEffect":"notice"}', '{}', 'detected', $2, $3, $4, '', '{}', $2) returning id`,
    [caseId, detected, plus(detected, l.term), l.target === null ? null : plus(detected, l.target)],
  );
  const clockId = clock?.id ?? '';
  const firstPublicAt = l.lag === null ? null : beijingIso(plus(detected, -l.lag));
  const late = l.lag !== null && l.lag > l.term / 4;
  await event(caseId, null, 'opened', detected, detected, { source: 's', departmentId: null, region: null, caseClass: 'ordinary', topic: '教育', firstPublicAt, lateDetection: late });
  await event(caseId, clockId, 'clock-started', detected, detected, { dueAt: beijingIso(plus(detected, l.term)), ...(l.target === null ? {} : { targetAt: beijingIso(plus(detected, l.target)) }), provisional: false });
  return { caseId, clockId };
}

/** The month in plain SQL, by somebody who knows nothing of the fold: $1 first instant, $2 first after, $3 as of. */
const PLAIN = `
  with ev as (select * from case_event where recorded_at <= $3),
  f as (
    select f.id, f.detected_at,
      coalesce((select e.data -> 'to' ->> 'topic' from ev e where e.case_id = f.id and e.kind = 'overridden' order by e.id desc limit 1), '教育') as topic,
      coalesce((select e.data ->> 'departmentId' from ev e where e.case_id = f.id and e.kind = 'assigned' order by e.id desc limit 1), '') as unit,
      (select (e.data ->> 'firstPublicAt')::timestamptz from ev e where e.case_id = f.id and e.kind = 'opened') as public_at
    from case_file f where f.opened_at <= $3 and f.id > $4),
  k as (
    select c.id, c.case_id, f.unit, f.topic, c.target_at,
      coalesce((select (e.data ->> 'newDueAt')::timestamptz from ev e where e.clock_id = c.id and e.kind = 'clock-extended' order by e.id desc limit 1),
               (select (e.data ->> 'dueAt')::timestamptz from ev e where e.clock_id = c.id and e.kind = 'clock-started')) as due,
      (select e.kind from ev e where e.clock_id = c.id and e.kind like 'clock-met%' order by e.id desc limit 1) as met,
      (select (e.data ->> 'targetMet')::boolean from ev e where e.clock_id = c.id and e.kind like 'clock-met%' order by e.id desc limit 1) as target_met,
      (select e.recorded_at from ev e where e.clock_id = c.id and e.kind = 'clock-cancelled') as ended,
      exists (select 1 from ev e where e.clock_id = c.id and e.kind = 'clock-extended') as extended
    from clock c join f on f.id = c.case_id where c.created_at <= $3),
  j as (
    select *, case when met = 'clock-met' then 'metOnTime' when met is not null then 'metLate' when ended < due then 'cancelled' when due <= $3 then 'overdue' end as fate
    from k where due > $1 and due <= $2),
  released as (
    select f.id, f.unit, floor(extract(epoch from min(e.happened_at) - f.detected_at) / 60) as minutes, min(e.happened_at) as at
    from evidence e join f on f.id = e.case_id where e.kind = 'release' and e.entered_at <= $3 group by f.id, f.unit, f.detected_at)
  select
    (select count(*)::int from f where detected_at >= $1 and detected_at < $2) as cases,
    (select count(*)::int from j where fate = 'metOnTime') as "metOnTime", (select count(*)::int from j where fate = 'metLate') as "metLate",
    (select count(*)::int from j where fate = 'overdue') as overdue, (select count(*)::int from j where fate = 'overdue' and ended is null) as "overdueOpen",
    (select count(*)::int from j where fate = 'cancelled') as cancelled, (select count(*)::int from j where fate is not null and extended) as extended,
    (select count(*)::int from j where met is not null and target_met) as "targetMet",
    (select count(*)::int from j where fate is not null and fate <> 'cancelled' and target_at is not null
       and ((met is not null and not target_met) or (met is null and target_at <= least($3, coalesce(ended, $3))))) as "targetMissed",
    (select count(*)::int from j where fate = 'overdue' and unit = 'a') as "overdueOfA", (select count(*)::int from j where fate is not null and topic = '医疗') as "dueOf医疗",
    (select count(*)::int from ev where kind = 'overridden' and recorded_at >= $1 and recorded_at < $2 and case_id > $4) as overrides,
    (select count(*)::int from ev where kind = 'clock-met' and (data ->> 'lateEntry')::boolean and recorded_at >= $1 and recorded_at < $2 and case_id > $4) as "lateEntries",
    (select count(*)::int from released where at >= $1 and at < $2) as released,
    (select percentile_cont(0.5) within group (order by minutes) from released where at >= $1 and at < $2)::float8 as "releaseMedian",
    (select percentile_disc(0.9) within group (order by minutes) from released where at >= $1 and at < $2)::float8 as "releaseP90",
    (select percentile_cont(0.5) within group (order by floor(extract(epoch from detected_at - public_at) / 60)) from f where detected_at >= $1 and detected_at < $2 and public_at is not null)::float8 as "lagMedian"`;

const seen = (m: WireMonth) => ({
  ...{ cases: m.cases.total, metOnTime: m.duties.metOnTime, metLate: m.duties.metLate, overdue: m.duties.overdue, overdueOpen: m.duties.overdueOpen },
  ...{ cancelled: m.duties.cancelled, extended: m.apart.extended.due, targetMet: m.target.met, targetMissed: m.target.missed },
  overdueOfA: m.byDepartment.find((g) => g.key === 'a')?.duties.overdue ?? 0,
  dueOf医疗: m.byTopic.find((g) => g.key === '医疗')?.duties.due ?? 0,
  ...{ overrides: m.overrides, lateEntries: m.lateEntries, released: m.times.firstRelease.count },
  ...{ releaseMedian: m.times.firstRelease.median, releaseP90: m.times.firstRelease.p90, lagMedian: m.times.detectionLag.median },
});

describe('random histories', () => {
  it('give the same figures kept up to date by events, counted from the beginning, and in plain SQL, at every stop on the way', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(life, { minLength: 1, maxLength: 25 }), fc.integer({ min: 0, max: 3 }), async (lives, disorder) => {
        year++;
        const before = (await row<{ id: string }>(scratch.dataSource, 'select coalesce(max(id), 0) as id from case_file'))?.id ?? '0';
        const waiting = lives.flatMap((l) => {
          const ids = { caseId: '', clockId: '' };
          const detected = plus(at('02-20T00:00'), l.detected);
          return [{ at: detected, put: async () => void Object.assign(ids, await open(l)) }, ...stepsOf(l).map((s) => ({ at: s.at, put: () => s.put(ids.caseId, ids.clockId) }))];
        });
        waiting.sort((a, b) => a.at.getTime() - b.at.getTime());
        for (const stop of ['03-12T10:00', '04-01T00:00', '04-09T08:00', '05-20T00:00']) {
          const now = await shiftTime(scratch.dataSource, { to: at(stop), rate: 0 });
          while (waiting[0] && waiting[0].at <= now) {
            await waiting.shift()!.put();
            // The sums follow at any moment, in the midst of it too.
            if (disorder > 1 && waiting.length % disorder === 0) await fold.catchUp();
          }
          for (const month of [`${year}-03`, `${year}-04`]) {
            const kept = await stats.loadMonth(month);
            const { from, to } = { from: new Date(kept.from), to: new Date(kept.to) };
            expect(await stats.recountMonth(month, new Date(kept.asOf))).toEqual(kept);
            expect(seen(kept)).toEqual(await row(scratch.dataSource, PLAIN, [from, to, new Date(kept.asOf), before]));
            // A month that has ended, as of an instant at which nothing is kept.
            const between = at('03-12T10:00');
            if (now > between && month.endsWith('03')) expect(seen(await stats.loadMonth(month, between))).toEqual(await row(scratch.dataSource, PLAIN, [from, to, between, before]));
          }
        }
      }),
      { numRuns: 12 },
    );
  }, 240_000);

  it('are built anew from nothing to the same figures', async () => {
    const month = `${year}-03`;
    const kept = await stats.loadMonth(month);
    await rows(scratch.dataSource, 'truncate month_fold, month_case, month_case_month, month_cell, month_time');
    expect(await stats.loadMonth(month)).toEqual(kept);
    expect(kept.cases.total + kept.duties.due).toBeGreaterThan(0);
  });
});

describe('an event that was committed late', () => {
  it('is folded in although a higher id was seen before it', async () => {
    const { caseId } = await open({ detected: 0, term: 600, target: null, assignedAfter: null, unit: 'a', done: null, ended: null, extended: null, overridden: null, lag: null });
    const month = `${year}-02`;
    const runner = scratch.dataSource.createQueryRunner();
    await runner.startTransaction();
    const when = at('02-21T00:00').toISOString();
    await runner.query(`insert into case_event (case_id, kind, at, recorded_at, actor, summary) values (${caseId}, 'rejected', '${when}', '${when}', '', '')`);
    await event(caseId, null, 'assigned', at('02-21T00:00'), at('02-21T00:00'), { departmentId: 'a', from: null });
    const before = (await stats.loadMonth(month)).falseAlarms;
    await runner.commitTransaction();
    await runner.release();
    expect((await stats.loadMonth(month)).falseAlarms).toBe(before + 1);
  });
});

describe('a month that has ended', () => {
  const shelf = () => new MonthShelf(scratch.dataSource, fold);

  it('is kept with a hash, proven by counting anew, and what was entered later is told with its entries', async () => {
    year++;
    await shiftTime(scratch.dataSource, { to: at('03-01T00:00'), rate: 0 });
    const { caseId, clockId } = await open({ detected: 12 * day, term: 600, target: null, assignedAfter: null, unit: 'a', done: null, ended: null, extended: null, overridden: null, lag: null });
    await shiftTime(scratch.dataSource, { to: at('03-20T00:00'), rate: 0 });
    expect(await shelf().keep(`${year}-03`, '系统')).toBeNull();
    await shiftTime(scratch.dataSource, { to: at('04-02T00:00'), rate: 0 });
    const kept = await shelf().keep(`${year}-03`, '系统');
    expect(kept?.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(await shelf().loadLateChanges(`${year}-03`)).toMatchObject({ total: 0, changes: [] });
    await event(caseId, clockId, 'clock-met', at('03-04T01:00'), at('04-02T00:00'), { targetMet: null, lateEntry: true });
    const late = await shelf().loadLateChanges(`${year}-03`);
    expect(late).toMatchObject({ total: 1, changes: [{ caseId, changes: ['时限“回应”由超期未完成改为按期完成'], entries: [{}] }] });
    expect(await shelf().prove(`${year}-03`)).toMatchObject({ agrees: true, hash: kept?.hash, recountedHash: kept?.hash, differences: [] });
    expect((await shelf().keep(`${year}-03`, '别人'))?.takenBy).toBe('系统');
  });

  it('shows where a kept report and the events disagree', async () => {
    const month = `${year}-03`;
    await rows(scratch.dataSource, 'alter table month_snapshot disable trigger month_snapshot_append_only');
    await rows(scratch.dataSource, `update month_snapshot set figures = jsonb_set(figures, '{duties,overdue}', '7'), hash = 'x' where month = $1`, [month]);
    await rows(scratch.dataSource, 'alter table month_snapshot enable trigger month_snapshot_append_only');
    expect(await shelf().prove(month)).toMatchObject({ agrees: false, differences: [{ path: 'duties.overdue', kept: 7, recounted: 1 }] });
  });
});
