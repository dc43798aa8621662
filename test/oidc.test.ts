import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { openAccountBook } from '@app/accounts';
import type { WireMe } from '@app/domain';
import { rows } from '@app/storage';
import { Browser, PASSWORD } from './gateway-bench';
import { quiet } from './quiet-config';
import { root, RunningSystem } from './running-system';

jest.setTimeout(180_000);
let system: RunningSystem;
let provider: ChildProcess;
let issuer: string;

beforeAll(async () => {
  const port = await freePort();
  const redirectUri = `http://127.0.0.1:${port}/api/v1/oidc/callback`;
  provider = fork(join(root, 'test', 'oidc-provider.mjs'), [redirectUri], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  issuer = `http://127.0.0.1:${await new Promise<string>((resolve) => provider.stdout!.once('data', (d: Buffer) => resolve(d.toString().trim())))}`;
  system = await RunningSystem.start({
    args: ['--as-built', '--port', String(port)],
    edit: (dir) => {
      quiet(dir);
      mkdirSync(join(dir, 'secrets'), { recursive: true });
      writeFileSync(join(dir, 'secrets', 'oidc'), 'the secret of the tests\n');
      const main = join(dir, 'huiying.yaml');
      const set = `  oidc: { issuer: "${issuer}", clientId: huiying, secretFile: secrets/oidc, redirectUri: "${redirectUri}", name: 市级统一认证 }\n`;
      writeFileSync(main, readFileSync(main, 'utf8').replace('  oidc: null\n', set));
    },
  });
  const book = openAccountBook(await system.db());
  for (const username of ['zhang.san', 'li.si']) await book.add({ username, displayName: username, role: 'duty_officer' }, 'test');
});
afterAll(async () => {
  provider?.kill();
  await system?.stop();
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A browser that follows what it is told, with the cookies of both sites. */
class Surfer {
  private readonly jars = new Map<string, Map<string, string>>();

  async open(url: string, form?: Record<string, string>): Promise<{ status: number; location: string | null; text: string; url: string }> {
    const { origin } = new URL(url);
    const jar = this.jars.get(origin) ?? new Map<string, string>();
    this.jars.set(origin, jar);
    const response = await fetch(url, {
      redirect: 'manual',
      method: form ? 'POST' : 'GET',
      headers: { cookie: [...jar].map(([k, v]) => `${k}=${v}`).join('; '), ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}) },
      body: form && new URLSearchParams(form).toString(),
    });
    for (const set of response.headers.getSetCookie()) {
      const [pair = ''] = set.split(';');
      const at = pair.indexOf('=');
      if (/max-age=0|expires=Thu, 01 Jan 1970/i.test(set)) jar.delete(pair.slice(0, at));
      else jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
    const location = response.headers.get('location');
    return { status: response.status, location: location && new URL(location, url).href, text: await response.text(), url };
  }

  cookie(origin: string, name: string): string | undefined {
    return this.jars.get(origin)?.get(name);
  }

  /** To the provider, signs in there as somebody, agrees, and stops at the address of the callback. */
  async throughProvider(username: string, to = '/months'): Promise<string> {
    let page = await this.open(`${system.url}/api/v1/oidc/start?to=${encodeURIComponent(to)}`);
    for (let i = 0; i < 15; i++) {
      if (page.location?.startsWith(`${system.url}/api/v1/oidc/callback`)) return page.location;
      if (page.location) page = await this.open(page.location);
      else {
        const action = /action="([^"]+)"/.exec(page.text)?.[1];
        const prompt = /name="prompt" value="(\w+)"/.exec(page.text)?.[1];
        if (!action || !prompt) throw new Error(`no form at ${page.url}: ${page.text.slice(0, 500)}`);
        page = await this.open(new URL(action, page.url).href, prompt === 'login' ? { prompt, login: username, password: 'x' } : { prompt });
      }
    }
    throw new Error('the provider goes round in circles');
  }
}

const sessionOf = (surfer: Surfer): Browser => {
  const browser = new Browser(system.url);
  browser.cookie = `huiying_session=${surfer.cookie(system.url, 'huiying_session') ?? ''}`;
  return browser;
};

