import { fieldOf, instantOfField, readAgo, readDeadline, readInstant, readMonth, readSpan } from './instant';

const at = (iso: string): number => Date.parse(iso);

describe('instants for reading', () => {
  it('are in Beijing time whatever the zone of the instant', () => {
    expect(readInstant('2026-11-21T14:10:05Z', at('2026-11-21T15:00:00Z'), true)).toBe('11月21日 22:10:05');
    expect(readInstant('2026-11-21T22:10:05+08:00')).toBe('2026年11月21日 22:10');
  });

  it('carry the year when it is not the present one', () => {
    expect(readInstant('2025-12-31T15:59:00Z', at('2025-12-31T16:00:00Z'))).toBe('2025年12月31日 23:59');
  });

  it('a deadline at midnight is 24:00 of its last day', () => {
    expect(readDeadline('2026-11-25T00:00:00+08:00', at('2026-11-22T00:00:00Z'))).toBe('11月24日 24:00');
    expect(readDeadline('2027-01-01T00:00:00+08:00', at('2026-12-30T00:00:00Z'))).toBe('12月31日 24:00');
    expect(readDeadline('2026-11-25T00:00:01+08:00', at('2026-11-22T00:00:00Z'))).toBe('11月25日 00:00');
  });

  it('an unknown instant is a dash', () => {
    expect(readInstant(null)).toBe('—');
    expect(readDeadline(null)).toBe('—');
    expect(readAgo(null, 0)).toBe('—');
  });

  it('a recent one is told by its distance', () => {
    const now = at('2026-11-21T12:00:00Z');
    expect(readAgo(now - 30_000, now)).toBe('刚刚');
    expect(readAgo(now - 5 * 60_000, now)).toBe('5 分钟前');
    expect(readAgo(now - 3 * 3_600_000, now)).toBe('3 小时前');
    expect(readAgo(now - 30 * 3_600_000, now)).toBe('11月20日 14:00');
  });

  it('a month is named without a leading nought', () => {
    expect(readMonth('2026-03')).toBe('2026年3月');
  });

  it('spans name their two largest units', () => {
    expect(readSpan(40_000)).toBe('40秒');
    expect(readSpan(-130 * 60_000)).toBe('2小时10分');
    expect(readSpan(76 * 3_600_000)).toBe('3天4小时');
  });
});

describe('the field of an instant', () => {
  it('is Beijing time both ways', () => {
    expect(fieldOf('2026-11-21T18:30:05.700Z')).toBe('2026-11-22T02:30:05');
    expect(instantOfField('2026-11-22T02:30')).toBe('2026-11-22T02:30:00.000+08:00');
    expect(instantOfField('2026-11-22T02:30:05')).toBe('2026-11-22T02:30:05.000+08:00');
  });

  it('refuses what is no instant', () => {
    for (const text of ['', '2026-11-22', '2026-13-01T00:00', '昨天', '2026-11-22T2:30'])
      expect(instantOfField(text)).toBeNull();
  });
});
