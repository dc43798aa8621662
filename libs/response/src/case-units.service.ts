import { Inject, Injectable } from '@nestjs/common';
import { boundToDepartment, CASE_WAY } from '@app/domain';
import { SETTINGS, type Settings } from '@app/settings';
import { rows } from '@app/storage';
import { DataSource } from 'typeorm';
import { stopClimbing } from './alert-end';
import { assignedAlert, relievedAlert, repliedAlert, returnedAlert } from './case-alert';
import { type Actor, type Change, changeCase } from './case-change';
import { isRunning, lockClocks } from './clock-row';
import { conflict, type DeskResult, forbidden, invalid, reasonFault, type Refusal } from './desk-result';
import { enterEvidence, type EvidenceDone, type EvidenceEntry } from './evidence-entry';
import { appendEvents } from './event-log';
import { Lawbook } from './lawbook.service';
import { writeAlerts } from './outbox';
import { activeUnits, type CaseUnit, departmentNamed, endUnit, insertUnit, signUnit, unitName, writeSupporting } from './unit-book';
import { endUnitClocks, startUnitClocks } from './unit-clocks';

const MAX_REPLY = 10_000;

/**
 * The units of a case: one leading (第一责任主体) and supporting ones, each with its own 签收 and its own reply
 * (寻乌县 四（一）: 「相关部门按照职责分工做好回应工作」).
 */
