/**
 * Beijing time for reading. Instants are milliseconds since the epoch or ISO 8601 strings;
 * the browser's own zone never matters (UTC+8, no summer time).
 */
const BEIJING_MS = 8 * 3_600_000;
const DAY_MS = 86_400_000;

export type Instant = string | number;

export function msOf(at: Instant): number {
  return typeof at === 'number' ? at : Date.parse(at);
}

function fields(ms: number): { date: string; time: string } {
  const iso = new Date(ms + BEIJING_MS).toISOString();
  return { date: iso.slice(0, 10), time: iso.slice(11, 19) };
}

function dayText(date: string, yearOf: number | null): string {
  const [year = '', month = '', day = ''] = date.split('-');
  const short = `${Number(month)}月${Number(day)}日`;
  return yearOf !== null && fields(yearOf).date.startsWith(year) ? short : `${year}年${short}`;
}

/** `11月21日 22:10:05`, with the year when it is not the year of `now`. */
export function readInstant(at: Instant | null, now: number | null = null, seconds = false): string {
  if (at === null) return '—';
  const { date, time } = fields(msOf(at));
  return `${dayText(date, now)} ${seconds ? time : time.slice(0, 5)}`;
}

/** A deadline: a term of days ends at 24:00 of its last day (民法典 第203条), not at 00:00 of the next. */
export function readDeadline(at: Instant | null, now: number | null = null): string {
  if (at === null) return '—';
  const ms = msOf(at);
  if ((ms + BEIJING_MS) % DAY_MS !== 0) return readInstant(ms, now);
  return `${dayText(fields(ms - 1).date, now)} 24:00`;
}

/** `2026年11月` of `2026-11`. */
export function readMonth(month: string): string {
  const [year = '', of = ''] = month.split('-');
  return `${year}年${Number(of)}月`;
}

/** `22:10:05` of an instant. */
export function readTime(at: Instant, seconds = true): string {
  const { time } = fields(msOf(at));
  return seconds ? time : time.slice(0, 5);
}

export function readDate(at: Instant): string {
  return fields(msOf(at)).date;
}

/** `刚刚`, `5 分钟前`, `3 小时前`, else the instant. */
export function readAgo(at: Instant | null, now: number): string {
  if (at === null) return '—';
  const minutes = Math.floor((now - msOf(at)) / 60_000);
  if (minutes < 0) return readInstant(at, now);
  if (minutes < 1) return '刚刚';
  if (minutes < 60) return `${minutes} 分钟前`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} 小时前`;
  return readInstant(at, now);
}

/** A span of milliseconds: `3天4小时`, `2小时10分`, `8分`, `40秒`. */
export function readSpan(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1000);
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor((seconds % 86_400) / 3600),
    Math.floor((seconds % 3600) / 60),
  ];
  if (days > 0) return hours > 0 ? `${days}天${hours}小时` : `${days}天`;
  if (hours > 0) return minutes > 0 ? `${hours}小时${minutes}分` : `${hours}小时`;
  return minutes > 0 ? `${minutes}分` : `${seconds}秒`;
}

/** Value of a datetime-local field for an instant: Beijing, to the second — a deadline is judged to the second. */
export function fieldOf(at: Instant): string {
  const { date, time } = fields(msOf(at));
  return `${date}T${time}`;
}

/** ISO 8601 with +08:00 of a datetime-local field, which is always Beijing time here; null when it is no instant. */
export function instantOfField(value: string): string | null {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/.test(value)) return null;
  const iso = `${value.length === 16 ? `${value}:00` : value}.000+08:00`;
  return Number.isNaN(Date.parse(iso)) ? null : iso;
}
