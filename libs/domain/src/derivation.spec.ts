import { at, CALENDAR, clockOf } from './clock-fixture';
import { recompute } from './derivation';

describe('the derivation sheet', () => {
  const { derivation } = clockOf({ limit: { unit: 'working_days', amount: 3 }, note: '说明' }, '09-30 10:00');

  it('carries anchor, rule, quote, days and the version of the calendar', () => {
    expect(derivation).toMatchObject({
      term: { unit: 'working_days', amount: 3 },
      anchorKind: 'detected',
      anchorAt: '2026-09-30T10:00:00+08:00',
      dueAt: '2026-10-11T00:00:00+08:00',
      provisional: false,
      calendarVersion: CALENDAR.version,
      basis: { quote: '最迟5小时内发布权威信息', note: '说明' },
      revisedAt: null,
    });
    expect(derivation.days).toHaveLength(11);
  });

  it('gives the same instant after it was stored and read again', () => {
    const stored = JSON.parse(JSON.stringify(derivation)) as typeof derivation;
    expect(recompute(stored, CALENDAR)).toEqual({
      dueAt: at('10-11 00:00'),
      targetAt: null,
      provisional: false,
      days: derivation.days,
    });
  });

  it('has target and limit side by side', () => {
    const both = clockOf({ target: { unit: 'hours', amount: 3 } }).derivation;
    expect([both.targetAt, both.dueAt]).toEqual(['2026-03-10T12:00:00+08:00', '2026-03-10T14:00:00+08:00']);
  });

  it('refuses a sheet whose instants cannot be read', () => {
    expect(() => recompute({ ...derivation, anchorAt: 'soon' }, CALENDAR)).toThrow(RangeError);
  });
});