it('is offered by name on the sign-in page', async () => {
  expect((await new Browser(system.url).get('/oidc')).body).toMatchObject({ name: '市级统一认证' });
});

it('signs in whose account is there, with the rights given here, and leads to the page that was asked for', async () => {
  const surfer = new Surfer();
  const back = await surfer.open(await surfer.throughProvider('Zhang.San'));
  expect(back).toMatchObject({ status: 302, location: `${system.url}/months` });
  const me = (await sessionOf(surfer).get<WireMe>('/me')).body;
  // No password of this system was ever used, so none must be changed first.
  expect(me).toMatchObject({ username: 'zhang.san', role: 'duty_officer', mustChangePassword: false });
  expect((await sessionOf(surfer).get('/board')).status).toBe(200);
  const [record] = await rows<{ data: object }>(await system.db(), `select data from audit where action = 'session.open' and actor = 'zhang.san' order by id desc limit 1`);
  expect(record!.data).toMatchObject({ by: 'oidc', issuer });
});

it('lets in nobody without an account, and makes none', async () => {
  const surfer = new Surfer();
  expect((await surfer.open(await surfer.throughProvider('stranger'))).location).toBe(`${system.url}/sign-in?oidc=no-account`);
  expect(surfer.cookie(system.url, 'huiying_session')).toBeUndefined();
  expect(await rows(await system.db(), `select 1 from account where username = 'stranger'`)).toEqual([]);
  await rows(await system.db(), `update account set disabled = true where username = 'li.si'`);
  expect((await surfer.open(await new Surfer().throughProvider('li.si'))).location).toBe(`${system.url}/sign-in?oidc=expired`);
  const other = new Surfer();
  expect((await other.open(await other.throughProvider('li.si'))).location).toBe(`${system.url}/sign-in?oidc=disabled`);
});

describe('a callback', () => {
  it('is good once, in the browser that began, and only as the provider signed it', async () => {
    const surfer = new Surfer();
    const url = await surfer.throughProvider('zhang.san');
    // Sent to somebody else as a link: he must not land in the account of who sent it.
    expect((await new Surfer().open(url)).location).toBe(`${system.url}/sign-in?oidc=expired`);
    const forged = new URL(url);
    forged.searchParams.set('code', 'a-code-that-nobody-gave');
    expect((await surfer.open(forged.href)).location).toBe(`${system.url}/sign-in?oidc=failed`);
    // The state is used up, with whatever code.
    expect((await surfer.open(url)).location).toBe(`${system.url}/sign-in?oidc=expired`);
    expect(surfer.cookie(system.url, 'huiying_session')).toBeUndefined();
  });

  it('leads to no other site', async () => {
    for (const to of ['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)']) {
      const surfer = new Surfer();
      expect((await surfer.open(await surfer.throughProvider('zhang.san', to))).location).toBe(`${system.url}/`);
    }
  });

  it('ends the session that the browser still held: none that was planted is taken up', async () => {
    const surfer = new Surfer();
    await surfer.open(await surfer.throughProvider('zhang.san'));
    const before = sessionOf(surfer);
    await surfer.open(await surfer.throughProvider('zhang.san'));
    expect(sessionOf(surfer).cookie).not.toBe(before.cookie);
    expect((await before.get('/me')).status).toBe(401);
    expect((await sessionOf(surfer).get('/me')).status).toBe(200);
  });
});

it('the password goes on beside it', async () => {
  const reset = await openAccountBook(await system.db()).resetPassword((await rows<{ id: string }>(await system.db(), `select id from account where username = 'zhang.san'`))[0]!.id, 'test');
  if (!reset.ok) throw new Error(reset.reason);
  const browser = new Browser(system.url);
  expect((await browser.signIn('zhang.san', reset.oneTimePassword)).body.mustChangePassword).toBe(true);
  expect((await browser.post('/me/password', { current: reset.oneTimePassword, next: PASSWORD })).status).toBe(204);
});

it('a provider that is away is said on the sign-in page', async () => {
  await system.killChild('gateway');
  provider.kill();
  const surfer = new Surfer();
  expect((await surfer.open(`${system.url}/api/v1/oidc/start`)).location).toBe(`${system.url}/sign-in?oidc=away`);
});
