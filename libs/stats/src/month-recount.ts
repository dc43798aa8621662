import {
  boundToDepartment,
  type Bounds,
  type CaseFacts,
  type CaseHistory,
  type Cell,
  factsOf,
  factsOfMonth,
  maySee,
  MonthBook,
  monthSpan,
  type Viewer,
} from '@app/domain';
import { rows, type Querier } from '@app/storage';
import { CASES_AT_ONCE, FrozenRules, loadHistories } from './history-rows';
import { ofUnit } from './kept-case';

/** Statements under way at once: while one part is folded the next is read. */
const PARALLEL = 2;

/**
 * The cases that a month can speak of: detected in it, with a limit in it (or one that was ever moved), or with an act or
 * a record in it. The fold leaves out what does not belong.
 */
const CASES_OF_MONTH = `
  select id from case_file where detected_at >= $1 and detected_at < $2
  union select case_id from clock where (due_at > $1 and due_at <= $2) or (created_at >= $1 and created_at < $2) or revision > 0
  union select case_id from evidence where happened_at >= $1 and happened_at < $2
  union select case_id from case_event where recorded_at >= $1 and recorded_at < $2
    and kind in ('reopened', 'overridden', 'level-raised', 'rejected', 'merged', 'unmerged', 'clock-met', 'interval-missed')`;

/** Ids of the cases that the month can speak of, and that the viewer may see now, as on the board. In order. */
async function casesOf(on: Querier, month: string, viewer?: Viewer): Promise<string[]> {
  const { from, to } = monthSpan(month);
  if (viewer === undefined) {
    // As one text: a million rows cost more than finding them.
    const [all] = await rows<{ ids: string | null }>(
      on,
      `select string_agg(id::text, ',' order by id) as ids from (${CASES_OF_MONTH}) f`,
      [from, to],
    );
    return all?.ids?.split(',') ?? [];
  }
  const found = await rows<Bounds & { id: string }>(
    on,
    `select f.id, f.department_id as "departmentId", f.supporting, f.region, d.region as "departmentRegion"
     from case_file f left join department d on d.id = f.department_id where f.id in (${CASES_OF_MONTH}) order by f.id`,
    [from, to],
  );
  return found.filter((f) => maySee(viewer, f)).map((f) => f.id);
}

/**
 * Goes through the facts of a month as of any instant, read anew from the events: nothing of the kept sums is used.
 * Memory stays flat, whatever the number of cases.
 */
export async function eachCase(
  on: Querier,
  month: string,
  asOf: Date,
  viewer: Viewer | undefined,
  take: (facts: CaseFacts) => void,
): Promise<void> {
  const ids = await casesOf(on, month, viewer);
  const rules = new FrozenRules();
  const unit = unitOf(viewer);
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < ids.length) {
      const part = ids.slice(next, (next += CASES_AT_ONCE));
      for (const history of await loadHistories(on, part, rules)) {
        const facts = factsInMonth(history, month, asOf, unit);
        if (facts) take(facts);
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, lane));
}

/**
 * The same from the newest case down, until `take` has enough (false).
 * @param below only cases with a lower id
 * @returns whether all were seen
 */
export async function eachCaseDown(
  on: Querier,
  { month, asOf, viewer, below }: { month: string; asOf: Date; viewer: Viewer | undefined; below: string | null },
  take: (facts: CaseFacts) => boolean,
): Promise<boolean> {
  const ids = (await casesOf(on, month, viewer)).filter((id) => below === null || Number(id) < Number(below)).reverse();
  const rules = new FrozenRules();
  for (let i = 0; i < ids.length; i += CASES_AT_ONCE) {
    const histories = await loadHistories(on, ids.slice(i, i + CASES_AT_ONCE), rules);
    for (const history of histories.sort((a, b) => Number(b.id) - Number(a.id))) {
      const facts = factsInMonth(history, month, asOf, unitOf(viewer));
      if (facts && !take(facts)) return false;
    }
  }
  return true;
}

/** @param unit whose part alone is told; null: all of it */
function factsInMonth(history: CaseHistory, month: string, asOf: Date, unit: string | null): CaseFacts | null {
  return factsOfMonth(factsOf(unit === null ? history : ofUnit(history, unit), asOf.getTime()), month);
}

/** The unit whose own duties and acts alone are told; null: those of all units. */
export function unitOf(viewer: Viewer | undefined): string | null {
  return viewer !== undefined && boundToDepartment(viewer.role) ? (viewer.departmentId ?? '') : null;
}

/** The sums of a month as of any instant, counted from the beginning. */
export async function recount(on: Querier, month: string, asOf: Date, viewer?: Viewer): Promise<Cell[]> {
  const book = new MonthBook(month);
  await eachCase(on, month, asOf, viewer, (facts) => book.add(facts, asOf.getTime()));
  return book.list();
}
