import type { FetchedSource } from '@app/settings';
import { CronTime } from 'cron';
import { DateTime } from 'luxon';
import type { IntakeFault } from './intake-fault';

const HOUR = 3600;
const LONGEST_PASSING = 6 * HOUR;
const LONGEST_PERMANENT = 24 * HOUR;

/** When cron next names a moment after `after`, Beijing time. */
export function nextCron(expression: string, after: Date): Date {
  return new CronTime(expression, 'Asia/Shanghai')
    .getNextDateFrom(DateTime.fromJSDate(after, { zone: 'Asia/Shanghai' }), 'Asia/Shanghai')
    .toJSDate();
}

/**
 * The next fetch of a source. Faults back off twofold (passing up to 6 h, permanent up to 24 h), a Retry-After is
 * never undercut, and jitter keeps sources from falling into step.
 * @param fails faults in a row, this one included; 0 after a success
 * @param random 0…1
 */
export function planNextFetch(
  schedule: FetchedSource['schedule'],
  now: Date,
  fails: number,
  fault: IntakeFault | null,
  random: number,
): Date {
  const every = 'everySeconds' in schedule ? schedule.everySeconds : null;
  if (fault === null) {
    if (every === null) return 'cron' in schedule ? nextCron(schedule.cron, now) : now;
    return new Date(now.getTime() + every * 1000 * (0.95 + 0.1 * random));
  }
  const base = Math.max(every ?? 15 * 60, 60);
  const longest = Math.max(fault.permanent ? LONGEST_PERMANENT : LONGEST_PASSING, base);
  const seconds =
    Math.min(base * 2 ** Math.min(fails - 1 + (fault.permanent ? 3 : 0), 12), longest) * (0.8 + 0.4 * random);
  return new Date(now.getTime() + 1000 * Math.max(seconds, fault.retryAfterSeconds ?? 0));
}
