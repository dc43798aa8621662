import { io } from 'socket.io-client';
import type { WireCase, WireCaseSummary, WireItem } from '@app/domain';
import type { Incoming } from '@app/response';
import { CHANNELS, rows, sendHint } from '@app/storage';
import { RightsCheck } from '../apps/gateway/src/rights-check';
import { LABEL } from './engine-bench';
import { Browser, type GatewayBench, openCase as openCaseOn, openGateway, person } from './gateway-bench';

const SCRIPT = '<img src=x onerror=alert(1)><script>alert(1)</script>';

const TOKEN = 'a-token-of-thirty-characters-x';

let bench: GatewayBench;
let officer: Browser;
let leader: Browser;
let fire: Browser;
let roads: Browser;

beforeAll(async () => {
  bench = await openGateway({ metricsToken: TOKEN });
  await rows(
    bench.db,
    `insert into department (id, name) values ('fire', '消防救援局'), ('roads', '交通局') on conflict (id) do nothing`,
  );
  officer = await person(bench, { username: 'officer' });
  leader = await person(bench, { username: 'leader', role: 'leader' });
  fire = await person(bench, { username: 'fire', role: 'department_contact', departmentId: 'fire' });
  roads = await person(bench, { username: 'roads', role: 'department_head', departmentId: 'roads' });
}, 60_000);
afterAll(() => bench.close());

const openCase = (given: Partial<Incoming> & { title: string }) => openCaseOn(bench, given);

const board = async (browser: Browser) =>
  (await browser.get<{ now: string; cases: WireCaseSummary[]; totals: { open: number } }>('/board')).body;

