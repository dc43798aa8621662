import { inflateRawSync } from 'node:zlib';
import { io, type Socket } from 'socket.io-client';
import { Addressing } from '@app/response';
import { loadSettings } from '@app/settings';
import { CHANNELS, rows, sendHint } from '@app/storage';
import { type Route, RouteBook } from '../apps/gateway/src/route-book';
import { Browser, type GatewayBench, openCase, openGateway, person } from './gateway-bench';
import { BODIES, nameOf, QUERIES, ROUTES, sampleOf, shapeOf } from './routes';

/** 甲 and 乙 are two counties of one city's deployment. Everything of 乙 carries this word; nobody of 甲 may ever read it. */
const WORD = 'BRAVO';
const CITY = '990100';
const OWN = '990101';
const OTHER = '990102';

let bench: GatewayBench;
let routes: readonly Route[];
let other: Record<string, string>;
/** Of 甲: bound by region, or by a department of it. */
const own = new Map<string, Browser>();
let city: Browser;

beforeAll(async () => {
  const read = loadSettings({ env: {} });
  const sources = [{ ...read.sources[0]!, name: 'bravo-feed', title: `${WORD} 论坛`, region: OTHER, enabled: true }, ...read.sources];
  bench = await openGateway({}, { deployment: { ...read.deployment, regionCode: CITY }, sources });
  routes = bench.app.get(RouteBook).routes();
  await rows(bench.db, `insert into department (id, name, region) values ('a-fire', '甲消防', $1), ('b-fire', '${WORD}消防', $2), ('c-fire', '市消防', $3) on conflict do nothing`, [OWN, OTHER, CITY]);
  for (const [name, account] of Object.entries({
    officer: { role: 'duty_officer', region: OWN },
    leader: { role: 'leader', region: OWN },
    administrator: { role: 'administrator', region: OWN },
    contact: { role: 'department_contact', departmentId: 'a-fire' },
    head: { role: 'department_head', departmentId: 'a-fire', region: OWN },
  } as const)) own.set(name, await person(bench, { username: `a-${name}`, ...account }));
  city = await person(bench, { username: 'city', role: 'leader', region: CITY });
  other = await fillOther();
}, 120_000);
afterAll(() => bench.close());

