import { Injectable } from '@nestjs/common';
import { beijingIso, type BoardTotals, type HandoverCase, maskText, maySee, type Viewer, type WireCaseSummary, type WireHandover } from '@app/domain';
import { readNow, row, rows, type Witness } from '@app/storage';
import { DataSource } from 'typeorm';
import { conflict, invalid, missing, type Refusal } from './desk-result';

interface Row {
  id: string;
  writtenBy: string;
  writtenByName: string;
  writtenAt: Date;
  note: string;
  cases: HandoverCase[];
  totals: BoardTotals;
  takenByName: string | null;
  takenAt: Date | null;
  remark: string | null;
}

const SELECT = `select h.id, h.written_by as "writtenBy", w.display_name as "writtenByName", h.written_at as "writtenAt", h.note,
    h.open as cases, h.totals, t.display_name as "takenByName", r.taken_at as "takenAt", r.remark
  from handover h join account w on w.id = h.written_by
  left join handover_receipt r on r.handover_id = h.id left join account t on t.id = r.taken_by`;
const LONGEST_NOTE = 4000;
const MOST_CASES = 500;

/** 交接班: written once, taken over once, never changed. The only writer of handover and handover_receipt. */
@Injectable()
export class HandoverDesk {
  constructor(private readonly dataSource: DataSource) {}

  /** The newest first; `beforeId` pages back. Cases that the reader may not see are left out. */
  async list(viewer: Viewer, limit: number, beforeId: string | null = null): Promise<WireHandover[]> {
    const found = await rows<Row>(
      this.dataSource,
      `${SELECT} where $1::bigint is null or h.id < $1 order by h.id desc limit $2`,
      [beforeId, limit],
    );
    return found.map((h) => toWire({ ...h, cases: h.cases.filter((c) => maySee(viewer, { ...c, supporting: c.supporting ?? [] })) }));
  }

  /** The account that wrote it; null: there is none. */
  async writerOf(id: string): Promise<string | null> {
    const found = await row<{ by: string }>(this.dataSource, 'select written_by as by from handover where id = $1', [id]);
    return found?.by ?? null;
  }

  /** @param open what is open now in the order of the board, as the writer sees it */
  async write(
    accountId: string,
    note: string,
    open: readonly WireCaseSummary[],
    totals: BoardTotals,
    witness?: Witness<string>,
  ): Promise<{ ok: true; id: string } | Refusal> {
    const words = note.trim();
    if (words.length > LONGEST_NOTE) return invalid('note', `交班说明最多 ${LONGEST_NOTE} 字`);
    if (words.length < 2) return invalid('note', '请写明交班说明（至少 2 个字）；没有要交代的写“无”并说明原因');
    return this.dataSource.transaction(async (tx) => {
      const now = await readNow(tx);
      const made = await row<{ id: string }>(
        tx,
        'insert into handover (written_by, written_at, note, open, totals) values ($1, $2, $3, $4, $5) returning id',
        [accountId, now, words, JSON.stringify(open.slice(0, MOST_CASES).map(standing)), JSON.stringify(totals)],
      );
      if (!made) throw new Error('the handover was not written');
      await witness?.(tx, made.id);
      return { ok: true as const, id: made.id };
    });
  }

  /** The next officer's receipt. Nobody takes over from herself. */
  async take(accountId: string, id: string, remark: string, witness?: Witness): Promise<{ ok: true } | Refusal> {
    return this.dataSource.transaction(async (tx): Promise<{ ok: true } | Refusal> => {
      const found = await row<{ writtenBy: string }>(tx, 'select written_by as "writtenBy" from handover where id = $1', [id]);
      if (!found) return missing(`没有编号为 ${id} 的交班记录`);
      if (found.writtenBy === accountId) return conflict('交班人不能自己接班：请接班的值班员登录后接班');
      const taken = await row(
        tx,
        `insert into handover_receipt (handover_id, taken_by, taken_at, remark) values ($1, $2, $3, $4)
         on conflict do nothing returning handover_id`,
        [id, accountId, await readNow(tx), remark.trim()],
      );
      if (!taken) return conflict('这份交班记录已经有人接班');
      await witness?.(tx);
      return { ok: true };
    });
  }
}

function standing(c: WireCaseSummary): HandoverCase {
  const { id, code, caseClass, state, departmentId, departmentName, supporting, region, overdueClocks } = c;
  const next = { nextDuty: c.nextUp?.title ?? null, nextDueAt: c.nextUp?.dueAt ?? null };
  return { ...{ id, code, caseClass, state, departmentId, departmentName, supporting, region, overdueClocks }, title: c.title, ...next };
}

function toWire({ takenByName, takenAt, remark, ...h }: Row): WireHandover {
  return {
    ...h,
    note: maskText(h.note),
    writtenAt: beijingIso(h.writtenAt),
    taken: takenAt === null ? null : { byName: takenByName ?? '', at: beijingIso(takenAt), remark: maskText(remark ?? '') },
  };
}
