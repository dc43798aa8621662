import { beijingDate } from '@app/domain';
import { row, type Querier } from '@app/storage';

/**
 * The next numbers of the Beijing days of these instants, in their order, e.g. `YQ-20261121-0001` for a 舆情,
 * `SX-…` for a matter of the second ring. A day's counter row
 * stays locked to the end of the transaction: numbers have no gaps and no doubles, whoever opens cases at the same time.
 */
export async function takeCaseCodes(on: Querier, instants: readonly Date[], series: 'YQ' | 'SX' = 'YQ'): Promise<string[]> {
  const days = instants.map((at) => beijingDate(at));
  const next = new Map<string, number>();
  // In the order of days, so that two transactions never wait for each other.
  for (const day of [...new Set(days)].sort()) {
    const counter = await row<{ last: number }>(
      on,
      `insert into case_counter (day, series, last) values ($1, $3, $2)
       on conflict (day, series) do update set last = case_counter.last + excluded.last returning last`,
      [day, days.filter((d) => d === day).length, series],
    );
    if (!counter) throw new Error(`no counter row for ${day}`);
    next.set(day, counter.last - days.filter((d) => d === day).length);
  }
  return days.map((day) => {
    const number = (next.get(day) ?? 0) + 1;
    next.set(day, number);
    return `${series}-${day.replaceAll('-', '')}-${String(number).padStart(4, '0')}`;
  });
}
