import { Injectable } from '@nestjs/common';
import { isEnded, type Label } from '@app/domain';
import { CHANNELS, readNow, row, rows, sendHint } from '@app/storage';
import { DataSource, type EntityManager } from 'typeorm';
import { type Actor, actorName } from './case-change';
import { CaseIntake, type Incoming } from './case-intake.service';
import { type Doing, lockBoth, recount } from './case-merge.service';
import { conflict, type DeskResult, invalid, missing, reasonFault, Refused } from './desk-result';
import { appendEvents } from './event-log';
import { takeItemTurn } from './item-turn';
import { heldLabel, type ItemVerdict, VERDICT_OF_ITEM } from './label-book';
import { proposeSimilar } from './similar-book';

interface MovedItem extends Omit<Incoming, 'itemId' | 'joinCaseId' | 'departmentId'> {
  id: string;
  verdict: ItemVerdict | null;
}

export interface SplitDone {
  newCaseId: string;
  items: number;
}

/** 拆分: chosen items of a case are another event. */
@Injectable()
export class CaseSplit {
  constructor(
    private readonly dataSource: DataSource,
    private readonly intake: CaseIntake,
  ) {}

  /**
   * The items open a case of their own, whose terms run from their own first detection. The case they leave keeps its
   * anchors and clocks: a split gains it no time. Merging the two undoes it.
   */
  async split(by: Actor, caseId: string, itemIds: readonly string[], reason: string): Promise<DeskResult<SplitDone>> {
    const fault = reasonFault(reason);
    if (fault) return fault;
    if (!/^[1-9]\d{0,17}$/.test(caseId)) return missing(`没有编号为 ${caseId} 的事件`);
    try {
      return await this.dataSource.transaction(async (manager) => {
        await takeItemTurn(manager);
        const c = (await lockBoth(manager, [caseId])).get(caseId);
        if (!c) throw new Refused(missing(`没有编号为 ${caseId} 的事件`));
        if (c.mergedInto !== null) throw new Refused(conflict(`事件 ${c.code} 已并入其他事件，请先撤销合并`));
        if (isEnded(c.state)) throw new Refused(conflict(`事件 ${c.code} 当前状态为“${c.state}”，不能拆分`));
        const chosen = await chosenItems(manager, caseId, itemIds);
        const now = await readNow(manager);
        const newCaseId = await this.open(manager, chosen);
        const doing = { now, actor: actorName(by), reason: reason.trim() };
        await this.record(manager, { id: caseId, code: c.code }, newCaseId, chosen, doing);
        await by.witness?.(manager);
        const left = await row<{ version: string }>(manager, 'select version from case_file where id = $1', [caseId]);
        return { ok: true as const, caseId, version: Number(left?.version ?? 0), newCaseId, items: chosen.length };
      });
    } catch (error) {
      if (error instanceof Refused) return error.refusal;
      throw error;
    }
  }

  /** The items go the way of new ones, the first that opens a case leading; labels, class and heat follow from them. */
  private async open(manager: EntityManager, chosen: MovedItem[]): Promise<string> {
    const first = chosen.find((i) => !i.official && i.label.relevant && i.label.level !== 'none');
    if (!first) throw new Refused(invalid('itemIds', '所选信息中没有可以立案的政务舆情信息'));
    let newCaseId: string | null = null;
    for (const item of [first, ...chosen.filter((i) => i !== first)]) {
      const { id, ...given } = item;
      const taken = await this.intake.take(manager, {
        ...given,
        itemId: id,
        departmentId: null,
        joinCaseId: newCaseId,
      });
      newCaseId ??= taken.caseId;
      await rows(manager, 'update item set case_id = $1, same_as = null where id = $2', [newCaseId, id]);
    }
    if (newCaseId === null) throw new Error('the items opened no case');
    return newCaseId;
  }

  private async record(
    manager: EntityManager,
    from: { id: string; code: string },
    newCaseId: string,
    chosen: MovedItem[],
    x: Doing,
  ): Promise<void> {
    const opened = await row<{ code: string }>(manager, 'select code from case_file where id = $1', [newCaseId]);
    await recount(manager, [from.id, newCaseId], x.now);
    const data = { fromCaseId: from.id, newCaseId, itemIds: chosen.map((i) => i.id), reason: x.reason };
    const event = { kind: 'split', at: x.now, actor: x.actor, data };
    await appendEvents(
      manager,
      [
        {
          ...event,
          caseId: from.id,
          summary: `拆分：${chosen.length} 条信息另立为 ${opened?.code ?? ''}（${x.reason}）`,
        },
        {
          ...event,
          caseId: newCaseId,
          summary: `拆分：自 ${from.code} 拆出，时限自所拆信息的首次发现起算（${x.reason}）`,
        },
      ],
      x.now,
    );
    await proposeSimilar(manager, from.id, [{ caseId: newCaseId, score: 0, why: ['由拆分而来'] }], x.now);
    for (const id of [from.id, newCaseId]) await sendHint(manager, CHANNELS.caseChanged, id);
  }
}

/** The chosen items in the order of their detection. Some of the case's must stay. */
async function chosenItems(manager: EntityManager, caseId: string, itemIds: readonly string[]): Promise<MovedItem[]> {
  const ids = [...new Set(itemIds)];
  if (ids.length === 0) throw new Refused(invalid('itemIds', '请选择要拆出的信息'));
  const found = await rows<Omit<MovedItem, 'label'> & { label: Label }>(
    manager,
    `select i.id, i.title, i.text, i.label, i.url, i.source_name as "sourceName", i.published_at as "publishedAt",
       i.published_certain as "publishedCertain", i.fetched_at as "fetchedAt", i.official, i.demo, i.region, i.place, i.proposal, v.verdict
     from item i ${VERDICT_OF_ITEM} where i.case_id = $1 order by i.fetched_at, i.id`,
    [caseId],
  );
  const chosen = found.filter((i) => ids.includes(i.id));
  if (chosen.length < ids.length) throw new Refused(invalid('itemIds', '所选信息中有的不属于本事件'));
  if (chosen.length === found.length) throw new Refused(invalid('itemIds', '不能拆出全部信息，至少保留一条'));
  return chosen.map((i) => ({ ...i, label: heldLabel(i.label, i.verdict) }));
}