describe('the board and the way of a case', () => {
  it('leads a case from the board to its end, each step refused out of turn', async () => {
    const id = await openCase({ title: '桥面塌陷，多车被困' });
    const shown = (await board(officer)).cases.find((c) => c.id === id)!;
    expect(shown).toMatchObject({ state: '待研判', departmentName: null, title: '桥面塌陷，多车被困' });
    expect(shown.nearest?.dueAt).toMatch(/\+08:00$/);

    expect((await officer.post(`/cases/${id}/sign-for`)).body).toMatchObject({
      status: 409,
      title: '状态冲突',
      detail: expect.stringContaining('不能签收'),
    });
    expect(
      (await officer.post(`/cases/${id}/assign`, { departmentId: 'nowhere', reason: '请办理' })).body,
    ).toMatchObject({ status: 422, field: 'departmentId' });
    expect((await officer.post(`/cases/${id}/assign`, { departmentId: 'fire', reason: '请立即处置' })).status).toBe(
      200,
    );
    expect((await fire.post(`/cases/${id}/sign-for`)).body).toMatchObject({ ok: true, caseId: id });
    expect((await fire.post(`/cases/${id}/override`, { level: 'major', reason: '影响重大' })).status).toBe(403);
    expect((await officer.post(`/cases/${id}/override`, { level: 'major', reason: '影响重大' })).status).toBe(200);
    const contrary = { level: 'ordinary', emergency: true, grade: '特别重大', reason: '自相矛盾' };
    expect((await officer.post(`/cases/${id}/override`, contrary)).body).toMatchObject({
      status: 422,
      field: 'level',
      detail: expect.stringContaining('重大问题'),
    });
    const evidence = { kind: 'plan', title: '处置方案', note: '当晚抢修', happenedAt: (await board(officer)).now };
    expect(
      (await fire.post(`/cases/${id}/evidence`, { ...evidence, happenedAt: '2026-11-21 08:00' })).body,
    ).toMatchObject({ status: 422, field: 'happenedAt' });
    expect((await fire.post(`/cases/${id}/evidence`, { ...evidence, kind: 'rumour' })).body).toMatchObject({
      status: 422,
      field: 'kind',
    });
    expect((await fire.post(`/cases/${id}/evidence`, evidence)).status).toBe(200);

    const whole = (await fire.get<WireCase>(`/cases/${id}`)).body;
    expect(whole).toMatchObject({
      level: 'major',
      departmentName: '消防救援局',
      evidence: [{ kind: 'receipt' }, { kind: 'plan' }],
    });
    const sheet = await leader.get<{ derivation: { basis: { quote: string } }; caseTitle: string }>(
      `/clocks/${whole.clocks[0]!.id}/derivation`,
    );
    expect(sheet.body).toMatchObject({
      caseTitle: whole.title,
      derivation: { basis: { quote: whole.clocks[0]!.quote } },
    });
  });

  it('is not closed by a settlement of whoever may not close it, and not through a case that was merged into it', async () => {
    const mine = await openCase({ title: '消防通道被占' });
    const theirs = await openCase({ title: '道路护栏损坏' });
    await officer.post(`/cases/${mine}/assign`, { departmentId: 'fire', reason: '请办理' });
    await officer.post(`/cases/${theirs}/assign`, { departmentId: 'roads', reason: '请办理' });
    const happenedAt = (await board(officer)).now;
    const settlement = { kind: 'settlement', title: '办结', note: '已处理', happenedAt };
    expect((await fire.post(`/cases/${mine}/evidence`, settlement)).status).toBe(403);
    await rows(bench.db, 'update case_file set merged_into = $1 where id = $2', [theirs, mine]);
    const feedback = { kind: 'feedback', title: '反馈', note: '已反馈', happenedAt };
    expect((await fire.post(`/cases/${mine}/evidence`, feedback)).status).toBe(404);
    expect((await officer.post(`/cases/${mine}/evidence`, feedback)).body).toMatchObject({ ok: true, caseId: theirs });
  });

  it('stops and lengthens a term only by an approver, with reason, basis and approver', async () => {
    const id = await openCase({ title: '小区停水', label: { ...LABEL, level: 'major' } });
    const happenedAt = (await board(officer)).now;
    await officer.post(`/cases/${id}/evidence`, { kind: 'plan', title: '处理方案', note: '分三步', happenedAt });
    const clocks = (await officer.get<WireCase>(`/cases/${id}`)).body.clocks;
    const clock = clocks.find((c) => c.duty === 'finish-plan')!.id;
    const strict = clocks.find((c) => c.state === 'open' && c.duty !== 'finish-plan')!.id;
    const decision = { reason: '等待检测结果', basis: '依据', approver: '王县长' };
    expect((await officer.post(`/clocks/${clock}/suspend`, decision)).status).toBe(403);
    expect((await leader.post(`/clocks/${clock}/suspend`, { ...decision, basis: undefined })).body).toMatchObject({
      status: 422,
      field: 'basis',
    });
    expect((await leader.post(`/clocks/${strict}/suspend`, { ...decision, basis: '民法典' })).body).toMatchObject({
      status: 409,
      detail: expect.stringContaining('不允许中止'),
    });
    expect((await leader.post(`/clocks/${clock}/suspend`, { ...decision, basis: '民法典' })).status).toBe(200);
    expect((await leader.post(`/clocks/${clock}/suspend`, { ...decision, basis: '民法典' })).status).toBe(409);
    expect((await leader.post(`/clocks/${clock}/resume`)).status).toBe(200);
    expect(
      (
        await leader.post(`/clocks/${clock}/extend`, {
          ...decision,
          basis: '民法典',
          term: { unit: 'years', amount: 1 },
        })
      ).body,
    ).toMatchObject({ status: 422, field: 'term.unit' });
  });

  it('writes who did what into the audit chain', async () => {
    const id = await openCase({ title: '重复投诉' });
    await officer.post(`/cases/${id}/reject`, { reason: '不属于本地' });
    const auditor = await person(bench, { username: 'auditor', role: 'auditor' });
    const { body } = await auditor.get<{ records: object[] }>('/audit?action=case.&limit=1');
    expect(body.records).toEqual([
      expect.objectContaining({
        actor: 'officer',
        action: 'case.reject',
        object: `case:${id}`,
        data: { reason: '不属于本地' },
      }),
    ]);
    expect((await auditor.post(`/cases/${id}/reject`, { reason: '再来一次' })).status).toBe(403);
    expect((await officer.get('/audit')).status).toBe(403);
  });

  it('does a keyed request once, also when it is sent twice at the same moment', async () => {
    const id = await openCase({ title: '网络不稳' });
    const happenedAt = (await board(officer)).now;
    const send = (key: string, note = '一份说明') =>
      officer.send<{ evidenceId: string }>(
        'POST',
        `/api/v1/cases/${id}/evidence`,
        { kind: 'report', title: '已报告', note, happenedAt },
        { 'idempotency-key': key },
      );
    const twice = await Promise.all([send('key-0001'), send('key-0001')]);
    const again = await send('key-0001');
    expect(again.status).toBe(200);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(twice.filter((t) => t.status === 200).map((t) => t.body.evidenceId)).toContain(again.body.evidenceId);
    expect(twice.map((t) => t.status).every((s) => s === 200 || s === 409)).toBe(true);
    expect((await send('key-0001', '另一份')).body).toMatchObject({ status: 422, field: 'Idempotency-Key' });
    expect((await send('short')).status).toBe(422);
    expect((await officer.get<WireCase>(`/cases/${id}`)).body.evidence).toHaveLength(1);
  });

  it('finds cases by words, state and page, and takes wildcards as letters', async () => {
    const id = await openCase({ title: '百分百%_满意度' });
    const find = async (query: string) =>
      (await officer.get<{ cases: WireCaseSummary[]; total: number }>(`/cases?${query}`)).body;
    expect((await find(`q=${encodeURIComponent('百%_满')}`)).cases.map((c) => c.id)).toEqual([id]);
    expect((await find(`q=${encodeURIComponent('百_百')}`)).total).toBe(0);
    expect((await find('state=closed&level=ordinary')).total).toBe(1);
    const paged = await find('size=1&page=2');
    expect(paged.cases).toHaveLength(1);
    expect(paged.total).toBeGreaterThan(2);
    expect((await officer.get('/cases?state=x')).body).toMatchObject({ status: 422, field: 'state' });
    expect((await officer.get('/cases?page=1&page=2')).status).toBe(422);
  });
});

