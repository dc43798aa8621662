/**
 * Beijing time for law arithmetic: UTC+8 without summer time, computed on milliseconds, so that no
 * setting of the machine (TZ, ICU data) can move a deadline. Luxon's Asia/Shanghai agrees from 1992 on.
 */
export const BEIJING_OFFSET_MS = 8 * 3_600_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** Days since 1970-01-01 of the Beijing day that holds this instant. */
export function beijingDayNumber(at: Date): number {
  return Math.floor((at.getTime() + BEIJING_OFFSET_MS) / DAY_MS);
}

/** `YYYY-MM-DD` of a day number. */
export function dateOfDayNumber(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** Day number of a `YYYY-MM-DD`. @throws RangeError for a date that does not exist. */
export function dayNumberOf(date: string): number {
  const ms = /^\d{4}-\d\d-\d\d$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : NaN;
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== date) {
    throw new RangeError(`${JSON.stringify(date)} is no date: allowed is YYYY-MM-DD`);
  }
  return ms / DAY_MS;
}

/** 0 Sunday … 6 Saturday. 1970-01-01 was a Thursday. */
export function weekdayOf(day: number): number {
  return (((day + 4) % 7) + 7) % 7;
}

/** 00:00 Beijing of a day number; 24:00 of a day is 00:00 of the next. */
export function startOfDay(day: number): Date {
  return new Date(day * DAY_MS - BEIJING_OFFSET_MS);
}

export function endOfDay(day: number): Date {
  return startOfDay(day + 1);
}

/** `YYYY-MM-DD` of the Beijing day that holds this instant. */
export function beijingDate(at: Date): string {
  return dateOfDayNumber(beijingDayNumber(at));
}

/** ISO 8601 with +08:00; milliseconds only where there are any. */
export function beijingIso(at: Date): string {
  const iso = new Date(at.getTime() + BEIJING_OFFSET_MS).toISOString();
  return `${iso.slice(0, 19)}${iso.slice(19, 23) === '.000' ? '' : iso.slice(19, 23)}+08:00`;
}

/** `2026年2月25日 24:00` for a midnight that ends a day, else `2026年2月25日 15:30`: for people. */
export function beijingText(at: Date): string {
  const midnight = (at.getTime() + BEIJING_OFFSET_MS) % DAY_MS === 0;
  const date = dateOfDayNumber(beijingDayNumber(at) - (midnight ? 1 : 0));
  const time = midnight ? '24:00' : new Date(at.getTime() + BEIJING_OFFSET_MS).toISOString().slice(11, 16);
  return `${Number(date.slice(0, 4))}年${Number(date.slice(5, 7))}月${Number(date.slice(8, 10))}日 ${time}`;
}

const ISO_INSTANT =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?)?$/i;

/**
 * Reads an ISO 8601 instant; without a zone it is Beijing time, without a time it is 00:00.
 * `24:00` is the end of the day. Null for anything else: an instant is never guessed.
 */
export function parseInstant(text: string): Date | null {
  const m = ISO_INSTANT.exec(text.trim());
  if (!m) return null;
  const [, date = '', hh = '00', mm = '00', ss = '00', fraction = '', zone] = m;
  const [h, min, s] = [Number(hh), Number(mm), Number(ss)];
  if (h > 24 || min > 59 || s > 59 || (h === 24 && (min > 0 || s > 0))) return null;
  const offset = zoneMinutes(zone);
  if (offset === null) return null;
  let day: number;
  try {
    day = dayNumberOf(date);
  } catch {
    return null;
  }
  const ms = Math.trunc(Number(`0.${fraction || '0'}`) * 1000 + 1e-6);
  return new Date(day * DAY_MS + h * HOUR_MS + min * 60_000 + s * 1000 + ms - offset * 60_000);
}

function zoneMinutes(zone: string | undefined): number | null {
  if (zone === undefined) return 480;
  if (zone.toUpperCase() === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(':', '') || '0');
  if (hours > 14 || minutes > 59) return null;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}
