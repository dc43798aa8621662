import { request as httpRequest } from 'node:http';
import { io } from 'socket.io-client';
import { rows } from '@app/storage';
import { type Route, RouteBook } from '../apps/gateway/src/route-book';
import { Browser, type GatewayBench, openCase, openGateway, PASSWORD, person } from './gateway-bench';
import { BODIES, nameOf, QUERIES, sampleOf, type Shape, shapeOf } from './routes';

let bench: GatewayBench;
let routes: readonly Route[];
let admin: Browser;
let caseId: string;

beforeAll(async () => {
  bench = await openGateway();
  routes = bench.app.get(RouteBook).routes();
  await rows(bench.db, `insert into department (id, name) values ('roads', '交通局'), ('fire', '消防') on conflict do nothing`);
  admin = await person(bench, { username: 'attacked', role: 'administrator' });
  caseId = await openCase(bench, { title: '桥面塌陷' });
}, 60_000);
afterAll(() => bench.close());

const nowhere = (route: Route): string => route.path.replace(':year', '2026').replace(':month', '2026-11').replace(':name', 'none-such').replace(/:\w+/g, '999999999');
const changing = () => routes.filter((r) => !['GET', 'HEAD'].includes(r.method));
const sizes = () => rows<{ t: string; n: string }>(bench.db, `select relname as t, n_live_tup::text as n from pg_stat_user_tables where relname in ('account', 'audit', 'case_file') order by 1`).then((r) => r.map((x) => x.t));

/** The same shape with a hostile text in every place where a text may stand. */
function poisoned(shape: Shape, text: string): unknown {
  if (shape.enum || shape.const !== undefined || shape.format) return sampleOf(shape);
  if (shape.anyOf) return poisoned(shape.anyOf.find((s) => s.type === 'string') ?? shape.anyOf[0]!, text);
  if (shape.type === 'string') return shape.pattern ? sampleOf(shape) : text.slice(0, shape.maxLength ?? 200);
  if (shape.type === 'array') return [poisoned(shape.items ?? {}, text)];
  if (shape.properties) return Object.fromEntries(Object.entries(shape.properties).map(([k, v]) => [k, poisoned(v, text)]));
  return sampleOf(shape);
}

describe('SQL in every field, query and address', () => {
  const PAYLOADS = [`'; drop table audit; --`, `' or '1'='1`, `1) union select password_hash from account --`, `\\'; select pg_sleep(5); --`, '%_\\%'];

  it.each(PAYLOADS)('%s is a text like any other: no fault of the server, nothing dropped, nothing told', async (payload) => {
    const wrong: string[] = [];
    for (const route of routes) {
      if (['POST /api/v1/session', 'DELETE /api/v1/session', 'POST /api/v1/me/password'].includes(nameOf(route)) || route.need === 'item.push') continue;
      const query = route.inputs.find((i) => i.kind === 'query');
      const body = route.inputs.find((i) => i.kind === 'body');
      const asked = query ? Object.keys(shapeOf(query.schema).properties ?? {}).map((k) => `${k}=${encodeURIComponent(payload)}`) : [];
      const paths = [nowhere(route), ...asked.map((q) => `${nowhere(route)}?${q}`), route.path.replace(/:\w+/, encodeURIComponent(payload)).replace(/:\w+/g, '1')];
      for (const path of paths) {
        const answer = await admin.send(route.method, path, body && poisoned(shapeOf(body.schema), payload));
        if (answer.status >= 500 && !route.path.startsWith('/health')) wrong.push(`${route.method} ${path}: ${answer.status}`);
        if (JSON.stringify(answer.body).includes('$argon2id$')) wrong.push(`${path}: a password hash was told`);
      }
    }
    expect(wrong).toEqual([]);
    expect(await sizes()).toEqual(['account', 'audit', 'case_file']);
  });
});

