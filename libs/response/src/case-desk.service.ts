import { Inject, Injectable } from '@nestjs/common';
import { type CaseClass, type CaseState, changeLabel, GRADES, type JudgedLabel, labelConflict, LEVELS, planDuties, sameJudgement, stateAfterEvidence, supersedeClock, TOPICS, type Verdict } from '@app/domain';
import { SETTINGS, type Settings } from '@app/settings';
import { DataSource } from 'typeorm';
import { endAlertsOfClocks, stopClimbing } from './alert-end';
import { assignedAlert, raisedAlert } from './case-alert';
import { type Actor, type Change, changeCase } from './case-change';
import { CLASS_NAMES, classOf, isRaise, overrideLabels } from './case-grade';
import type { CaseOverride, CaseRow } from './case-row';
import { changeClass } from './class-change';
import { CaseUnits } from './case-units.service';
import { startClocks } from './clock-book';
import { isRunning, lockClocks, writeClock } from './clock-row';
import { closeFault, endAtClose } from './case-close';
import { conflict, type DeskResult, invalid, reasonFault, type Refusal } from './desk-result';
import { earlyFault, enterEvidence, entryFault, type EvidenceDone, type EvidenceEntry } from './evidence-entry';
import { appendEvents } from './event-log';
import { classifierOf, keepVerdict } from './label-book';
import { Lawbook } from './lawbook.service';
import { matterEnded } from './matter-end';
import { writeAlerts } from './outbox';
import { activeUnits, departmentNamed, endUnit, insertUnit, writeSupporting } from './unit-book';
import { endUnitClocks, startUnitClocks } from './unit-clocks';

