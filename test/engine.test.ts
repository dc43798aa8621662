import { DataSource } from 'typeorm';
import { buildCalendar, type Label, planClock, type WireAlert } from '@app/domain';
import {
  AlertBox,
  Auditor,
  Board,
  CalendarReprojection,
  CaseDesk,
  CaseIntake,
  ClockDesk,
  DeliveryClaims,
  DeliverySettling,
  EngineHealth,
  type Incoming,
  Lawbook,
  startClocks,
  type Taken,
} from '@app/response';
import { rows } from '@app/storage';
import { type EngineBench, incoming, LABEL, openEngine, START, startEngine, until } from './engine-bench';

const ACTOR = { username: 'wang', displayName: '王值班' };
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let bench: EngineBench;
let db: DataSource;
const ids: Record<string, string> = {};

beforeAll(async () => {
  bench = await openEngine();
  db = bench.db;
  ids['duty'] = await bench.account('duty', 'duty_officer');
  ids['contact'] = await bench.account('contact', 'department_contact', 'yj');
  ids['head'] = await bench.account('head', 'department_head', 'yj');
  ids['leader'] = await bench.account('leader', 'leader');
  ids['admin'] = await bench.account('admin', 'administrator');
}, 60_000);

afterAll(() => bench.close(), 30_000);

function take(given: Partial<Incoming> & { title: string }): Promise<Taken> {
  const intake = bench.app.get(CaseIntake, { strict: false });
  return db.transaction(async (manager) => {
    const item = await incoming(manager, given);
    const taken = await intake.take(manager, item);
    await rows(manager, 'update item set case_id = $2 where id = $1', [item.itemId, taken.caseId]);
    return taken;
  });
}

async function open(given: Partial<Incoming> & { title: string }): Promise<string> {
  const taken = await take(given);
  expect(taken.opened).toBe(true);
  return taken.caseId ?? '';
}

const desk = (): CaseDesk => bench.app.get(CaseDesk, { strict: false });
const clockDesk = (): ClockDesk => bench.app.get(ClockDesk, { strict: false });
const box = (): AlertBox => bench.app.get(AlertBox, { strict: false });
const board = (): Board => bench.app.get(Board, { strict: false });

interface ClockState {
  id: string;
  duty: string;
  state: string;
  anchorAt: Date;
  dueAt: Date;
  breachedAt: Date | null;
  metAt: Date | null;
  targetMet: boolean | null;
}

const clocksOf = (caseId: string): Promise<ClockState[]> =>
  rows(
    db,
    `select id, duty, state, anchor_at as "anchorAt", due_at as "dueAt", breached_at as "breachedAt", met_at as "metAt",
       target_met as "targetMet" from clock where case_id = $1 order by id`,
    [caseId],
  );

async function clockOf(caseId: string, duty: string): Promise<ClockState> {
  const found = (await clocksOf(caseId)).filter((c) => c.duty === duty).at(-1);
  if (!found) throw new Error(`no clock ${duty}`);
  return found;
}

const firedOf = async (clockId: string): Promise<string[]> =>
  (
    await rows<{ rung: string }>(db, 'select rung from rung_fired where clock_id = $1 order by rung_at, rung', [
      clockId,
    ])
  ).map((r) => r.rung);

const alertsTo = async (who: string, caseId: string): Promise<WireAlert[]> =>
  (await box().inbox(ids[who] ?? '', 0, 1000)).filter((a) => a.caseId === caseId);

const MAJOR: Label = {
  ...LABEL,
  level: 'major',
  emergency: true,
  category: '事故灾难',
  grade: '较大',
  dead: 3,
  topic: '安全事故',
};
const GREAT: Label = { ...MAJOR, grade: '重大', dead: 12 };

const evidence = (kind: 'release' | 'press-conference' | 'settlement' | 'plan' | 'report', happenedAt: Date) => ({
  kind,
  title: `测试${kind}`,
  url: 'https://example.invalid/notice',
  note: '',
  happenedAt,
  approvedBy: '李主任',
  speaker: null,
  contentHash: null,
});

