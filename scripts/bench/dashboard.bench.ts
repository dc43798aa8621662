/**
 * The dashboard in a real browser on the built system: `npm run bench -- dashboard [sizes load scroll alert updates wall]`.
 *   sizes    JavaScript of the duty board's first load, gzipped            (wanted: ≤ 350 KB)
 *   load     address entered → first row of the board, over three numbers of open cases (wanted: ≤ 2 s)
 *   scroll   frames while all rows are scrolled through                      (p95)
 *   alert    delivery by the socket → the alert is on screen                (wanted: ≤ 150 ms)
 *   updates  frames and long tasks under 50 changed cases a second
 *   wall     JavaScript heap of 大屏 after forced collections, its timers 60 times as fast, under changes
 * Needs Chromium (HUIYING_BROWSER, else Debian's).
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import type { DataSource } from 'typeorm';
import { openAccountBook } from '@app/accounts';
import { rows } from '@app/storage';
import { openBenchDatabase } from './bench-database';
import { pause, startApp, stopApp } from './child';
import { seedCases, seedIdle } from './clock-fixture';
import { figure, QUICK, sizesOf } from './figure';

/** Open cases on the board; the parts that do not grow with them are measured at the last. */
const SIZES = sizesOf([], { quick: [500, 2_000, 5_000], full: [1_000, 5_000, 10_000] });
const UPDATES_A_SECOND = 50;
const UPDATE_SECONDS = 15;
const ALERTS = 30;
const HASTE = 60;
const WALL_SECONDS = Number(process.env['BENCH_WALL_SECONDS'] ?? (QUICK ? 30 : 120));
const PASSWORD = 'correct horse battery bench';
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const at = (sorted: number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? NaN;
const spread = (values: number[]): string => {
  const sorted = [...values].sort((a, b) => a - b);
  return `p50 ${at(sorted, 0.5).toFixed(1)}, p95 ${at(sorted, 0.95).toFixed(1)}, max ${at(sorted, 1).toFixed(1)} ms`;
};

/** Notes when the socket delivers an alert and when its title is on screen; kept on `window.__seen`. */
const WATCH = `(() => {
  const seen = (window.__seen = { came: {}, shown: {} });
  const take = (data) => { for (const m of String(data).matchAll(/测量预警\\d+/g)) seen.came[m[0]] ??= performance.now(); };
  const Native = window.WebSocket;
  window.WebSocket = class extends Native { constructor(...a) { super(...a); this.addEventListener('message', (e) => take(e.data)); } };
  const look = () => { for (const m of (document.body?.innerText ?? '').matchAll(/测量预警\\d+/g)) if (!(m[0] in seen.shown)) { seen.shown[m[0]] = NaN; requestAnimationFrame(() => (seen.shown[m[0]] = performance.now())); } };
  addEventListener('DOMContentLoaded', () => new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true }));
})()`;

/** Frame lengths and long tasks while \`act\` runs in the page. */
const frames = (act: string, ms: number): string => `(async () => {
  const frames = [], tasks = [];
  const observer = new PerformanceObserver((l) => l.getEntries().forEach((e) => tasks.push(e.duration)));
  observer.observe({ entryTypes: ['longtask'] });
  let last = performance.now(); const end = last + ${ms}; let n = 0;
  await new Promise((done) => { const step = (t) => { frames.push(performance.now() - last); last = performance.now(); ${act}; n++; last < end ? requestAnimationFrame(step) : done(); }; requestAnimationFrame(step); });
  observer.disconnect();
  return { frames, tasks };
})()`;

async function person(db: DataSource, base: string, username: string): Promise<void> {
  const made = await openAccountBook(db).add({ username, displayName: username, role: 'duty_officer' }, 'bench');
  if (!made.ok) throw new Error(made.reason);
  const send = async (path: string, body: object, cookie = '', csrf = ''): Promise<Response> =>
    fetch(`${base}/api/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: base, cookie, 'x-csrf-token': csrf },
      body: JSON.stringify(body),
    });
  const entered = await send('/session', { username, password: made.oneTimePassword });
  const cookie = entered.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const { csrfToken } = (await entered.json()) as { csrfToken: string };
  await send('/me/password', { current: made.oneTimePassword, next: PASSWORD }, cookie, csrfToken);
}

async function openPage(browser: Browser, base: string, username: string, script: string, to = '/'): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' });
  await context.addInitScript(`localStorage.setItem('huiying.tour.${username}', 'true');${script}`);
  const page = await context.newPage();
  await page.goto(`${base}/sign-in?to=${encodeURIComponent(to)}`);
  await page.fill('[name=username]', username);
  await page.fill('[name=password]', PASSWORD);
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.pathname === to);
  return page;
}

async function changeCases(db: DataSource, seconds: number): Promise<void> {
  const started = performance.now();
  for (let n = 0; n < seconds * UPDATES_A_SECOND; n++) {
    await rows(
      db,
      `with c as (update case_file set item_count = item_count + 1, version = version + 1 where id = $1 returning id) select pg_notify('case_changed', id::text) from c`,
      [1 + (n % 400)],
    );
    await pause(Math.max(0, started + ((n + 1) * 1000) / UPDATES_A_SECOND - performance.now()));
  }
}

async function sizes(root: string): Promise<boolean> {
  const { firstLoad, BUDGET_BYTES } = (await import(join(root, 'scripts', 'dashboard-size.mjs'))) as {
    firstLoad: (f: string) => { total: number; files: unknown[] };
    BUDGET_BYTES: number;
  };
  const { total, files } = firstLoad(join(root, 'dist', 'dashboard'));
  figure({
    name: 'JavaScript of the first load, gzipped',
    value: total / 1024,
    unit: 'KB',
    atMost: BUDGET_BYTES / 1024,
  });
  say(
    `sizes: first load of the duty board ${(total / 1024).toFixed(1)} KB of JavaScript gzipped in ${files.length} files   (wanted: ≤ 350)`,
  );
  return total <= BUDGET_BYTES;
}

async function load(page: Page, base: string, CASES: number): Promise<boolean> {
  const times: number[] = [];
  for (let n = 0; n < 7; n++) {
    const started = performance.now();
    await page.goto(base);
    await page.locator('[data-test=case-row]').first().waitFor();
    times.push(performance.now() - started);
  }
  figure({
    name: 'address → first row, median',
    size: CASES,
    of: 'open cases',
    value: at(
      [...times].sort((a, b) => a - b),
      0.5,
    ),
    unit: 'ms',
    atMost: 2000,
  });
  say(`load: address to first row, ${CASES} open cases: ${spread(times)}   (wanted: ≤ 2000)`);
  return (
    at(
      [...times].sort((a, b) => a - b),
      0.5,
    ) <= 2000
  );
}

async function scroll(page: Page, CASES: number): Promise<boolean> {
  for (let n = 0; n < 120 && (await page.locator('.lane.all b').innerText()) !== String(CASES); n++) await pause(500);
  const result = (await page.evaluate(frames(`document.querySelector('.scroller').scrollTop += 900`, 6000))) as {
    frames: number[];
    tasks: number[];
  };
  const seen = (await page.evaluate(`document.querySelectorAll('[data-test=case-row]').length`)) as number;
  figure({
    name: 'frames while scrolling, p95',
    size: CASES,
    of: 'open cases',
    value: at(
      [...result.frames.slice(1)].sort((a, b) => a - b),
      0.95,
    ),
    unit: 'ms',
    atMost: 50,
  });
  say(
    `scroll: ${await page.locator('.lane.all b').innerText()} rows, ${seen} of them in the page: frames ${spread(result.frames.slice(1))}, long tasks ${result.tasks.length}`,
  );
  return (
    at(
      [...result.frames.slice(1)].sort((a, b) => a - b),
      0.95,
    ) <= 50
  );
}

async function alert(page: Page, db: DataSource): Promise<boolean> {
  await page.click('[data-test=bell]');
  for (let n = 1; n <= ALERTS; n++) {
    await rows(
      db,
      `with a as (insert into alert (key, kind, severity, title, audience, instant_at, created_at)
         values ('bench-' || $1::text, 'info', 'info', '测量预警' || $1::text, array['duty_officer'], app_now(), app_now()) returning id)
       select pg_notify('alert_added', id::text) from a`,
      [n],
    );
    await pause(350);
  }
  await pause(1500);
  const { came, shown } = (await page.evaluate('window.__seen')) as {
    came: Record<string, number>;
    shown: Record<string, number>;
  };
  const lags = Object.keys(came).flatMap((k) => (shown[k] === undefined ? [] : [shown[k] - (came[k] ?? NaN)]));
  figure({
    name: 'alert: socket → screen, p95',
    value: at(
      [...lags].sort((a, b) => a - b),
      0.95,
    ),
    unit: 'ms',
    atMost: 150,
  });
  say(`alert: socket to screen, ${lags.length} of ${ALERTS}: ${spread(lags)}   (wanted: ≤ 150)`);
  await page.keyboard.press('Escape');
  return lags.length === ALERTS && Math.max(...lags) <= 150;
}

async function updates(page: Page, db: DataSource): Promise<boolean> {
  const [result] = (await Promise.all([
    page.evaluate(frames('', UPDATE_SECONDS * 1000)),
    changeCases(db, UPDATE_SECONDS),
  ])) as [{ frames: number[]; tasks: number[] }, void];
  figure({
    name: `frames at ${UPDATES_A_SECOND} changed cases a second, p95`,
    value: at(
      [...result.frames.slice(1)].sort((a, b) => a - b),
      0.95,
    ),
    unit: 'ms',
    atMost: 50,
  });
  say(
    `updates: ${UPDATES_A_SECOND} changed cases a second for ${UPDATE_SECONDS} s: frames ${spread(result.frames.slice(1))}, long tasks ${result.tasks.length} (${spread(result.tasks)})`,
  );
  return (
    at(
      [...result.frames.slice(1)].sort((a, b) => a - b),
      0.95,
    ) <= 50
  );
}

async function wall(browser: Browser, base: string, db: DataSource): Promise<boolean> {
  const hasten = `{ const T = window.setTimeout, I = window.setInterval; window.setTimeout = (f, ms, ...a) => T(f, (ms ?? 0) / ${HASTE}, ...a); window.setInterval = (f, ms, ...a) => I(f, (ms ?? 0) / ${HASTE}, ...a); }`;
  const page = await openPage(browser, base, 'bench-wall', hasten, '/wall');
  await page.locator('.figures').waitFor();
  const devtools = await page.context().newCDPSession(page);
  const heap: number[] = [];
  const measure = async (): Promise<void> => {
    await devtools.send('HeapProfiler.collectGarbage');
    heap.push((await devtools.send('Runtime.getHeapUsage')).usedSize / 1024 / 1024);
  };
  await Promise.all([
    changeCases(db, WALL_SECONDS),
    (async () => {
      await pause(10_000);
      for (let n = 0; n < (WALL_SECONDS - 10) / 5; n++) {
        await measure();
        await pause(5000);
      }
    })(),
  ]);
  const third = Math.max(1, Math.floor(heap.length / 3));
  const sixth = Math.max(1, Math.floor(heap.length / 6));
  const median = (list: number[]): number =>
    at(
      [...list].sort((a, b) => a - b),
      0.5,
    );
  const [first, last] = [median(heap.slice(0, third)), median(heap.slice(-third))];
  figure({ name: 'heap of 大屏, growth', value: last - first, unit: 'MB', atMost: 0.5 });
  say(
    `wall: ${((WALL_SECONDS * HASTE) / 3600).toFixed(1)} h of timers in ${WALL_SECONDS} s, ${WALL_SECONDS * UPDATES_A_SECOND} changes: heap ${first.toFixed(2)} MB at first, ${last.toFixed(2)} MB at last, largest ${Math.max(...heap).toFixed(2)} MB`,
  );
  say(
    `wall: medians of its sixths ${Array.from({ length: 6 }, (_, n) => median(heap.slice(n * sixth, (n + 1) * sixth)).toFixed(2)).join(', ')} MB`,
  );
  await page.context().close();
  return last - first < 0.5;
}

async function addCases(db: DataSource, have: number, wanted: number): Promise<void> {
  await seedCases(db, wanted - have, have);
  await seedIdle(db, wanted - have, wanted);
}

async function main(): Promise<boolean> {
  const root = process.cwd();
  execFileSync(process.execPath, [join(root, 'scripts', 'build.mjs'), '--quiet'], { stdio: 'inherit' });
  const wanted = process.argv.slice(2);
  const parts = wanted.length > 0 ? wanted : ['sizes', 'load', 'scroll', 'alert', 'updates', 'wall'];
  let fine = true;
  if (parts.includes('sizes')) fine = await sizes(root);
  const executablePath = [
    process.env['HUIYING_BROWSER'] ?? '',
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  ].find((p) => p !== '' && existsSync(p));
  if (!executablePath) throw new Error('no Chromium: apt-get install chromium, or HUIYING_BROWSER=path');
  const database = await openBenchDatabase();
  const db = database.dataSource;
  const browser = await chromium.launch({
    executablePath,
    env: { ...process.env, LANG: 'C.UTF-8' },
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  });
  try {
    await addCases(db, 0, SIZES[0] ?? 0);
    const gateway = await startApp('gateway', database.url);
    const engine = await startApp('rules', database.url);
    const base = `http://127.0.0.1:${gateway.port}`;
    for (const name of ['bench-duty', 'bench-wall']) await person(db, base, name);
    const page = await openPage(browser, base, 'bench-duty', WATCH);
    for (const [i, cases] of SIZES.entries()) {
      if (i > 0) await addCases(db, SIZES[i - 1] ?? 0, cases);
      if (parts.includes('load')) fine = (await load(page, base, cases)) && fine;
      if (parts.includes('scroll')) fine = (await scroll(page, cases)) && fine;
    }
    if (parts.includes('alert')) fine = (await alert(page, db)) && fine;
    if (parts.includes('updates')) fine = (await updates(page, db)) && fine;
    if (parts.includes('wall')) fine = (await wall(browser, base, db)) && fine;
    for (const { child } of [engine, gateway]) await stopApp(child);
    return fine;
  } finally {
    await browser.close();
    await database.close();
  }
}

main().then(
  (fine) => (process.exitCode = fine ? 0 : 1),
  (error: Error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exitCode = 2;
  },
);