describe('what a person does not see does not exist', () => {
  it('departments see and touch only their own cases, by whatever id', async () => {
    const id = await openCase({ title: '厂区起火' });
    await officer.post(`/cases/${id}/assign`, { departmentId: 'fire', reason: '请立即处置' });
    const clock = (await fire.get<WireCase>(`/cases/${id}`)).body.clocks[0]!.id;
    const body = {
      reason: '理由理由',
      title: 'x',
      kind: 'report',
      happenedAt: '2026-01-01T00:00:00Z',
      departmentId: 'roads',
    };
    const tries = await Promise.all([
      roads.get(`/cases/${id}`),
      roads.get(`/clocks/${clock}/derivation`),
      roads.post(`/cases/${id}/sign-for`),
      roads.post(`/cases/${id}/begin`),
      roads.post(`/cases/${id}/evidence`, { kind: body.kind, title: body.title, happenedAt: body.happenedAt }),
      roads.post(`/cases/${id}/close`, { reason: body.reason }),
    ]);
    expect(tries.map((t) => t.status)).toEqual([404, 404, 404, 404, 404, 404]);
    expect((await board(roads)).cases.map((c) => c.id)).not.toContain(id);
    expect((await board(fire)).cases.map((c) => c.id)).toContain(id);
    const items = (await roads.get<{ items: WireItem[] }>('/items')).body.items;
    expect(items.filter((i) => i.caseId === id)).toEqual([]);
    expect((await fire.get<{ items: WireItem[] }>('/items')).body.items.some((i) => i.caseId === id)).toBe(true);
  });

  it('a county sees itself, its city sees it too, its neighbour does not', async () => {
    const id = await openCase({ title: '县医院停电', region: '990101' });
    const seen = async (username: string, region: string) => {
      const browser = await person(bench, { username, region });
      return [
        (await browser.get(`/cases/${id}`)).status,
        (await board(browser)).cases.some((c) => c.id === id),
        (await browser.get<{ items: WireItem[] }>('/items')).body.items.some((i) => i.caseId === id),
      ];
    };
    expect(await seen('county', '990101')).toEqual([200, true, true]);
    expect(await seen('city', '990100')).toEqual([200, true, true]);
    expect(await seen('neighbour', '990102')).toEqual([404, false, false]);
  });

  it('an account without its department sees no department case at all', async () => {
    await rows(bench.db, `update account set department_id = null where username = 'roads'`);
    expect((await board(roads)).cases).toEqual([]);
    await rows(bench.db, `update account set department_id = 'roads' where username = 'roads'`);
  });
});

