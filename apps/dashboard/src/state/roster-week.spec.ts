import { isOnDuty, minutesOfTimes, nearDay, shiftsOn, spanOf, weekOf, type DutyShift } from './roster-week';

const shift = (startsAt: string, endsAt: string): DutyShift => ({
  ...{ id: startsAt, accountId: '1', accountName: '王', office: 'duty_officer', departmentId: null },
  ...{ startsAt, endsAt, standInFor: null, standInForName: null },
});

describe('the week of the duty roster', () => {
  it('begins on Monday, also for a Sunday, and over the turn of a year', () => {
    expect(weekOf('2026-11-22')).toEqual([
      '2026-11-16',
      '2026-11-17',
      '2026-11-18',
      '2026-11-19',
      '2026-11-20',
      '2026-11-21',
      '2026-11-22',
    ]);
    expect(weekOf('2026-12-31', 1)[0]).toBe('2027-01-04');
    expect(spanOf(weekOf('2026-12-31'))).toEqual({
      from: '2026-12-28T00:00:00+08:00',
      to: '2027-01-04T00:00:00+08:00',
    });
  });

  it('shows a shift on the day it starts, and one that was running before on the first day', () => {
    const night = shift('2026-11-15T18:00:00+08:00', '2026-11-16T08:00:00+08:00');
    const late = shift('2026-11-16T23:30:00+08:00', '2026-11-17T08:00:00+08:00');
    expect(shiftsOn('2026-11-16', '2026-11-16', [night, late])).toEqual([night, late]);
    expect(shiftsOn('2026-11-17', '2026-11-16', [night, late])).toEqual([]);
  });

  it('shows a shift of several days on each of them, until the day on which it ends', () => {
    const long = shift('2026-11-17T12:57:00+08:00', '2026-11-20T00:00:00+08:00');
    const on = weekOf('2026-11-17').filter((d) => shiftsOn(d, '2026-11-16', [long]).length > 0);
    expect(on).toEqual(['2026-11-17', '2026-11-18', '2026-11-19']);
    expect(shiftsOn('2026-11-23', '2026-11-23', [long])).toEqual([]);
  });

  it.each([
    ['2026-11-16T23:59:00+08:00', ''],
    ['2026-11-17T00:00:00+08:00', '次日 '],
    ['2026-11-15T12:00:00+08:00', '前日 '],
    ['2026-12-04T12:57:00+08:00', '12月4日 '],
  ])('says of %s, seen from the sixteenth, "%s"', (at, words) => {
    expect(nearDay(at, '2026-11-16')).toBe(words);
  });

  it('ends a shift at its end exactly', () => {
    const s = shift('2026-11-16T08:00:00+08:00', '2026-11-16T18:00:00+08:00');
    expect([isOnDuty(s, Date.parse(s.startsAt)), isOnDuty(s, Date.parse(s.endsAt))]).toEqual([true, false]);
  });

  it.each([
    ['08:00, 18:00', [480, 1080]],
    ['8：30', [510]],
    ['00:00、23:59', [0, 1439]],
    ['18:00, 08:00', null],
    ['24:00', null],
    ['', null],
    ['八点', null],
  ])('reads the handover times %s', (text, minutes) => {
    expect(minutesOfTimes(text)).toEqual(minutes);
  });
});
