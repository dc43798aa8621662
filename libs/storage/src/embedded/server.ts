import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { forgetPgVariables } from '../connection';
import { clusterIn, DATABASE_USER, handOver, openCluster, refusalOf, spawnAs, type Cluster } from './cluster';
import { exists, isAlive, isServerOf, markOf, waitGone, type ProcessMark } from './running';
import { StartRefused } from './start-refused';

export interface EmbeddedOptions {
  /** Absolute; the cluster is kept in `pg` below it. */
  dataDir: string;
  /** Default: any free one. */
  port?: number;
  /** false: for a throw-away database; nothing is forced to disk. Default true. */
  durable?: boolean;
  /** Lines PostgreSQL says that matter (FATAL, PANIC, WARNING). */
  log?: (line: string) => void;
}

export interface EmbeddedServer {
  url: string;
  port: number;
  pid: number;
  /** Resolves when the server has ended, with or without `stop`. */
  ended: Promise<void>;
  /** Clean stop; resolves when it is gone. */
  stop(): Promise<void>;
}

interface ServerState {
  url: string;
  owner: ProcessMark;
}

const DATABASE = 'huiying';
const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 6_000;

/**
 * Starts the PostgreSQL that comes with the program, on loopback only.
 * @throws StartRefused with one line when it cannot, e.g. while another start uses the same folder
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const cluster = await openCluster(options.dataDir, options.durable !== false);
  await clearFormer(cluster);
  const server = await launchPatiently(cluster, options);
  const state: ServerState = { url: server.url, owner: markOf(process.pid) };
  writeFileSync(cluster.stateFile, JSON.stringify(state), { mode: 0o600 });
  await createDatabase(cluster, server.port);
  return server;
}

/** The port may be snapped up in between, and backends of a killed server need a moment to end. */
async function launchPatiently(cluster: Cluster, options: EmbeddedOptions): Promise<EmbeddedServer> {
  for (let tries = 1; ; tries++) {
    try {
      return await launch(cluster, options.port ?? (await freePort()), options);
    } catch (error) {
      const passing = /address already in use|could not bind|shared memory block|lock file/i.test(
        (error as Error).message,
      );
      if (!passing || tries === 6) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

/** Address of the embedded server that runs on this data folder right now, or null. */
export function findRunning(dataDir: string): string | null {
  const folder = join(dataDir, 'pg');
  const cluster = clusterIn(folder, null, { postgres: '', initdb: '' });
  const pid = postmasterPid(cluster);
  const state = readState(cluster);
  return pid !== null && isServerOf(pid, cluster.data) ? (state?.url ?? null) : null;
}

/**
 * What a former start left: a server of ours that lives is refused, one whose supervisor was killed is
 * stopped cleanly, and a lock file without its server (kill -9, power cut) is taken away.
 */
async function clearFormer(cluster: Cluster): Promise<void> {
  const pid = postmasterPid(cluster);
  if (pid === null) return;
  if (isServerOf(pid, cluster.data)) {
    const owner = readState(cluster)?.owner;
    if (owner && isAlive(owner))
      throw new StartRefused(
        `already running on ${cluster.folder} (process ${owner.pid}): stop that one first, or use another HUIYING_DATA`,
      );
    await stopServer(pid);
  }
  if (exists(pid)) disownLock(cluster);
}

/**
 * The number in the lock file now belongs to some other program (restart of a container, long uptime):
 * PostgreSQL would refuse. It passes over its parent's number, so ours is put there; the rest of the file
 * stays, because PostgreSQL looks there whether a backend of the dead server still writes.
 */
function disownLock(cluster: Cluster): void {
  const file = join(cluster.data, 'postmaster.pid');
  if (!existsSync(file)) return;
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^-?\d+/, String(process.pid)));
}

function postmasterPid(cluster: Cluster): number | null {
  try {
    const pid = Number(readFileSync(join(cluster.data, 'postmaster.pid'), 'utf8').split('\n')[0]);
    return Number.isInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}

function readState(cluster: Cluster): ServerState | null {
  try {
    return JSON.parse(readFileSync(cluster.stateFile, 'utf8')) as ServerState;
  } catch {
    return null;
  }
}

async function launch(cluster: Cluster, port: number, options: EmbeddedOptions): Promise<EmbeddedServer> {
  const { paths, descriptors } = handOver(cluster.runAs, [cluster.data]);
  const child = spawnAs(
    cluster,
    cluster.binaries.postgres,
    ['-D', paths[0] ?? cluster.data, ...serverFlags(port, options.durable !== false)],
    descriptors,
  );
  const lastWords: string[] = [];
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () =>
        reject(new StartRefused(`PostgreSQL was not ready after ${READY_WITHIN_MS / 1000} s: ${lastWords.join('; ')}`)),
      READY_WITHIN_MS,
    );
    child.on('error', (error) => reject(refusalOf(cluster.folder, error)));
    void ended.then(() => reject(refusalOf(cluster.folder, new Error(lastWords.join('; ') || 'ended at once'))));
    child.stderr?.on('data', (chunk: Buffer) => {
      for (const line of chunk.toString().split('\n').filter(Boolean)) {
        lastWords.push(line);
        if (lastWords.length > 4) lastWords.shift();
        if (/(FATAL|PANIC|WARNING):/.test(line)) options.log?.(line);
        if (line.includes('ready to accept connections')) resolve();
      }
    });
    child.once('spawn', () => void ended.finally(() => clearTimeout(timer)));
    child.once('spawn', () => child.stdout?.resume());
  }).catch(async (error: unknown) => {
    if (child.pid !== undefined) await stopServer(child.pid);
    throw error;
  });
  const pid = child.pid ?? 0;
  const dismiss = watchOver(cluster, pid);
  void ended.then(dismiss);
  return { url: urlOf(cluster, port, DATABASE), port, pid, ended, stop: () => stopServer(pid) };
}

