import fc from 'fast-check';
import {
  beijingIso,
  type CaseClass,
  type DutyOutcome,
  type DutyTally,
  MONTH_ACTS,
  type MonthFigure,
  type MonthGroup,
  type MonthTimes,
  type Spread,
  type Topic,
  type Viewer,
  type WireMonth,
} from '@app/domain';
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
  done: fc.option(
    fc.record({ after: fc.integer({ min: 0, max: 20 * day }), delay: fc.integer({ min: 0, max: 15 * day }) }),
    { nil: null },
  ),
  ended: fc.option(fc.integer({ min: 1, max: 20 * day }), { nil: null }),
  extended: fc.option(
    fc.record({ after: fc.integer({ min: 1, max: day }), by: fc.integer({ min: 1, max: 15 * day }) }),
    { nil: null },
  ),
  overridden: fc.option(fc.integer({ min: 1, max: 40 * day }), { nil: null }),
  lag: fc.option(fc.integer({ min: 0, max: 3 * day }), { nil: null }),
  /** 签收 so long after the 交办; its own clock is met or not by that. */
  signed: fc.option(fc.integer({ min: 0, max: 2 * day }), { nil: null }),
  conference: fc.option(fc.integer({ min: 0, max: 5 * day }), { nil: null }),
  settled: fc.option(
    fc.record({ after: fc.integer({ min: 0, max: 25 * day }), delay: fc.integer({ min: 0, max: 10 * day }) }),
    { nil: null },
  ),
  raised: fc.option(fc.integer({ min: 1, max: 20 * day }), { nil: null }),
  rejected: fc.option(fc.integer({ min: 1, max: 30 * day }), { nil: null }),
  /** Intervals of a recurring duty that nobody filled. */
  missed: fc.array(fc.integer({ min: 1, max: 40 * day }), { maxLength: 3 }),
  /** A second clock: suspended for a time, for ever, or given up for another; provisional or not. */
  second: fc.option(
    fc.record({
      term: fc.integer({ min: 2 * day, max: 20 * day }),
      provisional: fc.boolean(),
      stands: fc.option(
        fc.record({
          after: fc.integer({ min: 1, max: day }),
          for: fc.option(fc.integer({ min: 1, max: 30 * day }), { nil: null }),
        }),
        { nil: null },
      ),
      superseded: fc.option(fc.integer({ min: 1, max: 30 * day }), { nil: null }),
    }),
    { nil: null },
  ),
  /** 协办 by the other department, with a receipt of its own; perhaps relieved later. */
  helped: fc.option(
    fc.record({
      after: fc.integer({ min: 1, max: 5 * day }),
      signed: fc.option(fc.integer({ min: 0, max: 90 }), { nil: null }),
      relieved: fc.option(fc.integer({ min: 100, max: 20 * day }), { nil: null }),
    }),
    { nil: null },
  ),
});
const QUIET = {
  helped: null,
  signed: null,
  conference: null,
  settled: null,
  raised: null,
  rejected: null,
  missed: [],
  second: null,
};
type Life = typeof life extends fc.Arbitrary<infer T> ? T : never;

/** What is recorded of a life, in the order of time. */
interface Step {
  at: Date;
  put: (caseId: string, clockId: string, secondId: string) => Promise<unknown>;
}

const event = (
  caseId: string,
  clockId: string | null,
  kind: string,
  happened: Date,
  recorded: Date,
  data: object = {},
): Promise<unknown> =>
  rows(
    scratch.dataSource,
    `insert into case_event (case_id, clock_id, kind, at, recorded_at, actor, summary, data) values ($1, $2, $3, $4, $5, '', '', $6)`,
    [caseId, clockId, kind, happened, recorded, JSON.stringify(data)],
  );
const evidence = (
  caseId: string,
  kind: string,
  happened: Date,
  entered: Date,
  unit: string | null = null,
): Promise<unknown> =>
  rows(
    scratch.dataSource,
    `insert into evidence (case_id, kind, title, happened_at, entered_at, entered_by, department_id) values ($1, $2, '', $3, $4, '', $5)`,
    [caseId, kind, happened, entered, unit],
  );

