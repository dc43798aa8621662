import { EVIDENCE_NAMES, type CaseBrief, type CaseClass, type EffectFacts, type EvidenceKind, type Trigger } from '@app/domain';
import { row, rows, type Querier } from '@app/storage';

const PUBLIC: readonly EvidenceKind[] = ['release', 'press-conference', 'clarification'];

const STATE_TEXT: Record<string, string> = { met: '按期完成', met_late: '逾期完成', cancelled: '已取消', superseded: '已由新时限取代', suspended: '中止中' };

interface CaseRow {
  code: string;
  title: string;
  summary: string;
  caseClass: CaseClass;
  topic: string;
  placeName: string | null;
  departmentName: string | null;
  supporting: string[];
  state: string;
  detectedAt: Date;
  firstPublicAt: Date | null;
  closedAt: Date | null;
  dead: number | null;
  injured: number | null;
  trigger: Trigger | null;
  startedAt: Date | null;
  number: string | null;
}

function loadCase(on: Querier, id: string): Promise<CaseRow | null> {
  return row<CaseRow>(
    on,
    `select f.code, f.title, f.summary, f.case_class as "caseClass", f.topic, f.place ->> 'name' as "placeName", d.name as "departmentName",
       coalesce((select array_agg(s.name order by s.name) from department s where s.id = any(f.supporting)), '{}') as supporting, f.state,
       f.detected_at as "detectedAt", f.first_public_at as "firstPublicAt", f.closed_at as "closedAt", f.dead, f.injured, f.trigger,
       f.triggered_at as "startedAt", f.matter ->> 'number' as number
     from case_file f left join department d on d.id = f.department_id where f.id = $1`,
    [id],
  );
}

interface ClockRow {
  title: string;
  dueAt: Date;
  targetAt: Date | null;
  state: string;
  metAt: Date | null;
  targetMet: boolean | null;
}

function loadClocks(on: Querier, id: string): Promise<ClockRow[]> {
  return rows<ClockRow>(
    on,
    `select title, due_at as "dueAt", target_at as "targetAt", state, met_at as "metAt", target_met as "targetMet" from clock where case_id = $1 order by due_at, id`,
    [id],
  );
}

interface ResponseRow {
  id: string;
  kind: EvidenceKind;
  title: string;
  happenedAt: Date;
  enteredAt: Date;
  speaker: string | null;
  url: string | null;
}

function loadResponses(on: Querier, id: string): Promise<ResponseRow[]> {
  return rows<ResponseRow>(
    on,
    `select id, kind, title, happened_at as "happenedAt", entered_at as "enteredAt", speaker, url from evidence where case_id = $1 order by happened_at, id`,
    [id],
  );
}

/** Null: there is no such case. */
export async function loadCaseBrief(on: Querier, id: string, now: Date): Promise<CaseBrief | null> {
  const c = await loadCase(on, id);
  if (!c) return null;
  const events = await rows<{ at: Date; summary: string }>(
    on,
    `select at, summary from case_event where case_id = $1 and kind in ('opened', 'level-raised', 'overridden', 'confirmed', 'assigned', 'supported', 'returned',
       'begun', 'evidence', 'rejected', 'merged', 'unmerged', 'split', 'clock-suspended', 'clock-extended', 'outcome', 'reopened') order by id limit 60`,
    [id],
  );
  const [items] = await rows<{ reports: number; sources: number }>(on, `select count(*)::int as reports, count(distinct source_name)::int as sources from item where case_id = $1`, [id]);
  const stateText = (k: ClockRow): string => STATE_TEXT[k.state] ?? (k.dueAt.getTime() <= now.getTime() ? '超期未完成' : '进行中');
  return {
    ...c,
    matter: c.trigger === null ? null : { trigger: c.trigger, startedAt: c.startedAt ?? c.detectedAt, number: c.number },
    ...(items ?? { reports: 0, sources: 0 }),
    events,
    duties: (await loadClocks(on, id)).map((k) => ({ title: k.title, dueAt: k.dueAt, stateText: stateText(k) })),
    responses: (await loadResponses(on, id)).map((r) => ({ kindText: EVIDENCE_NAMES[r.kind], title: r.title, at: r.happenedAt, speaker: r.speaker })),
  };
}

/** What the assessment of the answer is made from; null: there is no such case. */
export async function loadEffectFacts(on: Querier, id: string, now: Date): Promise<EffectFacts | null> {
  const c = await loadCase(on, id);
  if (!c) return null;
  const reports = await rows<{ at: Date; sourceName: string }>(
    on,
    `select case when published_certain and published_at <= fetched_at then published_at else fetched_at end as at, source_name as "sourceName"
     from item where case_id = $1 and not official order by 1`,
    [id],
  );
  const responses = await loadResponses(on, id);
  return {
    ...c,
    reports,
    responses: responses
      .filter((r) => PUBLIC.includes(r.kind))
      .map((r) => ({ id: r.id, kind: r.kind, kindText: EVIDENCE_NAMES[r.kind], title: r.title, at: r.happenedAt, enteredAt: r.enteredAt, speaker: r.speaker, url: r.url })),
    duties: (await loadClocks(on, id)).map((k) => ({ ...k, overdue: k.state === 'open' && k.dueAt.getTime() <= now.getTime() })),
  };
}
