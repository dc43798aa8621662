import fc from 'fast-check';
import { DateTime } from 'luxon';
import { beijingDate, beijingIso, DAY_MS, HOUR_MS } from './beijing';
import { at, CALENDAR } from './clock-fixture';
import { computeDeadline, termFault } from './deadline';
import type { Term } from './rule';

const working = (amount: number): Term => ({ unit: 'working_days', amount });
const natural = (amount: number, roll = false): Term => ({ unit: 'natural_days', amount, roll });
const lastDay = (term: Term, start: string, time = 'T09:00:00+08:00') =>
  beijingDate(new Date(computeDeadline(term, `${start}${time}`, CALENDAR).dueAt.getTime() - 1));

// RULES.md section 3: start, n, working days, natural days with roll, natural days without.
const VECTORS: [string, number, string, string, string][] = [
  ['2026-02-13', 3, '2026-02-25', '2026-02-24', '2026-02-16'],
  ['2026-04-30', 3, '2026-05-08', '2026-05-06', '2026-05-03'],
  ['2026-05-08', 3, '2026-05-12', '2026-05-11', '2026-05-11'],
  ['2026-09-18', 3, '2026-09-22', '2026-09-21', '2026-09-21'],
  ['2026-09-30', 3, '2026-10-10', '2026-10-08', '2026-10-03'],
  ['2026-09-30', 5, '2026-10-13', '2026-10-08', '2026-10-05'],
];

describe('a term of days', () => {
  it.each(VECTORS)('from %s, %i days: working %s, rolled %s, natural %s', (start, n, work, rolled, plain) => {
    for (const time of ['T00:00:00+08:00', 'T09:00:00+08:00', 'T23:59:59.999+08:00']) {
      expect(lastDay(working(n), start, time)).toBe(work);
      expect(lastDay(natural(n, true), start, time)).toBe(rolled);
      expect(lastDay(natural(n), start, time)).toBe(plain);
    }
  });

  it('takes the Beijing day of the anchor, whatever the zone it is written in', () => {
    // 2026-02-12 17:00Z is 01:00 on the 13th in Beijing.
    expect(lastDay(natural(3), '2026-02-12', 'T17:00:00Z')).toBe('2026-02-16');
    expect(lastDay(natural(3), '2026-02-12', 'T15:59:59Z')).toBe('2026-02-15');
  });

  it('across the end of coverage is provisional where the calendar has a say', () => {
    const from = '2026-12-29T09:00:00+08:00';
    expect(computeDeadline(working(3), from, CALENDAR).provisional).toBe(true);
    expect(computeDeadline(natural(3, true), from, CALENDAR).provisional).toBe(true);
    const plain = computeDeadline(natural(3), from, CALENDAR);
    expect([beijingIso(plain.dueAt), plain.provisional]).toEqual(['2027-01-02T00:00:00+08:00', false]);
    expect(computeDeadline(working(2), from, CALENDAR).provisional).toBe(false);
  });

  it('lists each day with the notice that counts or skips it', () => {
    const { days } = computeDeadline(working(3), '2026-09-30T10:00:00+08:00', CALENDAR);
    expect(days.map((d) => `${d.date} ${d.counted ? '计' : '不计'}`)).toEqual([
      '2026-09-30 不计',
      ...Array.from({ length: 7 }, (_, i) => `2026-10-0${i + 1} 不计`),
      '2026-10-08 计',
      '2026-10-09 计',
      '2026-10-10 计',
    ]);
    expect(days.at(-1)?.why).toBe(
      '第3个工作日:国庆节调休上班:《国务院办公厅关于2026年部分节假日安排的通知》(国办发明电〔2025〕7号)',
    );
  });
});

describe('other terms', () => {
  it('hours run from the very moment through nights and holidays', () => {
    const { dueAt, days } = computeDeadline({ unit: 'hours', amount: 5 }, '2026-02-14T22:17:03.250+08:00', CALENDAR);
    expect(beijingIso(dueAt)).toBe('2026-02-15T03:17:03.250+08:00');
    expect(days).toEqual([]);
  });

  it('until ends at 24:00 of its date, every runs its hours', () => {
    const until = computeDeadline({ unit: 'until', date: '2026-06-30' }, at('01-05 10:00'), CALENDAR);
    expect(beijingIso(until.dueAt)).toBe('2026-07-01T00:00:00+08:00');
    const every = computeDeadline({ unit: 'every', amount: 24 }, at('01-05 10:00'), CALENDAR);
    expect(beijingIso(every.dueAt)).toBe('2026-01-06T10:00:00+08:00');
  });

  it.each<[Term, string]>([
    [{ unit: 'hours' }, 'amount'],
    [{ unit: 'hours', amount: 0 }, 'amount'],
    [{ unit: 'hours', amount: Number.NaN }, 'amount'],
    [{ unit: 'natural_days', amount: 1.5 }, 'amount'],
    [{ unit: 'working_days', amount: 0 }, 'amount'],
    [{ unit: 'working_days', amount: 3, roll: true }, 'roll'],
    [{ unit: 'until', date: '2026-02-30' }, 'date'],
    [{ unit: 'until' }, 'date'],
    [{ unit: 'hours', amount: 1, date: '2026-01-01' }, 'date'],
  ])('%j is refused at %s', (term, key) => {
    expect(termFault(term)?.key).toBe(key);
    expect(() => computeDeadline(term, at('01-05 10:00'), CALENDAR)).toThrow(key);
  });

  it('an anchor that is no instant is refused', () => {
    expect(() => computeDeadline(working(1), 'yesterday', CALENDAR)).toThrow('anchor');
  });
});

