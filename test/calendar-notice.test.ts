import { DataSource } from 'typeorm';
import { buildCalendar, planClock, type Term } from '@app/domain';
import { CalendarDesk, CalendarKeeper, CaseIntake, Lawbook, SheetChecker, startClocks } from '@app/response';
import { readNow, rows } from '@app/storage';
import { type EngineBench, incoming, openEngine, startEngine, until } from './engine-bench';

const NOTICE = `
year: 2027
notices:
  - title: 国务院办公厅关于2027年部分节假日安排的通知（测试）
    number: 国办发明电〔2026〕99号
    published: 2026-11-01
    url: https://www.example.gov.cn/2027.htm
    holidays:
      - { name: 元旦, off: [2027-01-01, 2027-01-02, 2027-01-03, 2027-01-04], work: [] }
`;

let bench: EngineBench;
let db: DataSource;
const get = <T>(type: new (...args: never[]) => T): T => bench.app.get<T>(type, { strict: false });
const nothing = () => Promise.resolve();

beforeAll(async () => {
  bench = await openEngine();
  db = bench.db;
}, 60_000);
afterAll(() => bench.close(), 30_000);

/** A case with one clock of this term from an anchor of December. */
async function clock(title: string, limit: Term, anchor: string): Promise<string> {
  const laws = get(Lawbook);
  const duty = laws.book.duties[0];
  if (!duty) throw new Error('no duty');
  return db.transaction(async (manager) => {
    const taken = await get(CaseIntake).take(manager, await incoming(manager, { title }));
    const rule = { ...duty.rule, id: 'long', title, limit };
    const plan = planClock({ ...duty, rule }, new Date(`2026-12-${anchor}:00+08:00`), laws.calendar);
    const [id] = await startClocks(manager, taken.caseId ?? '', [plan], await readNow(manager));
    return id ?? '';
  });
}

const eventsOf = (clockId: string) =>
  rows<{ summary: string; data: Record<string, unknown> }>(
    db,
    `select summary, data from case_event where clock_id = $1 and kind = 'clock-reprojected'`,
    [clockId],
  );

describe('a bad notice', () => {
  it('is refused with every fault at once, each in Chinese with its line', async () => {
    const bad = NOTICE.replace('2027-01-04', '2027-02-30').replace('https://', 'ftp://').replace('number', 'numero');
    const refused = await get(CalendarDesk).preview(bad);
    expect(refused).toMatchObject({ ok: false, status: 422 });
    const faults = refused.ok ? [] : refused.faults;
    expect(faults.map((f) => f.key).sort()).toEqual([
      'notices.0.holidays.0.off.3',
      'notices.0.numero',
      'notices.0.url',
    ]);
    expect(faults.every((f) => /^第 \d+ 行/.test(f.reason) && /[须没]/.test(f.reason))).toBe(true);
  });

  it.each([
    ['without its day', NOTICE.replace(/ {4}published.*\n/, ''), 'notices.0.published'],
    ['of a day to come', NOTICE.replace('2026-11-01', '2026-11-03'), 'notices.0.published'],
    ['of a year after one that is missing', NOTICE.replaceAll('2027', '2028'), 'year'],
    ['that is not YAML', 'year: [', ''],
  ])('%s is refused', async (_, source, key) => {
    const refused = await get(CalendarDesk).preview(source);
    expect(refused).toMatchObject({ ok: false, status: 422 });
    expect(refused.ok ? [] : refused.faults.map((f) => f.key)).toContain(key);
  });
});