describe('a foreign page', () => {
  it('changes nothing on any route: without the CSRF token, with a foreign origin, as a plain form', async () => {
    const through: string[] = [];
    for (const route of changing().filter((r) => r.need !== 'open' && r.need !== 'item.push')) {
      for (const [how, headers, body] of [
        ['no token', { 'x-csrf-token': '' }, {}],
        ['a guessed token', { 'x-csrf-token': 'A'.repeat(43) }, {}],
        ['a foreign origin', { origin: 'https://evil.example' }, {}],
        ['an opaque origin', { origin: 'null' }, {}],
        ['a foreign site', { origin: '', 'sec-fetch-site': 'cross-site' }, {}],
        ['a form', { 'content-type': 'application/x-www-form-urlencoded', 'x-csrf-token': '' }, 'reason=x'],
        ['plain text that is JSON', { 'content-type': 'text/plain', 'x-csrf-token': '' }, '{"reason":"x"}'],
      ] as const) {
        const { status } = await admin.send(route.method, nowhere(route), route.method === 'DELETE' ? undefined : body, headers);
        if (status !== 403 && status !== 415) through.push(`${nameOf(route)}: ${how}: ${status}`);
      }
    }
    expect(through).toEqual([]);
  });

  it('is told nothing: no answer names a foreign site as allowed', async () => {
    for (const path of ['/api/v1/me', '/api/v1/cases', '/api/docs/openapi.json']) {
      const answer = await admin.send('GET', path, undefined, { origin: 'https://evil.example' });
      expect([...answer.headers.keys()].filter((k) => k.startsWith('access-control-'))).toEqual([]);
    }
  });

  it('frames nothing and runs nothing: every page says so', async () => {
    for (const path of ['/', '/api/docs', '/api/v1/me', '/nothing.js']) {
      const { headers } = await admin.send('GET', path);
      expect(headers.get('content-security-policy')).toMatch(/script-src 'self'.*frame-ancestors 'none'|default-src 'none'/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });
});

describe('line breaks in what becomes a header', () => {
  it('stay out of names of files, addresses, keys and places to go to', async () => {
    const { now } = (await admin.get<{ now: string }>('/board')).body;
    const form = new FormData();
    for (const [k, v] of Object.entries({ kind: 'release', title: 'x\r\nset-cookie: a=1', happenedAt: now })) form.append(k, v);
    form.append('file', new File([Buffer.from('%PDF-1.4\n%%EOF')], '../../etc/通报"\r\nset-cookie: b=1;.pdf'));
    const made = await fetch(`${bench.base}/api/v1/cases/${caseId}/evidence`, { method: 'POST', body: form, headers: { cookie: admin.cookie, origin: bench.base, 'x-csrf-token': admin.csrf } });
    expect(made.status).toBe(200);
    const { evidenceId } = (await made.json()) as { evidenceId: string };
    const file = await admin.get(`/cases/${caseId}/evidence/${evidenceId}/file`);
    expect(file.headers.getSetCookie()).toEqual([]);
    expect(file.headers.get('content-disposition')).not.toMatch(/\.\.\/|[\r\n]/);
    const users = await admin.get<{ users: { id: string; username: string }[] }>('/users');
    const own = users.body.users.find((u) => u.username === 'attacked')!.id;
    expect((await admin.send('PUT', `/api/v1/users/${own}/contact`, { email: 'a@b.cn\r\nbcc: c@d.cn' })).status).toBe(422);
    expect((await admin.send('GET', '/api/v1/oidc/start?to=%0d%0aset-cookie:%20c=1')).headers.getSetCookie()).toEqual([]);
  });

  it('and two lengths, a hidden method or a foreign host change nothing', async () => {
    expect((await admin.send('POST', `/api/v1/cases/${caseId}`, {}, { 'x-http-method-override': 'GET' })).status).toBe(405);
    const smuggled = await new Promise<number>((resolve, reject) => {
      const asked = httpRequest(`${bench.base}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked', 'content-length': '5' } }, (r) => {
        r.resume();
        resolve(r.statusCode ?? 0);
      });
      asked.on('error', () => resolve(400)).end('{"a":1}');
      setTimeout(() => reject(new Error('no answer')), 5_000).unref();
    });
    expect(smuggled).toBeGreaterThanOrEqual(400);
    const foreign = await admin.send('GET', '/api/v1/oidc', undefined, { 'x-forwarded-host': 'evil.example' });
    expect(JSON.stringify(foreign.body) + foreign.headers.get('location')).not.toContain('evil');
  });
});

describe('sessions and passwords', () => {
  it('a token that somebody planted or stole is not carried into a new sign-in', async () => {
    await person(bench, { username: 'victim' });
    const thief = await person(bench, { username: 'thief' });
    const victim = new Browser(bench.base);
    victim.cookie = thief.cookie;
    await victim.signIn('victim', PASSWORD);
    expect(victim.cookie).not.toBe(thief.cookie);
    // The planted session ended: the thief does not read along, and was not made the victim.
    expect((await thief.get('/me')).status).toBe(401);
  });

  it('behind TLS the cookie is Secure; without a trusted proxy nobody can claim it', async () => {
    const signIn = (b: GatewayBench) =>
      fetch(`${b.base}/api/v1/session`, { method: 'POST', body: JSON.stringify({ username: 'attacked', password: PASSWORD }), headers: { 'content-type': 'application/json', 'x-forwarded-proto': 'https' } });
    expect((await signIn(bench)).headers.getSetCookie()[0]).toMatch(/HttpOnly; SameSite=Strict$/);
    const proxied = await openGateway({ trustedProxies: ['127.0.0.1'] });
    try {
      await person(proxied, { username: 'attacked', role: 'administrator' });
      expect((await signIn(proxied)).headers.getSetCookie()[0]).toMatch(/HttpOnly; Secure; SameSite=Strict$/);
    } finally {
      await proxied.close();
    }
  });

  it('guesses are counted by name and by the real address, whatever address the guesser claims', async () => {
    await person(bench, { username: 'guessed' });
    const guess = (username: string, i: number) =>
      new Browser(bench.base).send('POST', '/api/v1/session', { username, password: `guess-${i}` }, { 'x-forwarded-for': `10.0.0.${i}`, forwarded: `for=10.0.0.${i}`, 'x-real-ip': `10.0.0.${i}` });
    const statuses: number[] = [];
    for (let i = 0; i < 8; i++) statuses.push((await guess('guessed', i)).status);
    expect(statuses.slice(5)).toEqual([429, 429, 429]);
    const spread: number[] = [];
    for (let i = 0; i < 40; i++) spread.push((await guess(`name-${i}`, i)).status);
    expect(spread.at(-1)).toBe(429);
    // Upper case, blanks and full-width letters lead to no second count.
    await rows(bench.db, `delete from sign_in_attempt where key like 'address:%'`);
    expect((await guess('GUESSED', 1)).status).toBe(429);
    await rows(bench.db, 'delete from sign_in_attempt');
  });

  it('a token is no session and opens no socket; a session is no token', async () => {
    const made = await admin.post<{ key: string }>('/me/tokens', { name: 'mine', scopes: ['read-cases'], days: 1 });
    const bearer = { authorization: `Bearer ${made.body.key}` };
    const nobody = new Browser(bench.base);
    expect((await nobody.send('GET', '/api/v1/board', undefined, bearer)).status).toBe(200);
    expect((await nobody.send('GET', '/api/v1/me', undefined, bearer)).status).toBe(403);
    expect((await nobody.send('POST', '/api/v1/me/password', { current: PASSWORD, next: 'another horse battery' }, bearer)).status).toBe(403);
    expect((await nobody.send('GET', '/api/v1/board', undefined, { authorization: `Bearer ${admin.cookie.split('=')[1]}` })).status).toBe(401);
    const socket = io(bench.base, { extraHeaders: { ...bearer, origin: bench.base }, transports: ['websocket'], reconnection: false, forceNew: true });
    expect(await new Promise((resolve) => socket.once('connect_error', (e) => resolve(e.message)))).toBe('尚未登录或登录已过期');
    socket.disconnect();
    const [stored] = await rows<{ key_hash: string }>(bench.db, `select key_hash from api_key where name = 'mine'`);
    expect(stored!.key_hash).not.toContain(made.body.key.slice(3));
  });

  it('a token ends with its day, its account, a reset of the password, and its revocation', async () => {
    const owner = await person(bench, { username: 'owner' });
    const id = (await owner.get<{ id: string }>('/me')).body.id;
    const make = async (name: string) => (await owner.post<{ id: string; key: string }>('/me/tokens', { name, scopes: ['read-cases'], days: 1 })).body;
    const works = async (key: string) => (await new Browser(bench.base).send('GET', '/api/v1/board', undefined, { authorization: `Bearer ${key}` })).status === 200;
    const [aged, ended, kept] = [await make('aged'), await make('ended'), await make('kept')];
    expect([await works(aged.key), await works(ended.key), await works(kept.key)]).toEqual([true, true, true]);
    await rows(bench.db, `update api_key set expires_at = clock_timestamp() where id = $1`, [aged.id]);
    expect((await owner.send('DELETE', `/api/v1/me/tokens/${ended.id}`)).status).toBe(204);
    expect([await works(aged.key), await works(ended.key), await works(kept.key)]).toEqual([false, false, true]);
    await rows(bench.db, 'update account set disabled = true where id = $1', [id]);
    expect(await works(kept.key)).toBe(false);
    await rows(bench.db, 'update account set disabled = false where id = $1', [id]);
    expect((await admin.post(`/users/${id}/reset-password`)).status).toBe(200);
    expect(await works(kept.key)).toBe(false);
    // Another one's token is nobody else's to end.
    expect((await owner.send('DELETE', `/api/v1/me/tokens/${kept.id}`)).status).toBe(401);
  });
});

it('another department’s case is not there on any route, whatever id is sent', async () => {
  await rows(bench.db, `update case_file set department_id = 'fire' where id = $1`, [caseId]);
  const roads = await person(bench, { username: 'roads-head', role: 'department_head', departmentId: 'roads' });
  const [clock] = await rows<{ id: string }>(bench.db, 'select id from clock where case_id = $1 limit 1', [caseId]);
  const [item] = await rows<{ id: string }>(bench.db, 'select id from item where case_id = $1', [caseId]);
  const through: string[] = [];
  for (const route of routes.filter((r) => /\/(cases|clocks|items)\/:id/.test(r.path))) {
    const path = route.path.replace('cases/:id', `cases/${caseId}`).replace('clocks/:id', `clocks/${clock!.id}`).replace('items/:id', `items/${item!.id}`).replace(/:\w+/g, '1');
    const body = route.inputs.find((i) => i.kind === 'body');
    const sent = body && { ...(sampleOf(shapeOf(body.schema)) as object), ...BODIES[nameOf(route)] };
    const { status } = await roads.send(route.method, path + (QUERIES[nameOf(route)] ?? ''), route.method === 'GET' ? undefined : sent);
    if (![403, 404].includes(status)) through.push(`${nameOf(route)}: ${status}`);
  }
  expect(through).toEqual([]);
});

describe('bodies without measure', () => {
  it.each([
    ['a long text', JSON.stringify({ note: 'a'.repeat(400_000) }), 413],
    ['a long list', JSON.stringify({ itemIds: Array.from({ length: 60_000 }, () => '1') }), 413],
    ['deep arrays', `{"note":${'['.repeat(50_000)}${']'.repeat(50_000)}}`, 422],
    ['deep objects', `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`, 422],
    ['a number beyond all numbers', `{"note":1e999999}`, 422],
    ['the same key beyond count', `{${Array.from({ length: 40_000 }, () => '"note":"a"').join(',')}}`, 413],
  ])('%s', async (_, body, status) => {
    const started = performance.now();
    const answer = await admin.send('POST', `/api/v1/cases/${caseId}/confirm`, body, { 'idempotency-key': `measure-${status}-${body.length}` });
    // What is read at last is judged by the state of the case.
    expect([status, 409, 422]).toContain(answer.status);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it('a form with a thousand fields, a field of megabytes, or a file beyond its bound', async () => {
    const post = (form: FormData) => fetch(`${bench.base}/api/v1/cases/${caseId}/evidence`, { method: 'POST', body: form, headers: { cookie: admin.cookie, origin: bench.base, 'x-csrf-token': admin.csrf } });
    const many = new FormData();
    for (let i = 0; i < 1000; i++) many.append(`f${i}`, 'x');
    const large = new FormData();
    large.append('note', 'x'.repeat(3_000_000));
    const file = new FormData();
    file.append('file', new File([new Uint8Array(11 * 1024 * 1024)], 'a.pdf'));
    for (const form of [many, large, file]) {
      const answer = await post(form);
      expect([400, 413, 422]).toContain(answer.status);
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    }
  });

  it('a socket message beyond its bound ends that socket alone', async () => {
    const open = () => io(bench.base, { extraHeaders: { cookie: admin.cookie, origin: bench.base }, transports: ['websocket'], reconnection: false, forceNew: true });
    const [loud, quiet] = [open(), open()];
    await Promise.all([loud, quiet].map((s) => new Promise((resolve) => s.once('connect', () => resolve(null)))));
    const ended = new Promise((resolve) => loud.once('disconnect', resolve));
    loud.emit('read', { alertId: 'x'.repeat(200_000) });
    await ended;
    expect(quiet.connected).toBe(true);
    expect(await quiet.timeout(5_000).emitWithAck('read', { alertId: '1' })).toBe(false);
    quiet.disconnect();
  });
});

describe('keys that reach into every object', () => {
  it.each([
    ['POST', '/api/v1/users', '{"__proto__":{"polluted":1},"username":"p.one","displayName":"x","role":"leader"}'],
    ['POST', '/api/v1/users', '{"constructor":{"prototype":{"polluted":1}},"username":"p.two","displayName":"x","role":"leader"}'],
    ['POST', '/api/v1/me/views', '{"name":"v","filter":{"__proto__":"x"}}'],
    ['POST', '/api/v1/me/views', '{"name":"v","filter":{"constructor":"x","prototype":"y"}}'],
    ['POST', '/api/v1/sources', '{"definition":{"__proto__":{"polluted":1}}}'],
    ['GET', '/api/v1/cases?__proto__[polluted]=1', undefined],
    ['GET', '/api/v1/cases?constructor[prototype][polluted]=1', undefined],
  ])('%s %s', async (method, path, body) => {
    const { status } = await admin.send(method, path, body);
    expect(status).toBeLessThan(500);
    // The gateway runs in this very process.
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(await rows(bench.db, `select 1 from account where username like 'p.%'`)).toEqual([]);
  });

  it('in a form with a file', async () => {
    const form = new FormData();
    for (const name of ['__proto__', '__proto__[polluted]', 'constructor[prototype][polluted]']) form.append(name, '1');
    const answer = await fetch(`${bench.base}/api/v1/cases/${caseId}/evidence`, { method: 'POST', body: form, headers: { cookie: admin.cookie, origin: bench.base, 'x-csrf-token': admin.csrf } });
    expect(answer.status).toBeLessThan(500);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

/** As it stands: fetch would put the dots right before it asks. */
const raw = (path: string) =>
  new Promise<{ status: number; text: string }>((resolve, reject) => {
    httpRequest({ host: '127.0.0.1', port: new URL(bench.base).port, path, headers: { cookie: admin.cookie } }, (r) => {
      let text = '';
      r.on('data', (d: Buffer) => (text += d.toString())).on('end', () => resolve({ status: r.statusCode ?? 0, text }));
    })
      .on('error', reject)
      .end();
  });

it.each([
  ...['/../../package.json', '/..%2f..%2fpackage.json', '/%2e%2e/%2e%2e/etc/passwd', '/%2e%2e%2f%2e%2e%2fetc%2fpasswd', '/assets/../../../package.json', '/assets/..%5c..%5cpackage.json'],
  ...['/assets/%2e%2e%2f%2e%2e%2f%2e%2e%2fconfig/huiying.yaml', '/....//....//etc/passwd', '/assets/..%00/package.json', '/api/docs/..%2f..%2fpackage.json', '/api/v1/stats/months/..%2f..%2fetc/cases'],
  ...['/api/v1/sources/..%2f..%2fhuiying', '/api/v1/reports/..%2f..%2fetc%2fpasswd/file?form=docx', '/socket.io/..%2f..%2fpackage.json', '/.env', '/.git/config', '//etc/passwd', '/\\..\\..\\package.json'],
])('no path leaves the folder of the pages: %s', async (path) => {
  const { status, text } = await raw(path);
  // An address without an ending is the dashboard's own page, whatever it is called.
  expect(status >= 400 || text.includes('<div id="app">')).toBe(true);
  expect(text).not.toMatch(/root:x|"dependencies"|regionCode|\[core\]/);
});
