import { DateTime } from 'luxon';

/** ISO 8601 with +08:00, or null. */
export function beijingIso(at: Date | null): string | null {
  return at === null ? null : DateTime.fromJSDate(at, { zone: 'Asia/Shanghai' }).toISO({ suppressMilliseconds: true });
}
