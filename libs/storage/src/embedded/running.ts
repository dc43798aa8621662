import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { basename } from 'node:path';

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessMark {
  pid: number;
  /** When it started, as the system says it; null where that cannot be read. */
  startedAt: string | null;
}

export function markOf(pid: number): ProcessMark {
  return { pid, startedAt: startOf(pid) };
}

/** Whether that very process is still alive. */
export function isAlive(mark: ProcessMark): boolean {
  return exists(mark.pid) && (mark.startedAt === null || startOf(mark.pid) === mark.startedAt);
}

export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether that process is a PostgreSQL server working in this folder. */
export function isServerOf(pid: number, folder: string): boolean {
  if (!exists(pid)) return false;
  try {
    if (process.platform === 'linux') {
      return (
        readlinkSync(`/proc/${pid}/cwd`) === realpathSync(folder) &&
        readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('postgres')
      );
    }
    return basename(execFileSync('ps', ['-p', String(pid), '-o', 'comm='], { encoding: 'utf8' }).trim()).startsWith(
      'postgres',
    );
  } catch {
    return false;
  }
}

function startOf(pid: number): string | null {
  try {
    if (process.platform === 'linux') return statFields(pid)[19] ?? null;
    if (process.platform === 'win32') return null;
    return execFileSync('ps', ['-p', String(pid), '-o', 'lstart='], { encoding: 'utf8' }).trim() || null;
  } catch {
    return null;
  }
}

function isZombie(pid: number): boolean {
  try {
    return process.platform === 'linux' && statFields(pid)[0] === 'Z';
  } catch {
    return false;
  }
}

/** /proc/PID/stat after the name, which may itself hold spaces: state first, start time at 19. */
function statFields(pid: number): string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** Waits until the process is gone; false when it is still there after `withinMs`. */
export async function waitGone(pid: number, withinMs: number): Promise<boolean> {
  const until = process.hrtime.bigint() + BigInt(withinMs) * 1_000_000n;
  while (exists(pid)) {
    if (process.hrtime.bigint() > until) return false;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return true;
}
