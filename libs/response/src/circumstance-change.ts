import { type Circumstance, isEnded, planDuties } from '@app/domain';
import { rows } from '@app/storage';
import type { EntityManager } from 'typeorm';
import type { CaseRow } from './case-row';
import { anchorsOf } from './class-change';
import { startClocks } from './clock-book';
import { lockClocks } from './clock-row';
import { meetByRegistered } from './earlier-evidence';
import { appendEvents, SYSTEM } from './event-log';
import type { Lawbook } from './lawbook.service';

const SAID: Record<Circumstance, string> = {
  transferred: '上级或平台转办，办理结果须向其反馈',
  'handed-over': '已转上级或转办，去向和结果须跟踪反馈',
};

/**
 * A further report of the case came by way of a superior or a platform: the duties of that circumstance start, like
 * all others from the ORIGINAL anchor. The case must be locked; `c` is the case as it stands now.
 */
export async function addCircumstances(
  manager: EntityManager,
  laws: Lawbook,
  c: CaseRow,
  given: readonly Circumstance[],
  now: Date,
): Promise<void> {
  const fresh = given.filter((g) => !c.circumstances.includes(g));
  if (fresh.length === 0 || isEnded(c.state)) return;
  const circumstances = [...c.circumstances, ...fresh];
  await rows(manager, 'update case_file set circumstances = $2 where id = $1', [c.id, circumstances]);
  const reason = fresh.map((f) => SAID[f]).join('；');
  const event = { caseId: c.id, kind: 'circumstance', at: now, actor: SYSTEM, summary: reason, data: { fresh } };
  await appendEvents(manager, [event], now);
  const have = (await lockClocks(manager, c.id)).filter((k) => k.state !== 'cancelled').map((k) => k.duty);
  const plans = planDuties(laws.book, c.caseClass, anchorsOf(c), laws.calendar, { circumstances, have });
  const started = plans.filter((p) => p.rule.when !== undefined && fresh.includes(p.rule.when));
  const ids = await startClocks(manager, c.id, started, now, { actor: SYSTEM, reason });
  await meetByRegistered(manager, laws, c, c.caseClass, ids, now, SYSTEM);
}
