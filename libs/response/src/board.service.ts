import { Inject, Injectable } from '@nestjs/common';
import type {
  DepartmentProposal,
  Derivation,
  EvidenceKind,
  WireCase,
  WireCaseSummary,
  WireClock,
  WireEvent,
  WireEvidence,
  WireItem,
} from '@app/domain';
import { beijingIso, maskText } from '@app/domain';
import { SETTINGS, type Settings } from '@app/settings';
import { row, rows } from '@app/storage';
import { DataSource } from 'typeorm';
import { HandedFiles } from './handed-files.service';
import { SourceBook } from './source-book.service';
import { ALERT_COLUMNS, type AlertRow, toWireAlert } from './alert-box.service';
import { CASE_COLUMNS, type CaseTransfer } from './case-row';
import { loadUnits } from './unit-board';
import { CLOCK_COLUMNS, type StoredClock } from './clock-row';
import { loadDeliveries } from './delivery-view';
import type { EvidenceFile } from './evidence-file';
import { heldLabel, type ItemVerdict, VERDICT_OF_ITEM } from './label-book';
import { isoOrNull } from './wire-instant';
import { type SummaryRow, toSummary, toWireClock } from './wire-clock';

const MAX_BOARD = 500;
/** Of a case so many sources are named. */
const MAX_SOURCES = 60;

interface CaseTexts {
  summary: string;
  proposal: DepartmentProposal[];
  transfer: CaseTransfer | null;
  revivedAt: Date | null;
}

/**
 * Of a case `f` its running clocks as one row `n`: how many, how many past their limit (done exactly at the limit is in
 * time), which runs or ran out first, and which is the next to run out.
 */
export const RUNNING_CLOCKS = `left join lateral (
  select count(*)::int as open, count(*) filter (where c.state = 'open' and c.due_at < (select app_now()))::int as overdue,
    min(c.due_at) filter (where c.state = 'open' and c.due_at < (select app_now())) as overdue_since,
    min(c.due_at) filter (where c.state = 'open' and c.due_at >= (select app_now())) as next_at,
    (array_agg(c.id order by (c.state = 'suspended'), c.due_at, c.id))[1] as nearest,
    (array_agg(c.id order by c.due_at, c.id) filter (where c.state = 'open' and c.due_at >= (select app_now())))[1] as next
  from clock c where c.case_id = f.id and c.state in ('open', 'suspended')
) n on true`;

/**
 * An emergency with a running limit leads, late or not: however many ordinary cases are late, it never sinks below them.
 * Then what is late, the gravest and then the oldest first; then what runs out next.
 */
export const BOARD_ORDER = `order by
  case when f.case_class = 'emergency' and coalesce(n.overdue_since, n.next_at) is not null then 0
       when n.overdue_since is not null then 1 else 2 end,
  n.overdue_since is null,
  case when n.overdue_since is null then null else array_position(array['emergency', 'major', 'ordinary'], f.case_class) end,
  coalesce(n.overdue_since, n.next_at) nulls last, f.id desc`;

/** Reads cases for the dashboard. Texts that a person reads are masked (003 任务7). */
@Injectable()
export class Board {
  private readonly channelTitles: ReadonlyMap<string, string>;

  constructor(
    private readonly dataSource: DataSource,
    private readonly sources: SourceBook,
    private readonly files: HandedFiles,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.channelTitles = new Map(settings.channels.channels.map((c) => [c.name, c.title]));
  }

  /** Open cases, at most 500, in `BOARD_ORDER`. */
  loadBoard(): Promise<WireCaseSummary[]> {
    return this.summaries(
      'f.closed_at is null and f.merged_into is null and f.trigger is null',
      BOARD_ORDER,
      [],
    );
  }

  /** Cases by id, in no particular order; unknown ids are left out. */
  loadSummaries(ids: readonly string[]): Promise<WireCaseSummary[]> {
    return ids.length === 0 ? Promise.resolve([]) : this.summaries('f.id = any($1::bigint[])', '', [ids]);
  }

  /** By case the units that had it and left it. */
  async formerUnits(ids: readonly string[]): Promise<Map<string, string[]>> {
    const found = await rows<{ caseId: string; left: string[] }>(
      this.dataSource,
      `select case_id as "caseId", array_agg(distinct department_id) as left from case_unit
       where case_id = any($1::bigint[]) and ended_at is not null group by case_id`,
      [ids],
    );
    return new Map(found.map((f) => [f.caseId, f.left]));
  }