@Injectable()
export class CaseUnits {
  constructor(
    private readonly dataSource: DataSource,
    private readonly laws: Lawbook,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** 补充交办: a further unit supports; it signs for its part and answers for it. */
  support(by: Actor, caseId: string, departmentId: string, task: string): Promise<DeskResult> {
    return changeCase(this.dataSource, by, caseId, 'support', async (x) => {
      const departmentName = await departmentNamed(x.manager, departmentId);
      if (departmentName === null) return invalid('departmentId', `没有编号为“${departmentId}”的部门`);
      const fault = reasonFault(task);
      if (fault) return { ...fault, field: 'task', reason: '必须写明需要协办的事项（2–1000 字）' };
      const has = (await activeUnits(x.manager, x.c.id)).find((u) => u.departmentId === departmentId);
      if (has) return conflict(`${unitName(has)}已承担本事件`);
      const unit = { departmentId, departmentName, part: 'supporting' as const, task: task.trim(), assignedAt: x.now };
      await insertUnit(x.manager, x.c.id, unit, x.actor);
      await writeSupporting(x.manager, x.c.id);
      await startUnitClocks(x.manager, this.laws, x.c, unit, x);
      await log(x, 'supported', `补充交办${departmentName}协办：${unit.task}`, { departmentId, part: 'supporting', reason: unit.task });
      const alert = assignedAlert(x.c, departmentId, unit.task, x.now, this.settings.alerts.receiptMinutes, 'supporting');
      await writeAlerts(x.manager, [alert], x.now);
      return { patch: {}, result: {} };
    });
  }

  /** 解除协办: the desk no longer needs a supporting unit. */
  relieve(by: Actor, caseId: string, departmentId: string, reason: string): Promise<DeskResult> {
    return changeCase(this.dataSource, by, caseId, 'relieve', async (x) => {
      const fault = reasonFault(reason);
      if (fault) return fault;
      const unit = (await activeUnits(x.manager, x.c.id)).find((u) => u.departmentId === departmentId);
      if (unit?.part !== 'supporting') return invalid('departmentId', '该单位不是本事件的协办单位；改换主办单位请用“交办”');
      const why = `解除协办：${reason.trim()}`;
      await this.leave(x, unit, why);
      await log(x, 'relieved', `解除${unit.departmentName}协办：${reason.trim()}`, { departmentId, part: unit.part, reason: reason.trim() });
      await writeAlerts(x.manager, [relievedAlert(x.c, departmentId, reason.trim(), x.now)], x.now);
      return { patch: {}, result: {} };
    });
  }

  /**
   * 退回: a unit gives back what is not its own, with the reason; its 签收 clock ends with it. A leading unit's case is
   * the desk's again; a supporting unit leaves the others at their work.
   */
  giveBack(by: Actor, caseId: string, reason: string): Promise<DeskResult> {
    return changeCase(this.dataSource, by, caseId, 'return', async (x) => {
      const fault = reasonFault(reason);
      if (fault) return fault;
      const unit = pickUnit(x, await activeUnits(x.manager, x.c.id), null);
      if ('ok' in unit) return unit;
      const why = `${unit.departmentName}退回：${reason.trim()}`;
      await this.leave(x, unit, why, true);
      await log(x, 'returned', `${unitName(unit)}退回：${reason.trim()}`, {
        ...{ departmentId: unit.departmentId, part: unit.part, reason: reason.trim() },
      });
      const alert = returnedAlert(x.c, unit, reason.trim(), x.now, this.settings.alerts.receiptMinutes);
      await writeAlerts(x.manager, [alert], x.now);
      if (unit.part === 'supporting') return { patch: {}, result: {} };
      return { patch: { state: x.to, department_id: null, assigned_at: null, signed_at: null }, result: {} };
    });
  }

  /**
   * 签收: the unit has it; the receipt meets its own 签收 clock and stops the climbing of its own alerts.
   * @param departmentId for which unit the desk signs; a person of a unit signs for that one. Default: the leading one
   */
  signFor(by: Actor, caseId: string, departmentId: string | null = null): Promise<DeskResult<EvidenceDone>> {
    return changeCase(this.dataSource, by, caseId, 'sign-for', async (x) => {
      const unit = pickUnit(x, await activeUnits(x.manager, x.c.id), departmentId);
      if ('ok' in unit) return unit;
      if (unit.signedAt !== null && !(await owesReceipt(x, unit))) {
        return conflict(`${unitName(unit)}没有待签收的时限，无须再签收`);
      }
      const done = await this.receive(x, unit, '系统内签收');
      const patch = unit.part === 'lead' ? { state: x.to, signed_at: x.now } : {};
      return { patch, result: done };
    });
  }

  /**
   * A unit that answers for a case handed to it has plainly received it: that is its 签收, at the time of the entry (the
   * answer's own time says nothing of when the 交办 was seen). Null: no receipt is owed, or the person belongs elsewhere.
   */
  async receiveByAct(x: Change): Promise<{ done: EvidenceDone; unit: CaseUnit } | null> {
    const unit = (await activeUnits(x.manager, x.c.id)).find((u) => u.departmentId === x.by.departmentId);
    if (!unit || !(await owesReceipt(x, unit))) return null;
    return { done: await this.receive(x, unit, '登记回应即为签收'), unit };
  }

  /** 部门答复: what the unit has to say for its part; all units of the case see it, so that what goes out agrees. */
  reply(by: Actor, caseId: string, text: string, departmentId: string | null = null): Promise<DeskResult> {
    return changeCase(this.dataSource, by, caseId, 'reply', async (x) => {
      const said = text.trim();
      if (said.length < 2 || said.length > MAX_REPLY) return invalid('text', `答复须为 2–${MAX_REPLY} 字`);
      const units = await activeUnits(x.manager, x.c.id);
      const unit = pickUnit(x, units, departmentId);
      if ('ok' in unit) return unit;
      const receipt = await this.receiveByAct(x);
      await rows(x.manager, 'update case_unit set reply = $2, replied_at = $3, replied_by = $4 where id = $1', [
        ...[unit.id, said, x.now, x.actor],
      ]);
      const again = unit.repliedAt === null ? '提交答复' : '更新答复';
      await log(x, 'unit-replied', `${unitName(unit)}${again}`, { departmentId: unit.departmentId, part: unit.part, reply: said });
      const lead = units.find((u) => u.part === 'lead');
      await writeAlerts(x.manager, [repliedAlert(x.c, unit, lead?.departmentId ?? null, again, x.now)], x.now);
      const signed = receipt?.unit.part === 'lead';
      const state = signed && x.c.state === '已交办' ? { state: '已签收' } : {};
      return { patch: { ...state, ...(signed ? { signed_at: x.now } : {}) }, result: {} };
    });
  }

  /** All units at once: the case goes elsewhere, or starts anew. */
  async leaveAll(x: Change, reason: string): Promise<void> {
    for (const unit of await activeUnits(x.manager, x.c.id)) await this.leave(x, unit, reason);
  }

  private async receive(x: Change, unit: CaseUnit, note: string): Promise<EvidenceDone> {
    const entry: EvidenceEntry = {
      ...{ kind: 'receipt', title: `${unitName(unit)}${x.actor}签收`, note, url: null, approvedBy: null, speaker: null, contentHash: null },
      ...{ happenedAt: x.now, departmentId: unit.departmentId },
    };
    const done = await enterEvidence(x, this.laws, entry);
    await signUnit(x.manager, unit.id, x.now);
    await stopClimbing(x.manager, x.c.id, { departmentId: unit.departmentId, alone: unit.part === 'supporting' });
    return done;
  }

  private async leave(x: Change, unit: CaseUnit, reason: string, returned = false): Promise<void> {
    await endUnit(x.manager, unit.id, reason, x.now, returned);
    await endUnitClocks(x.manager, x.c.id, unit.departmentId, reason, x);
    await stopClimbing(x.manager, x.c.id, { departmentId: unit.departmentId, alone: true });
    if (unit.part === 'supporting') await writeSupporting(x.manager, x.c.id);
  }
}

/** A person of a department acts for the own unit, nobody else's; the desk for the one that is named, else the leading one. */
export function pickUnit(x: Pick<Change, 'by' | 'c'>, units: readonly CaseUnit[], asked: string | null): CaseUnit | Refusal {
  const own = units.find((u) => u.departmentId === x.by.departmentId);
  const bound = x.by.role !== undefined && boundToDepartment(x.by.role);
  if (bound && asked !== null && asked !== x.by.departmentId) return forbidden('只能以本单位的名义办理');
  const unit = asked !== null ? units.find((u) => u.departmentId === asked) : (own ?? (bound ? undefined : units.find((u) => u.part === 'lead')));
  if (unit) return unit;
  if (asked !== null) return invalid('departmentId', '该单位没有承担本事件');
  const states = CASE_WAY.begin.from.join('、');
  return conflict(bound ? '你单位没有承担本事件' : `事件当前没有主办单位（状态“${x.c.state}”），请先交办（交办、签收后为“${states}”）`);
}

async function owesReceipt(x: Change, unit: CaseUnit): Promise<boolean> {
  return (await lockClocks(x.manager, x.c.id)).some(
    (k) => isRunning(k) && k.departmentId === unit.departmentId && k.rule.metBy.includes('receipt'),
  );
}

function log(x: Change, kind: string, summary: string, data: Record<string, unknown>): Promise<void> {
  return appendEvents(x.manager, [{ caseId: x.c.id, kind, at: x.now, actor: x.actor, summary, data }], x.now);
}