function stepsOf(l: Life): Step[] {
  const detected = plus(at('02-20T00:00'), l.detected);
  const due = plus(detected, l.term);
  const steps: Step[] = [];
  if (l.assignedAfter !== null) {
    const when = plus(detected, l.assignedAfter);
    steps.push({
      at: when,
      put: async (c) => {
        await rows(scratch.dataSource, 'update case_file set department_id = $2 where id = $1', [c, l.unit]);
        await event(c, null, 'assigned', when, when, { departmentId: l.unit, from: null });
      },
    });
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
        await event(c, k, happened <= limit ? 'clock-met' : 'clock-met-late', happened, entered, {
          targetMet: l.target === null ? null : l.done!.after <= l.target,
          lateEntry: l.done!.delay > 0,
        });
      },
    });
  } else if (l.ended !== null) {
    const when = later(plus(detected, l.ended), steps.at(-1)?.at ?? detected);
    steps.push({ at: when, put: (c, k) => event(c, k, 'clock-cancelled', when, when) });
  }
  if (l.overridden !== null) {
    const when = plus(detected, l.overridden);
    steps.push({
      at: when,
      put: (c) =>
        event(c, null, 'overridden', when, when, {
          to: { level: 'major', emergency: false, grade: null, topic: '医疗' },
        }),
    });
  }
  steps.push(...furtherSteps(l, detected));
  return steps.sort((x, y) => x.at.getTime() - y.at.getTime());
}

function furtherSteps(l: Life, detected: Date): Step[] {
  const steps: Step[] = [];
  const when = (minutes: number, put: (caseId: string, at: Date, secondId: string) => Promise<unknown>): void => {
    const at = plus(detected, minutes);
    steps.push({ at, put: (c, _k, second) => put(c, at, second) });
  };
  if (l.assignedAfter !== null && l.signed !== null)
    when(l.assignedAfter + l.signed, (c, t) =>
      evidence(c, 'receipt', t, t).then(() => event(c, null, 'evidence', t, t, { kind: 'receipt' })),
    );
  if (l.helped) {
    const { after, signed, relieved } = l.helped;
    const unit = l.unit === 'a' ? 'b' : 'a';
    let clock = '';
    when(after, async (c, t) => {
      clock = await openHelp(c, unit, t);
    });
    if (signed !== null) {
      when(after + signed, async (c, t) => {
        await evidence(c, 'receipt', t, t, unit);
        await event(c, null, 'evidence', t, t, { kind: 'receipt', departmentId: unit });
        await event(c, clock, signed <= 30 ? 'clock-met' : 'clock-met-late', t, t, {
          targetMet: null,
          lateEntry: false,
        });
      });
    }
    if (relieved !== null) {
      when(after + relieved, async (c, t) => {
        await rows(scratch.dataSource, `update case_file set supporting = '{}' where id = $1`, [c]);
        await event(c, null, 'relieved', t, t, { departmentId: unit });
      });
    }
  }
  if (l.conference !== null)
    when(l.conference, (c, t) =>
      evidence(c, 'press-conference', t, t).then(() => event(c, null, 'evidence', t, t, { kind: 'press-conference' })),
    );
  if (l.settled) {
    const { after, delay } = l.settled;
    when(after + delay, (c, t) =>
      evidence(c, 'settlement', plus(t, -delay), t).then(() =>
        event(c, null, 'evidence', plus(t, -delay), t, { kind: 'settlement' }),
      ),
    );
  }
  if (l.raised !== null)
    when(l.raised, (c, t) => event(c, null, 'level-raised', t, t, { from: 'ordinary', to: 'emergency' }));
  if (l.rejected !== null) when(l.rejected, (c, t) => event(c, null, 'rejected', t, t));
  for (const m of l.missed) when(m, (c, t) => event(c, null, 'interval-missed', t, t));
  if (l.second) {
    const { stands, superseded, term } = l.second;
    const due = plus(detected, term);
    let over = 0;
    if (stands) {
      when(stands.after, (_c, t, k) => event(_c, k, 'clock-suspended', t, t));
      const { for: standing } = stands;
      over = stands.after;
      if (standing !== null) {
        over += standing;
        when(over, async (c, t, k) => {
          await rows(scratch.dataSource, 'update clock set due_at = $2, revision = revision + 1 where id = $1', [
            k,
            plus(due, standing),
          ]);
          await event(c, k, 'clock-resumed', t, t, { newDueAt: beijingIso(plus(due, standing)) });
        });
      }
    }
    if (superseded !== null) when(Math.max(superseded, over + 1), (c, t, k) => event(c, k, 'clock-superseded', t, t));
  }
  return steps;
}

