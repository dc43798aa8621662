import { existsSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { checkSettings, formatFault, loadSettings, type Settings } from '@app/settings';
import { openDatabase, row, type OpenDatabase } from '@app/storage';
import type { Command } from 'commander';
import { writeLine } from './json-lines';

/** One thing that was looked at. */
interface Finding {
  check: string;
  ok: boolean;
  found: string;
  /** What to do, or with `ok` what could be done; null where nothing is. */
  todo: string | null;
}

const LOW_DISK_MB = 1_024;
const STALE_SECONDS = 120;

/** `doctor`: what is set up, what is missing, what to do. Exit 1 where something must be done. */
export function doctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('what is set up, what is missing, what to do')
    .action(async () => {
      for await (const finding of examine()) {
        await writeLine(finding);
        if (!finding.ok) process.exitCode = 1;
      }
    });
}

async function* examine(): AsyncGenerator<Finding> {
  yield { check: 'node', ok: true, found: process.version, todo: null };
  const faults = checkSettings();
  yield finding(
    'config',
    faults.length === 0,
    faults.map(formatFault).join('\n') || 'no fault',
    'mend the files named here',
  );
  if (faults.length > 0) return;
  const settings = loadSettings();
  yield checkDisk(settings);
  yield checkDashboard(settings);
  yield* checkDatabase(settings);
}

function finding(check: string, ok: boolean, found: string, todo: string): Finding {
  return { check, ok, found, todo: ok ? null : todo };
}

function checkDisk(settings: Settings): Finding {
  const folder = existsSync(settings.dataDir) ? settings.dataDir : settings.projectRoot;
  const { bavail, bsize } = statfsSync(folder);
  const freeMb = Math.floor((bavail * bsize) / 1_048_576);
  return finding(
    'disk',
    freeMb >= LOW_DISK_MB,
    `${freeMb} MB free at ${folder}`,
    'free some space, or move the data folder (HUIYING_DATA)',
  );
}

function checkDashboard(settings: Settings): Finding {
  const built = existsSync(join(settings.projectRoot, 'dist', 'dashboard', 'index.html'));
  return finding('dashboard', built, built ? 'built' : 'not built', 'npm run build');
}

async function* checkDatabase(settings: Settings): AsyncGenerator<Finding> {
  const kind = settings.database.url === null ? `embedded PostgreSQL in ${settings.dataDir}` : 'DATABASE_URL';
  if (settings.database.url === null && !existsSync(join(settings.dataDir, 'pg'))) {
    yield finding('database', false, `${kind}: none yet`, 'npm start makes it');
    return;
  }
  let database: OpenDatabase;
  try {
    database = await openDatabase(settings);
  } catch (error) {
    yield finding('database', false, `${kind}: ${(error as Error).message}`, 'see the line found');
    return;
  }
  try {
    yield finding('database', true, `${kind}, migrated`, '');
    yield* checkRows(database, settings);
  } finally {
    await database.close();
  }
}

async function* checkRows({ dataSource }: OpenDatabase, settings: Settings): AsyncGenerator<Finding> {
  const found = await row<{ admins: number; onDuty: number; shifts: number; shifted: boolean; age: number | null }>(
    dataSource,
    `select (select count(*)::int from account where role = 'administrator' and not disabled) as admins,
       (select count(*)::int from roster where starts_at <= app_now() and ends_at > app_now()) as "onDuty",
       (select count(*)::int from roster) as shifts,
       (select base_shown <> base_real or rate <> 1 from time_shift) as shifted,
       (select extract(epoch from app_now() - max(at))::float8 from heartbeat where kind = 'rules') as age`,
  );
  if (!found) return;
  yield finding(
    'administrator',
    found.admins > 0,
    `${found.admins} account(s)`,
    'huiying user add, or npm start on an empty database',
  );
  yield rosterFinding(found.onDuty, found.shifts);
  yield finding(
    'time',
    !found.shifted,
    found.shifted ? 'the clock of the system is shifted' : 'real time',
    'a test moved time_shift of this database: never use it for real duties',
  );
  const beating = found.age !== null && found.age < STALE_SECONDS;
  const last = found.age === null ? 'never' : `${Math.round(found.age)} s ago`;
  yield finding('engine', beating, `last heartbeat of the clocks: ${last}`, 'npm start, or start the process rules');
  const names = settings.sources.map((source) => source.name);
  const states = await dataSource.query<SourceState[]>(
    `select name, fails, last_ok_at is not null as "everOk", fault_kind as "faultKind"
       from source_state where name = any($1) or name in (select name from source_definition where deleted_at is null and (definition ->> 'enabled')::boolean)
      order by name`,
    [names],
  );
  yield sourcesFinding(states);
}

/** Without any shift every office is held by everybody with its role: that works, so it is a note and no fault. */
export function rosterFinding(onDuty: number, shifts: number): Finding {
  const found = `${onDuty} on shift now`;
  if (shifts > 0) return finding('roster', onDuty > 0, found, 'nobody is on duty: enter the next shifts');
  const todo = 'note: no roster is kept, alerts go to every account of the office; keep one on the page 值班表';
  return { check: 'roster', ok: true, found, todo };
}

export interface SourceState {
  name: string;
  /** Failures in a row. */
  fails: number;
  everOk: boolean;
  faultKind: string | null;
}

const MANY_FAILS = 3;

/** A source that was tried and never once read is faulty from its first failure; one that worked before may fail twice. */
export function sourcesFinding(states: SourceState[]): Finding {
  const shown = (some: SourceState[]) => some.map((s) => (s.faultKind ? `${s.name} (${s.faultKind})` : s.name)).join(', ');
  const never = states.filter((s) => !s.everOk && s.fails > 0);
  const failing = states.filter((s) => s.everOk && s.fails >= MANY_FAILS);
  const waiting = states.filter((s) => !s.everOk && s.fails === 0).length;
  const parts = [
    ...(never.length > 0 ? [`${never.length} of ${states.length} never succeeded: ${shown(never)}`] : []),
    ...(failing.length > 0 ? [`${failing.length} of ${states.length} failing now: ${shown(failing)}`] : []),
    ...(waiting > 0 ? [`${waiting} not read yet`] : []),
  ];
  const ok = never.length + failing.length === 0;
  return finding('sources', ok, parts.join('; ') || 'none faulty', 'huiying check-source NAME for each');
}
