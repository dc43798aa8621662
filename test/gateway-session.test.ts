import { openAccountBook, sessionKeyOf } from '@app/accounts';
import type { WireMe } from '@app/domain';
import { rows } from '@app/storage';
import { io } from 'socket.io-client';
import { LiveSessions } from '../apps/gateway/src/live/live-sessions';
import { Browser, type GatewayBench, openGateway, PASSWORD, person } from './gateway-bench';

let bench: GatewayBench;
beforeAll(async () => {
  bench = await openGateway();
}, 60_000);
afterAll(() => bench.close());

const tokenOf = (browser: Browser) => decodeURIComponent(browser.cookie.split('=')[1]!);

describe('the first administrator', () => {
  it('is made once, with a password that must be changed before anything else', async () => {
    const first = await openAccountBook(bench.db).ensureFirstAdministrator();
    expect(first?.username).toBe('admin');
    expect(await openAccountBook(bench.db).ensureFirstAdministrator()).toBeNull();

    const browser = new Browser(bench.base);
    const me = await browser.signIn('admin', first!.oneTimePassword);
    expect(me.body).toMatchObject({ username: 'admin', role: 'administrator', mustChangePassword: true });
    expect((await browser.get('/departments')).body).toMatchObject({
      status: 403,
      type: 'urn:huiying:must-change-password',
    });
    const weak = await browser.post('/me/password', { current: first!.oneTimePassword, next: '1234567890' });
    expect(weak.body).toMatchObject({ status: 422, field: 'next', detail: '密码过于常见，请换一个' });
    const wrong = await browser.post('/me/password', { current: 'not it at all', next: PASSWORD });
    expect(wrong.body).toMatchObject({ status: 422, field: 'current' });
    expect((await browser.post('/me/password', { current: first!.oneTimePassword, next: PASSWORD })).status).toBe(204);
    expect((await browser.get('/departments')).status).toBe(200);
    expect((await new Browser(bench.base).signIn('admin', first!.oneTimePassword)).status).toBe(401);
  });
});

