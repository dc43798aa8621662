import type { CaseClass, PeriodCase, PeriodDuty, PeriodFigures } from '@app/domain';
import { rows, type Querier } from '@app/storage';

/** Cases and duties that are listed one by one. */
const MOST = 200;

/** What a day or a week brought, read from the tables as they stand. Matters of the second ring are not 舆情. */
export async function loadPeriod(on: Querier, from: Date, to: Date, madeAt: Date): Promise<PeriodFigures> {
  const detected = await rows<PeriodCase>(
    on,
    `select f.code, f.title, f.case_class as "caseClass", f.topic, d.name as "departmentName", f.state, f.detected_at as "detectedAt"
     from case_file f left join department d on d.id = f.department_id
     where f.detected_at >= $1 and f.detected_at < $2 and f.trigger is null and f.merged_into is null
     order by array_position(array['emergency', 'major', 'ordinary'], f.case_class), f.detected_at limit ${MOST}`,
    [from, to],
  );
  const next = new Date(madeAt.getTime() + (to.getTime() - from.getTime()));
  return {
    ...{ from, to, madeAt, detected },
    counts: await loadCounts(on, from, to),
    overdue: await loadDuties(on, `c.due_at <= $1 and c.state = 'open'`, [madeAt]),
    next: await loadDuties(on, `c.due_at > $1 and c.due_at <= $2 and c.state = 'open'`, [madeAt, next]),
  };
}

async function loadCounts(on: Querier, from: Date, to: Date): Promise<PeriodFigures['counts']> {
  const [cases] = await rows<Record<CaseClass | 'detected', number>>(
    on,
    `select count(*)::int as detected, count(*) filter (where case_class = 'ordinary')::int as ordinary,
       count(*) filter (where case_class = 'major')::int as major, count(*) filter (where case_class = 'emergency')::int as emergency
     from case_file where detected_at >= $1 and detected_at < $2 and trigger is null and merged_into is null`,
    [from, to],
  );
  const [ended] = await rows<{ closed: number; rejected: number; responses: number }>(
    on,
    `select (select count(*) from case_file where closed_at >= $1 and closed_at < $2 and trigger is null and merged_into is null and state <> '不予受理')::int as closed,
       (select count(*) from case_event where recorded_at >= $1 and recorded_at < $2 and kind = 'rejected')::int as rejected,
       (select count(*) from evidence where happened_at >= $1 and happened_at < $2 and kind in ('release', 'press-conference', 'clarification'))::int as responses`,
    [from, to],
  );
  const [duties] = await rows<{ due: number; metOnTime: number; metLate: number; overdue: number }>(
    on,
    `select count(*)::int as due, count(*) filter (where c.state = 'met')::int as "metOnTime", count(*) filter (where c.state = 'met_late')::int as "metLate",
       count(*) filter (where c.state = 'open')::int as overdue
     from clock c join case_file f on f.id = c.case_id where c.due_at > $1 and c.due_at <= $2 and f.trigger is null`,
    [from, to],
  );
  const none = { detected: 0, ordinary: 0, major: 0, emergency: 0 };
  const { detected, ...byClass } = cases ?? none;
  return { detected, byClass, ...(ended ?? { closed: 0, rejected: 0, responses: 0 }), ...(duties ?? { due: 0, metOnTime: 0, metLate: 0, overdue: 0 }) };
}

function loadDuties(on: Querier, which: string, params: Date[]): Promise<PeriodDuty[]> {
  return rows<PeriodDuty>(
    on,
    `select f.code as "caseCode", f.title as "caseTitle", c.title, d.name as "departmentName", c.due_at as "dueAt"
     from clock c join case_file f on f.id = c.case_id left join department d on d.id = coalesce(c.department_id, f.department_id)
     where ${which} and f.trigger is null and f.closed_at is null order by c.due_at limit ${MOST}`,
    params,
  );
}