/** One of everything, in 乙; its ids by the parameter's place in a route. */
async function fillOther(): Promise<Record<string, string>> {
  const theirs = await person(bench, { username: 'b-officer', displayName: `${WORD}值班员`, role: 'duty_officer', region: OTHER });
  await person(bench, { username: 'b-admin', displayName: `${WORD}管理员`, role: 'administrator', region: OTHER });
  const caseId = await openCase(bench, { title: `${WORD} 化工厂爆炸`, text: `${WORD} 有人受伤`, region: OTHER });
  const second = await openCase(bench, { title: `${WORD} 停水三天`, region: OTHER });
  await openCase(bench, { title: `${WORD} 在哪里没人知道`, region: null });
  const lone = await openCase(bench, { title: `${WORD} 交给乙消防`, region: null });
  await rows(bench.db, `update case_file set department_id = 'b-fire' where id = $1`, [lone]);
  await rows(bench.db, `update case_file set needs_review = true where region = $1`, [OTHER]);
  await rows(bench.db, `insert into case_similar (low_id, high_id, score, shared, at) values ($1, $2, 0.9, '{${WORD}}', app_now()) on conflict do nothing`, [caseId, second]);
  const { now } = (await theirs.get<{ now: string }>('/board')).body;
  const form = new FormData();
  for (const [k, v] of Object.entries({ kind: 'release', title: `${WORD} 通报`, happenedAt: now, note: WORD })) form.append(k, v);
  form.append('file', new File([Buffer.from(`%PDF-1.4 ${WORD}\n%%EOF`)], `${WORD}.pdf`));
  const filed = await fetch(`${bench.base}/api/v1/cases/${caseId}/evidence`, { method: 'POST', body: form, headers: { cookie: theirs.cookie, origin: bench.base, 'x-csrf-token': theirs.csrf } });
  const addressing = new Addressing(bench.db, undefined, { deployment: { regionCode: CITY } } as never);
  while ((await addressing.addressBatch()).full);
  const one = async (sql: string, ...params: unknown[]): Promise<string> => {
    const [found] = await rows<{ id: string }>(bench.db, sql, params);
    if (!found) throw new Error(`nothing: ${sql}`);
    return found.id;
  };
  const accountId = await one(`select id from account where username = 'b-officer'`);
  await rows(bench.db, `insert into roster (account_id, office, starts_at, ends_at) values ($1, 'duty_officer', '2026-11-10', '2026-11-11')`, [accountId]);
  await theirs.post('/handovers', { note: `${WORD} 夜班无事` });
  const manual = await theirs.post<{ inboxId: string }>('/items/manual', { title: `${WORD} 手工`, source: '电话' });
  await theirs.post('/me/tokens', { name: 'bravo', scopes: ['read-cases'], days: 3 });
  await theirs.post('/me/views', { name: WORD, filter: {} });
  return {
    'cases/:id': caseId,
    'evidence/:evidenceId': ((await filed.json()) as { evidenceId: string }).evidenceId,
    'clocks/:id': await one('select id from clock where case_id = $1 limit 1', caseId),
    'items/:id': await one('select id from item where case_id = $1', caseId),
    'alerts/:id': await one('select alert_id as id from alert_delivery where account_id = $1 limit 1', accountId),
    'users/:id': accountId,
    'roster/:id': await one('select id from roster where account_id = $1', accountId),
    'handovers/:id': await one('select id from handover where written_by = $1', accountId),
    'entries/:id': manual.body.inboxId,
    'inbox/:id': manual.body.inboxId,
    'tokens/:id': await one('select id from api_key where account_id = $1', accountId),
    'views/:id': await one('select id from saved_view where account_id = $1', accountId),
    'sources/:name': 'bravo-feed',
    'evidence-proposals/:proposalId': '1',
    'source-probes/:id': '1',
    'files/:fileId': '1',
    'ledgers/:id': '1',
    'tasks/:id': '1',
    'channels/:name': 'none-such',
    'webhooks/:name': 'none-such',
    'drafts/:draftId': '1',
    'decisions/:id': await one(`insert into accountability_decision (clock_id, case_id, form, decision, title, body, reason, decided_by, decided_at) select id, case_id, 'supervise', 'issued', '${WORD}', '${WORD}', '${WORD}', '${WORD}', app_now() from clock where case_id = $1 limit 1 returning id`, caseId),
    'accountability/:clockId': await one('select id from clock where case_id = $1 limit 1', caseId),
    'assessments/:year': now.slice(0, 4),
    'site-findings/:id': await one(`insert into site_finding (source_name, url, kind, sentence, department_id, found_at, seen_at) values ('bravo-feed', 'https://b.example.gov.cn/', 'stale', '${WORD} 久未更新', 'b-fire', app_now(), app_now()) returning id`),
    'appeals/:id': '1',
    'backtests/:id': '1',
    'reports/:id': '1',
    'months/:month': now.slice(0, 7),
    'calendar/:year': now.slice(0, 4),
  };
}

/** @throws for a parameter that this test has nothing for: a new kind of thing needs one in 乙 */
function addressOf(route: Route): string {
  return route.path.replace(/([\w-]+)\/:(\w+)/g, (_, above: string, name: string) => {
    const id = other[`${above}/:${name}`];
    if (id === undefined) throw new Error(`${nameOf(route)}: nothing of the second county for ${above}/:${name}`);
    return `${above}/${id}`;
  });
}

/** Everything that can be read in an answer: also within zipped documents. */
async function wordsOf(browser: Browser, route: Route): Promise<{ status: number; text: string }> {
  const response = await fetch(bench.base + addressOf(route) + (QUERIES[nameOf(route)] ?? ''), { headers: { cookie: browser.cookie } });
  const bytes = Buffer.from(await response.arrayBuffer());
  return { status: response.status, text: bytes.subarray(0, 2).toString() === 'PK' ? unzipped(bytes) : bytes.toString('utf8') };
}

function unzipped(zip: Buffer): string {
  let text = '';
  for (let at = zip.indexOf('PK\u0003\u0004'); at >= 0; at = zip.indexOf('PK\u0003\u0004', at + 4)) {
    const from = at + 30 + zip.readUInt16LE(at + 26) + zip.readUInt16LE(at + 28);
    try {
      text += zip.readUInt16LE(at + 8) === 8 ? inflateRawSync(zip.subarray(from)).toString('utf8') : zip.subarray(from, from + 10_000).toString('utf8');
    } catch {
      // Not the beginning of a file: four bytes that only look like it.
    }
  }
  return text;
}

