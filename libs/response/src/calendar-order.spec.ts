import { buildCalendar } from '@app/domain';
import { isNewer } from './calendar-order';

const version = (...years: number[]): string =>
  buildCalendar(years.map((year) => ({ year, title: '通知', url: 'https://www.gov.cn/', holidays: [] }))).version;
const OLD = version(2025, 2026);
const NEW = version(2025, 2026, 2027);

describe('the calendar of two processes', () => {
  it('the first one holds', () => expect(isNewer(OLD, null)).toBe(true));
  it('moves on to one that covers more, and never back', () => {
    expect(isNewer(NEW, { version: OLD, left: [] })).toBe(true);
    expect(isNewer(OLD, { version: NEW, left: [] })).toBe(false);
    expect(isNewer(NEW, { version: NEW, left: [OLD] })).toBe(false);
  });
  it('more notices for the same years are newer', () => {
    const amended = version(2025, 2026, 2026);
    expect(isNewer(amended, { version: OLD, left: [] })).toBe(true);
    expect(isNewer(OLD, { version: amended, left: [] })).toBe(false);
  });
  it('a mended file of the same reach takes over once, and the other does not come back', () => {
    const mended = `${OLD}x`;
    expect(isNewer(mended, { version: OLD, left: [] })).toBe(true);
    expect(isNewer(OLD, { version: mended, left: [OLD] })).toBe(false);
  });
});