async function open(l: Life): Promise<{ caseId: string; clockId: string; secondId: string }> {
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
  await event(caseId, null, 'opened', detected, detected, {
    source: 's',
    departmentId: null,
    region: null,
    caseClass: 'ordinary',
    topic: '教育',
    firstPublicAt,
    lateDetection: late,
  });
  await event(caseId, clockId, 'clock-started', detected, detected, {
    dueAt: beijingIso(plus(detected, l.term)),
    ...(l.target === null ? {} : { targetAt: beijingIso(plus(detected, l.target)) }),
    provisional: false,
  });
  return { caseId, clockId, secondId: l.second ? await openSecond(caseId, detected, l.second) : '' };
}

async function openSecond(
  caseId: string,
  detected: Date,
  { term, provisional }: NonNullable<Life['second']>,
): Promise<string> {
  const made = await row<{ id: string }>(
    scratch.dataSource,
    `insert into clock (case_id, duty, title, pack_id, rule_version, rule, ladder, anchor_kind, anchor_at, due_at, provisional, calendar_version, derivation, created_at)
     values ($1, 'settle', '办结', 'p', 'p@1', '{"legalEffect":"local"}', '{}', 'assigned', $2, $3, $4, '', '{}', $2) returning id`,
    [caseId, detected, plus(detected, term), provisional],
  );
  const id = made?.id ?? '';
  await event(caseId, id, 'clock-started', detected, detected, {
    dueAt: beijingIso(plus(detected, term)),
    provisional,
  });
  return id;
}

/** A supporting unit's own 签收. */
async function openHelp(caseId: string, unit: string, at: Date): Promise<string> {
  await rows(scratch.dataSource, 'update case_file set supporting = array[$2] where id = $1', [caseId, unit]);
  const made = await row<{ id: string }>(
    scratch.dataSource,
    `insert into clock (case_id, duty, title, pack_id, rule_version, rule, ladder, anchor_kind, anchor_at, due_at, calendar_version, derivation, created_at, department_id)
     values ($1, 'sign-for', '签收（协办）', 'p', 'p@1', '{"legalEffect":"local"}', '{}', 'assigned', $2, $3, '', '{}', $2, $4) returning id`,
    [caseId, at, plus(at, 30), unit],
  );
  const id = made?.id ?? '';
  await event(caseId, null, 'supported', at, at, { departmentId: unit, part: 'supporting' });
  await event(caseId, id, 'clock-started', at, at, { dueAt: beijingIso(plus(at, 30)), provisional: false });
  return id;
}

/**
 * The month in plain SQL, by somebody who knows nothing of the fold: $1 first instant, $2 first after, $3 as of, $4 cases after,
 * $5 the department whose own part alone is told (of the cases that it leads or supports now), or null.
 */
