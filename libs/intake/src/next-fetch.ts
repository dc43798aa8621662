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

/** A source of high priority is read every minute, and after a passing fault within ten. */
const HIGH_SECONDS = 60;
const HIGH_LONGEST_PASSING = 600;
const BUSIER = 0.7;
const QUIETER = 1.2;

/** When and how urgently a source is read. */
export type Pacing = Pick<FetchedSource, 'schedule' | 'priority'>;

/**
 * The interval after a good run: shorter when it brought something, longer when it did not, within the bounds of the
 * schedule. It settles where about every third run brings something (0.7 · 1.2² ≈ 1).
 * @param pace the interval in seconds it has come to; null at first
 * @returns seconds, or null where the schedule is no interval
 */
export function planPace({ schedule, priority }: Pacing, pace: number | null, stored: number): number | null {
  if (priority === 'high') return HIGH_SECONDS;
  if (!('everySeconds' in schedule)) return null;
  const { everySeconds, minSeconds = everySeconds, maxSeconds = everySeconds } = schedule;
  const next = Math.round((pace ?? everySeconds) * (stored > 0 ? BUSIER : QUIETER));
  return Math.min(Math.max(next, minSeconds), maxSeconds);
}

/**
 * The next fetch of a source. Faults back off twofold (passing up to 6 h, permanent up to 24 h), a Retry-After is
 * never undercut, and jitter keeps sources from falling into step.
 * @param pace the interval in seconds it has come to; null: that of the schedule
 * @param fails faults in a row, this one included; 0 after a success
 * @param random 0…1
 */
export function planNextFetch(
  { schedule, priority }: Pacing,
  pace: number | null,
  now: Date,
  fails: number,
  fault: IntakeFault | null,
  random: number,
): Date {
  const every = priority === 'high' ? HIGH_SECONDS : 'everySeconds' in schedule ? (pace ?? schedule.everySeconds) : null;
  if (fault === null) {
    if (every === null) return 'cron' in schedule ? nextCron(schedule.cron, now) : now;
    return new Date(now.getTime() + every * 1000 * (0.95 + 0.1 * random));
  }
  const base = Math.max(every ?? 15 * 60, 60);
  const longest = Math.max(fault.permanent ? LONGEST_PERMANENT : priority === 'high' ? HIGH_LONGEST_PASSING : LONGEST_PASSING, base);
  const seconds =
    Math.min(base * 2 ** Math.min(fails - 1 + (fault.permanent ? 3 : 0), 12), longest) * (0.8 + 0.4 * random);
  return new Date(now.getTime() + 1000 * Math.max(seconds, fault.retryAfterSeconds ?? 0));
}
