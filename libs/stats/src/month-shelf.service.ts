import { Injectable } from '@nestjs/common';
import { type CaseFacts, type DutyFact, factsOfMonth, monthOfLimit, monthSpan, reportOf, sumsOf, type Viewer, type WireLateChange, type WireMonth, type WireMonthProof } from '@app/domain';
import { readNow, row, rows } from '@app/storage';
import { beijingIso } from '@app/domain';
import { DataSource } from 'typeorm';
import { differencesOf, hashOf } from './canonical';
import { loadSums } from './fold-store';
import { eachChanged } from './month-cases';
import { MonthFold } from './month-fold.service';
import { recount } from './month-recount';

interface Snapshot {
  id: string;
  month: string;
  asOf: Date;
  takenAt: Date;
  takenBy: string;
  hash: string;
  figures: WireMonth;
}

const COLUMNS = 'id, month, as_of as "asOf", taken_at as "takenAt", taken_by as "takenBy", hash, figures';
/** Changes that are listed one by one. */
const MOST_CHANGES = 200;

/** The months that have ended, as they were reported: kept with a hash, proven by counting them anew from the events. */
@Injectable()
export class MonthShelf {
  constructor(
    private readonly dataSource: DataSource,
    private readonly fold: MonthFold,
  ) {}

  /** Keeps the report of a month that has ended; once kept it stays. @returns null while the month runs or is not folded in */
  async keep(month: string, by: string): Promise<Snapshot | null> {
    const known = await this.load(month);
    if (known) return known;
    const { to } = monthSpan(month);
    const { complete, foldedTo } = await this.fold.catchUp();
    if (!complete || foldedTo === null || foldedTo.getTime() < to.getTime()) return null;
    // Without names: a department that is renamed later changes no figure.
    const figures = reportOf(await loadSums(this.dataSource, 'end', month), month, to);
    await rows(
      this.dataSource,
      `insert into month_snapshot (month, as_of, taken_at, taken_by, hash, figures) values ($1, $2, $3, $4, $5, $6)
       on conflict (month, as_of) do nothing`,
      [month, to, await readNow(this.dataSource), by, hashOf(figures), JSON.stringify(figures)],
    );
    return this.load(month);
  }

  load(month: string): Promise<Snapshot | null> {
    const { to } = monthSpan(month);
    return row<Snapshot>(this.dataSource, `select ${COLUMNS} from month_snapshot where month = $1 and as_of = $2`, [month, to]);
  }

  /** Counts a kept month anew from the events and holds the two against each other. Null: it was not kept. */
  async prove(month: string): Promise<WireMonthProof | null> {
    const kept = await this.load(month);
    if (kept === null) return null;
    const again = reportOf((await recount(this.dataSource, month, kept.asOf)).map(sumsOf), month, kept.asOf);
    const hash = hashOf(again);
    return {
      ...proofOf(kept),
      recountedHash: hash,
      agrees: hash === kept.hash,
      differences: differencesOf(kept.figures, again).map(({ path, a, b }) => ({ path, kept: a ?? null, recounted: b ?? null })),
    };
  }

  /** What was entered after the month's end and would change its figures: each case, with the entries that did it. */
  async loadLateChanges(month: string, viewer?: Viewer): Promise<{ proof: WireMonthProof | null; changes: WireLateChange[]; total: number }> {
    const { to } = monthSpan(month);
    await this.fold.catchUp();
    const found: { caseId: string; texts: string[] }[] = [];
    await eachChanged(this.dataSource, month, viewer, (then, now) => {
      const texts = changesOf(then, factsOfMonth(now, month));
      if (texts.length > 0) found.push({ caseId: now.caseId, texts });
    });
    const shown = found.slice(0, MOST_CHANGES);
    const entries = await this.loadEntries(shown.map((f) => f.caseId), to);
    const kept = await this.load(month);
    return {
      proof: kept && proofOf(kept),
      total: found.length,
      changes: shown.map(({ caseId, texts }) => ({ ...(entries.get(caseId) ?? { caseId, code: '', title: '', entries: [] }), changes: texts })),
    };
  }

  private async loadEntries(ids: string[], after: Date): Promise<Map<string, Omit<WireLateChange, 'changes'>>> {
    const found = await rows<Omit<WireLateChange, 'changes' | 'entries'> & { entries: { recordedAt: string; actor: string; summary: string }[] | null }>(
      this.dataSource,
      `select f.id as "caseId", f.code, f.title, (select json_agg(json_build_object('recordedAt', v.recorded_at, 'actor', v.actor, 'summary', v.summary) order by v.id)
         from (select * from case_event v where v.case_id = f.id and v.recorded_at > $2 and v.kind not in ('warn', 'breach', 'repeat', 'info') order by v.id limit 8) v) as entries
       from case_file f where f.id = any($1::bigint[])`,
      [ids, after],
    );
    return new Map(
      found.map((f) => [f.caseId, { ...f, entries: (f.entries ?? []).map((e) => ({ ...e, recordedAt: beijingIso(new Date(e.recordedAt)) })) }]),
    );
  }
}

function proofOf(kept: Snapshot): WireMonthProof {
  const { month, takenBy, hash } = kept;
  return { month, asOf: beijingIso(kept.asOf), takenAt: beijingIso(kept.takenAt), takenBy, hash };
}

const FATE_TEXT: Record<DutyFact['fate'], string> = {
  met: '按期完成',
  met_late: '逾期完成',
  breached: '超期未完成（已终止）',
  cancelled: '届满前取消',
  superseded: '届满前被取代',
  suspended: '中止中',
  open: '超期未完成',
};

/** In words, what of a case is otherwise now than it was at the month's end. */
function changesOf(then: CaseFacts | null, now: CaseFacts | null): string[] {
  const texts: string[] = [];
  const before = new Map((then?.duties ?? []).map((d) => [d.clockId, d]));
  for (const d of now?.duties ?? []) {
    const old = before.get(d.clockId);
    before.delete(d.clockId);
    if (!old) texts.push(`时限“${d.title}”改归${monthOfLimit(d.dueAt)}，现为${FATE_TEXT[d.fate]}`);
    else if (old.fate !== d.fate) texts.push(`时限“${d.title}”由${FATE_TEXT[old.fate]}改为${FATE_TEXT[d.fate]}`);
    else if (old.targetMet !== d.targetMet) texts.push(`时限“${d.title}”的力争时限改为${d.targetMet ? '达成' : '未达成'}`);
  }
  for (const d of before.values()) texts.push(`时限“${d.title}”不再归${monthOfLimit(d.dueAt)}`);
  if (!then || !now) return [...texts, then ? '事件不再计入本月' : '事件在月末之后才登记'];
  if (then.dims.caseClass !== now.dims.caseClass) texts.push('级别改变');
  if (then.dims.topic !== now.dims.topic) texts.push(`领域由“${then.dims.topic}”改为“${now.dims.topic}”`);
  if (then.dims.departmentId !== now.dims.departmentId) texts.push('承办单位改变');
  if (then.dims.region !== now.dims.region) texts.push('地区改变');
  if (then.detected && now.detected && then.detected.closed !== now.detected.closed) texts.push(now.detected.closed ? '已办结' : '重新未结');
  if ((then.detected === null) !== (now.detected === null)) texts.push(now.detected ? '恢复为单独事件' : '已并入其他事件');
  if (JSON.stringify(then.acts) !== JSON.stringify(now.acts)) texts.push('补登了月内的行为');
  return texts.length > 0 ? texts : ['发现滞后等标记改变'];
}
