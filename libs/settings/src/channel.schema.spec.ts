import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConfigFault } from './config-file';
import { loadChannels } from './channel.schema';
import { loadMessages } from './message.schema';
import { projectRoot } from './project-root';
import { checkSettings } from './settings';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'huiying-config-'));
  mkdirSync(join(dir, 'secrets'));
  writeFileSync(join(dir, 'secrets', 's'), 'SECRET\n');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function read(yaml: string): { settings: ReturnType<typeof loadChannels>; faults: [string, string][] } {
  writeFileSync(join(dir, 'channels.yaml'), yaml);
  const faults: ConfigFault[] = [];
  const settings = loadChannels(dir, faults);
  return { settings, faults: faults.map((f) => [f.key, f.allowed]) };
}

const SMS = `{ name: sms, kind: sms, enabled: true, url: 'https://sms.example/send' }`;

describe('config/channels.yaml', () => {
  it('as the repository brings it is right and switches nothing on; its examples are right too', () => {
    const text = readFileSync(join(projectRoot(), 'config', 'channels.yaml'), 'utf8');
    expect(read(text)).toMatchObject({ settings: { channels: [], routes: [] }, faults: [] });
    const examples = text.replace(/^(channels|routes): \[\]$/gm, '').replace(/^# (?=(channels|routes):$| {2}| {4})/gm, '').replace(/secretFile: \S+/g, 'secretFile: secrets/s');
    const { settings, faults } = read(examples);
    expect(faults).toEqual([]);
    expect(settings!.channels.map((c) => c.kind)).toEqual(['wecom', 'dingtalk', 'feishu', 'email', 'sms', 'webhook']);
    expect(settings!.routes.map((r) => r.send)).toEqual([['duty-wecom'], ['sms'], ['mail']]);
    expect(settings!.routes[1]!.when.hours).toEqual({ from: 22 * 60, to: 7 * 60 });
  });

  it('gives a channel its title, its secret and the common limit; a program has none', () => {
    const { settings } = read(`storm: { messages: 3, minutes: 1 }\nchannels: [${SMS}, { name: hook, kind: webhook, enabled: true, url: 'https://h.example', secretFile: secrets/s, title: 市平台 }]`);
    expect(settings!.channels).toMatchObject([
      { title: '短信', storm: { messages: 3, minutes: 1 }, secret: null, quotaPerDay: 500 },
      { title: '市平台', storm: null, secret: 'SECRET' },
    ]);
  });

  it.each([
    [`routes: [{ name: a, send: [sms] }]`, 'routes.0.send.0', 'an enabled channel: none is'],
    [`channels: [${SMS}]\nroutes: [{ name: a, send: [sms], fallback: [mail] }]`, 'routes.0.fallback.0', 'an enabled channel: sms'],
    [`channels: [${SMS}]\nroutes: [{ name: a }]`, 'routes.0.send', 'at least one channel'],
    [`channels: [${SMS}]\nroutes: [{ name: a, send: [sms], when: { hours: "25:00-08:00" } }]`, 'routes.0.when.hours', 'HH:MM-HH:MM, e.g. 22:00-08:00 (Beijing time)'],
    [`channels: [${SMS}]\nroutes: [{ name: a, send: [sms], when: { hours: "08:00-08:00" } }]`, 'routes.0.when.hours', 'two different times; leave the key out for the whole day'],
    [`channels: [{ name: sms, kind: sms, enabled: true, url: 'https://s.example', body: '{"p":"{phone}"}' }]`, 'channels.0.body', 'url or body must name {phone} and {text}'],
    [`channels: [{ name: sms, kind: sms, enabled: true, url: 'https://s.example', body: '{phone}{text}{nobody}' }]`, 'channels.0.body', 'only {phone}, {text}, {key}, {secret}, {unixSeconds}'],
    [`channels: [{ name: sms, kind: sms, enabled: true, url: 'https://s.example', headers: { x: "{text}" } }]`, 'channels.0.headers.x', 'only {key}, {secret}, {unixSeconds}'],
    [`channels: [{ name: sms, kind: sms, enabled: true, url: 'https://s.example', headers: { x: "{secret}" } }]`, 'channels.0.secretFile', 'a file: {secret} is used'],
    [`channels: [{ name: sms, kind: sms, enabled: true, url: 'https://s.example', quotaPerDay: 5, reserveForUrgent: 5 }]`, 'channels.0.reserveForUrgent', 'less than quotaPerDay'],
    [`channels: [{ name: sms, kind: sms, enabled: true, url: 'https://s.example', success: { path: code } }]`, 'channels.0.success', 'path and equals together'],
    [`channels: [{ name: m, kind: email }]`, 'channels.0.name', '2–32 small letters, digits or hyphens'],
    [`channels: [{ name: wire, kind: telex }]`, 'channels.0.kind', 'kind: webhook, wecom, dingtalk, feishu, email or sms'],
    [`storm: { messages: 0, minutes: 5 }`, 'storm.messages', '1–1000'],
    [`channels: [{ name: hook, kind: webhook, enabled: true, url: 'https://h.example', secretFile: secrets/none }]`, 'hook.secretFile', 'a readable file'],
  ])('%s: a fault of %s', (yaml, key, allowed) => {
    const { faults } = read(yaml);
    expect(faults).toContainEqual([key, expect.stringContaining(allowed)]);
  });

  it('a route for a department that does not exist is a fault with its line', () => {
    cpSync(join(projectRoot(), 'config'), dir, { recursive: true });
    writeFileSync(join(dir, 'channels.yaml'), `channels: [${SMS}]\nroutes:\n  - name: a\n    send: [sms]\n    when: { departments: [jiaoyu, nowhere] }\n`);
    expect(checkSettings({ configDir: dir, env: {} })).toMatchObject([{ key: 'routes.0.when.departments.1', value: 'nowhere', line: 5 }]);
  });
});

describe('config/messages.yaml', () => {
  const text = readFileSync(join(projectRoot(), 'config', 'messages.yaml'), 'utf8');
  const faultsOf = (yaml: string) => {
    writeFileSync(join(dir, 'messages.yaml'), yaml);
    const faults: ConfigFault[] = [];
    loadMessages(dir, faults);
    return faults.map((f) => f.key);
  };

  it('as the repository brings it is right', () => expect(faultsOf(text)).toEqual([]));

  it.each([
    ['a value that does not exist', '- 承办：{unit}', '- 承办：{who}', 'single.lines.2'],
    ['no case, duty or time left', '- 时限：{duty}，{due}前，{left}', '- 时限：{due}', 'single.lines'],
    ['no link', 'link: 查看：{link}', 'link: 请登录', 'link'],
    ['no number in a summary', '【汇总】{count} 条预警', '【汇总】预警', 'digest.title'],
  ])('%s is a fault', (_, was, is, key) => {
    expect(text).toContain(was);
    expect(faultsOf(text.replace(was, is))).toEqual([key]);
  });
});