  /** Closed cases, the newest first; `beforeId` pages back. */
  loadClosed(limit = 50, beforeId: string | null = null): Promise<WireCaseSummary[]> {
    return this.summaries(
      'f.closed_at is not null and f.trigger is null and ($1::bigint is null or f.id < $1)',
      `order by f.id desc limit ${Math.min(MAX_BOARD, Math.max(1, Math.trunc(limit)))}`,
      [beforeId],
    );
  }

  /** Everything about one case; null when there is none. */
  async loadCase(id: string): Promise<WireCase | null> {
    if (!isId(id)) return null;
    const [summary] = await this.loadSummaries([id]);
    if (!summary) return null;
    const [clocks, items, events, evidence, alerts, texts] = await Promise.all([
      this.clocks(id),
      this.items(id),
      this.events(id),
      this.evidence(id),
      this.alerts(id),
      row<CaseTexts>(this.dataSource, 'select summary, proposal, transfer, revived_at as "revivedAt" from case_file where id = $1', [id]),
    ]);
    return {
      ...summary,
      summary: maskText(texts?.summary ?? ''),
      proposal: texts?.proposal ?? [],
      units: await loadUnits(this.dataSource, id, clocks),
      transfer: texts?.transfer ? { ...texts.transfer, reason: maskText(texts.transfer.reason) } : null,
      revivedAt: isoOrNull(texts?.revivedAt ?? null),
      clocks: clocks.map((c) => ({ ...toWireClock(c, summary.departmentId), derivation: c.derivation })),
      items,
      events,
      evidence,
      alerts,
    };
  }

  /** One clock with its 期限计算书; null when there is none. */
  async loadClock(id: string): Promise<(WireClock & { derivation: Derivation }) | null> {
    if (!isId(id)) return null;
    const clock = await row<StoredClock & { leadId: string | null }>(
      this.dataSource,
      `select ${CLOCK_COLUMNS}, f.department_id as "leadId" from clock c join case_file f on f.id = c.case_id where c.id = $1`,
      [id],
    );
    return clock ? { ...toWireClock(clock, clock.leadId), derivation: clock.derivation } : null;
  }

  /** The file registered with a response; null when there is none. */
  loadEvidenceFile(caseId: string, evidenceId: string): Promise<EvidenceFile | null> {
    return row<EvidenceFile>(
      this.dataSource,
      `select file_name as name, file_bytes as bytes from evidence
       where id = $1 and (case_id = $2 or case_id in (select id from case_file where merged_into = $2))
         and file_name is not null and file_bytes is not null`,
      [evidenceId, caseId],
    );
  }

  private async summaries(where: string, order: string, params: unknown[]): Promise<WireCaseSummary[]> {
    const found = await rows<SummaryRow>(
      this.dataSource,
      `select ${CASE_COLUMNS}, p.name as "departmentName", p.region as "departmentRegion", n.nearest as "nearestId", n.next as "nextId", n.open as "openClocks", n.overdue as "overdueClocks",
         array(select distinct i.source_name from item i where i.case_id = f.id order by 1 limit ${MAX_SOURCES}) as sources
       from case_file f left join department p on p.id = f.department_id ${RUNNING_CLOCKS}
       where ${where} ${order} ${order.includes('limit') ? '' : `limit ${MAX_BOARD}`}`,
      params,
    );
    const clocks = await rows<StoredClock>(
      this.dataSource,
      `select ${CLOCK_COLUMNS} from clock c where c.id = any($1::bigint[])`,
      [found.flatMap((f) => [f.nearestId, f.nextId].filter((id) => id !== null))],
    );
    const byId = new Map(clocks.map((c) => [c.id, c]));
    const clockOf = (f: SummaryRow, id: string | null): WireClock | null => {
      const clock = id === null ? undefined : byId.get(id);
      return clock ? toWireClock(clock, f.departmentId) : null;
    };
    return found.map((f) => toSummary(f, clockOf(f, f.nearestId), clockOf(f, f.nextId)));
  }

  private clocks(caseId: string): Promise<StoredClock[]> {
    return rows<StoredClock>(
      this.dataSource,
      `select ${CLOCK_COLUMNS} from clock c where c.case_id = $1 order by c.due_at, c.id`,
      [caseId],
    );
  }

