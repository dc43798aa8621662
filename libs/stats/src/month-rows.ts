import { boundToDepartment, type Bounds, maySee, type MonthCase, type MonthClock, type MonthEvent, type MonthEvidence, type MonthRows, type Viewer } from '@app/domain';
import { rows, type Querier } from '@app/storage';

/** Kinds of case_event that the fold reads. */
const KINDS = [
  ...['opened', 'level-raised', 'overridden', 'assigned', 'supported', 'returned', 'rejected', 'reopened', 'handed-over', 'outcome', 'evidence'],
  ...['clock-started', 'clock-suspended', 'clock-resumed', 'clock-extended', 'clock-reprojected'],
  ...['clock-met', 'clock-met-late', 'clock-cancelled', 'clock-superseded', 'interval-missed'],
];

/**
 * The cases that a month can speak of: detected in it, with a limit in it (or one that was ever moved), or with an
 * act or a record in it. The fold leaves out what does not belong.
 */
const CASES_OF_MONTH = `
  select id from case_file where detected_at >= $1 and detected_at < $2
  union select case_id from clock where (due_at > $1 and due_at <= $2) or (created_at >= $1 and created_at < $2) or revision > 0
  union select case_id from evidence where happened_at >= $1 and happened_at < $2
  union select case_id from case_event where recorded_at >= $1 and recorded_at < $2
    and kind in ('overridden', 'clock-met', 'interval-missed')`;

/**
 * Reads what was recorded up to `asOf` of the cases that the span can speak of; for a viewer only of those that are in
 * the own region and led or supported by the own department now, as on the board.
 */
export async function loadMonthRows(on: Querier, from: Date, to: Date, asOf: Date, viewer?: Viewer): Promise<MonthRows> {
  const found = await rows<Bounds & { id: string }>(
    on,
    `select f.id, f.department_id as "departmentId", f.supporting, f.region, d.region as "departmentRegion"
     from case_file f left join department d on d.id = f.department_id where f.id in (${CASES_OF_MONTH})`,
    [from, to],
  );
  const ids = found.filter((f) => viewer === undefined || maySee(viewer, f)).map((f) => f.id);
  // Of a case that several units answer, a department is told its own duties and acts alone.
  const unit = viewer !== undefined && boundToDepartment(viewer.role) ? viewer.departmentId : null;
  // One after the other: a transaction has one connection.
  const cases = await loadCases(on, ids, asOf);
  const clocks = await rows<MonthClock>(
    on,
    `select id, case_id as "caseId", duty, title, created_at as "recordedAt", due_at as "dueAt",
       target_at as "targetAt", provisional
       , department_id as "departmentId"
     from clock where case_id = any($1::bigint[]) and created_at <= $2
       and ($3::text is null or coalesce(department_id, (select f.department_id from case_file f where f.id = case_id)) = $3)
     order by id`,
    [ids, asOf, unit],
  );
  const events = await rows<MonthEvent>(
    on,
    `select case_id as "caseId", clock_id as "clockId", kind, at, recorded_at as "recordedAt", data
     from case_event where case_id = any($1::bigint[]) and recorded_at <= $2 and kind = any($3) order by id`,
    [ids, asOf, KINDS],
  );
  const evidence = await rows<MonthEvidence>(
    on,
    `select case_id as "caseId", kind, happened_at as "happenedAt", entered_at as "enteredAt", department_id as "departmentId"
     from evidence where case_id = any($1::bigint[]) and entered_at <= $2
       and ($3::text is null or coalesce(department_id, (select f.department_id from case_file f where f.id = case_id)) = $3)
     order by id`,
    [ids, asOf, unit],
  );
  return { cases, clocks, events, evidence };
}

/** Whether the case had been merged into another by the cut-off ($2); what was merged afterwards still counted then. */
const MERGED_THEN = `coalesce((select v.kind = 'merged' from case_event v where v.case_id = f.id and v.kind in ('merged', 'unmerged')
  and v.data ->> 'mergedId' = f.id::text and v.recorded_at <= $2 order by v.id desc limit 1), false)`;

/** The source is that of the first report; the shortest term is that of the duties which a document numbers. */
function loadCases(on: Querier, ids: string[], asOf: Date): Promise<MonthCase[]> {
  return rows<Omit<MonthCase, 'published'> & { published: { at: string; fetchedAt: string }[] | null }>(
    on,
    `select f.id, f.detected_at as "detectedAt", f.opened_at as "recordedAt", f.department_id as "departmentId", f.demo,
       coalesce(
         (select i.source_name from case_event v join item i on i.id = (v.data ->> 'itemId')::bigint
          where v.case_id = f.id and v.kind = 'opened' order by v.id limit 1),
         (select i.source_name from item i where i.case_id = f.id order by i.fetched_at, i.id limit 1), '') as "sourceName",
       (select jsonb_agg(jsonb_build_object('at', i.published_at, 'fetchedAt', i.fetched_at)) from item i
        where i.case_id = f.id and i.published_certain and i.published_at <= i.fetched_at and i.fetched_at <= $2) as published,
       (select min(extract(epoch from (c.due_at - c.anchor_at)) * 1000 / 4)::float8 from clock c
        where c.case_id = f.id and c.created_at <= $2 and c.anchor_kind = 'detected'
          and c.rule ->> 'legalEffect' <> 'local') as "lateAfterMs"
     from case_file f where f.id = any($1::bigint[]) and f.opened_at <= $2 and not ${MERGED_THEN} order by f.id`,
    [ids, asOf],
  ).then((list) =>
    list.map((c) => ({
      ...c,
      published: (c.published ?? []).map((p) => ({ at: new Date(p.at), fetchedAt: new Date(p.fetchedAt) })),
    })),
  );
}

/** Department names by id. */
export async function loadDepartmentNames(on: Querier): Promise<Record<string, string>> {
  const list = await rows<{ id: string; name: string }>(on, 'select id, name from department');
  return Object.fromEntries(list.map((d) => [d.id, d.name]));
}