describe('a notice loaded while the system runs', () => {
  it('shows what it would move, moves it, tells it, and every process plans with it at once', async () => {
    // Each case has its own settle clock besides: counted in days, and not moved.
    const [moves, short, hours, settles] = await Promise.all([
      clock('5个工作日内公开', { unit: 'working_days', amount: 5 }, '29T10:00'),
      clock('2个工作日内公开', { unit: 'working_days', amount: 2 }, '30T10:00'),
      clock('48小时内回应', { unit: 'hours', amount: 48 }, '31T10:00'),
      clock('20日内答复', { unit: 'natural_days', amount: 20, roll: true }, '29T10:00'),
    ]);
    const second = await startEngine(bench.settings);
    try {
      await until(
        'the first look of the keepers',
        async () => (await rows(db, `select 1 from heartbeat where process = 'calendar'`)).length,
      );
      const preview = await get(CalendarDesk).preview(NOTICE);
      expect(preview).toMatchObject({ ok: true, clocks: 7, moved: 2, settled: 1, coverageUntil: '2027-12-31' });
      expect(preview.ok && preview.shown.map((s) => s.clockId).sort()).toEqual([moves, short].sort());
      expect(preview.ok && preview.days).toEqual([
        expect.objectContaining({ date: '2027-01-04', working: false, why: expect.stringContaining('99号') }),
      ]);
      expect(await eventsOf(moves)).toEqual([]);

      const logged: unknown[] = [];
      const adopted = await get(CalendarDesk).adopt(NOTICE, '王管理员', (_m, file, versions) => {
        logged.push([file.year, versions.new]);
        return nothing();
      });
      expect(adopted.ok).toBe(true);
      if (!adopted.ok) return;
      expect(logged).toEqual([[2027, adopted.calendar.version]]);

      // The other process, inside its very next transaction, whether the hint has come or not.
      const there = second.get(Lawbook, { strict: false });
      await db.transaction((manager) => there.hold(manager));
      expect(there.calendar.version).toBe(adopted.calendar.version);

      const [event] = await until('the event of the move', async () => {
        const found = await eventsOf(moves);
        return found.length > 0 && found;
      });
      expect(event?.data).toMatchObject({
        calendarVersion: adopted.calendar.version,
        provisional: false,
        oldDueAt: '2027-01-07T00:00:00+08:00',
        newDueAt: '2027-01-08T00:00:00+08:00',
      });
      await until(
        'the alert',
        async () =>
          (await rows(db, 'select 1 from alert where clock_id = $1 and title like $2', [moves, '【时限调整】%']))
            .length,
      );
      expect(await eventsOf(hours)).toEqual([]);
      // 暂定 ends without a move: an event of its own, and nobody is woken for it.
      const [settled] = await until('the event of the settled one', async () => {
        const found = await eventsOf(settles);
        return found.length > 0 && found;
      });
      expect(settled?.summary).toContain('不再是暂定');
      expect(settled?.data).toMatchObject({ provisional: false, oldDueAt: settled?.data['newDueAt'] });
      expect(await rows(db, 'select 1 from alert where clock_id = $1', [settles])).toEqual([]);
      await until('nothing is left to move', async () => !(await get(CalendarKeeper).look()));
      // Both keepers were at it; each clock was moved once.
      expect(await eventsOf(moves)).toHaveLength(1);
    } finally {
      await second.close();
    }
  });

  it('is not taken twice', async () => {
    expect(await get(CalendarDesk).adopt(NOTICE, 'x', nothing)).toMatchObject({ ok: false, status: 409 });
  });

  it('an amendment moves the same clock again; both moves stay on the sheet', async () => {
    const amendment = NOTICE.replace('2026-11-01', '2026-11-02')
      .replace('（测试）', '的调整（测试）')
      .replace('2027-01-04], work: []', '2027-01-04, 2027-01-05], work: [2027-01-09]');
    expect(await get(CalendarDesk).adopt(amendment, '王管理员', nothing)).toMatchObject({ ok: true });
    const sheet = await until('the second move', async () => {
      const [found] = await rows<{ moves: { newDueAt: string }[] }>(
        db,
        `select derivation -> 'reprojections' as moves from clock where title = '5个工作日内公开'`,
      );
      return found && found.moves.length === 2 && found.moves;
    });
    expect(sheet.map((m) => m.newDueAt)).toEqual(['2027-01-08T00:00:00+08:00', '2027-01-09T00:00:00+08:00']);
    expect((await get(CalendarDesk).list()).slice(0, 2).map((n) => n.loadedBy)).toEqual(['王管理员', '王管理员']);
  });

  it('sheets of every earlier calendar are computed anew to the same instants', async () => {
    const checker = get(SheetChecker);
    const laws = get(Lawbook);
    const duty = laws.book.duties[0];
    if (!duty) throw new Error('no duty');
    const rule = { ...duty.rule, limit: { unit: 'working_days' as const, amount: 5 } };
    const anchor = new Date('2026-12-29T10:00:00+08:00');
    const { notices, statutory } = bench.settings.calendar;
    const old = planClock({ ...duty, rule }, anchor, buildCalendar([...notices], statutory)).derivation;
    const present = planClock({ ...duty, rule }, anchor, laws.calendar).derivation;
    expect(old.calendarVersion).not.toBe(present.calendarVersion);
    for (const sheet of [old, present])
      expect(await checker.check(sheet)).toMatchObject({ state: 'same', dueAt: sheet.dueAt });
    const forged = { ...old, dueAt: present.dueAt };
    expect(await checker.check(forged)).toMatchObject({ state: 'differs', dueAt: old.dueAt });
    expect(await checker.check({ ...old, calendarVersion: '1999' })).toMatchObject({ state: 'unknown' });
  });

  it('the database keeps every notice as it was loaded', async () => {
    await expect(rows(db, 'update calendar_notice set year = 2030')).rejects.toThrow('append-only');
    await expect(rows(db, 'delete from calendar_notice')).rejects.toThrow('append-only');
  });
});