const readable = () => routes.filter((r) => r.method === 'GET' && r.need !== 'open' && r.need !== 'item.push');
/** What everybody has of his own, or what is the same for all. */
const COMMON = /^(GET \/api\/v1\/(calendar|rules|ladders|me$)|POST \/api\/v1\/(alerts\/read-all|session))/;

it('the city reads of both, and so there is something to be kept', async () => {
  const found: string[] = [];
  for (const route of readable()) if ((await wordsOf(city, route)).text.includes(WORD)) found.push(route.path);
  for (const path of ['/api/v1/board', '/api/v1/cases', '/api/v1/cases/:id', '/api/v1/items', '/api/v1/sources', '/api/v1/departments', '/api/v1/alerts', '/api/v1/roster', '/api/v1/review', '/api/v1/handovers', '/api/v1/cases/:id/evidence/:evidenceId/file', '/api/v1/cases/:id/similar', '/api/v1/stats/months/:month/cases'])
    expect(found).toContain(path);
});

describe.each(['officer', 'leader', 'administrator', 'contact', 'head'])('a %s of one county', (name) => {
  it('reads nothing of the second one on any route', async () => {
    const leaks: string[] = [];
    for (const route of readable()) {
      const { status, text } = await wordsOf(own.get(name)!, route);
      const byId = /:(id|evidenceId|name)/.test(route.path);
      if (text.includes(WORD) || (byId && status < 400)) leaks.push(`${nameOf(route)}: ${status} ${text.slice(0, 200)}`);
    }
    expect(leaks).toEqual([]);
  });

  it('does nothing to anything of it, whatever id is sent', async () => {
    const state = () => rows(bench.db, `select (select json_agg(f order by id) from case_file f) as cases, (select json_agg(c order by id) from clock c) as clocks,
      (select json_agg(a order by id) from (select id, username, disabled, region, role, email, password_hash from account) a) as accounts, (select json_agg(r order by id) from roster r) as roster,
      (select count(*) from api_key where revoked_at is null) as keys, (select count(*) from handover_receipt) as taken,
      (select count(*) from label_override) as overrides, (select count(*) from evidence) as evidence`);
    const before = await state();
    const done: string[] = [];
    for (const route of routes.filter((r) => !['GET'].includes(r.method) && /:(id|name)/.test(r.path))) {
      const schema = route.inputs.find((i) => i.kind === 'body')?.schema;
      const body = schema && { ...(sampleOf(shapeOf(schema)) as object), ...BODIES[nameOf(route)] };
      const { status } = await own.get(name)!.send(route.method, addressOf(route), body);
      if (![401, 403, 404].includes(status)) done.push(`${nameOf(route)}: ${status}`);
    }
    expect(done).toEqual([]);
    expect(await state()).toEqual(before);
  });

  it('finds nothing of it by words', async () => {
    for (const path of [`/cases?q=${WORD}`, `/items?q=${WORD}`, '/cases?departmentId=b-fire', '/items?sourceName=bravo-feed'])
      // `marks` are the asker's own words, by which the page marks what is found.
      expect(JSON.stringify({ ...(await own.get(name)!.get(path)).body, marks: [] })).not.toContain(WORD);
  });

  it('has a month of its own figures alone', async () => {
    const { body } = await own.get(name)!.get<{ bounded: boolean }>(`/stats/months/${other['months/:month']}`);
    expect(body.bounded).toBe(true);
    const all = (await city.get<{ bounded: boolean }>(`/stats/months/${other['months/:month']}`)).body;
    expect(JSON.stringify(all)).not.toBe(JSON.stringify({ ...body, bounded: all.bounded }));
  });
});

it('every route of the gateway was asked', () => {
  const asked = routes.map(nameOf);
  expect(asked.sort()).toEqual(Object.keys(ROUTES).sort());
  expect(asked.filter((r) => COMMON.test(r)).length).toBeLessThan(10);
});