const PLAIN = `
  with ev as (select * from case_event where recorded_at <= $3 and case_id > $4),
  pr as (select e.* from evidence e join case_file c on c.id = e.case_id
    where entered_at <= $3 and case_id > $4 and ($5::text is null or coalesce(e.department_id, c.department_id) = $5)),
  f as (
    select f.id, f.detected_at, f.department_id as leads_now, (o.data ->> 'lateDetection')::boolean as said_late, o.data ->> 'source' as source,
      coalesce((select e.data -> 'to' ->> 'topic' from ev e where e.case_id = f.id and e.kind = 'overridden' order by e.id desc limit 1), '教育') as topic,
      coalesce((select case e.kind when 'level-raised' then e.data ->> 'to' else e.data -> 'to' ->> 'level' end from ev e
        where e.case_id = f.id and e.kind in ('overridden', 'level-raised') order by e.id desc limit 1), 'ordinary') as class,
      coalesce((select e.data ->> 'departmentId' from ev e where e.case_id = f.id and e.kind = 'assigned' order by e.id desc limit 1), '') as unit,
      (o.data ->> 'firstPublicAt')::timestamptz as public_at,
      exists (select from ev e where e.case_id = f.id and e.kind = 'rejected') as rejected,
      exists (select from pr e where e.case_id = f.id and e.kind = 'settlement') as settled,
      (select min(s.due - s.anchor_at) from (select c.anchor_at, (e.data ->> 'dueAt')::timestamptz as due from clock c join case_event e on e.clock_id = c.id and e.kind = 'clock-started'
        where c.case_id = f.id and c.duty = 'respond') s) as shortest
    from case_file f join ev o on o.case_id = f.id and o.kind = 'opened'
    where f.opened_at <= $3 and ($5::text is null or f.department_id = $5 or $5 = any(f.supporting))),
  mine as (select * from f where detected_at >= $1 and detected_at < $2),
  k as (
    select c.id, c.case_id, c.duty, coalesce(c.department_id, f.unit) as unit, f.topic, f.class, f.source, c.target_at,
      coalesce((select (e.data ->> 'newDueAt')::timestamptz from ev e where e.clock_id = c.id and e.kind in ('clock-extended', 'clock-resumed') order by e.id desc limit 1),
               (select (e.data ->> 'dueAt')::timestamptz from ev e where e.clock_id = c.id and e.kind = 'clock-started')) as due,
      (select e.kind from ev e where e.clock_id = c.id and e.kind like 'clock-met%' order by e.id desc limit 1) as met,
      (select (e.data ->> 'targetMet')::boolean from ev e where e.clock_id = c.id and e.kind like 'clock-met%' order by e.id desc limit 1) as target_met,
      (select e.recorded_at from ev e where e.clock_id = c.id and e.kind in ('clock-cancelled', 'clock-superseded')) as ended,
      (select e.kind from ev e where e.clock_id = c.id and e.kind in ('clock-cancelled', 'clock-superseded')) as ended_how,
      exists (select from ev e where e.clock_id = c.id and e.kind = 'clock-extended') as extended,
      exists (select from ev e where e.clock_id = c.id and e.kind = 'clock-suspended') as suspended,
      coalesce((select e.kind from ev e where e.clock_id = c.id and e.kind in ('clock-suspended', 'clock-resumed') order by e.id desc limit 1), '') = 'clock-suspended' as standing,
      c.provisional
    from clock c join f on f.id = c.case_id where c.created_at <= $3 and ($5::text is null or coalesce(c.department_id, f.leads_now) = $5)),
  j as (
    select *, case when met = 'clock-met' then 'metOnTime' when met is not null then 'metLate'
      when ended < due then case ended_how when 'clock-cancelled' then 'cancelled' else 'superseded' end
      when standing then 'suspended' when due <= $3 then 'overdue' end as fate
    from k where due > $1 and due <= $2),
  judged as (select * from j where fate is not null),
  acts as (
    select f.id, coalesce(a.own, f.unit) as unit, f.topic, a.act, a.at, floor(extract(epoch from a.at - a.since) / 60)::int as minutes from f,
      lateral (
        select 'signFor' as act, e.department_id as own, e.happened_at as at, (select max(v.at) from ev v where v.case_id = f.id and v.at <= e.happened_at
            and case when e.department_id is null then v.kind = 'assigned' else v.kind in ('assigned', 'supported') and v.data ->> 'departmentId' = e.department_id end) as since from pr e where e.case_id = f.id and e.kind = 'receipt'
        union all select 'firstRelease', null, min(e.happened_at), f.detected_at from pr e where e.case_id = f.id and e.kind in ('release', 'press-conference', 'clarification')
        union all select 'pressConference', null, min(e.happened_at), f.detected_at from pr e where e.case_id = f.id and e.kind = 'press-conference'
        union all select 'settle', null, min(e.happened_at), f.detected_at from pr e where e.case_id = f.id and e.kind = 'settlement') a
    where a.at >= $1 and a.at < $2),
  lags as (select id, unit, topic, 'detectionLag' as act, floor(extract(epoch from detected_at - public_at) / 60)::int as minutes from mine where public_at is not null),
  spans as (select act, unit, topic, minutes from acts where minutes is not null union all select act, unit, topic, minutes from lags),
  grouped as (
    select 'all' as by, '' as key, act, minutes from spans union all select 'unit', unit, act, minutes from spans union all select 'topic', topic, act, minutes from spans),
  said as (
    select case when kind = 'clock-met' then 'lateEntries' else kind end as kind, data from ev where case_id in (select id from f) and recorded_at >= $1 and recorded_at < $2 and (kind <> 'clock-met' or (data ->> 'lateEntry')::boolean)),
  classes as (
    select e.case_id, case when now > before then 'raised' when now < before then 'lowered' end as moved, e.recorded_at from (
      select e.*, rank as now, coalesce(lag(rank) over (partition by case_id order by id), 0) as before
      from (select e.*, case coalesce(e.data ->> 'to', '') when 'emergency' then 2 else 1 end as rank from ev e where case_id in (select id from f) and kind in ('overridden', 'level-raised')) e) e)
  select
    (select json_build_object('total', count(*), 'rejected', count(*) filter (where rejected), 'closed', count(*) filter (where rejected or settled),
      'late', count(*) filter (where public_at is not null and (said_late or detected_at - public_at > shortest / 4)),
      'ordinary', count(*) filter (where class = 'ordinary'), 'major', count(*) filter (where class = 'major'), 'emergency', count(*) filter (where class = 'emergency')) from mine) as cases,
    (select coalesce(json_object_agg(name, n), '{}') from (
      select by || ' ' || key || ' ' || fate as name, count(*) as n from judged,
        lateral (values ('all', ''), ('duty', duty), ('unit', unit), ('topic', topic), ('class', class), ('source', source)) g(by, key) group by 1
      union all select 'overdueOpen', count(*) from judged where fate = 'overdue' and ended is null having count(*) > 0
      union all select 'apart ' || a || ' ' || fate, count(*) from judged, lateral (values ('provisional', provisional), ('suspended', suspended), ('extended', extended)) x(a, yes) where yes group by 1) t) as duties,
    (select json_build_object('met', count(*) filter (where met is not null and target_met),
      'missed', count(*) filter (where fate not in ('cancelled', 'superseded') and target_at is not null
        and ((met is not null and not target_met) or (met is null and target_at <= least($3, coalesce(ended, $3)))))) from judged) as target,
    (select coalesce(json_object_agg(by || ' ' || key || ' ' || act, v), '{}') from (
      select by, key, act, json_build_object('count', count(*), 'median', percentile_cont(0.5) within group (order by minutes), 'p90', percentile_disc(0.9) within group (order by minutes)) as v
      from grouped group by by, key, act) t) as times,
    (select json_build_object('started', (select count(*) from clock c join f on f.id = c.case_id where created_at >= $1 and created_at < $2 and created_at <= $3
        and ($5::text is null or coalesce(c.department_id, f.leads_now) = $5)),
      'overrides', (select count(*) from said where kind = 'overridden'), 'falseAlarms', (select count(*) from said where kind = 'rejected'),
      'lateEntries', (select count(*) from said where kind = 'lateEntries'), 'missedIntervals', (select count(*) from said where kind = 'interval-missed'),
      'raised', (select count(*) from classes where moved = 'raised' and recorded_at >= $1 and recorded_at < $2),
      'lowered', (select count(*) from classes where moved = 'lowered' and recorded_at >= $1 and recorded_at < $2))) as acts`;

