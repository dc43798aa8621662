import { Injectable } from '@nestjs/common';
import { beijingText, isEnded, planDuties, shortestTermMs } from '@app/domain';
import { CHANNELS, readNow, row, rows, sendHint } from '@app/storage';
import { DataSource, type EntityManager } from 'typeorm';
import { stopClimbing } from './alert-end';
import { type Actor, actorName } from './case-change';
import { classOf, isRaise } from './case-grade';
import { CASE_COLUMNS, type CaseRow } from './case-row';
import { conflict, type DeskResult, invalid, missing, reasonFault, type Refusal, Refused } from './desk-result';
import { appendEvents } from './event-log';
import { takeItemTurn } from './item-turn';
import { Lawbook } from './lawbook.service';
import { endMergedClocks, followSurvivor, followUndone } from './merge-clocks';
import { carryUnits, returnUnits } from './merge-units';
import { FOLDED, foldCase, foldedValues, FOLDED_KEYS, inOrderOfDetection } from './merge-fold';

export type MovableCase = CaseRow & { mergedInto: string | null };

/** What the events of a merge keep, so that it can be undone. */
interface MergeRecord {
  survivorId: string;
  mergedId: string;
  itemIds: string[];
  /** Cases that had been merged into the merged one before. */
  childIds: string[];
  before: Record<string, unknown>;
  after: Record<string, unknown>;
}

export interface MergeDone {
  /** The case that lives on: of the two the one detected first. */
  survivorId: string;
  mergedId: string;
  items: number;
}

/**
 * Two cases of one event become one, and one again two. Duties run from the first detection of the event (国办发〔2016〕61号
 * counts from when the matter was found), so the case detected first survives and no term ever moves to later.
 */
@Injectable()
export class CaseMerge {
  constructor(
    private readonly dataSource: DataSource,
    private readonly laws: Lawbook,
  ) {}

  /** 合并: one transaction under the locks of both cases, in the order of ids. */
  merge(by: Actor, caseId: string, otherId: string, reason: string): Promise<DeskResult<MergeDone>> {
    return this.move(by, [caseId, otherId], reason, async (manager, [a, b], now) => {
      if (!a || !b) throw new Refused(invalid('caseId', '不能与自身合并'));
      for (const c of [a, b]) {
        if (c.mergedInto !== null) throw new Refused(conflict(`事件 ${c.code} 已并入其他事件，请先撤销合并`));
        if (isEnded(c.state)) throw new Refused(conflict(`事件 ${c.code} 当前状态为“${c.state}”，不能合并`));
      }
      const [survivor, merged] = inOrderOfDetection(a, b);
      return this.join(manager, survivor, merged, { now, actor: actorName(by), reason: reason.trim() });
    });
  }

  /** 撤销合并: the merged case lives again with its items, and its terms from its own first detection. */
  unmerge(by: Actor, caseId: string, reason: string): Promise<DeskResult<MergeDone>> {
    return this.move(by, [caseId], reason, async (manager, [known], now) => {
      if (known?.mergedInto == null) throw new Refused(conflict('该事件没有并入其他事件；拆分请以合并撤销'));
      const record = await lastMerge(manager, caseId);
      if (!record) throw new Refused(conflict('没有找到合并的记录'));
      const both = await lockBoth(manager, [caseId, known.mergedInto]);
      const [merged, survivor] = [both.get(caseId), both.get(known.mergedInto)];
      if (!merged || !survivor) throw new Refused(conflict('合并已被他人撤销'));
      if (isEnded(survivor.state))
        throw new Refused(conflict(`事件 ${survivor.code} 当前状态为“${survivor.state}”，不能撤销合并`));
      return this.part(manager, survivor, merged, record, { now, actor: actorName(by), reason: reason.trim() });
    });
  }

