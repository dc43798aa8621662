import { beijingIso, beijingText, resumeClock } from '@app/domain';
import { rows } from '@app/storage';
import type { EntityManager } from 'typeorm';
import { CLOCK_COLUMNS, type StoredClock, writeClock } from './clock-row';
import { appendEvents, SYSTEM } from './event-log';
import type { Lawbook } from './lawbook.service';

/**
 * Lets clocks run on whose suspension has used up what their rule allows, as of that instant and not of the
 * sweep's. The rows are locked by the caller's claim.
 */
export async function resumeExpired(
  manager: EntityManager,
  laws: Lawbook,
  ended: readonly { id: string; resumeAt: Date }[],
  now: Date,
): Promise<void> {
  if (ended.length === 0) return;
  await laws.hold(manager);
  const at = new Map(ended.map((e) => [e.id, e.resumeAt]));
  const clocks = await rows<StoredClock>(
    manager,
    `select ${CLOCK_COLUMNS} from clock c where c.id = any($1::bigint[])`,
    [[...at.keys()]],
  );
  for (const clock of clocks) {
    const resumeAt = at.get(clock.id) ?? now;
    const resumed = resumeClock(clock, resumeAt, laws.calendar);
    if (!resumed.ok) throw new Error(`clock ${clock.id}: ${resumed.reason}`);
    await writeClock(manager, resumed.clock);
    await appendEvents(
      manager,
      [
        {
          caseId: clock.caseId,
          clockId: clock.id,
          kind: 'clock-resumed',
          at: resumeAt,
          actor: SYSTEM,
          summary: `中止已达规则上限，时限恢复：${clock.title}，最迟 ${beijingText(resumed.clock.dueAt)}`,
          data: {
            revision: resumed.clock.revision,
            newDueAt: beijingIso(resumed.clock.dueAt),
            ...(resumed.clock.targetAt === null ? {} : { newTargetAt: beijingIso(resumed.clock.targetAt) }),
          },
        },
      ],
      now,
    );
  }
}