const FATES = ['metOnTime', 'metLate', 'overdue', 'cancelled', 'superseded', 'suspended'] as const;

/** The report in the words of the plain count. */
function seen(m: WireMonth): object {
  const duties: Record<string, number> = {};
  const times: Record<string, unknown> = {};
  const put = (name: string, d: DutyTally): void => {
    for (const fate of FATES) if (d[fate] > 0) duties[`${name} ${fate}`] = d[fate];
  };
  const timed = (name: string, t: MonthTimes): void => {
    for (const [act, spread] of Object.entries(t) as [string, Spread][])
      if (spread.count > 0) times[`${name} ${act}`] = spread;
  };
  put('all ', m.duties);
  timed('all ', m.times);
  for (const g of m.byDuty) put(`duty ${g.key}`, g.duties);
  for (const g of m.byLevel) put(`class ${g.key}`, g.duties);
  for (const g of m.bySource) put(`source ${g.key}`, g.duties);
  for (const [by, groups] of [
    ['unit', m.byDepartment],
    ['topic', m.byTopic],
  ] as const) {
    for (const g of groups) {
      put(`${by} ${g.key}`, g.duties);
      timed(`${by} ${g.key}`, g.times);
    }
  }
  for (const [kind, d] of Object.entries(m.apart)) put(`apart ${kind}`, d);
  if (m.duties.overdueOpen > 0) duties['overdueOpen'] = m.duties.overdueOpen;
  const { total, rejected, closed, lateDetections: late, byClass } = m.cases;
  const { started, overrides, falseAlarms, lateEntries, missedIntervals, raised, lowered } = m;
  return {
    ...{ cases: { total, rejected, closed, late, ...byClass }, duties, times },
    target: { met: m.target.met, missed: m.target.missed },
    acts: { started, overrides, falseAlarms, lateEntries, missedIntervals, raised, lowered },
  };
}

