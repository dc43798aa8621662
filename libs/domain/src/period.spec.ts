import fc from 'fast-check';
import { beijingIso, dateOfDayNumber } from './beijing';
import { at, LADDER } from './clock-fixture';
import { dutyOfPeriod, periodAfter, periodAt, periodsToOpen, periodTerm } from './period';
import { PERIODS, type RecurringDuty } from './rule';

function recurring(change: Partial<RecurringDuty> = {}): RecurringDuty {
  return {
    id: 'gazette',
    title: '发布政府公报',
    per: 'quarter',
    by: 'last-week',
    units: 'office',
    metBy: ['publication'],
    ladder: 'promise',
    document: '文件',
    number: '',
    article: '',
    quote: '每季度最后一个星期发布',
    legalEffect: 'notice',
    ...change,
  };
}

describe('periods of Beijing time', () => {
  it.each([
    ['year', '2026-01-01T00:00:00+08:00', '2026', '2026-01-01', '2026-12-31'],
    ['year', '2025-12-31T15:59:59Z', '2025', '2025-01-01', '2025-12-31'],
    ['year', '2025-12-31T16:00:00Z', '2026', '2026-01-01', '2026-12-31'],
    ['quarter', '2026-11-26', '2026-Q4', '2026-10-01', '2026-12-31'],
    ['quarter', '2026-03-31T23:59:59+08:00', '2026-Q1', '2026-01-01', '2026-03-31'],
    ['month', '2024-02-29', '2024-02', '2024-02-01', '2024-02-29'],
    ['month', '2026-12-05', '2026-12', '2026-12-01', '2026-12-31'],
    ['week', '2026-11-26', '2026-W48', '2026-11-23', '2026-11-29'],
    ['week', '2027-01-01', '2026-W53', '2026-12-28', '2027-01-03'],
    ['week', '2024-12-30', '2025-W01', '2024-12-30', '2025-01-05'],
  ] as const)('%s of %s is %s', (per, instant, id, first, last) => {
    const period = periodAt(per, at(instant));
    expect([period.id, dateOfDayNumber(period.first), dateOfDayNumber(period.last)]).toEqual([id, first, last]);
  });

  it('follow one another without gap or overlap', () => {
    const instants = fc.date({ min: new Date('2007-01-01'), max: new Date('2060-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(fc.constantFrom(...PERIODS), instants, (per, instant) => {
        const period = periodAt(per, instant);
        const next = periodAfter(period);
        expect(next.first).toBe(period.last + 1);
        expect(next.id > period.id).toBe(true);
      }),
    );
  });
});

describe('the term of a recurring duty', () => {
  it.each([
    ['year', { month: 1, day: 31 }, '2026-05-05', '2026-01-01T00:00:00+08:00', '2026-02-01T00:00:00+08:00'],
    ['year', { month: 2, day: 29 }, '2026-05-05', '2026-01-01T00:00:00+08:00', '2026-03-01T00:00:00+08:00'],
    ['year', 'end', '2026-05-05', '2026-01-01T00:00:00+08:00', '2027-01-01T00:00:00+08:00'],
    ['quarter', 'last-week', '2026-11-26', '2026-12-25T00:00:00+08:00', '2027-01-01T00:00:00+08:00'],
    ['week', 'end', '2026-11-26', '2026-11-23T00:00:00+08:00', '2026-11-30T00:00:00+08:00'],
  ] as const)('per %s by %j: in that of %s from %s to %s', (per, by, day, from, to) => {
    const term = periodTerm(periodAt(per, at(day)), by);
    expect([beijingIso(term.from), beijingIso(term.to)]).toEqual([from, to]);
  });

  it('is a duty with a fixed last day, and its version keeps the pack', () => {
    const period = periodAt('quarter', at('2026-11-26'));
    const duty = dutyOfPeriod({ packId: 'p', packVersion: '3', rule: recurring(), ladder: LADDER }, period);
    expect(duty.rule).toMatchObject({
      title: '发布政府公报（2026年第四季度）',
      trigger: 'period',
      anchor: 'triggered',
      limit: { unit: 'until', date: '2026-12-31' },
    });
    expect(duty.ruleVersion).toMatch(/^p@3#[0-9a-f]{12}$/);
    expect(duty.rule).not.toHaveProperty('per');
  });
});

describe('which periods are to be opened', () => {
  const yearly = recurring({ per: 'year', by: { month: 1, day: 31 } });
  const ids = (rule: RecurringDuty, last: string | null, now: string): string[] =>
    periodsToOpen(rule, last === null ? null : periodAt(rule.per, at(last)), at(now)).map((p) => p.id);

  it('the running one, for a place that begins today', () => expect(ids(recurring({ by: 'end' }), null, '2026-11-26')).toEqual(['2026-Q4']));
  it('none that has passed already, for a place that begins today', () => expect(ids(yearly, null, '2026-11-26')).toEqual([]));
  it('none whose term has not begun yet', () => expect(ids(recurring(), null, '2026-11-26')).toEqual([]));
  it('none twice', () => expect(ids(recurring({ by: 'end' }), '2026-10-01', '2026-12-31')).toEqual([]));
  it('every one since the last, so that downtime skips none', () =>
    expect(ids(recurring({ by: 'end' }), '2025-12-31', '2026-11-26')).toEqual(['2026-Q1', '2026-Q2', '2026-Q3', '2026-Q4']));
  it('the last week of a quarter when it begins', () => {
    expect(ids(recurring(), '2026-09-01', '2026-12-24T23:59:59+08:00')).toEqual([]);
    expect(ids(recurring(), '2026-09-01', '2026-12-25T00:00:00+08:00')).toEqual(['2026-Q4']);
  });
});
