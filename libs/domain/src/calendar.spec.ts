import { buildCalendar, noticesAsOf, type Notice } from './calendar';
import { CALENDAR, NOTICE_2026, STATUTORY } from './clock-fixture';

const base: Omit<Notice, 'published' | 'holidays'> = { year: 2020, title: '通知', url: 'https://www.gov.cn/' };
const FIRST: Notice = {
  ...base,
  published: '2019-11-21',
  holidays: [{ name: '春节', off: ['2020-01-30'], work: ['2020-02-01'] }],
};
const AMENDMENT: Notice = {
  ...base,
  published: '2020-01-27',
  holidays: [{ name: '春节', off: ['2020-01-31', '2020-02-01'], work: [] }],
};

describe('the calendar', () => {
  it.each([
    ['2026-02-14', true, false, '春节调休上班'],
    ['2026-02-16', false, true, '春节放假'],
    ['2026-10-10', true, false, '国庆节调休上班'],
    ['2026-03-07', false, false, '周六休息日'],
    ['2026-03-09', true, false, '周一工作日'],
  ])('%s: working %s, freed by a notice %s', (date, working, statutory, why) => {
    const day = CALENDAR.dayOf(date);
    expect(day).toMatchObject({ date, working, statutory, known: true });
    expect(day.why).toContain(why);
  });

  it('names the notice behind a day', () => {
    expect(CALENDAR.dayOf('2026-02-16').why).toBe(
      '春节放假:《国务院办公厅关于2026年部分节假日安排的通知》(国办发明电〔2025〕7号)',
    );
  });

  it.each([
    ['2027-01-01', false, true],
    ['2027-02-06', false, true],
    ['2027-01-02', false, false],
    ['2027-01-04', true, false],
  ])('beyond coverage says so, and goes by the law itself: %s working %s', (date, working, statutory) => {
    const day = CALENDAR.dayOf(date);
    expect(day).toMatchObject({ working, statutory, known: false });
    expect(day.why).toContain('2027年放假通知未载入,暂定');
  });

  it('takes the later notice for a day, in whatever order they are given', () => {
    for (const notices of [
      [FIRST, AMENDMENT],
      [AMENDMENT, FIRST],
    ]) {
      const calendar = buildCalendar(notices);
      expect(calendar.dayOf('2020-02-01').working).toBe(false);
      expect(calendar.dayOf('2020-01-31').working).toBe(false);
    }
  });

  it('can be had as it stood on a day', () => {
    const before = buildCalendar(noticesAsOf([FIRST, AMENDMENT], '2020-01-26'));
    expect(before.dayOf('2020-02-01').working).toBe(true);
    expect(before.version).not.toBe(buildCalendar([FIRST, AMENDMENT]).version);
  });

  it('covers the unbroken years up to the last notice', () => {
    const of = (year: number): Notice => ({ ...NOTICE_2026, year });
    const calendar = buildCalendar([of(2026), of(2025), of(2023)], STATUTORY);
    expect([calendar.coverageFrom, calendar.coverageUntil]).toEqual(['2025-01-01', '2026-12-31']);
    expect(calendar.dayOf('2023-05-08').known).toBe(false);
  });

  it('refuses days that do not exist', () => {
    expect(() => CALENDAR.dayOf('2026-02-30')).toThrow(RangeError);
    expect(() => buildCalendar([])).toThrow(RangeError);
  });
});