/** A part of the report, by what it is grouped, as the figure that leads to it. */
const GROUPED: Record<string, (key: string, label: string) => MonthFigure> = {
  byDuty: (duty, dutyTitle) => ({ duty, dutyTitle }),
  byLevel: (key) => ({ caseClass: key as CaseClass }),
  byTopic: (key) => ({ topic: key as Topic }),
  byDepartment: (departmentId) => ({ departmentId }),
  byRegion: (region) => ({ region }),
  bySource: (sourceName) => ({ sourceName }),
  byMatter: (trigger) => ({ trigger }),
};
const FACETS: Record<string, MonthFigure> = {
  total: {},
  cases: {},
  rejected: { facet: 'rejected' },
  closed: { facet: 'closed' },
  lateDetections: { facet: 'late' },
  demo: { facet: 'demo' },
};

/** Every number of the report with the figure that leads to its cases; a number without one is a fault of this list. */
function figuresOf(m: WireMonth): { path: string; n: number; figure: MonthFigure }[] {
  const found: { path: string; n: number; figure: MonthFigure }[] = [];
  const walk = (value: unknown, path: string[], of: MonthFigure): void => {
    const name = path.at(-1) ?? '';
    if (['onTimeRate', 'rate', 'median', 'p90'].includes(name)) return;
    if (typeof value === 'number')
      return void found.push({ path: path.join('.'), n: value, figure: { ...of, ...figureAt(path) } });
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (!(key in GROUPED))
        walk(
          inner,
          [...path, key],
          key in m.apart && name === 'apart' ? { apart: key as keyof WireMonth['apart'] } : of,
        );
      else for (const g of inner as MonthGroup[]) walk(g, [key, g.label], GROUPED[key]!(g.key, g.label));
    }
  };
  walk(m, [], {});
  return found;
}

function figureAt(path: string[]): MonthFigure {
  const [name = '', within = '', above = ''] = [...path].reverse();
  if (within === 'byClass') return { caseClass: name as CaseClass };
  if (within === 'duties' || above === 'apart') return { outcome: name as DutyOutcome };
  if (within === 'target') return { outcome: name === 'met' ? 'targetMet' : 'targetMissed' };
  if (above === 'times') return within === 'detectionLag' ? { facet: 'lag' } : { act: within as MonthFigure['act'] };
  const facet = FACETS[name];
  if (facet) return facet;
  if (MONTH_ACTS.includes(name as (typeof MONTH_ACTS)[number])) return { act: name as MonthFigure['act'] };
  throw new Error(`nothing leads to the cases of ${path.join('.')}`);
}

/** Of a duty's group only its limits are told. */
const isTold = (f: { path: string; figure: MonthFigure }): boolean =>
  f.figure.duty === undefined || (f.figure.act === undefined && f.figure.facet === undefined);

async function leadToTheirCases(m: WireMonth, month: string, asOf?: Date, viewer?: Viewer): Promise<number> {
  const figures = figuresOf(m).filter(isTold);
  const counted: [string, number | null][] = [];
  for (const f of figures) {
    const { amount, total, ids } = await stats.casesBehind(month, f.figure, asOf, viewer);
    expect(ids).toHaveLength(total ?? NaN);
    counted.push([f.path, amount]);
  }
  expect(counted).toEqual(figures.map((f) => [f.path, f.n]));
  return figures.filter((f) => f.n > 0).length;
}

const plainly = (...params: [Date, Date, Date, string, string | null]) =>
  row<object>(scratch.dataSource, PLAIN, params);
const headOf = (departmentId: string): Viewer => ({ role: 'department_head', departmentId, region: null });

