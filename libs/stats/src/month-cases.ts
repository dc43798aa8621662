import { type Bounds, type CaseFacts, factsOf, factsOfMonth, maySee, MonthBook, type Sums, sumsOf, type Viewer } from '@app/domain';
import { rows, type Querier } from '@app/storage';
import { keptOf, type KeptRow, type View } from './fold-store';
import { FrozenRules, loadHistories } from './history-rows';
import { factsAtEnd, type KeptCase } from './kept-case';
import { ofUnit, unitOf } from './month-recount';

const AT_ONCE = 2_000;

/**
 * The kept facts of a month, the newest case first, of the cases that the viewer may see now. A department is told its own
 * part of a case that several units answer: that is read from the events. `take` returns false when it has enough.
 * @returns whether all were seen
 */
export async function eachKept(
  on: Querier,
  view: View,
  month: string,
  asOf: Date,
  viewer: Viewer | undefined,
  take: (facts: CaseFacts) => boolean | void,
): Promise<boolean> {
  const unit = unitOf(viewer);
  const rules = new FrozenRules();
  for (let below: string | null = null; ; ) {
    const part: OwnedRow[] = await rows<OwnedRow>(
      on,
      `select k.case_id as "caseId", k.folded_at as "foldedAt", k.facts, k.frozen, f.department_id as "departmentId", f.supporting,
         f.region, d.region as "departmentRegion"
       from month_case_month m join month_case k using (case_id) join case_file f on f.id = m.case_id
         left join department d on d.id = f.department_id
       where m.month = $1 and ($2::bigint is null or m.case_id < $2) and ($3::text is null or f.department_id = $3 or $3 = any(f.supporting))
       order by m.case_id desc limit ${AT_ONCE}`,
      [month, below, unit],
    );
    const seen = part.filter((r) => viewer === undefined || maySee(viewer, r)).map((r) => ({ row: r, kept: keptOf(r) }));
    const shared = unit === null ? [] : seen.filter(({ row, kept }) => isShared(row, kept, unit)).map(({ row }) => row.caseId);
    const own = new Map((await loadHistories(on, shared, rules)).map((h) => [h.id, factsOfMonth(factsOf(ofUnit(h, unit ?? ''), asOf.getTime()), month)]));
    for (const { row, kept } of seen) {
      const facts = own.has(row.caseId) ? own.get(row.caseId) : view === 'now' ? kept.facts : factsAtEnd(kept, month);
      if (facts && take(facts) === false) return false;
    }
    if (part.length < AT_ONCE) return true;
    below = part.at(-1)?.caseId ?? null;
  }
}

/** Whether another unit has a part in what is kept of the case. */
function isShared(row: OwnedRow, { facts }: KeptCase, unit: string): boolean {
  const foreign = (departmentId: string | null): boolean => departmentId !== null && departmentId !== unit;
  return row.departmentId !== unit || row.supporting.length > 0 || facts.duties.some((d) => foreign(d.departmentId)) || facts.acts.some((a) => foreign(a.departmentId));
}

interface OwnedRow extends KeptRow, Bounds {}

/** The sums of a month for a viewer who does not see everything. */
export async function countFor(on: Querier, view: View, month: string, asOf: Date, viewer: Viewer): Promise<Sums[]> {
  const book = new MonthBook(month);
  await eachKept(on, view, month, asOf, viewer, (facts) => book.add(facts, asOf.getTime()));
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
