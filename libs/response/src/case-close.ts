import { beijingText, cancelClock, type Clock, missedIntervals } from '@app/domain';
import { rows } from '@app/storage';
import { endAlertsOfClocks } from './alert-end';
import type { Change } from './case-change';
import { isRunning, lockClocks, writeClock } from './clock-row';
import { conflict, type Refusal } from './desk-result';
import { appendEvents } from './event-log';
import { gapEvent } from './evidence-entry';

/**
 * Closing wipes no duty away: while a duty that the settlement does not meet still runs and is not breached, the
 * case stays open. Recurring duties end with the case; breached ones stay overdue in the statistics.
 */
export async function closeFault(x: Change): Promise<Refusal | null> {
  const unmet = (await lockClocks(x.manager, x.c.id)).filter(
    (clock) =>
      isRunning(clock) &&
      clock.rule.limit.unit !== 'every' &&
      // A suspended term stands still: its stored limit may be past and is not breached.
      (clock.state === 'suspended' || x.now.getTime() <= clock.dueAt.getTime()),
  );
  if (unmet.length === 0) return null;
  const list = unmet.map((clock) => `${clock.rule.title}（最迟 ${beijingText(clock.dueAt)}）`).join('；');
  return conflict(`尚有未履行且未届满的时限，不能办结：${list}`);
}

/**
 * Cancels the running clocks that `ends` names; of the others (breached for good) only the ladder ends.
 * @param owedUntil a recurring duty was owed up to then: its intervals that passed without a discharge are recorded
 * (RULES 4); null: it was none of ours
 */
export async function endAtClose(
  x: Change,
  reason: string,
  ends: (clock: Clock) => boolean,
  owedUntil: Date | null = null,
): Promise<void> {
  const running = (await lockClocks(x.manager, x.c.id)).filter(isRunning);
  await cancelClocks(x, running.filter(ends), reason, owedUntil);
  await rows(x.manager, `update clock set next_at = null, breached_at = due_at where id = any($1::bigint[])`, [
    running.filter((clock) => !ends(clock)).map((clock) => clock.id),
  ]);
  await endAlertsOfClocks(
    x.manager,
    x.c.id,
    running.map((clock) => clock.id),
  );
}

/** Ends clocks with the reason, each with its event; see `endAtClose`. */
export async function cancelClocks(x: Change, clocks: readonly Clock[], reason: string, owedUntil: Date | null = null): Promise<void> {
  for (const clock of clocks) {
    const ended = cancelClock(clock, reason);
    if (!ended.ok) continue;
    await writeClock(x.manager, ended.clock, { endReason: ended.endReason });
    const recurs = clock.rule.limit.unit === 'every' && clock.state === 'open';
    const gaps = recurs && owedUntil ? missedIntervals(clock, owedUntil) : [];
    await appendEvents(
      x.manager,
      [
        ...gaps.map((gap) => gapEvent(x, clock, gap)),
        {
          caseId: x.c.id,
          clockId: clock.id,
          kind: 'clock-cancelled',
          at: x.now,
          actor: x.actor,
          summary: `时限终止：${clock.rule.title}（${reason}）`,
          data: { reason },
        },
      ],
      x.now,
    );
  }
}
