import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { row, rows, type Querier } from './rows';

/** The time of the system: the database's clock, shiftable for tests. Nothing else decides anything. */
export async function readNow(on: Querier): Promise<Date> {
  const found = await row<{ now: Date }>(on, 'select app_now() as now');
  if (!found) throw new Error('app_now() gave no row');
  return found.now;
}

@Injectable()
export class Now {
  constructor(private readonly dataSource: DataSource) {}

  /** @param manager of the transaction, so that no second connection is needed inside it */
  now(manager?: Querier): Promise<Date> {
    return readNow(manager ?? this.dataSource);
  }
}

/** How a test moves the whole running system. */
export interface TimeShift {
  /** Jump to this instant. */
  to?: Date;
  /** Jump by so many milliseconds; after `to` when both are given. */
  byMs?: number;
  /** From here on, shown seconds per real second (0 stands still). Default: as it was. */
  rate?: number;
}

/** Moves app_now() and tells every listener on `time_shifted`. Returns the new now. For tests and drills. */
export async function shiftTime(on: Querier, shift: TimeShift): Promise<Date> {
  // One statement: base_shown is computed from the old row and the same clock reading as base_real.
  await rows(
    on,
    `with t as (select clock_timestamp()::timestamptz(3) as real)
     update time_shift s set
       base_shown = coalesce($1::timestamptz, s.base_shown + (t.real - s.base_real) * s.rate)
                    + make_interval(secs => $2::double precision / 1000),
       base_real = t.real,
       rate = coalesce($3::double precision, s.rate)
     from t where s.id = 1`,
    [shift.to?.toISOString() ?? null, shift.byMs ?? 0, shift.rate ?? null],
  );
  const now = await readNow(on);
  await rows(on, `select pg_notify('time_shifted', $1)`, [now.toISOString()]);
  return now;
}
