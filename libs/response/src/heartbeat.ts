import { hostname } from 'node:os';
import { row, rows, type Querier } from '@app/storage';

/** Name of this process among all that beat: host and pid, so that several run side by side. */
export function heartName(kind: string): string {
  return `${kind}@${hostname()}:${process.pid}`;
}

/** Says that a process lives; forgets those that have been silent for an hour. */
export async function beat(on: Querier, name: string, kind: string, data: Record<string, unknown>): Promise<void> {
  await rows(
    on,
    `insert into heartbeat (process, kind, at, data) values ($1, $2, app_now(), $3)
     on conflict (process) do update set at = excluded.at, data = excluded.data`,
    [name, kind, JSON.stringify(data)],
  );
  await rows(on, `delete from heartbeat where kind = $1 and process <> $2 and at < app_now() - interval '1 hour'`, [
    kind,
    name,
  ]);
}

/**
 * Takes a job that only one process does per period (a conditional update, so that exactly one wins).
 * @returns false when another took it within the period
 */
export async function takeTurn(on: Querier, job: string, periodSeconds: number, name: string): Promise<boolean> {
  const taken = await row(
    on,
    `insert into heartbeat (process, kind, at, data) values ($1, 'job', app_now(), jsonb_build_object('by', $3::text))
     on conflict (process) do update set at = excluded.at, data = heartbeat.data || excluded.data
       where heartbeat.at <= app_now() - make_interval(secs => $2) or heartbeat.at > app_now() + interval '1 second'
     returning process`,
    [job, periodSeconds, name],
  );
  return taken !== null;
}