/** Lets the lives happen up to each stop; on the way the sums follow at any moment, in the midst of it too. */
async function live(
  lives: Life[],
  stops: string[],
  disorder = 0,
  stopped: (now: Date) => Promise<void> = async () => undefined,
): Promise<void> {
  const waiting = lives.flatMap((l) => {
    const ids = { caseId: '', clockId: '', secondId: '' };
    const detected = plus(at('02-20T00:00'), l.detected);
    return [
      { at: detected, put: async () => void Object.assign(ids, await open(l)) },
      ...stepsOf(l).map((s) => ({ at: s.at, put: () => s.put(ids.caseId, ids.clockId, ids.secondId) })),
    ];
  });
  waiting.sort((a, b) => a.at.getTime() - b.at.getTime());
  for (const stop of stops) {
    const now = await shiftTime(scratch.dataSource, { to: at(stop), rate: 0 });
    while (waiting[0] && waiting[0].at <= now) {
      await waiting.shift()!.put();
      if (disorder > 1 && waiting.length % disorder === 0) await fold.catchUp();
    }
    await stopped(now);
  }
}

describe('random histories', () => {
  it('give the same figures kept up to date by events, counted from the beginning, and in plain SQL, at every stop on the way', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(life, { minLength: 1, maxLength: 25 }),
        fc.integer({ min: 0, max: 3 }),
        async (lives, disorder) => {
          year++;
          const before =
            (await row<{ id: string }>(scratch.dataSource, 'select coalesce(max(id), 0) as id from case_file'))?.id ??
            '0';
          await live(lives, ['03-12T10:00', '04-01T00:00', '04-09T08:00', '05-20T00:00'], disorder, async (now) => {
            for (const month of [`${year}-03`, `${year}-04`]) {
              // The whole, and what each department is told: its own part of the cases that it leads or supports now.
              for (const unit of [null, 'a', 'b']) {
                const viewer = unit === null ? undefined : headOf(unit);
                const kept = await stats.loadMonth(month, undefined, viewer);
                const { from, to } = { from: new Date(kept.from), to: new Date(kept.to) };
                expect(await stats.recountMonth(month, new Date(kept.asOf), viewer)).toEqual(kept);
                expect(seen(kept)).toEqual(await plainly(from, to, new Date(kept.asOf), before, unit));
                // A month that has ended, as of an instant at which nothing is kept.
                const between = at('03-12T10:00');
                if (now > between && month.endsWith('03'))
                  expect(seen(await stats.loadMonth(month, between, viewer))).toEqual(
                    await plainly(from, to, between, before, unit),
                  );
              }
            }
          });
        },
      ),
      { numRuns: 12 },
    );
  }, 240_000);

  it('are built anew from nothing to the same figures', async () => {
    const month = `${year}-03`;
    const kept = await stats.loadMonth(month);
    const own = await stats.loadMonth(month, undefined, headOf('a'));
    await rows(
      scratch.dataSource,
      'truncate month_fold, month_case, month_case_month, month_part, month_cell, month_time',
    );
    expect(await stats.loadMonth(month)).toEqual(kept);
    expect(await stats.loadMonth(month, undefined, headOf('a'))).toEqual(own);
    expect(kept.cases.total + kept.duties.due).toBeGreaterThan(0);
  });
});

describe('every figure of a random month', () => {
  it('leads to cases that make up the figure, whatever was entered late, from the sums and as of any instant', async () => {
    let filled = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(life, { minLength: 15, maxLength: 25 }), async (lives) => {
        year++;
        await live(lives, ['04-09T08:00']);
        for (const month of [`${year}-03`, `${year}-04`])
          filled += await leadToTheirCases(await stats.loadMonth(month), month);
        filled += await leadToTheirCases(
          await stats.loadMonth(`${year}-03`, undefined, headOf('a')),
          `${year}-03`,
          undefined,
          headOf('a'),
        );
        const between = at('03-20T10:00');
        filled += await leadToTheirCases(await stats.loadMonth(`${year}-03`, between), `${year}-03`, between);
      }),
      { numRuns: 2 },
    );
    expect(filled).toBeGreaterThan(200);
  }, 240_000);
});