async function now(): Promise<Date> {
  const [found] = await rows<{ now: Date }>(db, 'select app_now() as now');
  if (!found) throw new Error('no now');
  return found.now;
}

describe('a case of an ordinary complaint', () => {
  let caseId = '';

  it('opens with a number of the Beijing day, its duties from the detection and an alert to the duty officer', async () => {
    caseId = await open({ title: '小区停水三天无人管' });
    const found = await board().loadCase(caseId);
    expect(found).toMatchObject({
      code: expect.stringMatching(/^YQ-20261102-\d{4}$/),
      state: '待研判',
      caseClass: 'ordinary',
    });
    const settle = await clockOf(caseId, 'settle-ordinary');
    expect(settle.anchorAt).toEqual(START);
    expect(settle.dueAt).toEqual(new Date('2026-11-06T00:00:00+08:00'));
    await until('the alert at the duty officer', async () =>
      (await alertsTo('duty', caseId)).find((a) => a.kind === 'new-case'),
    );
  });

  it('warns, breaches at the computed instant, and tells it once', async () => {
    await bench.pass(60 * 48 + 90);
    const respond = await until('the breach', async () => {
      const clock = await clockOf(caseId, 'respond-other');
      return clock.breachedAt && clock;
    });
    expect(respond.breachedAt).toEqual(respond.dueAt);
    expect(respond.dueAt).toEqual(new Date(START.getTime() + 48 * HOUR));
    const fired = await firedOf(respond.id);
    expect(new Set(fired).size).toBe(fired.length);
    const told = await until('the breach alert', async () => {
      const found = (await alertsTo('duty', caseId)).filter((a) => a.clockId === respond.id);
      return found.length > 0 && found;
    });
    expect(new Set(told.map((a) => a.key)).size).toBe(told.length);
    const [{ n } = { n: -1 }] = await rows<{ n: number }>(
      db,
      `select count(*)::int as n from case_event where clock_id = $1 and kind = 'breach'`,
      [respond.id],
    );
    expect(n).toBeGreaterThanOrEqual(1);
  });

  it('is met in time by a release entered late, which keeps both times', async () => {
    const respond = await clockOf(caseId, 'respond-other');
    const done = await desk().registerEvidence(ACTOR, caseId, evidence('release', new Date(respond.dueAt.getTime())));
    expect(done).toMatchObject({ ok: true });
    const after = await clockOf(caseId, 'respond-other');
    expect(after).toMatchObject({ state: 'met', breachedAt: null, metAt: respond.dueAt });
    const found = await board().loadCase(caseId);
    expect(found?.evidence[0]).toMatchObject({ lateEntry: true, kind: 'release' });
    expect(found?.state).toBe('已回应');
  });

  it('refuses evidence that lies in the future, and a public response without address', async () => {
    const later = new Date((await now()).getTime() + HOUR);
    expect(await desk().registerEvidence(ACTOR, caseId, evidence('release', later))).toMatchObject({
      ok: false,
      field: 'happenedAt',
    });
    const bare = { ...evidence('release', await now()), url: null };
    expect(await desk().registerEvidence(ACTOR, caseId, bare)).toMatchObject({ ok: false, field: 'url' });
  });

  it('is closed only through a settlement, which meets the settle clock', async () => {
    const closed = await desk().close(ACTOR, caseId, '已修复供水并回访');
    expect(closed).toMatchObject({ ok: true });
    expect(await clockOf(caseId, 'settle-ordinary')).toMatchObject({ state: 'met' });
    expect((await board().loadBoard()).map((c) => c.id)).not.toContain(caseId);
    expect(await desk().reject(ACTOR, caseId, '不再处理')).toMatchObject({ ok: false, kind: 'conflict' });
  });
});

