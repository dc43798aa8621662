const LONGEST_SECONDS = 86_400;

/**
 * Seconds to wait by a Retry-After header (RFC 9110 §10.2.3): a number, or a date counted from the response's own
 * Date header, so that no clock of ours is asked. Null when it says nothing readable. At most a day.
 */
export function parseRetryAfter(value: string | null, date: string | null): number | null {
  if (value === null) return null;
  if (/^\d{1,9}$/.test(value.trim())) return Math.min(Number(value.trim()), LONGEST_SECONDS);
  const [until, from] = [Date.parse(value), Date.parse(date ?? '')];
  if (Number.isNaN(until) || Number.isNaN(from)) return null;
  return Math.min(Math.max(0, Math.ceil((until - from) / 1000)), LONGEST_SECONDS);
}