  private async items(caseId: string): Promise<WireItem[]> {
    const found = await rows<
      Omit<WireItem, 'publishedAt' | 'fetchedAt' | 'sourceTitle'> & { publishedAt: Date | null; fetchedAt: Date; verdict: ItemVerdict | null }
    >(
      this.dataSource,
      `select i.id, source_name as "sourceName", url, title, text, published_at as "publishedAt",
         published_certain as "publishedCertain", fetched_at as "fetchedAt", label, classifier_version as "classifierVersion",
         case_id as "caseId", official, demo, place, same_as as "sameAs", v.verdict
       from item i ${VERDICT_OF_ITEM} where case_id = $1 order by fetched_at desc, i.id desc limit 200`,
      [caseId],
    );
    const files = await this.files.ofCase(caseId);
    return found.map(({ verdict, ...i }) => ({
      ...i,
      files: files.get(i.id) ?? [],
      label: heldLabel(i.label, verdict),
      sourceTitle: this.sources.titleOf(i.sourceName) ?? i.sourceName,
      title: maskText(i.title),
      text: maskText(i.text),
      publishedAt: isoOrNull(i.publishedAt),
      fetchedAt: beijingIso(i.fetchedAt),
    }));
  }

  private async events(caseId: string): Promise<WireEvent[]> {
    const found = await rows<Omit<WireEvent, 'at' | 'recordedAt'> & { at: Date; recordedAt: Date }>(
      this.dataSource,
      `select id, kind, at, recorded_at as "recordedAt", actor, summary, data from case_event where case_id = $1 order by id desc limit 1000`,
      [caseId],
    );
    return found.map((e) => ({
      ...e,
      summary: maskText(e.summary),
      data: masked(e.data),
      at: beijingIso(e.at),
      recordedAt: beijingIso(e.recordedAt),
    }));
  }

  private async evidence(caseId: string): Promise<WireEvidence[]> {
    const found = await rows<
      Omit<WireEvidence, 'happenedAt' | 'enteredAt'> & { kind: EvidenceKind; happenedAt: Date; enteredAt: Date }
    >(
      this.dataSource,
      `select e.id, e.kind, e.title, e.url, e.note, e.happened_at as "happenedAt", e.entered_at as "enteredAt",
         e.entered_by as "enteredBy", e.approved_by as "approvedBy", e.speaker, e.speaker_office as "speakerOffice",
         d.name as "departmentName", e.draft_id is not null as reviewed, e.content_hash as "contentHash",
         case when e.file_name is not null then jsonb_build_object('name', e.file_name, 'bytes', octet_length(e.file_bytes)) end as file,
         exists (select 1 from case_event v where v.case_id = e.case_id and v.kind in ('clock-met', 'clock-met-late')
                 and v.data ->> 'evidenceId' = e.id::text and (v.data ->> 'lateEntry')::boolean) as "lateEntry"
       from evidence e left join department d on d.id = e.department_id
       where e.case_id = $1 or e.case_id in (select id from case_file where merged_into = $1) order by e.happened_at, e.id`,
      [caseId],
    );
    return found.map((e) => ({
      ...e,
      title: maskText(e.title),
      note: maskText(e.note),
      happenedAt: beijingIso(e.happenedAt),
      enteredAt: beijingIso(e.enteredAt),
    }));
  }

  private async alerts(caseId: string): Promise<WireCase['alerts']> {
    const found = await rows<AlertRow>(
      this.dataSource,
      `select ${ALERT_COLUMNS}, null as seq, null as "deliveredAt", null as "readAt" from alert a where a.case_id = $1
       order by a.id desc limit 200`,
      [caseId],
    );
    const deliveries = await loadDeliveries(this.dataSource, found.map((a) => a.id), this.channelTitles);
    return found.map((a) => ({ ...toWireAlert(a), deliveries: deliveries.get(a.id) ?? [] }));
  }
}

/** Fields of an event that a person has written. */
const WRITTEN = ['reason', 'note', 'basis', 'reply', 'comment', 'outcome'];

function masked(data: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, WRITTEN.includes(key) && typeof value === 'string' ? maskText(value) : value]),
  );
}

function isId(id: string): boolean {
  return /^[1-9]\d{0,17}$/.test(id);
}