describe('a figure with many cases', () => {
  it('is listed to its last case, page by page, from the sums and as of any instant', async () => {
    year++;
    await shiftTime(scratch.dataSource, { to: at('03-10T00:00'), rate: 0 });
    await rows(
      scratch.dataSource,
      `with c as (
         insert into case_file (code, title, level, case_class, topic, detected_at, opened_at, changed_at, department_id)
         select gen_random_uuid(), '', 'ordinary', 'ordinary', '教育', $1, $1, $1, 'a' from generate_series(1, 1203) returning id)
       insert into case_event (case_id, kind, at, recorded_at, actor, summary, data)
       select id, 'opened', $1, $1, '', '', '{"source":"s","departmentId":"a","caseClass":"ordinary","topic":"教育"}' from c order by id`,
      [at('03-05T00:00')],
    );
    for (const [asOf, viewer] of [
      [undefined, undefined],
      [undefined, headOf('a')],
      [at('03-08T00:00'), undefined],
    ] as const) {
      const pages: string[][] = [];
      for (let below: string | null = null; ;) {
        const page = await stats.casesBehind(`${year}-03`, { topic: '教育' }, asOf, viewer, below);
        pages.push(page.ids);
        if (pages.length === 1) expect([page.total, page.amount]).toEqual([1203, 1203]);
        if (page.next === null) break;
        below = page.next;
      }
      expect(pages.map((p) => p.length)).toEqual([500, 500, 203]);
      const all = pages.flat().map(Number);
      expect(all).toEqual([...new Set(all)].sort((a, b) => b - a));
    }
    expect(await stats.casesBehind(`${year}-03`, { topic: '医疗' })).toEqual({
      ids: [],
      total: 0,
      amount: 0,
      next: null,
    });
  }, 60_000);
});

describe('an event that was committed late', () => {
  it('is folded in although a higher id was seen before it', async () => {
    const { caseId } = await open({
      detected: 0,
      term: 600,
      target: null,
      assignedAfter: null,
      unit: 'a',
      done: null,
      ended: null,
      extended: null,
      overridden: null,
      lag: null,
      ...QUIET,
    });
    const month = `${year}-02`;
    const runner = scratch.dataSource.createQueryRunner();
    await runner.startTransaction();
    const when = at('02-21T00:00').toISOString();
    await runner.query(
      `insert into case_event (case_id, kind, at, recorded_at, actor, summary) values (${caseId}, 'rejected', '${when}', '${when}', '', '')`,
    );
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
    const { caseId, clockId } = await open({
      detected: 12 * day,
      term: 600,
      target: null,
      assignedAfter: null,
      unit: 'a',
      done: null,
      ended: null,
      extended: null,
      overridden: null,
      lag: null,
      ...QUIET,
    });
    await shiftTime(scratch.dataSource, { to: at('03-20T00:00'), rate: 0 });
    expect(await shelf().keep(`${year}-03`, '系统')).toBeNull();
    await shiftTime(scratch.dataSource, { to: at('04-02T00:00'), rate: 0 });
    const kept = await shelf().keep(`${year}-03`, '系统');
    expect(kept?.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(await shelf().loadLateChanges(`${year}-03`)).toMatchObject({ total: 0, changes: [] });
    await event(caseId, clockId, 'clock-met', at('03-04T01:00'), at('04-02T00:00'), {
      targetMet: null,
      lateEntry: true,
    });
    const late = await shelf().loadLateChanges(`${year}-03`);
    expect(late).toMatchObject({
      total: 1,
      changes: [{ caseId, changes: ['时限“回应”由超期未完成改为按期完成'], entries: [{}] }],
    });
    expect(await shelf().prove(`${year}-03`)).toMatchObject({
      agrees: true,
      hash: kept?.hash,
      recountedHash: kept?.hash,
      differences: [],
    });
    expect((await shelf().keep(`${year}-03`, '别人'))?.takenBy).toBe('系统');
  });

  it('shows where a kept report and the events disagree', async () => {
    const month = `${year}-03`;
    await rows(scratch.dataSource, 'alter table month_snapshot disable trigger month_snapshot_append_only');
    await rows(
      scratch.dataSource,
      `update month_snapshot set figures = jsonb_set(figures, '{duties,overdue}', '7'), hash = 'x' where month = $1`,
      [month],
    );
    await rows(scratch.dataSource, 'alter table month_snapshot enable trigger month_snapshot_append_only');
    expect(await shelf().prove(month)).toMatchObject({
      agrees: false,
      differences: [{ path: 'duties.overdue', kept: 7, recounted: 1 }],
    });
  });
});
