import { DateTime } from 'luxon';

/** ISO 8601 with +08:00, as everything that goes over the wire. */
export function beijingIso(at: Date): string {
  return DateTime.fromJSDate(at, { zone: 'Asia/Shanghai' }).toISO({ suppressMilliseconds: false }) ?? at.toISOString();
}

export function beijingIsoOrNull(at: Date | null): string | null {
  return at === null ? null : beijingIso(at);
}

/** `11月21日 06:30`, for sentences. */
export function beijingMinute(at: Date): string {
  return DateTime.fromJSDate(at, { zone: 'Asia/Shanghai' }).toFormat('M月d日 HH:mm');
}

/** YYYYMMDD of the Beijing day. */
export function beijingDay(at: Date): string {
  return DateTime.fromJSDate(at, { zone: 'Asia/Shanghai' }).toFormat('yyyyMMdd');
}