describe('an explosion that grows from 3 to 12 dead', () => {
  let caseId = '';
  let detectedAt = START;

  it('starts as major, and gets the 5-hour clock from the FIRST detection when it is raised', async () => {
    detectedAt = await now();
    caseId = await open({ title: '化工厂爆炸致3人死亡', label: MAJOR });
    await bench.pass(200);
    const raised = await take({ title: '爆炸死亡人数升至12人', label: GREAT, joinCaseId: caseId });
    expect(raised).toEqual({ caseId, opened: false, raised: true });
    const release = await clockOf(caseId, 'release');
    expect(release.anchorAt).toEqual(detectedAt);
    expect(release.dueAt).toEqual(new Date(detectedAt.getTime() + 5 * HOUR));
    expect(await board().loadCase(caseId)).toMatchObject({
      caseClass: 'emergency',
      grade: '重大',
      dead: 12,
      itemCount: 2,
    });
  });

  it('says at once that the target was missed at its birth, in one alert', async () => {
    const release = await clockOf(caseId, 'release');
    await until('the rungs that were past at birth', async () => (await firedOf(release.id)).includes('target'));
    const told = await until('the alert', async () => {
      const found = (await alertsTo('leader', caseId)).filter((a) => a.clockId === release.id);
      return found.length > 0 && found;
    });
    expect(told).toHaveLength(1);
    expect(told[0]?.title).toContain('力争时限已过');
  });

  it('climbs to the next office when nobody gives a receipt, up to the leader', async () => {
    await bench.pass(16);
    const climbed = await until('a climb to the leader', async () => {
      const found = await rows<{ key: string; reached: string[] }>(
        db,
        `select key, reached from alert where case_id = $1 and raised_from is not null and addressed_at is not null`,
        [caseId],
      );
      return found.some((a) => a.reached.includes('leader')) && found;
    });
    expect(climbed.every((a) => a.key.includes('^'))).toBe(true);
    expect((await alertsTo('leader', caseId)).some((a) => a.title.startsWith('【无人签收】'))).toBe(true);
  });

  it('is judged by the release registered: target missed, limit kept; and waits for the next release', async () => {
    const at = new Date(detectedAt.getTime() + 3.5 * HOUR);
    const done = await desk().registerEvidence(ACTOR, caseId, evidence('release', at));
    expect(done).toMatchObject({ ok: true });
    expect(await clockOf(caseId, 'release')).toMatchObject({ state: 'met', targetMet: false, metAt: at });
    const next = await clockOf(caseId, 'follow-up-release');
    expect(next.anchorAt).toEqual(at);
    expect(next.dueAt).toEqual(new Date(at.getTime() + 24 * HOUR));
  });

  it('misses the press conference, and cannot be closed before a duty that still runs', async () => {
    expect(await desk().assign(ACTOR, caseId, 'yj', '请牵头处置')).toMatchObject({ ok: true });
    const refused = await desk().close(ACTOR, caseId, '想提前办结');
    expect(refused).toMatchObject({ ok: false, kind: 'conflict', reason: expect.stringContaining('新闻发布会') });
    await bench.pass(60 * 22);
    const conference = await until('the breach of the press conference', async () => {
      const clock = await clockOf(caseId, 'press-conference');
      return clock.breachedAt && clock;
    });
    expect(conference).toMatchObject({ state: 'open', breachedAt: new Date(detectedAt.getTime() + 24 * HOUR) });
  });

  it('is signed for by the department, which meets that clock and stops the climbing', async () => {
    expect(await desk().signFor(ACTOR, caseId)).toMatchObject({ ok: true });
    expect(await clockOf(caseId, 'sign-for')).toMatchObject({ state: 'met_late' });
    const [{ n } = { n: -1 }] = await rows<{ n: number }>(
      db,
      'select count(*)::int as n from alert where case_id = $1 and escalate_at is not null and not escalated',
      [caseId],
    );
    expect(n).toBe(0);
  });

  it('loses the duties of the emergency when a person lowers it, with the reason in the history', async () => {
    const lowered = await desk().overrideLabel(ACTOR, caseId, { grade: '较大' }, '核实后死亡人数为9人');
    expect(lowered).toMatchObject({ ok: true, caseClass: 'major' });
    expect(await clockOf(caseId, 'press-conference')).toMatchObject({ state: 'cancelled' });
    const again = await take({ title: '外媒仍称12人死亡', label: GREAT, joinCaseId: caseId });
    expect(again.raised).toBe(false);
    const events = await rows<{ kind: string }>(db, 'select kind from case_event where case_id = $1', [caseId]);
    expect(events.map((e) => e.kind)).toEqual(
      expect.arrayContaining([
        'opened',
        'level-raised',
        'climbed',
        'evidence',
        'clock-met',
        'overridden',
        'clock-cancelled',
      ]),
    );
  });
});