/**
 * The server must not outlive us, even after kill -9: a shell that waits for the end of a pipe only we hold
 * open, and then stops the server cleanly. (Where it cannot, the next start does: clearFormer.)
 */
function watchOver(cluster: Cluster, pid: number): () => void {
  if (process.platform === 'win32') return () => undefined;
  const watch = spawn('/bin/sh', ['-c', 'read _; kill -INT "$0"', String(pid)], {
    ...cluster.runAs,
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watch.on('error', () => undefined);
  watch.stdin?.on('error', () => undefined);
  watch.unref();
  (watch.stdin as Socket | null)?.unref();
  return () => void watch.kill('SIGKILL');
}

function serverFlags(port: number, durable: boolean): string[] {
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    fsync: durable ? 'on' : 'off',
    full_page_writes: durable ? 'on' : 'off',
    synchronous_commit: durable ? 'on' : 'off',
    max_connections: '100',
    shared_buffers: '128MB',
    min_wal_size: '32MB',
    max_wal_size: '512MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // ERROR lines are the application's own refusals; it reports them itself.
    log_min_messages: 'log',
    log_checkpoints: 'off',
    lc_messages: 'C',
  };
  return Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
}

function urlOf(cluster: Cluster, port: number, database: string): string {
  const password = readFileSync(cluster.passwordFile, 'utf8').trim();
  return `postgres://${DATABASE_USER}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
}

async function createDatabase(cluster: Cluster, port: number): Promise<void> {
  forgetPgVariables();
  const client = new Client({ connectionString: urlOf(cluster, port, 'postgres'), connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`);
  } finally {
    await client.end();
  }
}

/** Fast shutdown (sessions are ended, everything is written); if it hangs, at once: recovery repairs that. */
async function stopServer(pid: number): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (!exists(pid)) return;
    try {
      process.kill(pid, signal);
    } catch {
      return;
    }
    if (await waitGone(pid, signal === 'SIGINT' ? STOP_WITHIN_MS : 1_500)) return;
  }
}

/** A loopback port nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
