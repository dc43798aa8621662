/** How wrong passwords slow down the next ones. Times are real seconds. */
export interface LockPolicy {
  /** Attempts in a row before the first lock. */
  free: number;
  firstLockSeconds: number;
  longestLockSeconds: number;
  /** Without an attempt for so long the count starts again. */
  forgetSeconds: number;
}

export const LOCK_BY_NAME: LockPolicy = {
  free: 5,
  firstLockSeconds: 60,
  longestLockSeconds: 3600,
  forgetSeconds: 6 * 3600,
};
/** One office often shares one address: more attempts before the lock, and a success gives its own back. */
export const LOCK_BY_ADDRESS: LockPolicy = {
  free: 30,
  firstLockSeconds: 60,
  longestLockSeconds: 3600,
  forgetSeconds: 3600,
};

export interface Attempts {
  fails: number;
  lastAt: Date;
  lockedUntil: Date | null;
}

export interface AttemptPlan {
  admitted: boolean;
  next: Attempts;
  /** Whole seconds until the next attempt is admitted, when refused. */
  waitSeconds: number;
}

/**
 * Counts an attempt BEFORE the password is compared: attempts sent at the same moment cannot slip past
 * the lock together. The caller takes it back after a success.
 */
export function planAttempt(before: Attempts | null, now: Date, policy: LockPolicy): AttemptPlan {
  if (before?.lockedUntil && before.lockedUntil > now) {
    return {
      admitted: false,
      next: before,
      waitSeconds: Math.ceil((before.lockedUntil.getTime() - now.getTime()) / 1000),
    };
  }
  const stale = before === null || now.getTime() - before.lastAt.getTime() > policy.forgetSeconds * 1000;
  const fails = stale ? 1 : before.fails + 1;
  const over = fails - policy.free;
  const lockSeconds =
    over < 0 ? 0 : Math.min(policy.firstLockSeconds * 2 ** Math.min(over, 30), policy.longestLockSeconds);
  const lockedUntil = lockSeconds === 0 ? null : new Date(now.getTime() + lockSeconds * 1000);
  return { admitted: true, next: { fails, lastAt: now, lockedUntil }, waitSeconds: 0 };
}