describe('a case that is handed on before it was signed for', () => {
  it('climbs no further for the unit that no longer has it', async () => {
    const caseId = await open({ title: '跨部门的路灯报修' });
    expect(await desk().assign(ACTOR, caseId, 'yj', '请牵头')).toMatchObject({ ok: true });
    const clock = await clockOf(caseId, 'sign-for');
    await db.query('update clock set next_at = app_now() + interval \'1 day\' where id = $1', [clock.id]);
    await db.query(
      `insert into alert (key, kind, severity, title, case_id, clock_id, audience, receipt_minutes, escalate_at, instant_at, created_at, addressed_at)
       values ('of-old-clock', 'warn', 'warning', 't', $1, $2, '{department_contact}', 600, app_now() + interval '10 hours', app_now(), app_now(), app_now())`,
      [caseId, clock.id],
    );
    expect(await desk().assign(ACTOR, caseId, 'zj', '改由住建局')).toMatchObject({ ok: true });
    expect((await clocksOf(caseId)).filter((k) => k.duty === 'sign-for').map((k) => k.state)).toEqual(['superseded', 'open']);
    expect(await rows(db, `select escalate_at as at from alert where key = 'of-old-clock'`)).toEqual([{ at: null }]);
  });
});

describe('the times of a case', () => {
  it('are never anchored on a publication in the future, and late detection is flagged', async () => {
    const at = await now();
    const ahead = await open({
      title: '来自未来的报道',
      publishedAt: new Date(at.getTime() + 30 * 24 * HOUR),
      publishedCertain: true,
    });
    expect(await board().loadCase(ahead)).toMatchObject({ firstPublicAt: null, lateDetection: false });
    expect((await clockOf(ahead, 'respond-other')).anchorAt).toEqual(at);
    const late = await open({
      title: '两天前就公开了',
      publishedAt: new Date(at.getTime() - 40 * HOUR),
      publishedCertain: true,
    });
    expect(await board().loadCase(late)).toMatchObject({ lateDetection: true });
  });

  it('of an item detected long ago start overdue clocks, which ring once for all that was missed', async () => {
    const at = await now();
    const old = await open({ title: '迟到很久的舆情', fetchedAt: new Date(at.getTime() - 72 * HOUR) });
    const respond = await clockOf(old, 'respond-other');
    await until('what was missed', async () => (await firedOf(respond.id)).includes('due'));
    const alerts = await rows<{ rung: string }>(
      db,
      'select rung from alert where clock_id = $1 and raised_from is null',
      [respond.id],
    );
    expect(alerts).toHaveLength(1);
  });

  it('an official notice opens no case, but joins one', async () => {
    expect(await take({ title: '情况通报', official: true, label: MAJOR })).toEqual({
      caseId: null,
      opened: false,
      raised: false,
    });
    const caseId = await open({ title: '群众反映污水直排' });
    expect(await take({ title: '关于污水的通报', official: true, joinCaseId: caseId })).toMatchObject({
      caseId,
      opened: false,
    });
  });
});