describe('suspension', () => {
  it('adds hours exactly, overlapping times once', () => {
    const pauses = [
      { from: at('03-10 10:00'), to: at('03-10 12:00') },
      { from: at('03-10 11:00'), to: at('03-10 12:30') },
      { from: at('03-11 00:00'), to: at('03-11 08:00') },
    ];
    const { dueAt } = computeDeadline({ unit: 'hours', amount: 5 }, at('03-10 09:00'), CALENDAR, pauses);
    expect(beijingIso(dueAt)).toBe('2026-03-10T16:30:00+08:00');
  });

  it('skips the days at whose 24:00 the term stood still', () => {
    const pauses = [{ from: at('03-11 15:00'), to: at('03-13 09:00') }];
    const { dueAt, days } = computeDeadline(natural(3), at('03-10 09:00'), CALENDAR, pauses);
    expect(beijingIso(dueAt)).toBe('2026-03-16T00:00:00+08:00');
    expect(days.filter((d) => d.why === '中止期间不计').map((d) => d.date)).toEqual(['2026-03-11', '2026-03-12']);
    const sameDay = [{ from: at('03-11 08:00'), to: at('03-11 20:00') }];
    expect(computeDeadline(natural(3), at('03-10 09:00'), CALENDAR, sameDay).dueAt).toEqual(at('03-14 00:00'));
  });
});

describe('every deadline', () => {
  const anchors = fc.date({
    min: new Date('2026-01-01T00:00:00Z'),
    max: new Date('2028-12-31T00:00:00Z'),
    noInvalidDate: true,
  });
  const dayTerm = fc.oneof(
    fc.integer({ min: 1, max: 40 }).map(working),
    fc.tuple(fc.integer({ min: 1, max: 40 }), fc.boolean()).map(([n, roll]) => natural(n, roll)),
  );
  const due = (term: Term, from: Date) => computeDeadline(term, from, CALENDAR);

  it('of days falls at 24:00 Beijing and counts as many days as it says', () => {
    fc.assert(
      fc.property(dayTerm, anchors, (term, from) => {
        const { dueAt, days } = due(term, from);
        expect(DateTime.fromJSDate(dueAt).setZone('Asia/Shanghai').toFormat('HH:mm:ss.SSS')).toBe('00:00:00.000');
        expect(days.filter((d) => d.counted)).toHaveLength(term.amount ?? 0);
        expect(dueAt.getTime() - from.getTime()).toBeGreaterThan((term.amount ?? 0) * DAY_MS);
        expect(days.at(-1)?.date).toBe(beijingDate(new Date(dueAt.getTime() - 1)));
      }),
    );
  });

  it('lists days without a gap', () => {
    fc.assert(
      fc.property(dayTerm, anchors, (term, from) => {
        const dates = due(term, from).days.map((d) => Date.parse(d.date));
        expect(dates.every((d, i) => i === 0 || d - (dates[i - 1] ?? 0) === DAY_MS)).toBe(true);
      }),
    );
  });

  it('is never earlier for a later anchor or a larger amount', () => {
    fc.assert(
      fc.property(dayTerm, anchors, fc.integer({ min: 0, max: 20 * DAY_MS }), (term, from, later) => {
        const first = due(term, from).dueAt.getTime();
        expect(due(term, new Date(from.getTime() + later)).dueAt.getTime()).toBeGreaterThanOrEqual(first);
        expect(due({ ...term, amount: (term.amount ?? 0) + 1 }, from).dueAt.getTime()).toBeGreaterThanOrEqual(first);
      }),
    );
  });

  it('is one instant for one day of anchoring', () => {
    fc.assert(
      fc.property(dayTerm, anchors, fc.integer({ min: 0, max: DAY_MS - 1 }), (term, from, within) => {
        const start = Date.parse(`${beijingDate(from)}T00:00:00+08:00`);
        expect(due(term, new Date(start + within)).dueAt).toEqual(due(term, from).dueAt);
      }),
    );
  });

  it('rolled is never earlier than unrolled, ends on a working day, and stays where that day already is one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), anchors, (n, from) => {
        const plain = due(natural(n), from).dueAt;
        const rolled = due(natural(n, true), from).dueAt;
        const lastOf = (end: Date) => CALENDAR.dayOf(beijingDate(new Date(end.getTime() - 1)));
        expect(rolled.getTime()).toBeGreaterThanOrEqual(plain.getTime());
        expect(lastOf(rolled).working).toBe(true);
        if (lastOf(plain).working) expect(rolled).toEqual(plain);
      }),
    );
  });

  it('of hours is exact', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), anchors, (hours, from) => {
        expect(due({ unit: 'hours', amount: hours }, from).dueAt.getTime() - from.getTime()).toBe(hours * HOUR_MS);
      }),
    );
  });

  it('with suspensions is later by at most what they took, rounded up to days', () => {
    const pause = fc.tuple(anchors, fc.integer({ min: 1, max: 5 * DAY_MS }));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), anchors, pause, (n, from, [start, length]) => {
        const pauses = [{ from: start, to: new Date(start.getTime() + length) }];
        const plain = due(natural(n), from).dueAt.getTime();
        const paused = computeDeadline(natural(n), from, CALENDAR, pauses).dueAt.getTime();
        expect(paused).toBeGreaterThanOrEqual(plain);
        expect(paused - plain).toBeLessThanOrEqual(Math.ceil(length / DAY_MS) * DAY_MS);
      }),
    );
  });
});

// Run again under other zones by time-zones.spec.ts; this shows that the zone was really another one.
if (process.env.SPEC_TZ !== undefined) {
  it('ran in the zone it was meant to run in', () => {
    expect(new Intl.DateTimeFormat().resolvedOptions().timeZone).toBe(process.env.SPEC_TZ);
  });
}
