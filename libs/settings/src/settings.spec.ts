import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigFaults } from './config-file';
import { projectRoot } from './project-root';
import { checkSettings, loadSettings } from './settings';

const shipped = join(projectRoot(), 'config');

describe('settings', () => {
  let configDir: string;
  const main = () => join(configDir, 'huiying.yaml');
  const edit = (from: string | RegExp, to: string) =>
    writeFileSync(main(), readFileSync(main(), 'utf8').replace(from, to));

  beforeEach(() => {
    configDir = mkdtempSync(join(tmpdir(), 'huiying-config-'));
    cpSync(shipped, configDir, { recursive: true });
  });
  afterEach(() => rmSync(configDir, { recursive: true }));

  it('the shipped configuration has no fault, the lazily loaded sections included', () => {
    expect(checkSettings({ configDir: shipped, env: {} })).toEqual([]);
  });

  it('the environment goes before the file, and PG* variables are never read', () => {
    const env = {
      HUIYING_PORT: '0',
      HUIYING_HOST: '0.0.0.0',
      HUIYING_DATA: '/srv/huiying',
      PGHOST: 'db.example',
      PGDATABASE: 'other',
    };
    const settings = loadSettings({ configDir, env });
    expect(settings.server).toMatchObject({ port: 0, host: '0.0.0.0' });
    expect(settings.dataDir).toBe('/srv/huiying');
    expect(settings.database.url).toBeNull();
  });

  it('an empty variable is an unset one', () => {
    expect(loadSettings({ configDir, env: { DATABASE_URL: '', HUIYING_PORT: '' } })).toMatchObject({
      server: { port: 8600 },
      database: { url: null },
    });
  });

  it('settings cannot be changed after they were read', () => {
    const settings = loadSettings({ configDir, env: {} }) as { server: { port: number }; rules: { packs: string[] } };
    expect(() => (settings.server.port = 1)).toThrow(TypeError);
    expect(() => settings.rules.packs.push('x')).toThrow(TypeError);
  });

  it('every fault of the file and of the environment comes at once, each with its place', () => {
    edit('port: 8600', 'port: 86000');
    edit('speed: 30', 'speed: fast');
    edit('concurrency: 8', 'concurency: 8');
    const load = () => loadSettings({ configDir, env: { HUIYING_PORT: 'web', DATABASE_URL: 'mysql://u:geheim@h/d' } });
    expect(load).toThrow(ConfigFaults);
    const faults = checkSettings({ configDir, env: { HUIYING_PORT: 'web', DATABASE_URL: 'mysql://u:geheim@h/d' } });
    expect(faults.map((f) => f.key).sort()).toEqual(
      ['DATABASE_URL', 'HUIYING_PORT', 'demo.speed', 'intake.concurency', 'server.port'].sort(),
    );
    const port = faults.find((f) => f.key === 'server.port');
    const lines = readFileSync(main(), 'utf8').split('\n');
    expect(lines[(port?.line ?? 0) - 1]).toContain('port: 86000');
    expect(port).toMatchObject({ file: main(), value: 86000, allowed: '0–65535' });
    expect(faults.find((f) => f.key === 'intake.concurency')).toMatchObject({ value: 8, allowed: 'no such key' });
  });

  it('a fault never repeats the password of a database address', () => {
    const faults = checkSettings({ configDir, env: { DATABASE_URL: 'mysql://u:geheim@h/d' } });
    expect(JSON.stringify(faults)).not.toContain('geheim');
  });

  it('a missing or broken main file is one fault that names it', () => {
    writeFileSync(main(), 'server: [unclosed');
    expect(checkSettings({ configDir, env: {} })[0]).toMatchObject({
      file: main(),
      allowed: expect.stringContaining('valid YAML'),
    });
    rmSync(main());
    expect(checkSettings({ configDir, env: {} })[0]).toMatchObject({
      file: main(),
      allowed: expect.stringContaining('a readable file'),
    });
  });

  it('what is named and does not exist is found beside faults of schemas, each with file and line', () => {
    edit('port: 8600', 'port: 86000');
    edit(/packs: .*/, 'packs: [national, nosuchpack]');
    const rules = join(configDir, 'rules', 'national.yaml');
    const departments = join(configDir, 'departments.yaml');
    const change = (file: string, from: RegExp, to: string) =>
      writeFileSync(file, readFileSync(file, 'utf8').replace(from, to));
    change(rules, /^version: .*/m, 'version: 7');
    change(rules, /ladder: \S+/, 'ladder: nosuchladder');
    change(departments, /^fallback: .*/m, 'fallback: nobody');
    change(departments, /- \{? *id: \S+?(,?)$/m, '- id: UPPER$1');
    const faults = checkSettings({ configDir, env: {} });
    for (const [file, value, shown] of [
      [main(), 86000, 'port: 86000'],
      [main(), 'nosuchpack', 'nosuchpack'],
      [rules, 7, 'version: 7'],
      [rules, 'nosuchladder', 'ladder: nosuchladder'],
      [departments, 'nobody', 'fallback: nobody'],
    ] as const) {
      const found = faults.filter((f) => f.file === file && f.value === value);
      expect(found).toHaveLength(1);
      expect(readFileSync(file, 'utf8').split('\n')[(found[0]?.line ?? 0) - 1]).toContain(shown);
    }
    expect(new Set(faults.map((f) => `${f.file} ${f.key}`)).size).toBe(faults.length);
  });

  it('a place that two sections read is one fault', () => {
    const file = join(configDir, 'departments.yaml');
    writeFileSync(file, 'departments: [unclosed');
    expect(checkSettings({ configDir, env: {} }).filter((f) => f.file === file)).toHaveLength(1);
  });

  it('a folder that is not there is one fault, not one for each file', () => {
    const faults = checkSettings({ configDir: join(configDir, 'nowhere'), env: {} });
    expect(faults).toMatchObject([{ file: join(configDir, 'nowhere'), allowed: expect.stringContaining('a folder') }]);
  });
});
