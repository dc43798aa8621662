import { Injectable } from '@nestjs/common';
import { beijingText, type CaseState, planDuties, supersedeClock, TRANSFER_NAMES, type TransferKind } from '@app/domain';
import { row } from '@app/storage';
import { DataSource } from 'typeorm';
import { endAlertsOfClocks, stopClimbing } from './alert-end';
import { type Actor, type Change, changeCase } from './case-change';
import { cancelClocks } from './case-close';
import type { CaseRow, CaseTransfer } from './case-row';
import { CaseUnits } from './case-units.service';
import { anchorsOf, changeClass } from './class-change';
import { startClocks } from './clock-book';
import { isRunning, lockClocks, writeClock } from './clock-row';
import { conflict, type DeskResult, invalid, reasonFault } from './desk-result';
import { appendEvents } from './event-log';
import { Lawbook } from './lawbook.service';

export interface TransferEntry {
  kind: TransferKind;
  /** The authority it goes to. */
  to: string;
  reason: string;
}

/** What leads a case out of the house and back: 转上级、转办, and 重新办理 of what was settled, dropped or sent on. */
@Injectable()
export class CaseOnward {
  constructor(
    private readonly dataSource: DataSource,
    private readonly laws: Lawbook,
    private readonly units: CaseUnits,
  ) {}

  /**
   * 转上级、转办 (属地管理、分级负责): the matter is another authority's. Its duties here end with the reason, what was breached
   * stays breached, and the duty to learn and tell what became of it (`feed-back`) starts.
   */
  transfer(by: Actor, caseId: string, entry: TransferEntry): Promise<DeskResult> {
    return changeCase(this.dataSource, by, caseId, 'transfer', async (x) => {
      const to = entry.to.trim();
      if (to.length < 2 || to.length > 100) return invalid('to', '必须写明转往的单位（2–100 字）');
      const fault = reasonFault(entry.reason);
      if (fault) return fault;
      if (x.c.caseClass === 'emergency') {
        return conflict('涉及重大、特别重大突发事件的政务舆情不能转出：本地仍须在时限内发布权威信息。需要报告上级的，请用“第一时间报告”');
      }
      const said = `${TRANSFER_NAMES[entry.kind]}${to}：${entry.reason.trim()}`;
      await this.units.leaveAll(x, said);
      const ending = (await lockClocks(x.manager, x.c.id)).filter((k) => isRunning(k) && !k.rule.metBy.includes('feedback'));
      await cancelClocks(x, ending, said, x.now);
      await endAlertsOfClocks(x.manager, x.c.id, ending.map((k) => k.id));
      await stopClimbing(x.manager, x.c.id);
      const transfer: CaseTransfer = { kind: entry.kind, to, reason: entry.reason.trim(), at: x.now.toISOString(), by: x.actor };
      const circumstances = [...new Set([...x.c.circumstances, 'handed-over' as const])];
      await log(x, 'handed-over', said, { ...transfer });
      await this.startFeedback(x, { ...x.c, transfer, circumstances }, said);
      const patch = { state: x.to, transfer, circumstances, department_id: null, assigned_at: null, signed_at: null };
      return { patch, result: {} };
    });
  }

  /**
   * 重新办理. What was dropped or sent on by mistake gains no time by it: its duties run from the ORIGINAL anchors. What had
   * been settled and flares up again is a second round: what was judged stays judged, and the duties of the new round
   * run from the first report after the settlement (from now, where there is none).
   */
  reopen(by: Actor, caseId: string, reason: string): Promise<DeskResult<{ anchorAt: string }>> {
    return changeCase(this.dataSource, by, caseId, 'reopen', async (x) => {
      const fault = reasonFault(reason);
      if (fault) return fault;
      const from = x.c.state;
      await this.units.leaveAll(x, `重新办理：${reason.trim()}`);
      const settled = await wasSettled(x, from);
      const revivedAt = settled ? await firstReportAfter(x) : x.c.revivedAt;
      const circumstances = x.c.circumstances.filter((c) => c !== 'handed-over');
      const c: CaseRow = { ...x.c, closedAt: null, transfer: null, assignedAt: null, departmentId: null, revivedAt, circumstances };
      const since = revivedAt ?? x.c.detectedAt;
      const said = `重新办理（原状态“${from}”，时限自 ${beijingText(since)} 起算）：${reason.trim()}`;
      await log(x, 'reopened', said, { from, settled, anchorAt: since.toISOString(), reason: reason.trim() });
      if (settled) await this.startRound(x, c, reason.trim());
      else await this.takeUp(x, c, reason.trim());
      const patch = { state: x.to, closed_at: null, transfer: null, circumstances, revived_at: revivedAt };
      const nobody = { department_id: null, assigned_at: null, signed_at: null, confirmed_at: x.c.confirmedAt ?? x.now };
      return { patch: { ...patch, ...nobody }, result: { anchorAt: since.toISOString() } };
    });
  }

