import { goneShare, moodOf, readCount, targetShare } from './countdown';

const HOUR = 3_600_000;
const anchor = Date.parse('2026-11-21T08:00:00+08:00');
const clock = (hours: number, more: object = {}) => ({
  state: 'open' as const,
  anchorAt: new Date(anchor).toISOString(),
  dueAt: new Date(anchor + hours * HOUR).toISOString(),
  targetAt: null,
  ...more,
});

describe('the mood of a clock', () => {
  it('is near in the last fifth of the term', () => {
    expect(moodOf(clock(2), anchor + 1.5 * HOUR)).toBe('normal');
    expect(moodOf(clock(2), anchor + 1.6 * HOUR)).toBe('near');
  });

  it('is near in the last hour of a long term too', () => {
    expect(moodOf(clock(5), anchor + 4 * HOUR)).toBe('near');
    expect(moodOf(clock(5), anchor + 3.9 * HOUR)).toBe('normal');
  });

  it('is on time at the very instant and overdue after it', () => {
    expect(moodOf(clock(5), anchor + 5 * HOUR)).toBe('near');
    expect(moodOf(clock(5), anchor + 5 * HOUR + 1)).toBe('overdue');
  });

  it('does not run while suspended or ended', () => {
    expect(moodOf(clock(5, { state: 'suspended' }), anchor + 9 * HOUR)).toBe('suspended');
    expect(moodOf(clock(5, { state: 'met_late' }), anchor + 9 * HOUR)).toBe('done');
  });
});

describe('shares of the term', () => {
  it('stay within the ring', () => {
    expect(goneShare(clock(4), anchor - HOUR)).toBe(0);
    expect(goneShare(clock(4), anchor + HOUR)).toBe(0.25);
    expect(goneShare(clock(4), anchor + 9 * HOUR)).toBe(1);
    expect(goneShare(clock(0), anchor)).toBe(1);
  });

  it('place the target', () => {
    expect(targetShare(clock(5, { targetAt: new Date(anchor + 3 * HOUR).toISOString() }))).toBeCloseTo(0.6);
    expect(targetShare(clock(5))).toBeNull();
  });
});

describe('the count', () => {
  it('shows zero only at the end', () => {
    expect(readCount(1)).toBe('00:00:01');
    expect(readCount(0)).toBe('00:00:00');
    expect(readCount(-500)).toBe('00:00:00');
    expect(readCount(-1000)).toBe('00:00:01');
  });

  it('tells days apart', () => {
    expect(readCount(2 * 24 * HOUR + 3 * HOUR + 4 * 60_000 + 5000)).toBe('2天 03:04:05');
    expect(readCount(24 * HOUR - 1000)).toBe('23:59:59');
  });
});
