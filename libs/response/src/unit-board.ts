import { beijingIso, maskText, type WireCaseUnit } from '@app/domain';
import { rows, type Querier } from '@app/storage';
import type { StoredClock } from './clock-row';
import { type CaseUnit, UNIT_COLUMNS } from './unit-book';
import { isoOrNull } from './wire-instant';

/** The units of a case as people read them: those that have it, the leading one first, then those that left, the last first. */
export async function loadUnits(on: Querier, caseId: string, clocks: readonly StoredClock[]): Promise<WireCaseUnit[]> {
  const found = await rows<CaseUnit>(
    on,
    `select ${UNIT_COLUMNS} from case_unit u join department d on d.id = u.department_id
     where u.case_id = $1 order by u.ended_at is not null, u.part = 'supporting', u.ended_at desc, u.id`,
    [caseId],
  );
  return found.map((u) => ({
    ...{ departmentId: u.departmentId, departmentName: u.departmentName, part: u.part, task: maskText(u.task) },
    assignedAt: beijingIso(u.assignedAt),
    signedAt: isoOrNull(u.signedAt),
    reply: u.reply === null ? null : maskText(u.reply),
    repliedAt: isoOrNull(u.repliedAt),
    repliedBy: u.repliedBy,
    endedAt: isoOrNull(u.endedAt),
    endReason: u.endReason === null ? null : maskText(u.endReason),
    receipt: receiptOf(u, clocks),
  }));
}

/** Its last 签收 clock of this turn. */
function receiptOf(u: CaseUnit, clocks: readonly StoredClock[]): WireCaseUnit['receipt'] {
  const until = u.endedAt?.getTime() ?? Infinity;
  const own = clocks
    .filter((k) => k.departmentId === u.departmentId && k.unitPart === u.part && k.rule.metBy.includes('receipt'))
    .filter((k) => k.anchorAt.getTime() >= u.assignedAt.getTime() && k.anchorAt.getTime() <= until)
    .sort((a, b) => Number(a.id) - Number(b.id))
    .at(-1);
  return own ? { dueAt: beijingIso(own.dueAt), metAt: isoOrNull(own.metAt), state: own.state } : null;
}