describe('heat', () => {
  it('raises an ordinary case that many sources report at once, and the duties of 上级转办 hold where it is one', async () => {
    const caseId = await open({ title: '大家都在报道的小事', sourceName: 's0', circumstances: ['transferred'] });
    expect((await clocksOf(caseId)).map((c) => c.duty)).toContain('feed-back');
    // The same by the source's own setting; and by a later report, from the case's first detection.
    const byPlatform = await open({ title: '问政平台上的留言', sourceName: 'demo-board' });
    expect((await clocksOf(byPlatform)).map((c) => c.duty)).toContain('feed-back');
    const later = await open({ title: '网上的帖子' });
    const { dueAt } = await clockOf(later, 'settle-ordinary');
    await bench.pass(30);
    await take({ title: '同一件事由平台转来', sourceName: 'demo-board', joinCaseId: later });
    await take({ title: '又转来一次', sourceName: 'demo-board', joinCaseId: later });
    expect((await clocksOf(later)).filter((c) => c.duty === 'feed-back').map((c) => c.dueAt)).toEqual([dueAt]);
    const raised: boolean[] = [];
    for (let i = 1; i < 8; i++)
      raised.push((await take({ title: `转载${i}`, sourceName: `s${i}`, joinCaseId: caseId })).raised);
    expect(raised).toEqual([false, false, false, false, false, false, true]);
    expect(await board().loadCase(caseId)).toMatchObject({ caseClass: 'major', sourceCount: 8 });
    expect(await clockOf(caseId, 'settle-ordinary')).toMatchObject({ state: 'superseded' });
    expect(await clockOf(caseId, 'settle-major')).toMatchObject({ state: 'open' });
  });
});

describe('suspension and extension', () => {
  it('stop the ladder and move the limit within the bound of the rule, never silently', async () => {
    const caseId = await open({ title: '需要方案的重大问题', label: { ...LABEL, level: 'major' } });
    await desk().registerEvidence(ACTOR, caseId, evidence('plan', await now()));
    const plan = await clockOf(caseId, 'finish-plan');
    // The day of the anchor does not count: what stands still on it moves nothing.
    await bench.pass(60 * 24);
    const decision = { reason: '等待鉴定结论', basis: '寻府办字第1号', approver: '县长' };
    expect(
      await clockDesk().extendClock(ACTOR, plan.id, {
        ...decision,
        basis: '',
        term: { unit: 'natural_days', amount: 5 },
      }),
    ).toMatchObject({
      ok: false,
    });
    const tooMuch = { ...decision, term: { unit: 'natural_days' as const, amount: 99 } };
    expect(await clockDesk().extendClock(ACTOR, plan.id, tooMuch)).toMatchObject({
      ok: false,
      reason: expect.stringContaining('上限'),
    });
    expect(await clockDesk().suspendClock(ACTOR, plan.id, decision)).toMatchObject({ ok: true });
    await bench.pass(60 * 24 * 3);
    expect(await clockDesk().resumeClock(ACTOR, plan.id, '鉴定完成')).toMatchObject({ ok: true });
    const after = await clockOf(caseId, 'finish-plan');
    expect(after.dueAt.getTime() - plan.dueAt.getTime()).toBe(3 * 24 * HOUR);
    const extended = await clockDesk().extendClock(ACTOR, plan.id, {
      ...decision,
      term: { unit: 'natural_days', amount: 10 },
    });
    expect(extended).toMatchObject({ ok: true });
    expect((await clockOf(caseId, 'finish-plan')).dueAt.getTime() - after.dueAt.getTime()).toBe(10 * 24 * HOUR);
  });
});

describe('the database', () => {
  it.each([
    ['update case_event set summary = $1', 'case_event'],
    ['delete from evidence where title <> $1', 'evidence'],
  ])('refuses %s', async (sql, table) => {
    // A month's part of the table says its own name.
    await expect(rows(db, sql, ['x'])).rejects.toThrow(new RegExp(`^${table}(_\\w+)? is append-only`));
  });
});

