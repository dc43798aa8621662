import { Injectable } from '@nestjs/common';
import { defaultCutOff, foldMonth, monthSpan, type WireMonth } from '@app/domain';
import { readNow } from '@app/storage';
import { DataSource } from 'typeorm';
import { loadDepartmentNames, loadMonthRows } from './month-rows';

/** Figures from the tables, read only. */
@Injectable()
export class StatsService {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * The report of a month as of a cut-off; the same figures whenever it is asked for. Default cut-off: the end of
   * the month, or now while it still runs; a later one also counts what was entered afterwards.
   * @param month YYYY-MM, Beijing
   * @throws RangeError for another form
   */
  async loadMonth(month: string, asOf?: Date): Promise<WireMonth> {
    const { from, to } = monthSpan(month);
    // One snapshot for all reads: a month is never half before and half after a commit.
    return this.dataSource.transaction('REPEATABLE READ', async (manager) => {
      const cutOff = asOf ?? defaultCutOff(month, await readNow(manager));
      const rows = await loadMonthRows(manager, from, to, cutOff);
      return foldMonth(rows, month, cutOff, { departments: await loadDepartmentNames(manager), sources: {} });
    });
  }
}
