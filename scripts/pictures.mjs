#!/usr/bin/env node
// npm run pictures: the pictures of the manual, taken from the running demonstration in Chromium, so that they stay true.
// Starts a system of its own (fresh data, a free port), lets the invented day run fast, does a little of each person's
// work, and writes apps/dashboard/public/manual/*.webp. HUIYING_BROWSER names another browser than Debian's.
import { fork } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { build } from './build.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const target = join(root, 'apps', 'dashboard', 'public', 'manual');
const PASSWORD = '手册用的密码只在这一次2026';
const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const QUALITY = 62;
/** A table as a hotline exports it; the second row repeats a number, the third has no time that can be read. */
const TICKETS = `工单编号,工单标题,诉求内容,受理时间,所属区域,来电号码
YX20261127001,柳湾小区停水三天,六栋以上没有水，物业说在等水厂,2026-11-27 08:30,云溪县,13800000000
YX20261127001,柳湾小区停水三天,又打来催问,2026-11-27 09:10,云溪县,13800000000
YX20261127002,青禾路路灯不亮,从桥头到学校一段晚上看不见路,日期不清,桥头镇,13900000000
YX20261127003,城东菜市场占道经营,早上七点到九点车辆过不去,2026-11-27 09:40,云溪县,13700000000
`;
const say = (line) => process.stderr.write(`${line}\n`);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** One person's session over the API. */
class Session {
  cookie = '';
  csrf = '';
  constructor(base) {
    this.base = base;
  }