describe('trouble', () => {
  const fixing = (): Auditor => bench.app.get(Auditor, { strict: false });
  const health = (): EngineHealth => bench.app.get(EngineHealth, { strict: false });

  it('of a clock that would never fire is found by the audit, mended, and told to the administrators', async () => {
    const caseId = await open({ title: '时刻被改坏的事件' });
    const respond = await clockOf(caseId, 'respond-other');
    await rows(db, 'update clock set next_at = null where id = $1', [respond.id]);
    await bench.pass(60 * 49);
    const report = await fixing().audit();
    expect(report.findings).toMatchObject([{ id: respond.id, nextAt: null }]);
    expect(report.findings[0]?.missed).toContain('due');
    await until('the rung that was missed', async () => (await firedOf(respond.id)).includes('due'));
    await until('the alert to the administrator', async () =>
      (await box().inbox(ids['admin'] ?? '', 0, 1000)).find((a) => a.kind === 'engine'),
    );
    expect((await fixing().audit()).findings).toEqual([]);
  });

  it('of one poison row is pushed ahead and shown, while its neighbours fire', async () => {
    const bad = await clockOf(await open({ title: '坏行' }), 'respond-other');
    const good = await clockOf(await open({ title: '好行' }), 'respond-other');
    await rows(db, `update clock set ladder = '{"id":"x"}' where id = $1`, [bad.id]);
    await bench.pass(60 * 49);
    await until('the neighbour', async () => (await firedOf(good.id)).includes('due'));
    const figures = await until('the poison row on the figures', async () => {
      const found = await health().load();
      return found.faulty.some((f) => f.clockId === bad.id) && found;
    });
    expect(figures.faulty.find((f) => f.clockId === bad.id)).toMatchObject({
      lastFault: expect.stringContaining('no rungs'),
    });
    await rows(db, 'update clock set ladder = (select ladder from clock where id = $2) where id = $1', [
      bad.id,
      good.id,
    ]);
    await bench.pass(61);
    await until('the mended row', async () => (await firedOf(bad.id)).includes('due'));
  });

  it('of a row that the database refuses does not keep its batch from firing', async () => {
    const bad = await clockOf(await open({ title: '数据库拒绝的行' }), 'respond-other');
    const good = await Promise.all(
      [1, 2, 3].map(async (n) => clockOf(await open({ title: `同批${n}` }), 'respond-other')),
    );
    await rows(
      db,
      `update clock set ladder = jsonb_set(ladder, '{rungs}', (select jsonb_agg(r || '{"id":null}') from jsonb_array_elements(ladder -> 'rungs') r))
       where id = $1`,
      [bad.id],
    );
    await bench.pass(60 * 49);
    for (const clock of good) await until('its neighbours', async () => (await firedOf(clock.id)).includes('due'));
    await until('the refused row on the figures', async () =>
      (await health().load()).faulty.find((f) => f.clockId === bad.id && /null value/.test(f.lastFault)),
    );
  });
});

describe('a new holiday notice', () => {
  it('moves the open clocks that it concerns, keeps both instants and tells those concerned', async () => {
    const caseId = await open({ title: '跨年的工作日时限' });
    const duty = bench.app.get(Lawbook, { strict: false }).book.duties.find((d) => d.rule.id === 'respond-other');
    if (!duty) throw new Error('no duty');
    const { calendar } = bench.app.get(Lawbook, { strict: false });
    const rule = {
      ...duty.rule,
      id: 'working',
      title: '5个工作日内公开',
      limit: { unit: 'working_days' as const, amount: 5 },
    };
    const anchor = new Date('2026-12-29T10:00:00+08:00');
    const plan = planClock({ ...duty, rule }, anchor, calendar);
    expect(plan.provisional).toBe(true);
    const [clockId] = await db.transaction(async (manager) => startClocks(manager, caseId, [plan], await now()));
    const { notices, statutory } = bench.settings.calendar;
    const notice = {
      year: 2027,
      title: '国务院办公厅关于2027年部分节假日安排的通知（测试）',
      published: '2026-12-30',
      url: 'https://example.invalid/2027',
      holidays: [{ name: '元旦', off: ['2027-01-01', '2027-01-02', '2027-01-03', '2027-01-04'], work: [] }],
    };
    const report = await bench.app
      .get(CalendarReprojection, { strict: false })
      .reproject(buildCalendar([...notices, notice], statutory));
    expect(report.moved.map((m) => m.clockId)).toEqual([clockId]);
    const moved = await board().loadClock(clockId ?? '');
    expect(moved).toMatchObject({ provisional: false });
    expect(moved?.derivation.reprojections).toHaveLength(1);
    expect(Date.parse(moved?.dueAt ?? '')).toBeGreaterThan(plan.dueAt.getTime());
    await until('the alert of the move', async () =>
      (await alertsTo('duty', caseId)).find((a) => a.title.startsWith('【时限调整】')),
    );
  });
});

