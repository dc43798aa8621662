import { beijingDate } from '@app/domain';
import { row, type Querier } from '@app/storage';

/**
 * The next number of the Beijing day, e.g. `YQ-20261121-0001`. The day's counter row stays locked to the end of
 * the transaction: numbers have no gaps and no doubles, whoever opens cases at the same time.
 */
export async function takeCaseCode(on: Querier, at: Date): Promise<string> {
  const day = beijingDate(at);
  const counter = await row<{ last: number }>(
    on,
    `insert into case_counter (day, last) values ($1, 1)
     on conflict (day) do update set last = case_counter.last + 1 returning last`,
    [day],
  );
  if (!counter) throw new Error(`no counter row for ${day}`);
  return `YQ-${day.replaceAll('-', '')}-${String(counter.last).padStart(4, '0')}`;
}
