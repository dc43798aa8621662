import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { findRunning, startEmbedded, type EmbeddedServer } from './index';

async function query<T>(url: string, sql: string): Promise<T[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows as T[];
  } finally {
    await client.end();
  }
}

describe('embedded PostgreSQL', () => {
  let dataDir: string;
  let server: EmbeddedServer | null = null;
  const start = async () => (server = await startEmbedded({ dataDir }));

  // The folder is private to its owner (mode 700): run as root, PostgreSQL's own user cannot walk to it.
  beforeEach(() => (dataDir = mkdtempSync(join(tmpdir(), 'huiying-pg-'))));
  afterEach(async () => {
    await server?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('keeps its rows over a clean stop, in UTF-8 and with fsync', async () => {
    const first = await start();
    await query(first.url, `create table kept as select '寻乌县'::text as name`);
    await first.stop();
    const second = await start();
    expect(await query(second.url, 'select name, upper(name || $$é$$) as u from kept')).toEqual([
      { name: '寻乌县', u: '寻乌县É' },
    ]);
    expect(
      await query(second.url, `select current_setting('fsync') as f, current_setting('server_encoding') as e`),
    ).toEqual([{ f: 'on', e: 'UTF8' }]);
  });

  it('listens on loopback only and asks for the password of a file nobody else can read', async () => {
    const { url } = await start();
    const wrong = new URL(url);
    wrong.password = 'wrong';
    await expect(query(wrong.href, 'select 1')).rejects.toThrow(/password authentication failed/);
    expect(await query(url, `select current_setting('listen_addresses') as l`)).toEqual([{ l: '127.0.0.1' }]);
    expect(statSync(join(dataDir, 'pg', 'password')).mode & 0o077).toBe(0);
  });

  it('a second start on the same folder is refused in one line while the first lives, and commands find it', async () => {
    const { url } = await start();
    const refusal = await startEmbedded({ dataDir }).catch((error: Error) => error.message);
    expect(refusal).toMatch(/^already running on .*stop that one first/);
    expect(refusal).not.toContain('\n');
    expect(findRunning(dataDir)).toBe(url);
    await server?.stop();
    expect(findRunning(dataDir)).toBeNull();
  });

  it('starts again after kill -9 and has every committed row', async () => {
    const first = await start();
    await query(first.url, 'create table kept as select 7 as n');
    process.kill(first.pid, 'SIGKILL');
    await first.ended;
    const second = await start();
    expect(await query(second.url, 'select n from kept')).toEqual([{ n: 7 }]);
  });

  it('a lock file whose number now belongs to another program does not stop the start', async () => {
    const first = await start();
    process.kill(first.pid, 'SIGKILL');
    await first.ended;
    const lock = join(dataDir, 'pg', 'cluster', 'postmaster.pid');
    // Number 1 always lives and never is our server.
    writeFileSync(lock, readFileSync(lock, 'utf8').replace(/^\d+/, '1'));
    const second = await start();
    expect(await query(second.url, 'select 1 as n')).toEqual([{ n: 1 }]);
  });

  it('a server whose supervisor was killed is stopped cleanly and replaced', async () => {
    const orphan = await start();
    const state = join(dataDir, 'pg', 'server.json');
    const gone = { ...JSON.parse(readFileSync(state, 'utf8')), owner: { pid: 2 ** 22 + 1, startedAt: null } };
    writeFileSync(state, JSON.stringify(gone));
    const next = await start();
    await orphan.ended;
    expect(next.pid).not.toBe(orphan.pid);
    expect(await query(next.url, 'select 1 as n')).toEqual([{ n: 1 }]);
  });

  it('what a start cut short left behind is cleared away', async () => {
    mkdirSync(join(dataDir, 'pg.init-12345', 'cluster'), { recursive: true });
    await start();
    expect(() => statSync(join(dataDir, 'pg.init-12345'))).toThrow(/ENOENT/);
  });

  it('a folder made by another PostgreSQL version is refused in one line', async () => {
    await (await start()).stop();
    writeFileSync(join(dataDir, 'pg', 'cluster', 'PG_VERSION'), '15\n');
    await expect(startEmbedded({ dataDir })).rejects.toThrow(/made by PostgreSQL 15/);
  });
});