describe('markup from the open web', () => {
  it('stays text in JSON that no browser takes for a page', async () => {
    const id = await openCase({ title: SCRIPT, text: `正文${SCRIPT}` });
    const answer = await officer.get<WireCase>(`/cases/${id}`);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.body.title).toBe(SCRIPT);
    expect(answer.body.items[0]!.text).toBe(`正文${SCRIPT}`);
    const refused = await officer.post(`/cases/${id}/assign`, { departmentId: SCRIPT, reason: '请办理' });
    expect(refused.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });

  it('a phone number in it is masked', async () => {
    const id = await openCase({ title: '来电13812345678反映问题' });
    expect((await officer.get<WireCase>(`/cases/${id}`)).body.title).toMatch(/^来电138\*+\d{2,4}反映问题$/);
    expect(JSON.stringify((await officer.get('/items')).body)).not.toContain('13812345678');
  });
});

describe('live', () => {
  it('a changed case and a new item reach those who may see them, and nobody else', async () => {
    const open = (browser: Browser) => {
      const client = io(bench.base, {
        extraHeaders: { cookie: browser.cookie, origin: bench.base },
        transports: ['websocket'],
        forceNew: true,
      });
      const got = { cases: [] as WireCaseSummary[], items: [] as WireItem[] };
      client.on('case', (c: WireCaseSummary) => got.cases.push(c));
      client.on('item', (i: WireItem) => got.items.push(i));
      return { client, got, ready: new Promise((resolve) => client.once('time', resolve)) };
    };
    const [a, b, c] = [open(officer), open(fire), open(roads)];
    await Promise.all([a.ready, b.ready, c.ready]);
    const id = await openCase({ title: '现场直播', label: { ...LABEL } });
    await officer.post(`/cases/${id}/assign`, { departmentId: 'fire', reason: '请立即处置' });
    const end = performance.now() + 5_000;
    while (performance.now() < end && !(b.got.cases.some((x) => x.id === id) && a.got.items.length > 0)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(b.got.cases.at(-1)).toMatchObject({ id, state: '已交办', departmentId: 'fire' });
    expect(a.got.cases.at(-1)).toMatchObject({ id, state: '已交办' });
    expect(a.got.items.map((i) => i.title)).toEqual(['现场直播']);
    expect(c.got).toEqual({ cases: [], items: [] });
    for (const { client } of [a, b, c]) client.disconnect();
  });

  it('a hundred changes of a case in a moment are a few messages', async () => {
    const id = await openCase({ title: '反复变化' });
    const client = io(bench.base, {
      extraHeaders: { cookie: officer.cookie, origin: bench.base },
      transports: ['websocket'],
      forceNew: true,
    });
    const got: WireCaseSummary[] = [];
    await new Promise((resolve) => client.once('time', resolve));
    client.on('case', (c: WireCaseSummary) => got.push(c));
    const started = performance.now();
    for (let i = 0; i < 100; i++) {
      await rows(bench.db, 'update case_file set version = version + 1 where id = $1', [id]);
      await sendHint(bench.db, CHANNELS.caseChanged, id);
    }
    const tenths = Math.ceil((performance.now() - started) / 100);
    await new Promise((resolve) => setTimeout(resolve, 600));
    const { version } = (await officer.get<WireCase>(`/cases/${id}`)).body;
    expect(got.at(-1)?.version).toBe(version);
    expect(got.length).toBeLessThanOrEqual(tenths + 2);
    client.disconnect();
  });
});

describe('every route', () => {
  it('names its action', () => {
    const handlers = bench.app.get(RightsCheck).handlers();
    expect(handlers.length).toBeGreaterThan(35);
    expect(handlers.filter((h) => h.need === undefined)).toEqual([]);
    expect(
      handlers
        .filter((h) => h.need === 'open')
        .map((h) => h.name)
        .sort(),
    ).toEqual([
      'DocsController.json',
      'DocsController.page',
      'DocsController.style',
      'HealthController.all',
      'HealthController.live',
      'HealthController.metrics',
      'HealthController.ready',
      'OidcController.callback',
      'OidcController.offered',
      'OidcController.start',
      'ReceiptController.look',
      'ReceiptController.sign',
      'SessionController.signIn',
    ]);
  });

  it('but health and sign-in is closed without a session', async () => {
    const nobody = new Browser(bench.base);
    for (const path of [
      '/board',
      '/cases',
      '/cases/1',
      '/clocks/1/derivation',
      '/items',
      '/alerts',
      '/sources',
      '/departments',
      '/rules',
      '/ladders',
      '/calendar/2026',
      '/users',
      '/audit',
      '/me',
    ]) {
      expect([path, (await nobody.get(path)).status]).toEqual([path, 401]);
    }
    expect((await nobody.send('GET', '/health/live')).status).toBe(200);
  });

  it('tells probes what is wrong, and Prometheus its figures', async () => {
    const ready = await new Browser(bench.base).send<{ faults: string[] }>('GET', '/health/ready');
    expect([ready.status, ready.body.faults]).toEqual([503, ['时限引擎尚未启动']]);
    await rows(bench.db, `insert into heartbeat (process, kind, at) values ('rules@test', 'rules', app_now())`);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect((await new Browser(bench.base).send('GET', '/health/ready')).status).toBe(200);
    const metrics = await new Browser(bench.base).send<{ text: string }>('GET', '/metrics');
    for (const name of [
      'huiying_http_request_seconds_bucket',
      'huiying_sockets_connected',
      'huiying_alerts_delivered_total',
      'huiying_engine_lag_seconds',
      'huiying_heartbeat_age_seconds',
      'huiying_sources',
    ]) {
      expect(metrics.body.text).toContain(name);
    }
    expect(metrics.body.text).toMatch(/route="\/api\/v1\/cases\/:id"/);
  });

  it('tells figures to this machine, to signed-in people and to the token, and to nobody else', async () => {
    const nobody = new Browser(bench.base);
    const from = { 'x-forwarded-for': '203.0.113.7' };
    expect((await nobody.send('GET', '/metrics', undefined, from)).status).toBe(403);
    expect((await nobody.send('GET', '/metrics', undefined, { ...from, authorization: 'Bearer guess' })).status).toBe(
      403,
    );
    const bearer = { ...from, authorization: `Bearer ${TOKEN}` };
    expect((await nobody.send('GET', '/metrics', undefined, bearer)).status).toBe(200);
    const shown = await nobody.send('GET', '/health', undefined, from);
    expect(Object.keys(shown.body).sort()).toEqual(['faults', 'status']);
    expect((await nobody.send('GET', '/health')).body).toHaveProperty('engine');
    await rows(
      bench.db,
      `insert into webhook (name, patterns, paused_at) values ('city-platform', '{case.%}', clock_timestamp())`,
    );
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect((await officer.send('GET', '/health')).body).toMatchObject({ webhooks: { paused: ['city-platform'] } });
    expect((await officer.send('GET', '/health', undefined, from)).body).toHaveProperty('engine');
    expect((await officer.send('GET', '/metrics', undefined, from)).status).toBe(403);
  });
});
