// `npm start` as an administrator types it, then: does the page come, can one sign in, do health and
// sockets answer, does Ctrl-C stop everything? The last line counts the checks.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { io } from 'socket.io-client';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const START_WITHIN_MS = 120_000;
const STOP_WITHIN_MS = 10_000;
const counts = { passed: 0, failed: 0 };

async function check(name, work) {
  const started = performance.now();
  try {
    await work();
    counts.passed++;
    console.log(`ok    ${name} (${Math.round(performance.now() - started)} ms)`);
  } catch (error) {
    counts.failed++;
    console.log(`FAIL  ${name}: ${error.message}`);
  }
}

function expect(truth, message) {
  if (!truth) throw new Error(message);
}

async function soon(look, withinMs, what) {
  const until = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > until) throw new Error(`${what} did not come within ${withinMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** npm in a process group of its own, so that the signal reaches it as Ctrl-C in a terminal would. */
function npmStart(env) {
  const child = spawn('npm', ['start'], {
    cwd: root,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const system = { child, said: '', code: undefined };
  const hear = (chunk) => {
    system.said += chunk;
    process.stdout.write(chunk);
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  child.on('close', (code) => (system.code = code ?? 1));
  return system;
}

async function signIn(url, password) {
  const answer = await fetch(`${url}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ username: 'admin', password }),
  });
  expect(answer.ok, `sign-in answered ${answer.status}: ${await answer.clone().text()}`);
  return answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
}

function firstTime(url, cookie) {
  const socket = io(url, {
    extraHeaders: { cookie, origin: url },
    auth: { lastSeq: 0 },
    reconnection: false,
    timeout: 10_000,
  });
  const told = new Promise((resolve, reject) => {
    socket.on('time', resolve);
    socket.on('connect_error', reject);
    setTimeout(() => reject(new Error('no time event within 10 s')), 10_000).unref();
  });
  return told.finally(() => socket.close());
}

const dataDir = mkdtempSync(join(tmpdir(), 'huiying-ci-'));
const port = await freePort();
const url = `http://127.0.0.1:${port}`;
const system = npmStart({ HUIYING_PORT: String(port), HUIYING_DATA: dataDir });
let cookie = '';

await check('npm start reaches the running system', () =>
  soon(
    () => {
      expect(system.code === undefined, `npm start ended with ${system.code}`);
      return system.said.includes(`已就绪：${url}`);
    },
    START_WITHIN_MS,
    'the address',
  ),
);
await check('the page comes with its script and its security header', async () => {
  const answer = await fetch(url);
  const html = await answer.text();
  expect(answer.status === 200 && html.includes('<div id="app">'), `the page answered ${answer.status}`);
  expect(answer.headers.get('content-security-policy'), 'no Content-Security-Policy');
  const script = /src="(\/[^"]+\.js)"/.exec(html)?.[1];
  expect(script, 'no script in the page');
  expect((await fetch(url + script)).status === 200, `${script} does not come`);
});
await check('/health/live answers', async () => expect((await fetch(`${url}/health/live`)).status === 200, 'not 200'));
await check('/health/ready answers 200 once the clocks beat', () =>
  soon(async () => (await fetch(`${url}/health/ready`)).status === 200, 60_000, 'readiness'),
);
await check('/metrics answers', async () => expect((await fetch(`${url}/metrics`)).status === 200, 'not 200'));
await check('the API is closed without signing in', async () => {
  const { status } = await fetch(`${url}/api/v1/cases`);
  expect(status === 401, `GET /api/v1/cases answered ${status}`);
});
await check('the first administrator signs in with the one-time password', async () => {
  const password = /一次性密码：(\S+)/.exec(system.said)?.[1];
  expect(password, 'no one-time password was printed');
  cookie = await signIn(url, password);
  expect(cookie !== '', 'no cookie was set');
});
await check('the one-time password is changed for an own one, which signs in', async () => {
  const { csrfToken } = await (await fetch(`${url}/api/v1/me`, { headers: { cookie } })).json();
  const current = /一次性密码：(\S+)/.exec(system.said)?.[1];
  const next = `${randomUUID()}-Aa1`;
  const answer = await fetch(`${url}/api/v1/me/password`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url, cookie, 'x-csrf-token': csrfToken },
    body: JSON.stringify({ current, next }),
  });
  expect(answer.ok, `the change answered ${answer.status}: ${await answer.clone().text()}`);
  cookie = await signIn(url, next);
});
await check('a socket without a session is refused', async () => {
  const refused = await firstTime(url, '').then(
    () => false,
    () => true,
  );
  expect(refused, 'it was let in');
});
await check('a socket with a session is greeted with the time of the system', async () => {
  const { now } = await firstTime(url, cookie);
  expect(Math.abs(Date.parse(now) - Date.now()) < 60_000, `the time is ${now}`);
});
await check('Ctrl-C stops everything within 10 s', async () => {
  process.kill(-system.child.pid, 'SIGINT');
  await soon(() => system.code !== undefined, STOP_WITHIN_MS, 'the end');
  const closed = await fetch(`${url}/health/live`).then(
    () => false,
    () => true,
  );
  expect(closed, 'the gateway still answers');
});

if (system.code === undefined) process.kill(-system.child.pid, 'SIGKILL');
rmSync(dataDir, { recursive: true, force: true });
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed === 0 ? 0 : 1;