describe('a session', () => {
  it('has a cookie that scripts and other sites do not get', async () => {
    const browser = await person(bench, { username: 'cookie' });
    const answer = await browser.signIn('cookie', PASSWORD);
    const set = answer.headers.getSetCookie()[0]!;
    expect(set).toMatch(/^huiying_session=[A-Za-z0-9_-]{43}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('is stored only as a hash', async () => {
    const browser = await person(bench, { username: 'hashed' });
    const rows: { token_hash: string }[] = await bench.db.query('select token_hash from session');
    expect(rows.map((r) => r.token_hash)).toContain(sessionKeyOf(tokenOf(browser)));
    expect(JSON.stringify(rows)).not.toContain(tokenOf(browser));
  });

  it('gets a new token at each sign-in and ends the one before: a planted token is never taken up', async () => {
    await person(bench, { username: 'fixed' });
    const planted = 'A'.repeat(43);
    const browser = new Browser(bench.base);
    browser.cookie = `huiying_session=${planted}`;
    await browser.signIn('fixed', PASSWORD);
    const first = browser.cookie;
    expect(first).not.toContain(planted);
    await browser.signIn('fixed', PASSWORD);
    expect(browser.cookie).not.toBe(first);
    const old = new Browser(bench.base);
    old.cookie = first;
    expect((await old.get('/me')).status).toBe(401);
    old.cookie = `huiying_session=${planted}`;
    expect((await old.get('/me')).status).toBe(401);
  });

  it('ends by sign-out, by idleness, by age and with its account', async () => {
    const browser = await person(bench, { username: 'ending' });
    const key = () => sessionKeyOf(tokenOf(browser));
    expect((await browser.send('DELETE', '/api/v1/session')).status).toBe(204);
    expect((await browser.get('/me')).status).toBe(401);

    await browser.signIn('ending', PASSWORD);
    await bench.db.query(`update session set last_seen_at = last_seen_at - interval '12 hours' where token_hash = $1`, [
      key(),
    ]);
    expect((await browser.get('/me')).body).toMatchObject({ status: 401, type: 'urn:huiying:sign-in' });

    await browser.signIn('ending', PASSWORD);
    await bench.db.query('update session set expires_at = clock_timestamp() where token_hash = $1', [key()]);
    expect((await browser.get('/me')).status).toBe(401);

    await browser.signIn('ending', PASSWORD);
    await bench.db.query(`update account set disabled = true where username = 'ending'`);
    expect((await browser.get('/me')).status).toBe(401);
    expect((await browser.signIn('ending', PASSWORD)).body).toMatchObject({
      status: 401,
      detail: '用户名或密码不正确',
    });
  });

  it('of an open dashboard is in use, but not beyond its absolute end', async () => {
    const browser = await person(bench, { username: 'wall' });
    const key = sessionKeyOf(tokenOf(browser));
    const socket = io(bench.base, {
      extraHeaders: { cookie: browser.cookie, origin: bench.base },
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
    });
    await new Promise((resolve) => socket.once('time', resolve));
    const idle = async () => {
      const [found] = await rows<{ s: number }>(
        bench.db,
        'select extract(epoch from clock_timestamp() - last_seen_at)::float8 as s from session where token_hash = $1',
        [key],
      );
      return found!.s;
    };
    await bench.db.query(`update session set last_seen_at = last_seen_at - interval '11 hours' where token_hash = $1`, [key]);
    await bench.app.get(LiveSessions).recheck();
    expect(await idle()).toBeLessThan(60);
    expect(socket.connected).toBe(true);
    const ended = new Promise((resolve) => socket.once('disconnect', resolve));
    await bench.db.query('update session set expires_at = clock_timestamp() where token_hash = $1', [key]);
    await bench.app.get(LiveSessions).recheck();
    await ended;
  });

  it('other sessions of the account end when its password changes', async () => {
    const here = await person(bench, { username: 'twice' });
    const there = new Browser(bench.base);
    await there.signIn('twice', PASSWORD);
    expect((await here.post('/me/password', { current: PASSWORD, next: 'another horse battery' })).status).toBe(204);
    expect((await here.get('/me')).status).toBe(200);
    expect((await there.get('/me')).status).toBe(401);
  });
});

describe('changing requests', () => {
  it.each([
    ['without the CSRF token', { 'x-csrf-token': '' }, 'urn:huiying:csrf'],
    ['with a wrong one', { 'x-csrf-token': 'x'.repeat(43) }, 'urn:huiying:csrf'],
    ['from another site', { origin: 'https://evil.example' }, 'urn:huiying:foreign-origin'],
    ['from an opaque page', { origin: 'null' }, 'urn:huiying:foreign-origin'],
  ])('are refused %s', async (_, headers, type) => {
    const browser = await person(bench, { username: `csrf${Object.values(headers)[0]!.length}${type.length}` });
    const answer = await browser.send(
      'POST',
      '/api/v1/me/password',
      { current: PASSWORD, next: 'another horse battery' },
      headers,
    );
    expect(answer.body).toMatchObject({ status: 403, type });
    expect((await browser.signIn((await browser.get<WireMe>('/me')).body.username, PASSWORD)).status).toBe(200);
  });

  it('a sign-in from another site is refused too', async () => {
    const answer = await new Browser(bench.base).send(
      'POST',
      '/api/v1/session',
      { username: 'a', password: 'b' },
      { origin: 'https://evil.example' },
    );
    expect(answer.status).toBe(403);
  });
});

describe('guessing passwords', () => {
  const guess = (username: string) => new Browser(bench.base).signIn(username, 'wrong wrong wrong');
  const openAddress = () => bench.db.query(`delete from sign_in_attempt where key like 'address:%'`);

  it('is locked out after five, existing name or not, with the same words', async () => {
    await person(bench, { username: 'target' });
    for (const name of ['target', 'nobody-here']) {
      const answers = [];
      for (let i = 0; i < 6; i++) answers.push(await guess(name));
      expect(answers.map((a) => a.status)).toEqual([401, 401, 401, 401, 401, 429]);
      expect(new Set(answers.slice(0, 5).map((a) => a.body.detail))).toEqual(new Set(['用户名或密码不正确']));
      expect(answers[5]!.body.detail).toMatch(/^登录失败次数过多，请 \d+ 秒后再试$/);
      expect(Number(answers[5]!.headers.get('retry-after'))).toBeGreaterThan(50);
    }
    expect((await new Browser(bench.base).signIn('target', PASSWORD)).status).toBe(429);
  });

  it('cannot be hurried by sending all guesses at once', async () => {
    await openAddress();
    await person(bench, { username: 'hurried' });
    const answers = await Promise.all(Array.from({ length: 12 }, () => guess('hurried')));
    expect(answers.filter((a) => a.status === 401)).toHaveLength(5);
    expect(answers.filter((a) => a.status === 429)).toHaveLength(7);
  });

  it('is locked out by address when the names change', async () => {
    await openAddress();
    const statuses: number[] = [];
    for (let i = 0; i < 31; i++) statuses.push((await guess(`name-${i}`)).status);
    expect(statuses.slice(0, 30)).not.toContain(429);
    expect(statuses[30]).toBe(429);
    await openAddress();
  });

  it('is opened again by the lock running out, and by a reset', async () => {
    const admin = await person(bench, { username: 'opener', role: 'administrator' });
    await person(bench, { username: 'locked' });
    for (let i = 0; i < 5; i++) await guess('locked');
    expect((await new Browser(bench.base).signIn('locked', PASSWORD)).status).toBe(429);
    await bench.db.query(`update sign_in_attempt set locked_until = clock_timestamp() where key = 'name:locked'`);
    expect((await new Browser(bench.base).signIn('locked', PASSWORD)).status).toBe(200);

    for (let i = 0; i < 5; i++) await guess('locked');
    const users = (await admin.get<{ users: { id: string; username: string; lockedUntil: string | null }[] }>('/users'))
      .body.users;
    const locked = users.find((u) => u.username === 'locked')!;
    expect(locked.lockedUntil).toMatch(/\+08:00$/);
    const reset = await admin.post<{ oneTimePassword: string }>(`/users/${locked.id}/reset-password`);
    expect((await new Browser(bench.base).signIn('locked', reset.body.oneTimePassword)).body.mustChangePassword).toBe(
      true,
    );
    await openAddress();
  });
});

describe('bad input', () => {
  it.each([
    ['no JSON', '{"username":', 400, '请求格式不正确，无法读取'],
    ['a missing field', { username: 'a' }, 422, 'password：须为文字'],
    ['an unknown field', { username: 'a', password: 'b', role: 'administrator' }, 422, /role/],
    ['an operator object', { username: { $ne: null }, password: 'b' }, 422, 'username：须为文字'],
    ['a body that is too large', { username: 'a', password: 'x'.repeat(300_000) }, 413, '请求内容过大，最多 256 KB'],
  ])('%s gets problem details in Chinese', async (_, body, status, detail) => {
    const answer = await new Browser(bench.base).post('/session', body);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ status, detail: expect.stringMatching(detail) });
  });

  it.each(["' or 1=1 --", 'a\u0000b', 'x\r\nset-cookie: y=1', '<script>alert(1)</script>'])(
    'a user name like %j is only a wrong one',
    async (username) => {
      const answer = await new Browser(bench.base).signIn(username, 'b');
      expect([401, 422]).toContain(answer.status);
      expect(answer.headers.getSetCookie()).toEqual([]);
    },
  );

  it('an unknown address is a 404 problem, and no path leaves the folder of the pages', async () => {
    expect((await new Browser(bench.base).get('/nothing')).body).toMatchObject({ status: 404, detail: '没有这个地址' });
    for (const path of ['/..%2f..%2fpackage.json', '/assets/%2e%2e/%2e%2e/%2e%2e/package.json', '/assets/missing.js']) {
      expect((await new Browser(bench.base).send('GET', path)).status).toBeGreaterThanOrEqual(400);
    }
  });

  it('every answer forbids foreign and inline scripts and does not name its server', async () => {
    const { headers } = await new Browser(bench.base).send('GET', '/api/v1/me');
    expect(headers.get('content-security-policy')).toContain("default-src 'self';script-src 'self';");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-powered-by')).toBeNull();
  });
});

describe('accounts', () => {
  it('only administrators add them; only administrators and auditors see them', async () => {
    const officer = await person(bench, { username: 'officer' });
    const auditor = await person(bench, { username: 'auditor', role: 'auditor' });
    expect((await officer.get('/users')).status).toBe(403);
    expect((await auditor.get('/users')).status).toBe(200);
    expect((await auditor.post('/users', { username: 'x-new', displayName: 'x', role: 'leader' })).status).toBe(403);
    expect((await new Browser(bench.base).get('/users')).status).toBe(401);
  });

  it('refuses bad ones by field and a taken name with 409', async () => {
    const admin = await person(bench, { username: 'maker', role: 'administrator' });
    const add = (body: object) =>
      admin.post('/users', { username: 'fresh', displayName: '新人', role: 'leader', ...body });
    expect((await add({ username: '坏名字' })).body).toMatchObject({ status: 422, field: 'username' });
    expect((await add({ role: 'king' })).body).toMatchObject({ status: 422, field: 'role' });
    expect((await add({ role: 'department_head' })).body).toMatchObject({ status: 422, field: 'departmentId' });
    expect((await add({ departmentId: 'nowhere' })).body).toMatchObject({ status: 422, field: 'departmentId' });
    expect((await add({ email: 'a@b\r\nbcc: c@d' })).body).toMatchObject({ status: 422, field: 'email' });
    expect((await add({})).status).toBe(201);
    expect((await add({})).body).toMatchObject({ status: 409, field: 'username' });
  });

  it('the last administrator cannot be disabled', async () => {
    const rows: { id: string }[] = await bench.db.query(
      `select id from account where role = 'administrator' and not disabled order by id`,
    );
    const admin = new Browser(bench.base);
    await admin.signIn('maker', PASSWORD);
    const me = (await admin.get<WireMe>('/me')).body.id;
    for (const { id } of rows.filter((r) => r.id !== me))
      expect((await admin.post(`/users/${id}/disable`)).status).toBe(200);
    expect((await admin.post(`/users/${me}/disable`)).body).toMatchObject({ status: 409 });
  });
});
