import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const TICKS_A_SECOND = 100;

/** Resident memory of a process and its peak, in MB; NaN when it is gone. */
export function memory({ pid }: Pick<ChildProcess, 'pid'>): { rss: number; peak: number } {
  const status = read(`/proc/${pid}/status`);
  const of = (name: string): number =>
    Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? NaN) / 1024);
  return { rss: of('VmRSS'), peak: of('VmHWM') };
}

/** Seconds of CPU that a process has used: what it costs, however busy the machine is otherwise. 0 when it is gone. */
export function cpu({ pid }: Pick<ChildProcess, 'pid'>): number {
  const fields = read(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS_A_SECOND;
}

/** Seconds of all processes of a PostgreSQL, ended ones too; 0 where there is no /proc. */
export function databaseCpu(postmaster: number): number {
  const spent = (pid: string, of: number[]): number => {
    const fields = read(`/proc/${pid}/stat`)
      .replace(/^.*\) /s, '')
      .split(' ');
    if (pid !== String(postmaster) && fields[1] !== String(postmaster)) return 0;
    return of.reduce((n, i) => n + Number(fields[i] ?? 0), 0);
  };
  const living = existsSync('/proc') ? readdirSync('/proc').filter((f) => /^\d+$/.test(f)) : [];
  const own = living.reduce((n, pid) => n + spent(pid, [11, 12]), 0);
  return (own + spent(String(postmaster), [13, 14])) / TICKS_A_SECOND;
}

/** Of a process that is just ending: nothing. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
