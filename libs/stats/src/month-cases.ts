import { type Bounds, type CaseFacts, maySee, MonthBook, type Sums, sumsOf, type Viewer } from '@app/domain';
import { row, rows, type Querier } from '@app/storage';
import { keptOf, type KeptRow, loadSums, type View } from './fold-store';
import { factsAtEnd, scopeOfUnit } from './kept-case';
import { unitOf } from './month-recount';

/** Cases read in one statement: all of them, or those that the words of `Sought` leave. */
const AT_ONCE = 2_000;
const SOUGHT_AT_ONCE = 40_000;

/** What the kept text of a case must hold to be worth reading: every one of `all`, and one of `any` where there are some. */
export interface Sought {
  all: string[];
  any: string[];
}
const EVERYTHING: Sought = { all: [], any: [] };

/**
 * The kept facts of a month, the newest case first, of the cases that the viewer may see now. A department is told its own
 * part of a case that several units answer. `take` returns false when it has enough.
 * @param below only cases with a lower id
 * @param sought leaves out cases before they are read; those that stand otherwise at the month's end are always read
 * @returns whether all were seen
 */
export async function eachKept(
  on: Querier,
  {
    view,
    month,
    viewer,
    sought = EVERYTHING,
    below: start = null,
  }: { view: View; month: string; viewer: Viewer | undefined; sought?: Sought; below?: string | null },
  take: (facts: CaseFacts) => boolean | void,
): Promise<boolean> {
  const unit = unitOf(viewer);
  const scope = unit === null ? null : scopeOfUnit(unit);
  const atOnce = sought.all.length + sought.any.length > 0 ? SOUGHT_AT_ONCE : AT_ONCE;
  for (let below = start; ;) {
    const next: Span = await nextSpan(on, { month, below, scope, atOnce });
    if (next.from === null) return true;
    const part = await rows<OwnedRow>(on, scope === null ? OF_ALL : OF_SCOPE, [
      ...[month, next.from, below, sought.all.map(holding), sought.any.map(holding)],
      ...(scope === null ? [] : [scope]),
    ]);
    for (const r of part) {
      // Who is bound to a department sees the cases of its scope, and no others are read.
      if (scope === null && viewer !== undefined && !maySee(viewer, r)) continue;
      const kept = keptOf(r);
      const facts = view === 'now' ? kept.facts : factsAtEnd(kept, month);
      if (facts && take(facts) === false) return false;
    }
    if (next.n < atOnce) return true;
    below = next.from;
  }
}

/** $1 month, $2 from this id, $3 below that one, $4 and $5 what the facts must hold. */
const HOLDING = (facts: string, frozen: string): string =>
  `(${frozen} is not null or (${facts} like all($4::text[]) and (cardinality($5::text[]) = 0 or ${facts} like any($5::text[]))))`;
const OF_ALL = `
  select k.case_id as "caseId", k.folded_at as "foldedAt", k.facts, k.frozen, f.department_id as "departmentId", f.supporting,
    f.region, d.region as "departmentRegion"
  from month_case_month m join month_case k on k.case_id = m.case_id and k.case_id >= $2 and ($3::bigint is null or k.case_id < $3)
    join case_file f on f.id = m.case_id left join department d on d.id = f.department_id
  where m.month = $1 and m.case_id >= $2 and ($3::bigint is null or m.case_id < $3) and ${HOLDING('k.facts', 'k.frozen')}
  order by m.case_id desc`;
/** $6 the scope. */
const OF_SCOPE = `
  select k.case_id as "caseId", k.folded_at as "foldedAt", coalesce(p.facts, k.facts) as facts, case when p.facts is null then k.frozen else p.frozen end as frozen
  from month_part p join month_case_month m on m.month = $1 and m.case_id = p.case_id join month_case k on k.case_id = p.case_id
  where p.scope = $6 and p.case_id >= $2 and ($3::bigint is null or p.case_id < $3) and ${HOLDING('coalesce(p.facts, k.facts)', '(case when p.facts is null then k.frozen else p.frozen end)')}
  order by p.case_id desc`;

interface Span {
  /** null: there are no more. */
  from: string | null;
  n: number;
}

/** The next `atOnce` cases of the month below an id, as the span of their ids: the statement that reads them has no more to sort. */
async function nextSpan(
  on: Querier,
  { month, below, scope, atOnce }: { month: string; below: string | null; scope: string | null; atOnce: number },
): Promise<Span> {
  const found = await row<Span>(
    on,
    `select min(case_id) as "from", count(*)::int as n from (
       select case_id from month_case_month m where month = $1 and ($2::bigint is null or case_id < $2)
         and ($3::text is null or exists (select from month_part p where p.scope = $3 and p.case_id = m.case_id))
       order by case_id desc limit $4) m`,
    [month, below, scope, atOnce],
  );
  return found ?? { from: null, n: 0 };
}

/** A pattern of LIKE. */
const holding = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`;

interface OwnedRow extends KeptRow, Bounds {}

/** The sums of a month for a viewer who does not see everything: those of the department, or counted from what the region's cases bring. */
export async function countFor(on: Querier, view: View, month: string, asOf: Date, viewer: Viewer): Promise<Sums[]> {
  const unit = unitOf(viewer);
  if (unit !== null) return loadSums(on, view, month, scopeOfUnit(unit));
  const book = new MonthBook(month);
  await eachKept(on, { view, month, viewer }, (facts) => book.add(facts, asOf.getTime()));
  return book.list().map(sumsOf);
}

/** Cases whose facts of the month are otherwise now than at its end. */
export async function eachChanged(
  on: Querier,
  month: string,
  viewer: Viewer | undefined,
  take: (then: CaseFacts | null, now: CaseFacts) => void,
): Promise<void> {
  const found = await rows<OwnedRow>(
    on,
    `select k.case_id as "caseId", k.folded_at as "foldedAt", k.facts, k.frozen, f.department_id as "departmentId", f.supporting, f.region, d.region as "departmentRegion"
     from month_case_month m join month_case k using (case_id) join case_file f on f.id = m.case_id left join department d on d.id = f.department_id
     where m.month = $1 and k.frozen is not null order by m.case_id desc limit 20000`,
    [month],
  );
  for (const r of found) {
    if (viewer !== undefined && !maySee(viewer, r)) continue;
    const kept = keptOf(r);
    if (month in kept.frozen) take(kept.frozen[month] ?? null, kept.facts);
  }
}
