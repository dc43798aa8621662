import { Injectable } from '@nestjs/common';
import { caseClassOf, changeFault, changeLabel, type CaseClass, type Grade, judgedOf, type Label, type LabelChange, labelConflict, type Level, sameJudgement } from '@app/domain';
import { CHANNELS, readNow, row, sendHint } from '@app/storage';
import { DataSource, type EntityManager } from 'typeorm';
import { type Actor, actorName } from './case-change';
import { CaseDesk } from './case-desk.service';
import { CLASS_NAMES, isRaise } from './case-grade';
import { conflict, type DeskResult, invalid, missing, reasonFault, type Refusal } from './desk-result';
import { heldLabel, type ItemVerdict, keepVerdict, VERDICT_OF_ITEM } from './label-book';

interface ReviewedItem {
  label: Label;
  classifierVersion: string;
  caseId: string | null;
  caseCode: string | null;
  caseClass: CaseClass | null;
  verdict: ItemVerdict | null;
}

export type ItemReviewed = { ok: true; itemId: string; level: Level } | Refusal;

/** 复核: a person confirms what the classifier said, or changes it with a reason. Either is kept and wins. */
@Injectable()
export class ReviewDesk {
  constructor(
    private readonly dataSource: DataSource,
    private readonly desk: CaseDesk,
  ) {}

  /**
   * @param change null confirms; level `none` is 不予受理, for a case is answered, never dropped
   * @returns with the class that the case has now, when it was changed
   */
  async reviewCase(
    by: Actor,
    caseId: string,
    change: LabelChange | null,
    reason: string,
  ): Promise<DeskResult<{ caseClass?: CaseClass }>> {
    if (change === null) return this.desk.review(by, caseId, reason);
    const fault = changeRefusal(change);
    if (fault) return fault;
    if (change.level === 'none') return this.desk.reject(by, caseId, reason);
    const { level, emergency, grade, topic } = change;
    return this.desk.overrideLabel(by, caseId, definedOf({ level, emergency, grade, topic }), reason);
  }

  /**
   * Decides about one item. An item that becomes relevant gets its case from intake, which clusters it first.
   * What would raise the class of a running case is decided on the case, where its clocks are seen.
   */
  async reviewItem(by: Actor, itemId: string, change: LabelChange | null, reason: string): Promise<ItemReviewed> {
    const fault = change === null ? null : (changeRefusal(change) ?? reasonFault(reason));
    if (fault) return fault;
    return this.dataSource.transaction(async (manager): Promise<ItemReviewed> => {
      const item = await this.load(manager, itemId);
      if (!item) return missing(`没有编号为 ${itemId} 的信息`);
      const held = heldLabel(item.label, item.verdict);
      const after = change === null ? judgedOf(held) : changeLabel(held, change);
      const conflicting = change === null ? null : labelConflict(held, after);
      if (conflicting) return invalid(conflicting.field, conflicting.reason);
      const raise = raisedCase(item, after);
      if (raise) return raise;
      await keepVerdict(manager, {
        itemId,
        caseId: item.caseId,
        before: held,
        after,
        verdict: sameJudgement(held, after) ? 'confirmed' : 'changed',
        reason: reason.trim(),
        actor: actorName(by),
        at: await readNow(manager),
        classifierVersion: item.classifierVersion,
      });
      await sendHint(manager, CHANNELS.itemAdded, itemId);
      await by.witness?.(manager);
      return { ok: true, itemId, level: after.level };
    });
  }

  private load(manager: EntityManager, id: string): Promise<ReviewedItem | null> {
    return row<ReviewedItem>(
      manager,
      `select i.label, i.classifier_version as "classifierVersion", i.case_id as "caseId", c.code as "caseCode", c.case_class as "caseClass", v.verdict
       from item i left join case_file c on c.id = i.case_id ${VERDICT_OF_ITEM} where i.id = $1 for no key update of i`,
      [id],
    );
  }
}

function changeRefusal(change: LabelChange): Refusal | null {
  const fault = changeFault(change);
  return fault === null ? null : invalid(fault.field, fault.reason);
}

function raisedCase(item: ReviewedItem, after: { level: Level; emergency: boolean; grade: Grade | null }): Refusal | null {
  const to = caseClassOf(after);
  if (item.caseClass === null || to === null || !isRaise(item.caseClass, to)) return null;
  return conflict(`该信息已并入事件 ${item.caseCode}（${CLASS_NAMES[item.caseClass]}），上调级别请在事件上改判`);
}

function definedOf<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as T;
}
