import { type Bounds, type CaseFacts, factsOf, factsOfMonth, maySee, MonthBook, type Sums, sumsOf, type Viewer } from '@app/domain';
import { row, rows, type Querier } from '@app/storage';
import { keptOf, type KeptRow, type View } from './fold-store';
import { FrozenRules, loadHistories } from './history-rows';
import { factsAtEnd, type KeptCase } from './kept-case';
import { ofUnit, unitOf } from './month-recount';

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
 * part of a case that several units answer: that is read from the events. `take` returns false when it has enough.
 * @param sought leaves out cases before they are read; those that stand otherwise at the month's end are always read
 * @returns whether all were seen
 */
export async function eachKept(
  on: Querier,
  { view, month, asOf, viewer, sought = EVERYTHING }: { view: View; month: string; asOf: Date; viewer: Viewer | undefined; sought?: Sought },
  take: (facts: CaseFacts) => boolean | void,
): Promise<boolean> {
  const unit = unitOf(viewer);
  const rules = new FrozenRules();
  const atOnce = sought.all.length + sought.any.length > 0 ? SOUGHT_AT_ONCE : AT_ONCE;
  for (let below: string | null = null; ; ) {
    const next: Span = await nextSpan(on, { month, below, unit, atOnce });
    if (next.from === null) return true;
    const part = await rows<OwnedRow>(
      on,
      `select k.case_id as "caseId", k.folded_at as "foldedAt", k.facts, k.frozen, f.department_id as "departmentId", f.supporting,
         f.region, d.region as "departmentRegion"
       from month_case_month m join month_case k on k.case_id = m.case_id and k.case_id >= $2 and ($3::bigint is null or k.case_id < $3)
         join case_file f on f.id = m.case_id left join department d on d.id = f.department_id
       where m.month = $1 and m.case_id >= $2 and ($3::bigint is null or m.case_id < $3) and ($4::text is null or f.department_id = $4 or $4 = any(f.supporting))
         and (k.frozen is not null or (k.facts like all($5::text[]) and (cardinality($6::text[]) = 0 or k.facts like any($6::text[]))))
       order by m.case_id desc`,
      [month, next.from, below, unit, sought.all.map(holding), sought.any.map(holding)],
    );
    const seen = part.filter((r) => viewer === undefined || maySee(viewer, r)).map((r) => ({ row: r, kept: keptOf(r) }));
    const shared = unit === null ? [] : seen.filter((s) => isShared(s.row, s.kept, unit)).map((s) => s.row.caseId);
    const own = new Map((await loadHistories(on, shared, rules)).map((h) => [h.id, factsOfMonth(factsOf(ofUnit(h, unit ?? ''), asOf.getTime()), month)]));
    for (const { row: r, kept } of seen) {
      const facts = own.has(r.caseId) ? own.get(r.caseId) : view === 'now' ? kept.facts : factsAtEnd(kept, month);
      if (facts && take(facts) === false) return false;
    }
    if (next.n < atOnce) return true;
    below = next.from;
  }
}

interface Span {
  /** null: there are no more. */
  from: string | null;
  n: number;
}

/** The next `atOnce` cases of the month below an id, as the span of their ids: the statement that reads them has no more to sort. */
async function nextSpan(on: Querier, { month, below, unit, atOnce }: { month: string; below: string | null; unit: string | null; atOnce: number }): Promise<Span> {
  const found = await row<Span>(
    on,
    `select min(case_id) as "from", count(*)::int as n from (
       select case_id from month_case_month m where month = $1 and ($2::bigint is null or case_id < $2)
         and ($3::text is null or exists (select from case_file f where f.id = m.case_id and (f.department_id = $3 or $3 = any(f.supporting))))
       order by case_id desc limit $4) m`,
    [month, below, unit, atOnce],
  );
  return found ?? { from: null, n: 0 };
}

/** A pattern of LIKE. */
const holding = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`;

/** Whether another unit has a part in what is kept of the case. */
function isShared(row: OwnedRow, { facts }: KeptCase, unit: string): boolean {
  const foreign = (departmentId: string | null): boolean => departmentId !== null && departmentId !== unit;
  return row.departmentId !== unit || row.supporting.length > 0 || facts.duties.some((d) => foreign(d.departmentId)) || facts.acts.some((a) => foreign(a.departmentId));
}

interface OwnedRow extends KeptRow, Bounds {}

/** The sums of a month for a viewer who does not see everything. */
export async function countFor(on: Querier, view: View, month: string, asOf: Date, viewer: Viewer): Promise<Sums[]> {
  const book = new MonthBook(month);
  await eachKept(on, { view, month, asOf, viewer }, (facts) => book.add(facts, asOf.getTime()));
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
