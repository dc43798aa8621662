import fc from 'fast-check';
import { DateTime } from 'luxon';
import { beijingDate, beijingIso, beijingText, dayNumberOf, endOfDay, parseInstant, weekdayOf } from './beijing';

const instants = fc.date({ min: new Date('1993-01-01'), max: new Date('2099-01-01'), noInvalidDate: true });

describe('Beijing time', () => {
  it.each([
    ['2026-02-13T09:00:00+08:00', '2026-02-13T01:00:00.000Z'],
    ['2026-02-13T16:30:00Z', '2026-02-13T16:30:00.000Z'],
    ['2026-02-13', '2026-02-12T16:00:00.000Z'],
    ['2026-02-13T09:00', '2026-02-13T01:00:00.000Z'],
    ['2026-02-13 09:00:00.5-05:00', '2026-02-13T14:00:00.500Z'],
    ['2026-02-13T24:00', '2026-02-13T16:00:00.000Z'],
  ])('%s is read as %s', (text, utc) => expect(parseInstant(text)?.toISOString()).toBe(utc));

  it.each([
    '',
    '2026-02-30',
    '2026-13-01T00:00Z',
    '2026-02-13T25:00',
    '昨天',
    '2026-2-3',
    '2026-02-13T10:60',
    '1770944400',
  ])('never guesses: %j is no instant', (text) => expect(parseInstant(text)).toBeNull());

  it('agrees with luxon for every instant', () => {
    fc.assert(
      fc.property(instants, (at) => {
        const other = DateTime.fromJSDate(at).setZone('Asia/Shanghai');
        expect(beijingDate(at)).toBe(other.toISODate());
        expect(weekdayOf(dayNumberOf(beijingDate(at)))).toBe(other.weekday % 7);
        expect(parseInstant(beijingIso(at))).toEqual(at);
      }),
    );
  });

  it('calls the end of a day 24:00 of that day', () => {
    expect(beijingText(endOfDay(dayNumberOf('2026-02-28')))).toBe('2026年2月28日 24:00');
    expect(beijingText(new Date('2026-02-28T07:05:00Z'))).toBe('2026年2月28日 15:05');
  });
});