describe('deliveries over another channel', () => {
  it('are claimed once, tried again after a failure, and end with the receipt', async () => {
    const claims = bench.app.get(DeliveryClaims, { strict: false });
    const [alert] = await box().latest(ids['duty'] ?? '', 1);
    if (!alert) throw new Error('no alert');
    await rows(
      db,
      `insert into alert_delivery (account_id, seq, alert_id, channel, next_try_at) values ($1, 1000000, $2, 'mail', app_now())`,
      [ids['duty'], alert.id],
    );
    const settling = bench.app.get(DeliverySettling, { strict: false });
    const terms = { name: 'mail', group: false, limits: [], quota: null };
    const claim = async () => (await claims.claim(terms, 10)).messages;
    const [first, ...more] = await claim();
    expect(first).toMatchObject({ to: [{ username: 'duty' }], attempts: 1, alerts: [{ alert: { id: alert.id } }] });
    expect(more).toEqual([]);
    expect(await claim()).toEqual([]);
    if (!first) return;
    await settling.settle(first, { ok: false, fault: '451 try later' }, 2);
    await bench.pass(2);
    const [again] = await claim();
    expect(again).toMatchObject({ attempts: 2, key: first.key });
    await box().markRead(ids['duty'] ?? '', alert.id);
    if (again) await settling.settle(again, { ok: false, fault: 'late' }, 2);
    await bench.pass(120);
    expect(await claim()).toEqual([]);
  });
});

describe('two engines side by side', () => {
  it('fire every rung once, and every account numbers its alerts without a gap that fills later', async () => {
    const second = await startEngine(bench.settings);
    try {
      const opened = await Promise.all(Array.from({ length: 60 }, (_, i) => open({ title: `并发事件${i}` })));
      const codes = await rows<{ code: string }>(db, 'select code from case_file where id = any($1::bigint[])', [
        opened,
      ]);
      expect(new Set(codes.map((c) => c.code)).size).toBe(60);
      await bench.pass(60 * 49);
      await until('all breaches', async () => {
        const [found] = await rows<{ n: number }>(
          db,
          `select count(*)::int as n from clock where case_id = any($1::bigint[]) and duty = 'respond-other' and breached_at is not null`,
          [opened],
        );
        return found?.n === 60;
      });
      await until('all addressed', async () => {
        const [found] = await rows<{ n: number }>(
          db,
          'select count(*)::int as n from alert where addressed_at is null',
        );
        return found?.n === 0;
      });
      const doubles = await rows(
        db,
        `select clock_id, rung, data ->> 'revision' from (select clock_id, data ->> 'rung' as rung, data from case_event where kind in ('warn', 'breach', 'repeat')) e
         group by 1, 2, 3 having count(*) > 1`,
      );
      expect(doubles).toEqual([]);
      const seqs = (await box().inbox(ids['duty'] ?? '', 0, 10_000)).map((a) => a.seq);
      expect(seqs).toEqual(seqs.map((_, i) => i + 1));
    } finally {
      await second.close();
    }
  });
});
