import type { WireClock } from '@app/domain';
import { msOf } from './instant';

/** How a clock stands for the eye; provisional (暂定) is told apart, since it can go with any of them. */
export type Mood = 'normal' | 'near' | 'overdue' | 'suspended' | 'done';

/** A clock is near its end in the last fifth of its term, where the ladders warn too, and in the last hour of a longer one. */
const NEAR_SHARE = 0.8;
const NEAR_MS = 3_600_000;
const LONG_TERM_MS = 5 * NEAR_MS;

export const MOOD_TEXT: Record<Mood, string> = {
  normal: '正常',
  near: '临近',
  overdue: '超期',
  suspended: '中止',
  done: '已了结',
};

type Timed = Pick<WireClock, 'state' | 'anchorAt' | 'dueAt' | 'targetAt'>;

/** Done exactly at the deadline instant is on time (rules, section 3), so overdue begins after it. */
export function moodOf(clock: Timed, now: number): Mood {
  if (clock.state === 'suspended') return 'suspended';
  if (clock.state !== 'open') return 'done';
  const due = msOf(clock.dueAt);
  if (now > due) return 'overdue';
  const anchor = msOf(clock.anchorAt);
  const lastHour = due - anchor >= LONG_TERM_MS && due - now <= NEAR_MS;
  return lastHour || now >= anchor + (due - anchor) * NEAR_SHARE ? 'near' : 'normal';
}

/** Share of the term that is gone, 0..1. */
export function goneShare(clock: Timed, now: number): number {
  const anchor = msOf(clock.anchorAt);
  const term = msOf(clock.dueAt) - anchor;
  return term <= 0 ? 1 : Math.min(1, Math.max(0, (now - anchor) / term));
}

/** Where the target (力争) lies in the term, 0..1; null without a target. */
export function targetShare(clock: Timed): number | null {
  if (clock.targetAt === null) return null;
  const anchor = msOf(clock.anchorAt);
  const term = msOf(clock.dueAt) - anchor;
  return term <= 0 ? null : (msOf(clock.targetAt) - anchor) / term;
}

/** `02:41:07`, `3天 04:12:33`; of a span in milliseconds, whole seconds rounded so that 0 shows at the instant. */
export function readCount(ms: number): string {
  const seconds = ms >= 0 ? Math.ceil(ms / 1000) : Math.floor(-ms / 1000);
  const two = (n: number): string => String(n).padStart(2, '0');
  const days = Math.floor(seconds / 86_400);
  const rest = `${two(Math.floor((seconds % 86_400) / 3600))}:${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
  return days > 0 ? `${days}天 ${rest}` : rest;
}
