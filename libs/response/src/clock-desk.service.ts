import { Injectable } from '@nestjs/common';
import {
  beijingIso,
  beijingText,
  type Clock,
  type Decision,
  extendClock,
  type Outcome,
  resumeClock,
  suspendClock,
  type Term,
} from '@app/domain';
import { CHANNELS, row, sendHint } from '@app/storage';
import { DataSource } from 'typeorm';
import { type Actor, type Change, changeCase } from './case-change';
import { lockClocks, writeClock } from './clock-row';
import { conflict, type DeskResult, missing, reasonFault } from './desk-result';
import { appendEvents } from './event-log';
import { Lawbook } from './lawbook.service';

export interface ClockMoved {
  clockId: string;
  dueAt: string;
  revision: number;
}

/** 中止、恢复、延长: only with reason, basis and approver, within the bound of the frozen rule (RULES 4). */
@Injectable()
export class ClockDesk {
  constructor(
    private readonly dataSource: DataSource,
    private readonly laws: Lawbook,
  ) {}

  suspendClock(by: Actor, clockId: string, decision: Decision): Promise<DeskResult<ClockMoved>> {
    return this.move(by, clockId, decision, { kind: 'clock-suspended', said: '时限中止' }, (clock, now) =>
      suspendClock(clock, decision, now),
    );
  }

  resumeClock(by: Actor, clockId: string, reason: string): Promise<DeskResult<ClockMoved>> {
    return this.move(by, clockId, { reason }, { kind: 'clock-resumed', said: '时限恢复' }, (clock, now) =>
      resumeClock(clock, now, this.laws.calendar),
    );
  }

  extendClock(by: Actor, clockId: string, decision: Decision & { term: Term }): Promise<DeskResult<ClockMoved>> {
    return this.move(by, clockId, decision, { kind: 'clock-extended', said: '时限延长' }, (clock, now) =>
      extendClock(clock, decision, now, this.laws.calendar),
    );
  }

  private async move(
    by: Actor,
    clockId: string,
    why: { reason: string; basis?: string; approver?: string },
    what: { kind: string; said: string },
    plan: (clock: Clock, now: Date) => Outcome<{ clock: Clock }>,
  ): Promise<DeskResult<ClockMoved>> {
    const caseId = await this.caseOf(clockId);
    if (caseId === null) return missing(`没有编号为 ${clockId} 的时限`);
    return changeCase(this.dataSource, by, caseId, 'clock', async (x) => {
      const fault = reasonFault(why.reason);
      if (fault) return fault;
      await this.laws.hold(x.manager);
      const clock = (await lockClocks(x.manager, x.c.id)).find((k) => k.id === clockId);
      if (!clock) return missing(`没有编号为 ${clockId} 的时限`);
      const moved = plan(clock, x.now);
      if (!moved.ok) return conflict(moved.reason);
      await writeClock(x.manager, moved.clock);
      await logMove(x, clock, moved.clock, why, what);
      await sendHint(x.manager, CHANNELS.clockChanged, clockId);
      const { dueAt, revision } = moved.clock;
      return { patch: {}, result: { clockId, dueAt: beijingIso(dueAt), revision } };
    });
  }

  private async caseOf(clockId: string): Promise<string | null> {
    if (!/^[1-9]\d{0,18}$/.test(clockId)) return null;
    const found = await row<{ caseId: string }>(
      this.dataSource,
      'select case_id as "caseId" from clock where id = $1',
      [clockId],
    );
    return found?.caseId ?? null;
  }
}

function logMove(
  x: Change,
  before: Clock,
  after: Clock,
  why: { reason: string; basis?: string; approver?: string },
  what: { kind: string; said: string },
): Promise<void> {
  const moved = before.dueAt.getTime() === after.dueAt.getTime() ? '' : `，最迟改为 ${beijingText(after.dueAt)}`;
  const { reason, basis, approver } = why;
  return appendEvents(
    x.manager,
    [
      {
        caseId: x.c.id,
        clockId: after.id,
        kind: what.kind,
        at: x.now,
        actor: x.actor,
        summary: `${what.said}：${after.rule.title}${moved}（${reason}）`,
        data: {
          ...{ reason, basis, approver, revision: after.revision, provisional: after.provisional },
          ...{ oldDueAt: beijingIso(before.dueAt), newDueAt: beijingIso(after.dueAt) },
          ...(after.targetAt === null ? {} : { newTargetAt: beijingIso(after.targetAt) }),
        },
      },
    ],
    x.now,
  );
}
