import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { canReach, findBinaries, type Binaries, type RunAs } from './binaries';
import { StartRefused } from './start-refused';

/** PostgreSQL's files below the data folder: `pg/cluster`, its password and who runs it. */
export interface Cluster {
  folder: string;
  /** What PostgreSQL is given with -D. */
  data: string;
  passwordFile: string;
  stateFile: string;
  runAs: RunAs | null;
  binaries: Binaries;
}

export const DATABASE_USER = 'huiying';
const VERSION = '18';
const NEEDED_MB = { first: 200, later: 64 };

/**
 * The cluster below dataDir, made when there is none: in a folder aside which is renamed when
 * it is whole, so that a start cut short leaves nothing half-made.
 * @throws StartRefused
 */
export async function openCluster(dataDir: string, durable = true): Promise<Cluster> {
  const folder = join(dataDir, 'pg');
  refusing(dataDir, () => mkdirSync(dataDir, { recursive: true }));
  const fresh = !existsSync(folder);
  checkSpace(dataDir, fresh ? NEEDED_MB.first : NEEDED_MB.later);
  const runAs = chooseUser(folder);
  const binaries = findBinaries(runAs);
  if (fresh) await makeCluster(dataDir, clusterIn(folder, runAs, binaries), durable);
  const cluster = clusterIn(folder, runAs, binaries);
  const version = refusing(folder, () => readFileSync(join(cluster.data, 'PG_VERSION'), 'utf8').trim());
  if (version !== VERSION)
    throw new StartRefused(
      `${folder} was made by PostgreSQL ${version}, this program brings ${VERSION}: dump it with the old program and load it anew`,
    );
  return cluster;
}

export function clusterIn(folder: string, runAs: RunAs | null, binaries: Binaries): Cluster {
  return {
    folder,
    data: join(folder, 'cluster'),
    passwordFile: join(folder, 'password'),
    stateFile: join(folder, 'server.json'),
    runAs,
    binaries,
  };
}

/**
 * Starting PostgreSQL on a path its user cannot walk to (a project in /root): an open descriptor is
 * handed over, and /proc/self/fd/3 leads there without passing the folders above.
 */
export function handOver(runAs: RunAs | null, paths: string[]): { paths: string[]; descriptors: number[] } {
  if (runAs === null || paths.every((p) => canReach(runAs, dirname(p)))) return { paths, descriptors: [] };
  return { paths: paths.map((_, i) => `/proc/self/fd/${i + 3}`), descriptors: paths.map((p) => openSync(p, 'r')) };
}

/** PostgreSQL refuses to run as root: then the folder's owner, the user `postgres`, or `nobody`. */
function chooseUser(folder: string): RunAs | null {
  if (process.platform === 'win32') return null;
  const me = userInfo();
  const owner = statSync(folder, { throwIfNoEntry: false });
  if (me.uid !== 0) {
    if (owner && owner.uid !== me.uid)
      throw new StartRefused(
        `${folder} belongs to another user (uid ${owner.uid}): start as that user or as root, or give the folder to ${me.username}`,
      );
    return null;
  }
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const found = readPasswd('postgres') ?? readPasswd('nobody');
  if (!found)
    throw new StartRefused(
      'PostgreSQL cannot run as root and there is no user postgres: start as an ordinary user, or set DATABASE_URL',
    );
  return found;
}

function readPasswd(name: string): RunAs | null {
  try {
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((l) => l.startsWith(`${name}:`));
    const [, , uid, gid] = line?.split(':') ?? [];
    return uid && gid ? { uid: Number(uid), gid: Number(gid) } : null;
  } catch {
    return null;
  }
}

async function makeCluster(dataDir: string, { folder, runAs, binaries }: Cluster, durable: boolean): Promise<void> {
  for (const name of readdirSync(dataDir))
    if (name.startsWith('pg.init-')) rmSync(join(dataDir, name), { recursive: true, force: true });
  const aside = join(dataDir, `pg.init-${process.pid}`);
  const cluster = clusterIn(aside, runAs, binaries);
  try {
    mkdirSync(cluster.data, { recursive: true, mode: 0o700 });
    chmodSync(aside, 0o700);
    writeFileSync(cluster.passwordFile, randomBytes(24).toString('base64url') + '\n', { mode: 0o600 });
    if (runAs) for (const path of [aside, cluster.data, cluster.passwordFile]) chownSync(path, runAs.uid, runAs.gid);
    await runInitdb(cluster, durable);
    renameSync(aside, folder);
  } catch (error) {
    rmSync(aside, { recursive: true, force: true });
    throw refusalOf(folder, error);
  }
}

/** Builtin C.UTF-8: the same order and case rules on every system, whatever locales it has. */
async function runInitdb(cluster: Cluster, durable: boolean): Promise<void> {
  const { paths, descriptors } = handOver(cluster.runAs, [cluster.data, cluster.passwordFile]);
  const flags = [
    `--pgdata=${paths[0]}`,
    `--pwfile=${paths[1]}`,
    `--username=${DATABASE_USER}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    ...(durable ? [] : ['--no-sync']),
  ];
  const child = spawnAs(cluster, cluster.binaries.initdb, flags, descriptors);
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stdout?.resume();
  await new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(said.trim().split('\n').slice(-3).join('; ') || `initdb ended with ${code}`));
    });
  });
}

/**
 * Starts one of PostgreSQL's programs as the cluster's user, in a process group of its own (Ctrl-C reaches
 * only us, and we stop it last), with a clean environment: no PG* variable of the shell changes it.
 */
export function spawnAs(cluster: Cluster, program: string, flags: string[], descriptors: number[]): ChildProcess {
  const { PATH, SYSTEMROOT } = process.env;
  try {
    return spawn(program, flags, {
      ...cluster.runAs,
      // A folder every user may be in: the project's may be closed to it.
      cwd: process.platform === 'win32' ? undefined : '/',
      detached: true,
      env: { PATH, SYSTEMROOT, LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'pipe', 'pipe', ...descriptors],
    });
  } finally {
    for (const descriptor of descriptors) closeSync(descriptor);
  }
}

function checkSpace(dataDir: string, neededMb: number): void {
  const { bavail, bsize } = statfsSync(dataDir);
  const freeMb = Math.floor((bavail * bsize) / 1_048_576);
  if (freeMb < neededMb)
    throw new StartRefused(
      `disk full: ${dataDir} has ${freeMb} MB left, ${neededMb} MB are needed: free some space or set HUIYING_DATA to another disk`,
    );
}

function refusing<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw refusalOf(path, error);
  }
}

/** One clear line for the troubles a person can mend. */
export function refusalOf(path: string, error: unknown): StartRefused {
  if (error instanceof StartRefused) return error;
  const { message, code } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || /no space left/i.test(message))
    return new StartRefused(`disk full while writing ${path}: free some space or set HUIYING_DATA to another disk`);
  if (code === 'EEXIST' || code === 'ENOTDIR')
    return new StartRefused(`${path} is not a folder: set HUIYING_DATA to one`);
  if (code === 'EACCES' || code === 'EROFS' || /permission denied/i.test(message))
    return new StartRefused(
      `${path} cannot be written (${message}): give it to the user who starts huiying, or set HUIYING_DATA`,
    );
  if (code === 'EPERM' || code === 'EINVAL')
    return new StartRefused(
      `PostgreSQL cannot run as root and changing the user failed (${message}): start as an ordinary user, or set DATABASE_URL`,
    );
  return new StartRefused(`embedded PostgreSQL in ${path}: ${message}`);
}
