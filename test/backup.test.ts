import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openScratch, type Scratch } from '@app/storage';
import { Browser } from './gateway-bench';
import { root, RunningSystem } from './running-system';

jest.setTimeout(180_000);
const PASSWORD = '值班室的灯一直亮着2026';
let folder: string;
let server: Scratch;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'huiying-backup-'));
  server = await openScratch({ migrated: false });
  await server.dataSource.query('create database moved');
  await server.dataSource.destroy();
});
afterAll(async () => {
  await RunningSystem.stopAll();
  await server.dataSource.initialize();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** An administrator's command on the built system. */
async function huiying(env: Record<string, string>, ...args: string[]): Promise<Record<string, unknown>> {
  const main = join(root, 'dist', 'apps', 'cli', 'src', 'main.js');
  const { stdout } = await promisify(execFile)(process.execPath, [main, ...args], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    maxBuffer: 1 << 26,
  });
  return JSON.parse(stdout) as Record<string, unknown>;
}

it('a backup of the running system is whole, and the system moves to a server of its own with everything it had', async () => {
  const dataDir = join(folder, 'data');
  const system = await RunningSystem.start({ dataDir });
  const own = { HUIYING_DATA: dataDir, HUIYING_CONFIG: system.configDir };
  const admin = new Browser(system.url);
  const { username, oneTimePassword } = system.administrator!;
  await admin.signIn(username, oneTimePassword);
  await admin.post('/me/password', { current: oneTimePassword, next: PASSWORD });
  const db = await system.db();
  for (let n = 0; n === 0; await new Promise((r) => setTimeout(r, 300))) n = (await db.query('select 1 from case_event limit 1')).length;

  const kept = await huiying(own, 'backup', join(folder, 'kept'));
  expect(kept).toMatchObject({ ok: true });
  expect(await huiying(own, 'restore', '--check', join(folder, 'kept'))).toEqual(kept);
  await expect(huiying(own, 'move', '--to', server.url)).rejects.toThrow(/still at work on the old database/);

  const restored = { HUIYING_CONFIG: system.configDir, DATABASE_URL: server.url };
  expect(await huiying(restored, 'restore', join(folder, 'kept'))).toEqual(kept);
  expect(await huiying(restored, 'audit', 'verify')).toMatchObject({ ok: true });
  const counted = async (): Promise<Record<string, string>[]> =>
    (await system.db()).query('select (select count(*) from audit) as audit, (select count(*) from item) as items, (select count(*) from case_event) as events, (select count(*) from clock) as clocks');

  const [before] = await counted();
  await system.stop();
  const url = new URL(server.url);
  url.pathname = '/moved';
  const config = join(root, 'config');
  await huiying({ HUIYING_DATA: dataDir, HUIYING_CONFIG: config }, 'move', '--to', url.href);
  const moved = await RunningSystem.start({ env: { DATABASE_URL: url.href } });
  // Nobody is made administrator anew: the accounts are there, with their passwords.
  expect(moved.administrator).toBeNull();
  const again = new Browser(moved.url);
  await again.signIn(username, PASSWORD);
  expect((await again.get('/cases')).status).toBe(200);
  const [after] = (await (await moved.db()).query(
    'select (select count(*) from audit) as audit, (select count(*) from item) as items, (select count(*) from case_event) as events, (select count(*) from clock) as clocks',
  )) as Record<string, string>[];
  for (const [what, n] of Object.entries(before!)) expect([what, Number(after![what]) >= Number(n)]).toEqual([what, true]);
  expect(await huiying({ HUIYING_CONFIG: config, DATABASE_URL: url.href }, 'audit', 'verify')).toMatchObject({ ok: true });
  await moved.stop();
});