  private async join(manager: EntityManager, survivor: CaseRow, merged: CaseRow, x: Doing) {
    await this.laws.hold(manager);
    const terms = planDuties(this.laws.book, survivor.caseClass, { detected: survivor.detectedAt }, this.laws.calendar);
    const folded = foldCase(survivor, merged, shortestTermMs(terms));
    const to = isRaise(survivor.caseClass, classOf(folded)) ? classOf(folded) : survivor.caseClass;
    const after: CaseRow = { ...folded, caseClass: to };
    const items = await rows<{ id: string }>(manager, 'update item set case_id = $1 where case_id = $2 returning id', [
      survivor.id,
      merged.id,
    ]);
    const children = await rows<{ id: string }>(
      manager,
      'update case_file set merged_into = $1 where merged_into = $2 returning id',
      [survivor.id, merged.id],
    );
    await rows(manager, 'update case_file set merged_into = $1 where id = $2', [survivor.id, merged.id]);
    await writeFolded(manager, survivor.id, foldedValues(after), x.now);
    await recount(manager, [survivor.id, merged.id], x.now);
    const record: MergeRecord = {
      ...{ survivorId: survivor.id, mergedId: merged.id },
      itemIds: items.map((i) => i.id),
      childIds: children.map((c) => c.id),
      before: foldedValues(survivor),
      after: foldedValues(after),
    };
    const data = { ...record, reason: x.reason, detectedAt: beijingText(survivor.detectedAt) };
    const event = { kind: 'merged', at: x.now, actor: x.actor, data };
    await appendEvents(
      manager,
      [
        { ...event, caseId: survivor.id, summary: `合并：${merged.code}“${merged.title}”并入本事件（${x.reason}）` },
        {
          ...event,
          caseId: merged.id,
          summary: `合并：本事件并入 ${survivor.code}，时限以该事件的首次发现时间为准（${x.reason}）`,
        },
      ],
      x.now,
    );
    await carryUnits(manager, after, merged.id, x.actor);
    await followSurvivor(manager, this.laws, { before: survivor, after, to }, x);
    await endMergedClocks(manager, merged, survivor, x);
    await stopClimbing(manager, merged.id);
    return { ...record, items: items.length };
  }

  private async part(manager: EntityManager, survivor: CaseRow, merged: CaseRow, record: MergeRecord, x: Doing) {
    await this.laws.hold(manager);
    const items = await rows<{ id: string }>(
      manager,
      'update item set case_id = $1 where id = any($2::bigint[]) and case_id = $3 returning id',
      [merged.id, record.itemIds, survivor.id],
    );
    await rows(manager, 'update case_file set merged_into = null where id = $1', [merged.id]);
    await rows(manager, 'update case_file set merged_into = $1 where id = any($2::bigint[]) and merged_into = $3', [
      merged.id,
      record.childIds,
      survivor.id,
    ]);
    // What somebody has changed since is not the merge's any more.
    const values = JSON.parse(JSON.stringify(foldedValues(survivor))) as Record<string, unknown>;
    const undone = FOLDED_KEYS.filter(
      (k) =>
        JSON.stringify(values[k]) === JSON.stringify(record.after[k]) &&
        JSON.stringify(record.after[k]) !== JSON.stringify(record.before[k]),
    );
    await writeFolded(manager, survivor.id, Object.fromEntries(undone.map((k) => [k, record.before[k]])), x.now);
    await recount(manager, [survivor.id, merged.id], x.now);
    const data = { survivorId: survivor.id, mergedId: merged.id, itemIds: items.map((i) => i.id), reason: x.reason };
    const event = { kind: 'unmerged', at: x.now, actor: x.actor, data };
    await appendEvents(
      manager,
      [
        { ...event, caseId: survivor.id, summary: `撤销合并：${merged.code} 恢复为单独的事件（${x.reason}）` },
        {
          ...event,
          caseId: merged.id,
          summary: `撤销合并：恢复为单独的事件，时限自本事件的首次发现起算（${x.reason}）`,
        },
      ],
      x.now,
    );
    await returnUnits(manager, survivor.id, merged.id, `撤销合并：${x.reason}`, x.now);
    await followUndone(
      manager,
      this.laws,
      await loadMovable(manager, survivor.id),
      await loadMovable(manager, merged.id),
      x,
    );
    return { survivorId: survivor.id, mergedId: merged.id, items: items.length };
  }