  /** Where a superior or a platform is owed the result already, that duty stands for both. */
  private async startFeedback(x: Change, c: CaseRow, reason: string): Promise<void> {
    await this.laws.hold(x.manager);
    const have = (await lockClocks(x.manager, c.id)).filter(isRunning).map((k) => k.duty);
    const plans = planDuties(this.laws.book, c.caseClass, anchorsOf(c), this.laws.calendar, { circumstances: c.circumstances, have });
    const owed = plans.filter((p) => p.rule.when === 'handed-over');
    await startClocks(x.manager, c.id, owed, x.now, { actor: x.actor, reason });
  }

  /** A second round: every duty of the class anew; what ran on from the first, breached, gives way and stays breached. */
  private async startRound(x: Change, c: CaseRow, reason: string): Promise<void> {
    await this.laws.hold(x.manager);
    const old = (await lockClocks(x.manager, c.id)).filter(isRunning);
    const plans = planDuties(this.laws.book, c.caseClass, { ...anchorsOf(c), confirmed: x.now }, this.laws.calendar, {
      circumstances: c.circumstances,
    });
    const ids = await startClocks(x.manager, c.id, plans, x.now, { actor: x.actor, reason });
    const next = new Map(plans.map((p, i) => [p.duty, ids[i] ?? null]));
    for (const clock of old.filter((k) => next.has(k.duty))) {
      const ended = supersedeClock(clock, `重新办理：${reason}`);
      if (!ended.ok) continue;
      await writeClock(x.manager, { ...ended.clock, supersededBy: next.get(clock.duty) ?? null }, { endReason: ended.endReason });
      await log(x, 'clock-superseded', `时限由新的时限取代：${clock.title}（重新办理）`, { reason }, clock.id);
    }
    await endAlertsOfClocks(x.manager, c.id, old.map((k) => k.id));
  }

  /** As if it had never been dropped or sent on. */
  private async takeUp(x: Change, c: CaseRow, reason: string): Promise<void> {
    const gone = (await lockClocks(x.manager, c.id)).filter((k) => isRunning(k) && k.rule.when === 'handed-over');
    await cancelClocks(x, gone, `重新办理：${reason}`);
    await endAlertsOfClocks(x.manager, c.id, gone.map((k) => k.id));
    await changeClass(x.manager, this.laws, { ...c, confirmedAt: c.confirmedAt ?? x.now }, c.caseClass, x.now, {
      actor: x.actor,
      reason: `重新办理：${reason}`,
    });
  }
}

/** Whether the case had been answered when it ended: an archived one may have been settled or dropped. */
async function wasSettled(x: Change, from: CaseState): Promise<boolean> {
  if (from !== '已归档') return from === '已办结';
  const last = await row<{ kind: string }>(
    x.manager,
    `select kind from case_event where case_id = $1 and (kind in ('rejected', 'outcome') or (kind = 'evidence' and data ->> 'kind' = 'settlement'))
     order by id desc limit 1`,
    [x.c.id],
  );
  return last?.kind !== 'rejected';
}

async function firstReportAfter(x: Change): Promise<Date> {
  const found = await row<{ at: Date | null }>(
    x.manager,
    'select min(fetched_at) as at from item where case_id = $1 and fetched_at > $2 and not official',
    [x.c.id, x.c.closedAt],
  );
  return found?.at ?? x.now;
}

function log(x: Change, kind: string, summary: string, data: Record<string, unknown>, clockId: string | null = null): Promise<void> {
  return appendEvents(x.manager, [{ caseId: x.c.id, clockId, kind, at: x.now, actor: x.actor, summary, data }], x.now);
}