/** What a person can do with a case. Each action is one transaction; a refusal is a value with its reason. */
@Injectable()
export class CaseDesk {
  constructor(
    private readonly dataSource: DataSource,
    private readonly laws: Lawbook,
    private readonly units: CaseUnits,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** 研判: a person has judged the case and takes the labels as they are. */
  confirm(by: Actor, caseId: string, note = ''): Promise<DeskResult> {
    return changeCase(this.dataSource, by, caseId, 'confirm', async (x) => {
      await this.startAnchored(x, 'confirmed');
      await log(x, 'confirmed', `研判确认：${CLASS_NAMES[x.c.caseClass]}${note && `，${note}`}`, { note });
      await keep(x, 'confirmed', x.c, note);
      return { patch: { state: x.to, confirmed_at: x.now, needs_review: false }, result: {} };
    });
  }

  /** 复核: the labels hold as they are, whatever state the case is in; in 待研判 it is the 研判. */
  async review(by: Actor, caseId: string, note = ''): Promise<DeskResult> {
    const confirmed = await this.confirm(by, caseId, note);
    if (confirmed.ok || confirmed.kind !== 'conflict') return confirmed;
    return changeCase(this.dataSource, by, caseId, 'override', async (x) => {
      await log(x, 'reviewed', `复核确认：${CLASS_NAMES[x.c.caseClass]}${note && `，${note}`}`, { note });
      await keep(x, 'confirmed', x.c, note);
      return { patch: { needs_review: false }, result: {} };
    });
  }

  /** 交办: the case gets its 第一责任主体, whose 签收 clock starts; an earlier one gives way. */
  assign(by: Actor, caseId: string, departmentId: string, reason: string): Promise<DeskResult> {
    return changeCase(this.dataSource, by, caseId, 'assign', async (x) => {
      const departmentName = await departmentNamed(x.manager, departmentId);
      if (departmentName === null) return invalid('departmentId', `没有编号为“${departmentId}”的部门`);
      const units = await activeUnits(x.manager, x.c.id);
      const lead = units.find((u) => u.part === 'lead');
      // Whoever has it keeps its term: the same unit again would only start the 签收 clock anew.
      if (lead?.departmentId === departmentId) return conflict(`已交办该单位（${departmentName}）`);
      // Who is handed it first needs no word; taking it from a unit does.
      const why = reason.trim() || (x.c.assignedAt === null ? '请按职责办理' : '');
      const fault = reasonFault(why);
      if (fault) return fault;
      if (x.c.confirmedAt === null) await this.startAnchored(x, 'confirmed');
      const unit = { departmentId, departmentName, part: 'lead' as const, task: why, assignedAt: x.now };
      // A supporting unit that takes the lead leaves its supporting part.
      const leaving = units.filter((u) => u.part === 'lead' || u.departmentId === departmentId);
      for (const u of leaving) await endUnit(x.manager, u.id, u.part === 'lead' ? `改交办${departmentName}：${why}` : '改为主办', x.now);
      await insertUnit(x.manager, x.c.id, unit, x.actor);
      await writeSupporting(x.manager, x.c.id);
      const started = await startUnitClocks(x.manager, this.laws, x.c, unit, x);
      for (const u of leaving) await endUnitClocks(x.manager, x.c.id, u.departmentId, '重新起算', x, started);
      await log(x, 'assigned', `交办${departmentName}：${why}`, { departmentId, from: x.c.departmentId, reason: why });
      const alert = assignedAlert(x.c, departmentId, why, x.now, this.settings.alerts.receiptMinutes);
      await writeAlerts(x.manager, [alert], x.now);
      const patch = { state: x.to, department_id: departmentId, assigned_at: x.now, signed_at: null };
      return { patch: { ...patch, confirmed_at: x.c.confirmedAt ?? x.now }, result: {} };
    });
  }

  /** 签收 (see CaseUnits). */
  signFor(by: Actor, caseId: string, departmentId: string | null = null): Promise<DeskResult<EvidenceDone>> {
    return this.units.signFor(by, caseId, departmentId);
  }

  /** 开始办理. */
  begin(by: Actor, caseId: string, note = ''): Promise<DeskResult> {
    return changeCase(this.dataSource, by, caseId, 'begin', async (x) => {
      await log(x, 'begun', `开始办理${note && `：${note}`}`, { note });
      return { patch: { state: x.to }, result: {} };
    });
  }

  /** 登记回应: the only thing that meets a duty. A settlement closes the case under the rules of `close`. */
  registerEvidence(by: Actor, caseId: string, entry: EvidenceEntry): Promise<DeskResult<EvidenceDone>> {
    if (entry.kind === 'settlement') return this.settle(by, caseId, entry);
    return changeCase(this.dataSource, by, caseId, 'evidence', async (x) => {
      const fault = entryFault(entry, x.now) ?? earlyFault(x.c, entry.happenedAt);
      if (fault) return fault;
      const done = await enterEvidence(x, this.laws, entry);
      const receipt = await this.units.receiveByAct(x);
      // What was said before the case was known answers it only where it meets one of its duties.
      const answers = entry.happenedAt.getTime() >= x.c.detectedAt.getTime() || done.met.length > 0 || entry.kind === 'plan';
      const signed = receipt?.unit.part === 'lead';
      const state = signed ? stateAfterEvidence(x.c.state, 'receipt') : x.c.state;
      const after = answers ? stateAfterEvidence(state, entry.kind) : state;
      const ended = (await matterEnded(x)) ? { state: '已办结', closed_at: entry.happenedAt } : await this.outcome(x, after, entry);
      const patch = { state: after, ...(signed ? { signed_at: x.now } : {}), ...ended };
      return { patch, result: { ...done, met: [...done.met, ...(receipt?.done.met ?? [])] } };
    });
  }

  /** What became of a matter that had gone to another authority ends it here. */
  private async outcome(x: Change, after: CaseState, entry: EvidenceEntry): Promise<{ closed_at?: Date }> {
    if (x.c.state !== '已转办' || after !== '已办结') return {};
    await log(x, 'outcome', `转出事项的去向和结果：${entry.note.trim() || entry.title.trim()}`, { outcome: entry.note, to: x.c.transfer?.to ?? null });
    await endAtClose(x, '转出事项已有结果', () => true, entry.happenedAt);
    await stopClimbing(x.manager, x.c.id);
    return { closed_at: entry.happenedAt };
  }

  /** 办结: registers a settlement; the reason becomes its note. */
  close(by: Actor, caseId: string, reason: string, happenedAt?: Date): Promise<DeskResult<EvidenceDone>> {
    const fault = reasonFault(reason);
    if (fault) return Promise.resolve(fault);
    return this.settle(by, caseId, {
      ...plainEntry('settlement', '办结', reason, null),
      happenedAt: happenedAt ?? null,
    });
  }

  /** 归档. */
  archive(by: Actor, caseId: string): Promise<DeskResult> {
    return changeCase(this.dataSource, by, caseId, 'archive', async (x) => {
      await log(x, 'archived', '归档', {});
      return { patch: { state: x.to }, result: {} };
    });
  }

  /** 不予受理: every running clock is cancelled with the reason. */
  reject(by: Actor, caseId: string, reason: string): Promise<DeskResult> {
    return changeCase(this.dataSource, by, caseId, 'reject', async (x) => {
      const fault = reasonFault(reason);
      if (fault) return fault;
      const [unit] = await activeUnits(x.manager, x.c.id);
      if (unit) return conflict(`${unit.departmentName}仍在协办，不能不予受理；请先解除协办，或重新交办`);
      await log(x, 'rejected', `不予受理：${reason}`, { reason });
      await keep(x, 'changed', changeLabel({ ...x.c, relevant: true }, { level: 'none' }), reason);
      await endAtClose(x, `不予受理：${reason}`, () => true);
      await stopClimbing(x.manager, x.c.id);
      return { patch: { state: x.to, closed_at: x.now }, result: {} };
    });
  }

  /** 改判: a person's labels win over the items' and are kept for training; duties follow the new class. */
  overrideLabel(
    by: Actor,
    caseId: string,
    labels: CaseOverride,
    reason: string,
  ): Promise<DeskResult<{ caseClass: CaseClass }>> {
    return changeCase(this.dataSource, by, caseId, 'override', async (x) => {
      const fault = reasonFault(reason) ?? overrideFault(labels);
      if (fault) return fault;
      const after = overrideLabels(x.c, labels);
      const conflicting = labelConflict(x.c, after);
      if (conflicting) return invalid(conflicting.field, conflicting.reason);
      const to = classOf(after);
      await log(x, 'overridden', `改判为${CLASS_NAMES[to]}：${reason}`, {
        from: shown(x.c),
        to: shown(after),
        labels,
        reason,
      });
      await keep(x, 'changed', after, reason);
      if (to !== x.c.caseClass) await this.moveClass(x, to, reason);
      if (x.c.confirmedAt === null) await this.startAnchored({ ...x, c: { ...x.c, caseClass: to } }, 'confirmed');
      const { level, emergency, grade, topic, override } = after;
      const patch = { level, emergency, grade, topic, override, case_class: to, needs_review: false };
      const judged = x.c.state === '待研判' ? ({ state: '已研判', confirmed_at: x.now } as const) : {};
      return { patch: { ...patch, ...judged }, result: { caseClass: to } };
    });
  }

  private async moveClass(x: Change, to: CaseClass, reason: string): Promise<void> {
    const sentence = `改判：${CLASS_NAMES[x.c.caseClass]} → ${CLASS_NAMES[to]}，${reason}`;
    await changeClass(x.manager, this.laws, x.c, to, x.now, { actor: x.actor, reason: sentence });
    if (!isRaise(x.c.caseClass, to)) return;
    const alert = raisedAlert(x.c, x.c, to, sentence, x.now, this.settings.alerts.receiptMinutes);
    await writeAlerts(x.manager, [alert], x.now);
  }

  private settle(
    by: Actor,
    caseId: string,
    entry: Omit<EvidenceEntry, 'happenedAt'> & { happenedAt: Date | null },
  ): Promise<DeskResult<EvidenceDone>> {
    return changeCase(this.dataSource, by, caseId, 'close', async (x) => {
      const full: EvidenceEntry = { ...entry, happenedAt: entry.happenedAt ?? x.now };
      const fault = entryFault(full, x.now) ?? earlyFault(x.c, full.happenedAt);
      if (fault) return fault;
      const done = await enterEvidence(x, this.laws, full);
      const receipt = await this.units.receiveByAct(x);
      const unmet = await closeFault(x);
      if (unmet) return unmet;
      await endAtClose(x, '事件已办结', (clock) => clock.rule.limit.unit === 'every', full.happenedAt);
      await stopClimbing(x.manager, x.c.id);
      await this.startAnchored({ ...x, c: { ...x.c, closedAt: full.happenedAt } }, 'settled', full.happenedAt);
      const signed = receipt?.unit.part === 'lead' ? { signed_at: x.now } : {};
      return { patch: { state: x.to, closed_at: full.happenedAt, ...signed }, result: done };
    });
  }

  /** Starts the duties of an anchor that has just become known; running ones of the same duty give way. */
  private async startAnchored(x: Change, anchor: 'confirmed' | 'settled', at = x.now): Promise<void> {
    await this.laws.hold(x.manager);
    const plans = planDuties(this.laws.book, x.c.caseClass, { [anchor]: at }, this.laws.calendar, {
      circumstances: x.c.circumstances,
    });
    if (plans.length === 0) return;
    const before = (await lockClocks(x.manager, x.c.id)).filter(isRunning);
    const ids = await startClocks(x.manager, x.c.id, plans, x.now, { actor: x.actor });
    const gone: string[] = [];
    for (const [i, plan] of plans.entries()) {
      for (const clock of before.filter((b) => b.duty === plan.duty)) {
        const ended = supersedeClock(clock, '重新起算');
        if (!ended.ok) continue;
        await writeClock(x.manager, { ...ended.clock, supersededBy: ids[i] ?? null }, { endReason: ended.endReason });
        await log(x, 'clock-superseded', `时限由新的时限取代：${clock.rule.title}（重新起算）`, {}, clock.id);
        gone.push(clock.id);
      }
    }
    await endAlertsOfClocks(x.manager, x.c.id, gone);
  }
}

function plainEntry(kind: EvidenceEntry['kind'], title: string, note: string, happenedAt: Date): EvidenceEntry;
function plainEntry(
  kind: EvidenceEntry['kind'],
  title: string,
  note: string,
  happenedAt: null,
): Omit<EvidenceEntry, 'happenedAt'>;
function plainEntry(kind: EvidenceEntry['kind'], title: string, note: string, happenedAt: Date | null): unknown {
  return { kind, title, note, url: null, approvedBy: null, speaker: null, contentHash: null, happenedAt };
}

function log(x: Change, kind: string, summary: string, data: Record<string, unknown>, clockId?: string): Promise<void> {
  return appendEvents(
    x.manager,
    [{ caseId: x.c.id, clockId: clockId ?? null, kind, at: x.now, actor: x.actor, summary, data }],
    x.now,
  );
}

/** Keeps the decision about the case's label. A case is relevant by being one. */
async function keep(x: Change, verdict: Verdict, after: Omit<JudgedLabel, 'relevant'> & { relevant?: boolean }, reason: string): Promise<void> {
  const before = { ...x.c, relevant: true };
  const whole = { relevant: true, ...after };
  const same = verdict === 'changed' && sameJudgement(before, whole);
  await keepVerdict(x.manager, {
    caseId: x.c.id,
    before,
    after: whole,
    verdict: same ? 'confirmed' : verdict,
    reason,
    actor: x.actor,
    at: x.now,
    classifierVersion: await classifierOf(x.manager, x.c.id),
  });
}

function overrideFault(o: CaseOverride): Refusal | null {
  if (o.level === undefined && o.emergency === undefined && o.grade === undefined && o.topic === undefined) {
    return invalid('level', '至少改判一项：级别、是否突发事件、等级、主题');
  }
  if (o.level === 'none') return invalid('level', '不属于政务舆情的，请使用“不予受理”');
  if (o.level !== undefined && !LEVELS.includes(o.level)) return invalid('level', '级别必须是 ordinary 或 major');
  if (o.grade !== undefined && o.grade !== null && !GRADES.includes(o.grade))
    return invalid('grade', `等级必须是：${GRADES.join('、')}`);
  if (o.topic !== undefined && !TOPICS.includes(o.topic)) return invalid('topic', `主题必须是：${TOPICS.join('、')}`);
  return null;
}

function shown(c: Pick<CaseRow, 'level' | 'emergency' | 'grade' | 'topic'>): Record<string, unknown> {
  return { level: c.level, emergency: c.emergency, grade: c.grade, topic: c.topic };
}
