import { io, type Socket } from 'socket.io-client';
import { ApiKeys, openAccountBook } from '@app/accounts';
import { mayDo, ROLES, type Role, SCOPE_NAMES, scopesFor, tokenMay, WHOLE_ACTIONS } from '@app/domain';
import { rows } from '@app/storage';
import { RightsCheck } from '../apps/gateway/src/rights-check';
import { type Route, RouteBook } from '../apps/gateway/src/route-book';
import { Browser, type GatewayBench, openGateway, PASSWORD, person } from './gateway-bench';
import { nameOf, ROUTES } from './routes';

let bench: GatewayBench;
let routes: readonly Route[];
const people = new Map<Role, Browser>();

beforeAll(async () => {
  bench = await openGateway();
  routes = bench.app.get(RouteBook).routes();
  await rows(bench.db, `insert into department (id, name) values ('roads', '交通局') on conflict do nothing`);
  for (const role of ROLES) people.set(role, await person(bench, { username: role.replace('_', '-'), role, ...(role.startsWith('department') ? { departmentId: 'roads' } : {}) }));
}, 120_000);
afterAll(() => bench.close());

/** Ids of nothing: what is asked is only whether the door opens. */
const addressOf = (route: Route): string => route.path.replace(':year', '2026').replace(':month', '2026-11').replace(':name', 'none-such').replace(/:\w+/g, '999999999');
const ask = (browser: Browser, route: Route, headers: Record<string, string> = {}) =>
  browser.send(route.method, addressOf(route), route.method === 'GET' || route.method === 'DELETE' ? undefined : {}, headers);
/** Ends the session of who asks. */
const LAST = 'DELETE /api/v1/session';

it('every route has a row in the table of the tests, and needs the action written there', () => {
  expect(Object.fromEntries(routes.map((r) => [nameOf(r), r.need]))).toEqual(ROUTES);
});

describe.each(ROLES)('%s', (role) => {
  it('gets through every door of the table and no other', async () => {
    const browser = people.get(role)!;
    const wrong: string[] = [];
    for (const route of routes) {
      const need = ROUTES[nameOf(route)];
      if (need === undefined || need === 'open' || nameOf(route) === LAST) continue;
      const answer = await ask(browser, route);
      const refused = answer.status === 403 && answer.body.type === 'urn:huiying:right';
      // A program's route asks everybody else for a token.
      const kept = need === 'item.push' ? answer.status === 401 : refused;
      if (kept === mayDo(role, need)) wrong.push(`${nameOf(route)}: ${answer.status} ${answer.body.detail ?? ''}`);
    }
    expect(wrong).toEqual([]);
  });
});

it('nobody gets through without a session, with a session that ended, or with a key that is none', async () => {
  const former = new Browser(bench.base);
  await former.signIn('leader', PASSWORD);
  await former.send('DELETE', '/api/v1/session');
  const through: string[] = [];
  for (const route of routes.filter((r) => r.need !== 'open')) {
    for (const [who, headers] of [[new Browser(bench.base), {}], [former, {}], [new Browser(bench.base), { authorization: 'Bearer hy_none-such-none-such-none-such' }]] as const)
      if ((await ask(who, route, headers)).status !== 401) through.push(nameOf(route));
  }
  expect(through).toEqual([]);
});

it('an account that has not changed its first password does nothing but that', async () => {
  const made = await openAccountBook(bench.db).add({ username: 'fresh', displayName: '新', role: 'administrator' }, 'test');
  if (!made.ok) throw new Error(made.reason);
  const browser = new Browser(bench.base);
  await browser.signIn('fresh', made.oneTimePassword);
  const through: string[] = [];
  for (const route of routes.filter((r) => r.need !== 'open' && r.need !== 'own.use' && r.need !== 'item.push'))
    if ((await ask(browser, route)).body.type !== 'urn:huiying:must-change-password') through.push(nameOf(route));
  expect(through).toEqual([]);
});

it('an administrator of one part of the deployment has nothing that has no region', async () => {
  const part = await person(bench, { username: 'part', role: 'administrator', region: '990102' });
  const wrong: string[] = [];
  for (const route of routes) {
    if (route.need === undefined || route.need === 'open' || route.need === 'item.push' || nameOf(route) === LAST) continue;
    const refused = (await ask(part, route)).body.type === 'urn:huiying:right';
    if (refused !== WHOLE_ACTIONS.includes(route.need) && mayDo('administrator', route.need)) wrong.push(nameOf(route));
  }
  expect(wrong).toEqual([]);
});

describe('a token', () => {
  it.each(SCOPE_NAMES)('of %s opens what the scope opens, and nothing else', async (scope) => {
    const keys = bench.app.get(ApiKeys, { strict: false });
    const kind = scopesFor('system').includes(scope) ? 'system' : 'personal';
    const [owner] = await rows<{ id: string }>(bench.db, `select id from account where username = 'administrator'`);
    const made = await keys.add({ name: scope, scopes: [scope], accountId: kind === 'system' ? null : owner!.id }, 'test');
    if (!made.ok) throw new Error(made.reason);
    const holder = { role: kind === 'system' ? ('auditor' as const) : ('administrator' as const), departmentId: null, region: null };
    const wrong: string[] = [];
    for (const route of routes) {
      if (route.need === undefined || route.need === 'open') continue;
      const answer = await ask(new Browser(bench.base), route, { authorization: `Bearer ${made.key}` });
      if ((answer.body.type === 'urn:huiying:scope') === tokenMay(holder, [scope], route.need) || answer.status === 401) wrong.push(`${nameOf(route)}: ${answer.status}`);
    }
    expect(wrong).toEqual([]);
  });
});

describe('sockets', () => {
  const open = (browser: Browser): Socket => io(bench.base, { extraHeaders: { cookie: browser.cookie, origin: bench.base }, transports: ['websocket'], reconnection: false, forceNew: true });

  it('have one event that a person may send, and it needs its right', () => {
    const events = bench.app.get(RightsCheck).handlers().filter((h) => h.name.startsWith('LiveGateway.'));
    expect(events).toEqual([{ name: 'LiveGateway.read', need: 'alert.read' }]);
  });

  it.each(ROLES)('of a %s: a receipt for another one’s alert is refused, events that do not exist change nothing', async (role) => {
    const [alert] = await rows<{ id: string }>(
      bench.db,
      `insert into alert (key, kind, severity, title, audience, instant_at, created_at) values ('rights:${role}', 'warn', 'info', 'x', '{}', app_now(), app_now()) returning id`,
    );
    const socket = open(people.get(role)!);
    await new Promise((resolve, reject) => socket.once('connect', () => resolve(null)).once('connect_error', reject));
    expect(await socket.timeout(5_000).emitWithAck('read', { alertId: alert!.id })).toBe(false);
    expect(await socket.timeout(5_000).emitWithAck('read', { alertId: { $ne: null } })).toBe(false);
    for (const event of ['join', 'case', 'alert', 'assign', 'time', 'disconnecting', '__proto__'])
      socket.emit(event === 'disconnecting' ? 'leave' : event, { room: 'role:leader', alertId: alert!.id });
    expect(await socket.timeout(5_000).emitWithAck('read', { alertId: alert!.id })).toBe(false);
    socket.disconnect();
    expect(await rows(bench.db, `select 1 from alert_delivery where alert_id = $1`, [alert!.id])).toEqual([]);
  });
});