  async send(method, path, body) {
    const response = await fetch(`${this.base}/api/v1${path}`, {
      method,
      headers: {
        cookie: this.cookie,
        origin: this.base,
        'x-csrf-token': this.csrf,
        'content-type': 'application/json',
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const set = response.headers.getSetCookie().find((c) => c.startsWith('huiying_session='));
    if (set) this.cookie = set.split(';')[0];
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  }

  async enter(username, oneTimePassword) {
    this.csrf = (await this.send('POST', '/session', { username, password: oneTimePassword })).csrfToken;
    await this.send('POST', '/me/password', { current: oneTimePassword, next: PASSWORD });
    this.csrf = (await this.send('POST', '/session', { username, password: PASSWORD })).csrfToken;
    return this;
  }
}

function startSystem(config, data) {
  const child = fork(
    join(root, 'scripts', 'start.mjs'),
    ['--as-built', '--port', '0', '--data', data, '--config', config],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    },
  );
  const running = new Promise((resolve, reject) => {
    child.on('message', (message) => message.kind === 'running' && resolve(message));
    child.on('close', (code) => reject(new Error(`the system ended (${code})`)));
  });
  return { child, running };
}

/** The demonstration alone, at the speed that shows a whole day in a few minutes. */
function demonstration() {
  const config = mkdtempSync(join(tmpdir(), 'huiying-pictures-config-'));
  cpSync(join(root, 'config'), config, { recursive: true });
  rmSync(join(config, 'sources', 'public.yaml'), { force: true });
  const main = join(config, 'huiying.yaml');
  writeFileSync(main, readFileSync(main, 'utf8').replace(/^( +speed: )\d+/m, '$1240'));
  return config;
}

async function person(admin, username, displayName, role, departmentId) {
  const { oneTimePassword } = await admin.send('POST', '/users', {
    username,
    displayName,
    role,
    departmentId: departmentId ?? null,
  });
  return new Session(admin.base).enter(username, oneTimePassword);
}

/** A day's work in small: something assigned, signed for, handed over. @returns the case to be shown */
async function work(admin) {
  const { departments } = await admin.send('GET', '/departments');
  const unit = departments.find((d) => d.id === 'yingji') ?? departments[0];
  const officer = await person(admin, 'zhiban', '林晓', 'duty_officer');
  const late = await person(admin, 'wanban', '周衡', 'duty_officer');
  await person(admin, 'bumen', '黄宁', 'department_head', unit.id);
  await person(admin, 'lingdao', '陈锐', 'leader');
  let cases = [];
  for (let n = 0; n < 240; n++) {
    cases = (await admin.send('GET', '/board')).cases;
    if (cases.length >= 12 && cases.some((c) => c.caseClass === 'emergency')) break;
    await pause(1000);
  }
  const shown = cases.find((c) => c.caseClass === 'emergency') ?? cases[0];
  for (const c of [shown, ...cases.filter((c) => c !== shown && c.state === '待研判').slice(0, 3)]) {
    await officer.send('POST', `/cases/${c.id}/assign`, { departmentId: unit.id }).catch((error) => say(error.message));
  }
  await late.send('POST', '/handovers', {
    note: '恒泰化工爆炸已电话联系应急局，二十分钟后报第一次情况；柳湾小区停水，水厂说下午两点恢复，请跟进并登记回应。',
  });
  return shown.id;
}

async function main() {
  await build({ log: say });
  const executablePath =
    process.env.HUIYING_BROWSER ??
    ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((p) => existsSync(p));
  if (!executablePath) throw new Error('no Chromium: apt-get install chromium, or HUIYING_BROWSER=path');
  const [config, data] = [demonstration(), mkdtempSync(join(tmpdir(), 'huiying-pictures-'))];
  const { child, running } = startSystem(config, data);
  // The browser's own words in a date or file field are Chinese where its language pack is there (Debian: chromium-l10n).
  const browser = await chromium.launch({
    executablePath,
    env: { ...process.env, LANG: 'zh_CN.UTF-8', LANGUAGE: 'zh_CN' },
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--lang=zh-CN'],
  });
  try {
    const { url, administrator } = await running;
    const admin = await new Session(url).enter(administrator.username, administrator.oneTimePassword);
    const id = await work(admin);
    const SHOTS = [
      { who: 'zhiban', path: '/', file: 'board' },
      { who: 'zhiban', path: '/', file: 'alerts', act: (page) => page.click('[data-test=bell]') },
      { who: 'zhiban', path: '/handover', file: 'handover' },
      { who: 'zhiban', path: `/cases/${id}`, file: 'case' },
      { who: 'zhiban', path: `/items?q=${encodeURIComponent('化工厂 爆炸')}`, file: 'items' },
      { who: 'zhiban', path: '/review', file: 'review' },
      {
        who: 'zhiban',
        path: '/import',
        file: 'import',
        act: (page) =>
          page.setInputFiles('[name=file]', {
            name: '12345工单.csv',
            mimeType: 'text/csv',
            buffer: Buffer.from(TICKETS),
          }),
      },
      { who: 'zhiban', path: '/rules?tab=what-if', file: 'what-if' },
      { who: 'bumen', path: '/department', file: 'department', size: PHONE },
      { who: 'lingdao', path: '/months', file: 'month' },
      { who: 'lingdao', path: '/wall', file: 'wall' },
      { who: 'lingdao', path: '/roster', file: 'roster' },
      { who: 'admin', path: '/sources', file: 'sources' },
    ];
    for (const who of new Set(SHOTS.map((s) => s.who)))
      await shoot(
        browser,
        url,
        who,
        SHOTS.filter((s) => s.who === who),
      );
  } finally {
    await browser.close();
    child.kill('SIGINT');
    await new Promise((done) => child.once('close', done));
    for (const folder of [config, data]) rmSync(folder, { recursive: true, force: true });
  }
}

async function shoot(browser, url, who, shots) {
  const context = await browser.newContext({ locale: 'zh-CN', viewport: DESKTOP });
  await context.addInitScript(`localStorage.setItem('huiying.tour.${who}', 'true')`);
  const page = await context.newPage();
  await page.goto(`${url}/sign-in`);
  await page.fill('[name=username]', who);
  await page.fill('[name=password]', PASSWORD);
  await page.keyboard.press('Enter');
  await page.waitForURL((at) => !at.pathname.includes('sign-in'));
  const devtools = await context.newCDPSession(page);
  for (const { path, file, size = DESKTOP, act } of shots) {
    await page.setViewportSize(size);
    await page.goto(url + path);
    await page.waitForLoadState('networkidle').catch(() => undefined);
    await act?.(page);
    await pause(1200);
    const { data } = await devtools.send('Page.captureScreenshot', { format: 'webp', quality: QUALITY });
    const bytes = Buffer.from(data, 'base64');
    writeFileSync(join(target, `${file}.webp`), bytes);
    say(`${file}.webp ${Math.round(bytes.length / 1024)} KB`);
  }
  await context.close();
}

await main();
