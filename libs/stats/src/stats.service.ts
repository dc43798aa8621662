import { Injectable } from '@nestjs/common';
import {
  casesBehind,
  defaultCutOff,
  foldMonth,
  type MonthFigure,
  type MonthRows,
  monthSpan,
  type Viewer,
  type WireMonth,
} from '@app/domain';
import { readNow } from '@app/storage';
import { DataSource, type EntityManager } from 'typeorm';
import { loadDepartmentNames, loadMonthRows } from './month-rows';

/** Figures from the tables, read only. */
@Injectable()
export class StatsService {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * The report of a month as of a cut-off; the same figures whenever it is asked for. Default cut-off: the end of
   * the month, or now while it still runs; a later one also counts what was entered afterwards.
   * @param month YYYY-MM, Beijing
   * @param viewer whose region and department bound what is counted; default: everything
   * @throws RangeError for another form
   */
  loadMonth(month: string, asOf?: Date, viewer?: Viewer): Promise<WireMonth> {
    return this.read(month, asOf, viewer, async (rows, cutOff, manager) =>
      foldMonth(rows, month, cutOff, { departments: await loadDepartmentNames(manager), sources: {} }),
    );
  }

  /** Ids of the cases behind a figure of that report. */
  casesBehind(month: string, figure: MonthFigure, asOf?: Date, viewer?: Viewer): Promise<string[]> {
    return this.read(month, asOf, viewer, (rows, cutOff) => casesBehind(rows, month, cutOff, figure));
  }

  private async read<T>(
    month: string,
    asOf: Date | undefined,
    viewer: Viewer | undefined,
    fold: (rows: MonthRows, cutOff: Date, manager: EntityManager) => T | Promise<T>,
  ): Promise<T> {
    const { from, to } = monthSpan(month);
    // One snapshot for all reads: a month is never half before and half after a commit.
    return this.dataSource.transaction('REPEATABLE READ', async (manager) => {
      const cutOff = asOf ?? defaultCutOff(month, await readNow(manager));
      return fold(await loadMonthRows(manager, from, to, cutOff, viewer), cutOff, manager);
    });
  }
}