  private async move(
    by: Actor,
    ids: string[],
    reason: string,
    body: (manager: EntityManager, cases: MovableCase[], now: Date) => Promise<MergeDone>,
  ): Promise<DeskResult<MergeDone>> {
    const fault = reasonFault(reason) ?? ids.map(idFault).find((f) => f !== null);
    if (fault) return fault;
    try {
      return await this.dataSource.transaction(async (manager) => {
        await takeItemTurn(manager);
        const locked =
          ids.length === 1
            ? new Map([[ids[0], await loadMovable(manager, ids[0] ?? '')]])
            : await lockBoth(manager, ids);
        const cases = [...new Set(ids)].map((id) => locked.get(id) ?? refuseMissing(id));
        const done = await body(manager, cases, await readNow(manager));
        for (const id of [done.survivorId, done.mergedId]) await sendHint(manager, CHANNELS.caseChanged, id);
        await by.witness?.(manager);
        const { version } = await loadMovable(manager, done.survivorId);
        const { survivorId, mergedId, items } = done;
        return { ok: true as const, caseId: survivorId, version: Number(version), survivorId, mergedId, items };
      });
    } catch (error) {
      if (error instanceof Refused) return error.refusal;
      throw error;
    }
  }
}

/** Who does it, when, and why. */
export interface Doing {
  now: Date;
  actor: string;
  reason: string;
}

function idFault(id: string): Refusal | null {
  return /^[1-9]\d{0,17}$/.test(id) ? null : missing(`没有编号为 ${id} 的事件`);
}

function refuseMissing(id: string): never {
  throw new Refused(missing(`没有编号为 ${id} 的事件`));
}

async function loadMovable(manager: EntityManager, id: string): Promise<MovableCase> {
  const sql = `select ${CASE_COLUMNS}, f.merged_into as "mergedInto" from case_file f where f.id = $1`;
  return (await row<MovableCase>(manager, sql, [id])) ?? refuseMissing(id);
}

/** Locked as they are, a merged one too: unlike `lockCase`, which leads on to the survivor. */
export async function lockBoth(manager: EntityManager, ids: readonly string[]): Promise<Map<string, MovableCase>> {
  const found = await rows<MovableCase>(
    manager,
    `select ${CASE_COLUMNS}, f.merged_into as "mergedInto" from case_file f where f.id = any($1::bigint[]) order by f.id for no key update`,
    [ids],
  );
  return new Map(found.map((c) => [c.id, c]));
}

async function lastMerge(manager: EntityManager, mergedId: string): Promise<MergeRecord | null> {
  const found = await row<{ data: MergeRecord }>(
    manager,
    `select data from case_event where case_id = $1 and kind = 'merged' and data ->> 'mergedId' = $1::text order by id desc limit 1`,
    [mergedId],
  );
  return found?.data ?? null;
}

async function writeFolded(
  manager: EntityManager,
  id: string,
  values: Record<string, unknown>,
  now: Date,
): Promise<void> {
  const keys = FOLDED_KEYS.filter((k) => k in values);
  const sets = keys.map((k, i) => `${FOLDED[k]} = $${i + 3}`);
  await rows(
    manager,
    `update case_file set ${[...sets, 'changed_at = $2', 'version = version + 1'].join(', ')} where id = $1`,
    [id, now, ...keys.map((k) => values[k])],
  );
}

/** Items and independent sources of cases whose items have moved. */
export async function recount(manager: EntityManager, ids: readonly string[], now: Date): Promise<void> {
  await rows(
    manager,
    `update case_file f set changed_at = $2, version = version + 1,
       item_count = (select count(*) from item i where i.case_id = f.id),
       source_count = (select count(distinct i.source_name) from item i where i.case_id = f.id)
     where f.id = any($1::bigint[])`,
    [ids, now],
  );
}
