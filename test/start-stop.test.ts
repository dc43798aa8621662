import { createServer, type Server } from 'node:net';
import { mkdtempSync, rmSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@app/storage';
import { quiet } from './quiet-config';
import { RunningSystem } from './running-system';

const page = async (url: string): Promise<string> => (await fetch(url)).text();
const isGone = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.startsWith('Z') ?? false;
  } catch {
    return true;
  }
};

afterEach(() => RunningSystem.stopAll());

describe('npm start', () => {
  let dataDir: string;
  beforeEach(() => (dataDir = mkdtempSync(join(tmpdir(), 'huiying-data-'))));
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  it('reaches the first page from nothing, prints a one-time password, and stops cleanly within 10 s', async () => {
    const system = await RunningSystem.start({ dataDir, edit: quiet });
    const pids = (['gateway', 'rules', 'crawler', 'postgres'] as const).map((name) => system.pidOf(name));
    expect(await page(system.url)).toContain('<div id="app">');
    expect((await fetch(`${system.url}/health/live`)).status).toBe(200);
    expect(system.log).toContain(system.url);
    expect(system.log).toContain(system.administrator?.oneTimePassword ?? 'no password was given');
    expect((await system.stop()).code).toBe(0);
    expect(pids.filter((pid) => !isGone(pid))).toEqual([]);
  });

  it('a second start keeps all data and makes no second administrator', async () => {
    const first = await RunningSystem.start({ dataDir, edit: quiet });
    await (await first.db()).query(`insert into department (id, name) values ('water', '县水利局')`);
    await first.stop('SIGTERM');
    // How quick it is: npm run bench -- start
    const second = await RunningSystem.start({ dataDir, edit: quiet });
    expect(await page(second.url)).toContain('<div id="app">');
    expect(second.administrator).toBeNull();
    expect(await (await second.db()).query(`select name from department where id = 'water'`)).toEqual([
      { name: '县水利局' },
    ]);
    await second.stop();
  });

  it('after kill -9 of everything the next start finds all rows and no lock in its way', async () => {
    const first = await RunningSystem.start({ dataDir, edit: quiet });
    await (await first.db()).query(`insert into department (id, name) values ('water', '县水利局')`);
    const postgres = first.pidOf('postgres');
    await first.killSupervisor();
    process.kill(postgres, 'SIGKILL');
    const second = await RunningSystem.start({ dataDir, edit: quiet });
    expect(await (await second.db()).query(`select count(*)::int as n from department where id = 'water'`)).toEqual([
      { n: 1 },
    ]);
    await second.stop();
  });

  it('processes and database end by themselves when their supervisor is killed', async () => {
    const system = await RunningSystem.start({ dataDir, edit: quiet });
    const pids = (['gateway', 'rules', 'crawler', 'postgres'] as const).map((name) => system.pidOf(name));
    await system.killSupervisor();
    for (let tries = 0; tries < 100 && !pids.every(isGone); tries++) await new Promise((r) => setTimeout(r, 100));
    expect(pids.filter((pid) => !isGone(pid))).toEqual([]);
  });
});

describe('a start that cannot be', () => {
  it('a second start beside a running one is told so in one line, and the first goes on', async () => {
    const first = await RunningSystem.start({ edit: quiet });
    const refused = await RunningSystem.refused({ dataDir: first.dataDir, edit: quiet });
    expect(refused.code).not.toBe(0);
    expect(
      refused.said
        .trim()
        .split('\n')
        .filter((line) => line.includes('already running')),
    ).toHaveLength(1);
    expect((await fetch(`${first.url}/health/live`)).status).toBe(200);
    await first.stop();
  });

  it('a taken port is named', async () => {
    const port = await freePort();
    const other: Server = createServer();
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
    const refused = await RunningSystem.refused({ edit: quiet, args: ['--as-built', '--port', String(port)] }).finally(
      () => new Promise((resolve) => other.close(resolve)),
    );
    expect(refused.code).toBe(1);
    expect(refused.said.trim().split('\n')).toHaveLength(1);
    expect(refused.said).toContain(`port ${port} on 127.0.0.1 is taken`);
  });

  it('every fault of the configuration comes at once, with its place, before anything else starts', async () => {
    const spoil = (configDir: string): void => {
      const file = join(configDir, 'huiying.yaml');
      const text = readFileSync(file, 'utf8');
      writeFileSync(file, text.replace('port: 8600', 'port: 86000').replace('concurrency: 8', 'concurency: 8'));
      writeFileSync(join(configDir, 'channels.yaml'), 'channels: [unclosed');
    };
    const refused = await RunningSystem.refused({ edit: spoil });
    expect(refused.code).toBe(78);
    const lines = refused.said.trim().split('\n');
    expect(lines.filter((line) => /huiying\.yaml:\d+: server\.port = 86000: 0–65535/.test(line))).toHaveLength(1);
    expect(lines.filter((line) => /huiying\.yaml:\d+: intake\.concurency = 8: no such key/.test(line))).toHaveLength(1);
    expect(lines.filter((line) => /channels\.yaml:\d+: .*valid YAML/.test(line))).not.toHaveLength(0);
  });

  it('a database newer than the program is refused in one line and left as it is', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'huiying-data-'));
    const first = await RunningSystem.start({ dataDir, edit: quiet });
    await (await first.db()).query(`insert into schema_migration values (9999, '9999-later.sql', 'x', now())`);
    await first.stop();
    const refused = await RunningSystem.refused({ dataDir, edit: quiet });
    expect(refused.code).toBe(78);
    expect(
      refused.said
        .trim()
        .split('\n')
        .filter((line) => line.includes('newer than this program')),
    ).toHaveLength(1);
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('an unreachable DATABASE_URL is named without its password', async () => {
    const env = { DATABASE_URL: `postgres://duty:geheim@127.0.0.1:${await freePort()}/huiying` };
    const refused = await RunningSystem.refused({ edit: quiet, env });
    expect(refused.code).toBe(1);
    expect(refused.said).toContain('check DATABASE_URL');
    expect(refused.said).not.toContain('geheim');
  });

  it('an unknown argument is wrong usage', async () => {
    const refused = await RunningSystem.refused({ edit: quiet, args: ['--prot', '1'] });
    expect(refused.code).toBe(2);
    expect(refused.said).toContain('--prot');
  });
});
