import { Injectable } from '@nestjs/common';
import {
  boundToDepartment,
  type CaseFacts,
  isWhole,
  type MonthFigure,
  monthPlus,
  monthSpan,
  type MonthTotals,
  reportOf,
  type Sums,
  sumsOf,
  timesBehind,
  type Viewer,
  type WireMonth,
  type WireMonthCompared,
} from '@app/domain';
import { readNow } from '@app/storage';
import { DataSource } from 'typeorm';
import { loadFoldedTo, loadSums, type View } from './fold-store';
import { wordsBehind } from './fact-code';
import { countFor, eachKept } from './month-cases';
import { MonthFold } from './month-fold.service';
import { MonthNameBook } from './month-names';
import { eachCaseDown, recount } from './month-recount';

/** How long a reader waits for the sums to catch up; beyond it the month is counted from the events. */
const CATCH_UP_MS = 800;
/** Cases listed behind a figure at once; the rest follows, page by page. */
export const MOST_BEHIND = 500;
/** After so long it is enough to have a full list: how many more there are is not counted. */
const COUNT_WITHIN_MS = 1_500;

export interface Behind {
  /** The newest first, at most MOST_BEHIND. */
  ids: string[];
  /** null: more than are listed; how many was not counted. */
  total: number | null;
  /** How many duties or acts of these cases the figure counts, or the cases themselves; null as `total`. */
  amount: number | null;
  /** Where the next page begins: the cases with a lower id; null: there are no more. */
  next: string | null;
}

/** The figures of the months. Other tables are only read. */
@Injectable()
export class StatsService {
  private readonly names = new MonthNameBook();

  constructor(
    private readonly dataSource: DataSource,
    private readonly fold: MonthFold,
  ) {}

  /**
   * The report of a month as of a cut-off; the same figures whenever it is asked for. Default cut-off: the end of
   * the month, or now while it still runs; a later one also counts what was entered afterwards.
   * @param month YYYY-MM, Beijing
   * @param viewer whose region and department bound what is counted; default: everything
   * @throws RangeError for another form
   */
  async loadMonth(month: string, asOf?: Date, viewer?: Viewer): Promise<WireMonth> {
    const look = await this.lookAt(month, asOf);
    const { cells, at } = await this.cellsOf(month, look, bounded(viewer));
    return reportOf(cells, month, at, await this.names.load(this.dataSource, cells));
  }

  /** The same, beside the month before and the same month of the year before, each as of its own end. */
  async loadCompared(month: string, asOf?: Date, viewer?: Viewer): Promise<WireMonthCompared> {
    const own = await this.loadMonth(month, asOf, viewer);
    const [before, yearBefore] = [
      await this.totals(monthPlus(month, -1), viewer),
      await this.totals(monthPlus(month, -12), viewer),
    ];
    return { ...own, before, yearBefore };
  }

  /** Counted from the events, whatever is kept: for proof. */
  async recountMonth(month: string, asOf: Date, viewer?: Viewer): Promise<WireMonth> {
    const cells = (await recount(this.dataSource, month, asOf, bounded(viewer))).map(sumsOf);
    return reportOf(cells, month, asOf, await this.names.load(this.dataSource, cells));
  }

  /**
   * The cases behind a figure of that report, the newest first.
   * @param below the next page: only cases with a lower id, not counted again
   */
  async casesBehind(
    month: string,
    figure: MonthFigure,
    asOf?: Date,
    viewer?: Viewer,
    below: string | null = null,
  ): Promise<Behind> {
    const look = await this.lookAt(month, asOf);
    const at = look.asOf.getTime();
    const started = performance.now();
    const ids: string[] = [];
    let [total, amount] = [0, 0];
    // One more than a page holds tells that there is another one.
    const enough = (): boolean =>
      ids.length > MOST_BEHIND && (below !== null || performance.now() - started > COUNT_WITHIN_MS);
    const take = (facts: CaseFacts): boolean => {
      const times = timesBehind(facts, month, at, figure);
      if (times === 0) return true;
      total++;
      amount += times;
      if (ids.length <= MOST_BEHIND) ids.push(facts.caseId);
      return !enough();
    };
    const from = { month, asOf: look.asOf, viewer: bounded(viewer), below };
    const all =
      look.view === null
        ? await eachCaseDown(this.dataSource, from, take)
        : await eachKept(this.dataSource, { ...from, view: look.view, sought: wordsBehind(figure) }, take);
    const next = ids.length > MOST_BEHIND ? (ids[MOST_BEHIND - 1] ?? null) : null;
    ids.splice(MOST_BEHIND);
    return all && below === null ? { ids, total, amount, next } : { ids, total: null, amount: null, next };
  }

  /** Only the totals; null for a month without anything. */
  private async totals(month: string, viewer?: Viewer): Promise<MonthTotals | null> {
    const {
      apart: _a,
      byDuty: _d,
      byLevel: _l,
      byTopic: _t,
      byDepartment: _o,
      byRegion: _r,
      bySource: _s,
      byMatter: _m,
      ...totals
    } = await this.loadMonth(month, undefined, viewer);
    const nothing = totals.cases.total === 0 && totals.duties.due === 0 && totals.started === 0;
    return nothing ? null : totals;
  }

  /** Which of the kept sums answer for the cut-off; view null: none does. A cut-off that has not come is now. */
  private async lookAt(month: string, wanted?: Date): Promise<Look> {
    const { to } = monthSpan(month);
    const { complete, foldedTo } = await this.fold.catchUp(CATCH_UP_MS);
    const now = complete && foldedTo ? foldedTo : await readNow(this.dataSource);
    const ended = to.getTime() <= now.getTime();
    const asOf = wanted ?? (ended ? to : now);
    if (asOf.getTime() > now.getTime()) return { view: complete ? 'now' : null, asOf: now };
    if (!complete) return { view: null, asOf };
    if (asOf.getTime() === now.getTime()) return { view: 'now', asOf };
    return { view: ended && asOf.getTime() === to.getTime() ? 'end' : null, asOf };
  }

  private async cellsOf(month: string, { view, asOf }: Look, viewer?: Viewer): Promise<{ cells: Sums[]; at: Date }> {
    if (view === null) return { cells: (await recount(this.dataSource, month, asOf, viewer)).map(sumsOf), at: asOf };
    // One snapshot: the sums and the instant they stand for.
    return this.dataSource.transaction('REPEATABLE READ', async (manager) => {
      const at = view === 'now' ? ((await loadFoldedTo(manager)) ?? asOf) : asOf;
      return {
        cells: await (viewer ? countFor(manager, view, month, at, viewer) : loadSums(manager, view, month)),
        at,
      };
    });
  }
}

interface Look {
  /** null: no kept sums answer for the instant. */
  view: View | null;
  asOf: Date;
}

/** The viewer, where the view ends somewhere. */
function bounded(viewer?: Viewer): Viewer | undefined {
  return viewer && (!isWhole(viewer) || boundToDepartment(viewer.role)) ? viewer : undefined;
}
