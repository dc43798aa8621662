/** The calendar that the open clocks were last moved to, and those they were moved away from before. */
export interface HeldCalendar {
  version: string;
  left: readonly string[];
}

/**
 * Whether the clocks may be moved on to this calendar. While two processes run with different config/calendar (an
 * upgrade of one after the other) each would else move them back and forth: only what covers more, or as much with
 * more notices, is newer; of equals the one that was not left before.
 */
export function isNewer(version: string, held: HeldCalendar | null): boolean {
  if (held === null) return true;
  if (version === held.version || held.left.includes(version)) return false;
  const [now, then] = [reachOf(version), reachOf(held.version)];
  return now.until === then.until ? now.notices >= then.notices : now.until > then.until;
}

/** A version begins `<last day covered>/<number of notices>-` (buildCalendar). */
function reachOf(version: string): { until: string; notices: number } {
  const [, until = '', notices = '0'] = /^(\d{4}-\d{2}-\d{2})\/(\d+)-/.exec(version) ?? [];
  return { until, notices: Number(notices) };
}
