import { setTimeout as sleep } from 'node:timers/promises';
import { row, rows } from '@app/storage';
import type { DataSource } from 'typeorm';

/** A crawler that died holding a host gives it up after so long: longer than any one fetch with its redirects may take. */
const LEASE_SECONDS = 90;
/** A host may be freed before its lease ends: looked at again after so long. */
const LOOK_MS = 500;

/** One request at a time to a host over all processes, and the pause between two: the table host_state. */
export class HostTurns {
  constructor(private readonly dataSource: DataSource) {}

  /** Waits until the host is free, and takes it. */
  async take(host: string): Promise<void> {
    for (;;) {
      const taken = await row<{ wait: number }>(
        this.dataSource,
        `with won as (
           insert into host_state as h (host, free_at) values ($1, clock_timestamp() + make_interval(secs => ${LEASE_SECONDS}))
           on conflict (host) do update set free_at = excluded.free_at where h.free_at <= clock_timestamp()
           returning 1
         )
         select case when exists (select from won) then 0
           else greatest(1, extract(epoch from coalesce((select free_at from host_state where host = $1), clock_timestamp()) - clock_timestamp()) * 1000)
           end::float8 as wait`,
        [host],
      );
      if (!taken || taken.wait === 0) return;
      await sleep(Math.min(taken.wait, LOOK_MS));
    }
  }

  /** Gives the host to whoever comes next, after the pause. */
  async give(host: string, pauseMs: number): Promise<void> {
    await rows(this.dataSource, 'update host_state set free_at = clock_timestamp() + make_interval(secs => $2) where host = $1', [
      host,
      pauseMs / 1000,
    ]);
  }
}
