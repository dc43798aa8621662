import type { Office } from '@app/domain';
import { msOf, readDate } from '../instant';

/** One shift as the gateway sends it. */
export interface DutyShift {
  id: string;
  accountId: string;
  accountName: string;
  office: Office;
  departmentId: string | null;
  startsAt: string;
  endsAt: string;
  standInFor: string | null;
  standInForName: string | null;
}

export interface DutyPerson {
  id: string;
  displayName: string;
}

const DAY_MS = 86_400_000;

/** The days (YYYY-MM-DD) of the week, Monday first, in which this day lies, `weeks` later. */
export function weekOf(date: string, weeks = 0): string[] {
  const day = Date.parse(`${date}T00:00:00Z`);
  const monday = day - ((new Date(day).getUTCDay() + 6) % 7) * DAY_MS + weeks * 7 * DAY_MS;
  return Array.from({ length: 7 }, (_, i) => new Date(monday + i * DAY_MS).toISOString().slice(0, 10));
}

/** YYYY-MM-DD so many days later. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** 00:00 Beijing of the first day, and of the day after the last. */
export function spanOf(days: readonly string[]): { from: string; to: string } {
  return { from: `${days[0] ?? ''}T00:00:00+08:00`, to: `${addDays(days.at(-1) ?? '', 1)}T00:00:00+08:00` };
}

/**
 * Shifts that start on the day, on the first day of the view those that were running already, and on every day those
 * that go on for days. One that ends on the morning after stands on its own day only.
 */
export function shiftsOn(date: string, first: string, shifts: readonly DutyShift[]): DutyShift[] {
  return shifts.filter((s) => {
    const day = readDate(s.startsAt);
    // A shift up to 00:00 does not touch the day that begins then.
    const end = readDate(msOf(s.endsAt) - 1);
    return day === date || (day < date && date <= end && (date === first || end > addDays(day, 1)));
  });
}

/** Said before a time that is not of this day: `次日 `, `前日 `, `12月4日 `; '' for one that is. */
export function nearDay(at: string, date: string): string {
  const day = readDate(at);
  if (day === date) return '';
  if (day === addDays(date, 1)) return '次日 ';
  if (day === addDays(date, -1)) return '前日 ';
  const [, month, dayOfMonth] = day.split('-').map(Number);
  return `${month}月${dayOfMonth}日 `;
}

export function isOnDuty(shift: Pick<DutyShift, 'startsAt' | 'endsAt'>, now: number): boolean {
  return msOf(shift.startsAt) <= now && now < msOf(shift.endsAt);
}

/** `08:00, 18:00` as minutes of the day, ascending; null for anything else. */
export function minutesOfTimes(text: string): number[] | null {
  const parts = text.split(/[,，、\s]+/).filter((p) => p !== '');
  const minutes = parts.map((p) => {
    const found = /^([01]?\d|2[0-3])[:：]([0-5]\d)$/.exec(p);
    return found ? Number(found[1]) * 60 + Number(found[2]) : NaN;
  });
  const rising = minutes.every((m, i) => !Number.isNaN(m) && (i === 0 || m > (minutes[i - 1] ?? 0)));
  return minutes.length > 0 && rising ? minutes : null;
}
