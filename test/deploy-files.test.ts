import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { checkSettings } from '@app/settings';
import { root, RunningSystem } from './running-system';
import { quiet } from './quiet-config';

const DEPLOY = join(root, 'config', 'deploy');
const read = (...path: string[]): string => readFileSync(join(DEPLOY, ...path), 'utf8');

interface Service {
  command?: string[];
  environment?: Record<string, string>;
  read_only?: boolean;
  cap_drop?: string[];
  depends_on?: Record<string, unknown>;
  healthcheck?: { test: string[] };
  volumes?: string[];
}

it('the compose file starts what is built, with the settings that are read, as a user without rights on read-only files', () => {
  const { services, volumes } = parse(read('compose.yaml'), { merge: true }) as { services: Record<string, Service>; volumes: Record<string, unknown> };
  const own = ['migrate', 'gateway', 'rules', 'crawler'];
  expect(Object.keys(services).sort()).toEqual([...own, 'postgres', 'redis'].sort());
  for (const name of own) {
    const service = services[name]!;
    const file = service.command!.find((part) => /\.m?js$/.test(part))!;
    expect([name, existsSync(join(root, file))]).toEqual([name, true]);
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
    expect(Object.keys(service.environment!).every((key) => read('..', '..', 'README.md').includes(`\`${key}\``))).toBe(true);
    for (const needed of Object.keys(service.depends_on!)) expect(Object.keys(services)).toContain(needed);
  }
  expect(services['gateway']!.healthcheck!.test.join(' ')).toContain('/health/ready');
  expect(Object.keys(volumes)).toEqual(['postgres']);
  expect(read('Dockerfile')).toMatch(/^USER node$/m);
});

it('systemd finds no fault in the units, and they start what is built', () => {
  const folder = mkdtempSync(join(tmpdir(), 'huiying-units-'));
  try {
    // The unit names Node where a package installs it; here it may stand elsewhere.
    for (const name of readdirSync(join(DEPLOY, 'systemd')))
      writeFileSync(join(folder, name.replace('@', '@gateway')), read('systemd', name).replaceAll('/usr/bin/node', process.execPath).replaceAll('/usr/bin/find', '/bin/sh'));
    const units = readdirSync(folder).map((name) => join(folder, name));
    const checked = spawnSync('systemd-analyze', ['verify', '--man=no', ...units], { encoding: 'utf8' });
    if (checked.error === undefined) expect(checked.stderr.split('\n').filter((line) => line.includes('huiying'))).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  for (const app of ['gateway', 'rules', 'crawler']) expect(existsSync(join(root, 'dist', 'apps', app, 'src', 'main.js'))).toBe(true);
  expect(read('systemd', 'huiying@.service')).toContain('RestartPreventExitStatus=78');
});

it('the folder is no setting: the settings are whole with it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'huiying-config-'));
  cpSync(join(root, 'config'), folder, { recursive: true });
  expect(checkSettings({ configDir: folder })).toEqual([]);
  rmSync(folder, { recursive: true, force: true });
});

describe('what watches the system', () => {
  let metrics: string;
  beforeAll(async () => {
    const system = await RunningSystem.start({ edit: quiet });
    const has = (text: string): boolean => /huiying_heartbeat_age_seconds\{kind="crawler"\}/.test(text) && /huiying_heartbeat_age_seconds\{kind="rules"\}/.test(text);
    const end = performance.now() + 30_000;
    do metrics = await (await fetch(`${system.url}/metrics`)).text();
    while (!has(metrics) && performance.now() < end && (await new Promise((next) => setTimeout(next, 500, true))));
    await system.stop();
  }, 90_000);
  afterAll(() => RunningSystem.stopAll());

  const named = (text: string): string[] => [...new Set(text.match(/huiying_\w+/g) ?? [])];
  const queries = (): string[] => {
    const { groups } = parse(read('monitoring', 'alerts.yaml')) as { groups: { rules: { expr: string }[] }[] };
    const { panels } = JSON.parse(read('monitoring', 'grafana.json')) as { panels: { targets: { expr: string }[] }[] };
    return [...groups.flatMap((g) => g.rules.map((r) => r.expr)), ...panels.flatMap((p) => p.targets.map((t) => t.expr))];
  };

  it('asks only for figures that are there', () => {
    const there = named(metrics);
    expect(queries().length).toBeGreaterThan(15);
    for (const name of named(queries().join(' '))) expect(there).toContain(name);
  });

  it('asks for kinds and states that are there', () => {
    for (const [, label, value] of queries().join(' ').matchAll(/(kind|state)="(\w+)"/g)) expect(metrics).toContain(`${label}="${value}"`);
  });
});
