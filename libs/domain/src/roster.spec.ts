import fc from 'fast-check';
import { DAY_MS } from './beijing';
import { at, CALENDAR } from './clock-fixture';
import { planShifts, rosterGaps, rotaFault, standIn, type Rota } from './roster';

const ROTA: Rota = {
  office: 'duty_officer',
  departmentId: null,
  handoverMinutes: [510, 1050],
  countedFrom: '2026-09-28',
  workdays: ['a', 'b', 'c'],
  restDays: ['x', 'y'],
};
const who = (rota: Rota, from: string, until: string) =>
  planShifts(rota, from, until, CALENDAR)
    .map((s) => s.accountId)
    .join('');

describe('the duty roster', () => {
  it('goes round in shifts from handover to handover', () => {
    expect(planShifts(ROTA, '2026-09-28', '2026-09-28', CALENDAR)).toEqual([
      {
        office: 'duty_officer',
        departmentId: null,
        accountId: 'a',
        standInFor: null,
        startsAt: at('09-28 08:30'),
        endsAt: at('09-28 17:30'),
      },
      {
        office: 'duty_officer',
        departmentId: null,
        accountId: 'b',
        standInFor: null,
        startsAt: at('09-28 17:30'),
        endsAt: at('09-29 08:30'),
      },
    ]);
  });

  it('has its own turns on feast days and weekends; a make-up Saturday is a working day', () => {
    // 09-28 … 30 working, 10-01 … 07 feast, 10-08 … 10 working (10-10 a make-up Saturday), 10-11 Sunday.
    expect(who(ROTA, '2026-09-28', '2026-10-11')).toBe('abcabc' + 'xyxyxyxyxyxyxy' + 'abcabc' + 'xy');
    expect(who({ ...ROTA, restDays: [] }, '2026-09-28', '2026-10-01')).toBe('abcabcab');
  });

  it('gives the same shifts for a day whatever window is asked for, and leaves no gap', () => {
    const day = fc.integer({ min: 1, max: 28 });
    fc.assert(
      fc.property(day, day, (a, b) => {
        const date = (n: number) => `2026-11-${String(n).padStart(2, '0')}`;
        const [from, until] = [date(Math.min(a, b)), date(Math.max(a, b))];
        const shifts = planShifts(ROTA, from, until, CALENDAR);
        const whole = planShifts(ROTA, '2026-11-01', '2026-11-30', CALENDAR);
        expect(whole).toEqual(expect.arrayContaining(shifts));
        const start = shifts[0]?.startsAt ?? new Date(0);
        const end = new Date(start.getTime() + (Math.abs(a - b) + 1) * DAY_MS);
        expect(rosterGaps(shifts, start, end)).toEqual([]);
      }),
    );
  });

  it('lets a stand-in take the part of a shift in which somebody is away', () => {
    const shifts = planShifts(ROTA, '2026-09-28', '2026-09-28', CALENDAR);
    const away = { accountId: 'a', from: at('09-28 12:00'), to: at('09-28 20:00'), standIn: 'z' };
    expect(standIn(shifts, [away]).map((s) => [s.accountId, s.standInFor, s.startsAt, s.endsAt])).toEqual([
      ['a', null, at('09-28 08:30'), at('09-28 12:00')],
      ['z', 'a', at('09-28 12:00'), at('09-28 17:30')],
      ['b', null, at('09-28 17:30'), at('09-29 08:30')],
    ]);
    expect(rosterGaps(standIn(shifts, [away]), at('09-28 08:30'), at('09-29 08:30'))).toEqual([]);
  });

  it('a stand-in for a stand-in still stands for the first', () => {
    const shifts = planShifts(ROTA, '2026-09-28', '2026-09-28', CALENDAR);
    const all = { from: at('09-01 00:00'), to: at('10-01 00:00') };
    const twice = standIn(shifts, [
      { accountId: 'a', standIn: 'y', ...all },
      { accountId: 'y', standIn: 'z', ...all },
    ]);
    expect(twice[0]).toMatchObject({ accountId: 'z', standInFor: 'a' });
  });

  it('names the times without anybody', () => {
    const shifts = planShifts(ROTA, '2026-09-28', '2026-09-28', CALENDAR).slice(1);
    expect(rosterGaps(shifts, at('09-28 08:30'), at('09-29 12:00'))).toEqual([
      { from: at('09-28 08:30'), to: at('09-28 17:30') },
      { from: at('09-29 08:30'), to: at('09-29 12:00') },
    ]);
  });

  it('refuses a rota that cannot work', () => {
    expect(rotaFault(ROTA)).toBeNull();
    expect(rotaFault({ ...ROTA, handoverMinutes: [600, 500] })?.key).toBe('handoverMinutes');
    expect(rotaFault({ ...ROTA, handoverMinutes: [] })?.key).toBe('handoverMinutes');
    expect(rotaFault({ ...ROTA, workdays: [] })?.key).toBe('workdays');
    expect(() => planShifts({ ...ROTA, workdays: [] }, '2026-09-28', '2026-09-28', CALENDAR)).toThrow('workdays');
    expect(() => planShifts(ROTA, '2026-09-27', '2026-09-28', CALENDAR)).toThrow('2026-09-28');
  });
});
