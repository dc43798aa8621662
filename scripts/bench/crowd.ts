import { createHash, randomBytes } from 'node:crypto';
import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { rows } from '@app/storage';
import type { CrowdAnswer, CrowdOrder, CrowdTally } from './socket-crowd';

export type CrowdClient = NonNullable<CrowdAnswer['got']>[number];

/** Several child processes that together hold the sockets of many people. */
export class Crowd {
  private readonly children: ChildProcess[];

  constructor(private readonly processes = 2) {
    this.children = Array.from({ length: processes }, () =>
      fork(join(__dirname, 'socket-crowd.js'), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }),
    );
  }

  get members(): readonly ChildProcess[] {
    return this.children;
  }

  /** @param keep false: only tallies are kept, so that hours of alerts take no memory */
  open(base: string, cookies: string[], keep = true): Promise<CrowdAnswer[]> {
    const share = (i: number): string[] => cookies.filter((_, n) => n % this.processes === i);
    return Promise.all(this.children.map((child, i) => tell(child, { kind: 'open', base, cookies: share(i), keep })));
  }

  all(order: CrowdOrder): Promise<CrowdAnswer[]> {
    return Promise.all(this.children.map((child) => tell(child, order)));
  }

  async report(): Promise<{ clients: CrowdClient[]; connectMs: number[]; connected: number }> {
    const answers = await this.all({ kind: 'report' });
    return {
      clients: answers.flatMap((a) => a.got ?? []),
      connectMs: answers.flatMap((a) => a.connectMs ?? []),
      connected: connectedOf(answers),
    };
  }

  /** What came since the last tally, over all of them. */
  async tally(): Promise<CrowdTally & { connected: number }> {
    const answers = await this.all({ kind: 'tally' });
    const sum: CrowdTally = { came: 0, repeats: 0, missing: 0, waits: new Array<number>(WAIT_STEPS).fill(0), seqs: [] };
    for (const { tally } of answers) {
      if (!tally) continue;
      sum.came += tally.came;
      sum.repeats += tally.repeats;
      sum.missing += tally.missing;
      tally.waits.forEach((n, i) => (sum.waits[i]! += n));
      sum.seqs.push(...tally.seqs);
    }
    return { ...sum, connected: connectedOf(answers) };
  }

  close(): void {
    for (const child of this.children) child.kill();
  }
}

const connectedOf = (answers: readonly CrowdAnswer[]): number => answers.reduce((n, a) => n + a.connected, 0);

/** Steps of 10 ms up to 30 s; the last holds whatever came later. */
export const WAIT_STEP_MS = 10;
export const WAIT_STEPS = 3_001;

/** The q-th of the waits of a tally, in ms (the upper edge of its step). */
export function waitAt(waits: readonly number[], q: number): number {
  const all = waits.reduce((n, w) => n + w, 0);
  let left = Math.max(1, Math.ceil(all * q));
  for (let i = 0; i < waits.length; i++) if ((left -= waits[i]!) <= 0) return (i + 1) * WAIT_STEP_MS;
  return NaN;
}

function tell(child: ChildProcess, order: CrowdOrder): Promise<CrowdAnswer> {
  return new Promise((resolve, reject) => {
    const ended = (): void => reject(new Error('a crowd ended'));
    child.once('exit', ended);
    child.once('message', (answer) => {
      child.off('exit', ended);
      resolve(answer as CrowdAnswer);
    });
    child.send(order);
  });
}

/**
 * People with a session each, as a sign-in leaves them. The passwords are none: nobody signs in here.
 * @param units null: all are duty officers; else contacts of so many units (`unit-0` …), each of the same number of people
 * @returns the cookies of their browsers, in the order of the people
 */
export async function addPeople(
  db: DataSource,
  count: number,
  from: number,
  units: number | null = null,
): Promise<string[]> {
  const tokens = Array.from({ length: count }, () => randomBytes(32).toString('base64url'));
  if (units !== null)
    await rows(
      db,
      `insert into department (id, name) select 'unit-' || n, '单位' || n from generate_series(0, $1::int - 1) n on conflict do nothing`,
      [units],
    );
  await rows(
    db,
    `with person as (
       insert into account (username, display_name, role, department_id, password_hash, must_change_password, created_at)
       select 'crowd-' || n, '测量员' || n, case when $4::int is null then 'duty_officer' else 'department_contact' end, 'unit-' || n % $4::int, '', false, app_now()
       from generate_series($1::int, $2::int) n returning id, username
     )
     insert into session (token_hash, account_id, csrf_token, created_at, last_seen_at, expires_at)
     select t.hash, p.id, 'x', clock_timestamp(), clock_timestamp(), clock_timestamp() + interval '1 day'
     from person p join unnest($3::text[]) with ordinality as t(hash, n) on p.username = 'crowd-' || ($1::int + t.n - 1)`,
    [from, from + count - 1, tokens.map((t) => createHash('sha256').update(t).digest('hex')), units],
  );
  return tokens.map((t) => `huiying_session=${t}`);
}