it('a county’s administrator gives nobody a wider view, and hands nothing to a department of the second one', async () => {
  const admin = own.get('administrator')!;
  const add = (more: object) => admin.post('/users', { username: 'made-by-a', displayName: '新', role: 'leader', ...more });
  expect((await add({ region: OTHER })).body).toMatchObject({ status: 422, field: 'region' });
  expect((await add({ region: CITY })).body).toMatchObject({ status: 422, field: 'region' });
  expect((await add({ role: 'department_head', departmentId: 'b-fire' })).body).toMatchObject({ status: 422, field: 'departmentId' });
  expect((await add({ role: 'department_head', departmentId: 'c-fire' })).body).toMatchObject({ status: 422, field: 'departmentId' });
  expect((await add({ role: 'auditor' })).body).toMatchObject({ status: 422, field: 'region' });
  expect((await add({})).body).toMatchObject({ user: { region: OWN } });
  const caseId = await openCase(bench, { title: '甲县的事', region: OWN });
  expect((await own.get('officer')!.post(`/cases/${caseId}/assign`, { departmentId: 'b-fire' })).body).toMatchObject({ status: 422, field: 'departmentId' });
  expect((await own.get('officer')!.post(`/cases/${caseId}/assign`, { departmentId: 'a-fire' })).status).toBe(200);
});

it('what the city hands to a department of the second county is that county’s too', async () => {
  const caseId = await openCase(bench, { title: '甲县的事，乙县的消防去', region: OWN });
  const theirs = new Browser(bench.base);
  await theirs.signIn('b-officer', 'correct horse battery');
  expect((await theirs.get(`/cases/${caseId}`)).status).toBe(404);
  expect((await city.post(`/cases/${caseId}/assign`, { departmentId: 'b-fire' })).status).toBe(200);
  expect((await theirs.get(`/cases/${caseId}`)).status).toBe(200);
  expect((await own.get('officer')!.get(`/cases/${caseId}`)).status).toBe(200);
});

describe('live', () => {
  const sockets: Socket[] = [];
  afterAll(() => sockets.forEach((s) => s.disconnect()));

  it('no room of one county hears of a case, an item, a source or an alert of the second one', async () => {
    const heard = new Map<string, string>();
    for (const [name, browser] of [...own, ['city', city] as const]) {
      const socket = io(bench.base, { extraHeaders: { cookie: browser.cookie, origin: bench.base }, auth: { lastSeq: 0 }, transports: ['websocket'], reconnection: false, forceNew: true });
      sockets.push(socket);
      heard.set(name, '');
      socket.onAny((event: string, ...said: unknown[]) => {
        heard.set(name, `${heard.get(name)}${event} ${JSON.stringify(said.filter((s) => typeof s !== 'function'))}\n`);
        const ack = said.at(-1);
        if (typeof ack === 'function') (ack as () => void)();
      });
      await new Promise((resolve, reject) => socket.once('connect', () => resolve(null)).once('connect_error', reject));
    }
    const caseId = await openCase(bench, { title: `${WORD} 又一起爆炸`, region: OTHER });
    await openCase(bench, { title: `${WORD} 地点不明`, region: null });
    await sendHint(bench.db, CHANNELS.caseChanged, caseId);
    await sendHint(bench.db, CHANNELS.sourceChanged, 'bravo-feed');
    const addressing = new Addressing(bench.db, undefined, { deployment: { regionCode: CITY } } as never);
    while ((await addressing.addressBatch()).full);
    const end = performance.now() + 10_000;
    const wanted = ['case ', 'item ', 'source '];
    while (performance.now() < end && !wanted.every((w) => heard.get('city')!.includes(w))) await new Promise((r) => setTimeout(r, 50));
    await new Promise((r) => setTimeout(r, 500));
    expect(wanted.filter((w) => !heard.get('city')!.includes(w))).toEqual([]);
    for (const [name, said] of heard) if (name !== 'city') expect({ name, said: said.includes(WORD) ? said : '' }).toEqual({ name, said: '' });
  });

  it('an alert of the second county is written to nobody else', async () => {
    const reached = await rows<{ username: string }>(
      bench.db,
      `select distinct u.username from alert_delivery d join account u on u.id = d.account_id join alert a on a.id = d.alert_id join case_file f on f.id = a.case_id where f.region = $1`,
      [OTHER],
    );
    expect(reached.map((r) => r.username)).toContain('b-officer');
    expect(reached.map((r) => r.username).filter((u) => u.startsWith('a-') || u === 'made-by-a')).toEqual([]);
  });
});
