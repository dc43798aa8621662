import { io, type Socket } from 'socket.io-client';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { AuditChain, DepartmentBook } from '@app/accounts';
import type { ClientEvents, ServerEvents, WireAlert, WireCaseSummary } from '@app/domain';
import { AccountMove, Addressing, ReceiptLinks } from '@app/response';
import { row, rows } from '@app/storage';
import { buildOnce } from './running-system';
import { Browser, type GatewayBench, openCase, openGateway, PASSWORD, person } from './gateway-bench';

type Client = Socket<ServerEvents, ClientEvents>;

let bench: GatewayBench;
let admin: Browser;
const clients: Client[] = [];

const XUNWU = '360734';
const ANYUAN = '360726';
beforeAll(async () => {
  buildOnce();
  bench = await openGateway();
  await rows(
    bench.db,
    `insert into department (id, name, region) values ('wei', '卫健委', '${XUNWU}'), ('jiao', '交通局', '${XUNWU}'), ('far', '外县应急局', '${ANYUAN}') on conflict (id) do update set region = excluded.region`,
  );
  admin = await person(bench, { username: 'root-1', role: 'administrator' });
}, 60_000);
afterEach(() => clients.splice(0).forEach((c) => c.disconnect()));
afterAll(() => bench.close());

const idOf = async (username: string): Promise<string> =>
  (await row<{ id: string }>(bench.db, 'select id from account where username = $1', [username]))!.id;
const put = (by: Browser, id: string, body: object) =>
  by.send<{ user: { role: string }; changed: boolean; withdrawnAlerts?: number; droppedShifts?: number }>(
    'PUT',
    `/api/v1/users/${id}`,
    body,
  );
const connected = (client: Client) =>
  new Promise<void>((resolve, reject) => client.once('connect', resolve).once('connect_error', reject));
const ended = (client: Client) => new Promise<string>((resolve) => client.once('disconnect', resolve));

function open(browser: Browser) {
  const client: Client = io(bench.base, {
    extraHeaders: { cookie: browser.cookie, origin: bench.base },
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
  });
  clients.push(client);
  const cases: WireCaseSummary[] = [];
  const alerts: WireAlert[] = [];
  client.on('case', (c) => cases.push(c));
  client.on('alert', (alert, ack) => {
    alerts.push(alert);
    ack();
  });
  return { client, cases, alerts };
}

async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 8_000;
  while (!(await done())) {
    if (performance.now() > end) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A case with a department, and its alert to the department's contact. */
async function alerted(title: string, departmentId: string): Promise<{ caseId: string; alertId: string }> {
  const caseId = await openCase(bench, { title, region: XUNWU });
  const handed = await admin.post(`/cases/${caseId}/assign`, { departmentId });
  if (handed.status !== 200) throw new Error(JSON.stringify(handed.body));
  const [alert] = await rows<{ id: string }>(
    bench.db,
    `insert into alert (key, kind, severity, title, audience, department_id, case_id, instant_at, created_at)
     values ('move:' || $1, 'warn', 'warning', $2, '{department_contact}', $3, $1::bigint, app_now(), app_now()) returning id`,
    [caseId, title, departmentId],
  );
  while ((await new Addressing(bench.db).addressBatch()).full);
  return { caseId, alertId: alert!.id };
}

describe('an account that moves to another department', () => {
  it('is bound by it at once: its requests, its sockets, its alerts, its links, its shifts', async () => {
    const browser = await person(bench, { username: 'mover', role: 'department_contact', departmentId: 'wei' });
    const id = await idOf('mover');
    const old = await alerted('卫健委的事', 'wei');
    const token = await new ReceiptLinks(bench.db).issue(id, old.alertId, 'mail', 24);
    await rows(
      bench.db,
      `insert into roster (account_id, office, department_id, starts_at, ends_at) values ($1, 'department_contact', 'wei', app_now() - interval '1 hour', app_now() + interval '1 hour'), ($1, 'department_contact', 'wei', app_now() + interval '1 day', app_now() + interval '2 days')`,
      [id],
    );
    const before = open(browser);
    await connected(before.client);
    await until(() => before.alerts.some((a) => a.id === old.alertId));
    expect((await browser.get(`/cases/${old.caseId}`)).status).toBe(200);
    expect((await browser.send('GET', `/r/${token}`)).status).toBe(200);

    const end = ended(before.client);
    const moved = await put(admin, id, { departmentId: 'jiao' });
    expect(moved).toMatchObject({ status: 200, body: { changed: true, droppedShifts: 2 } });
    expect(moved.body.withdrawnAlerts).toBeGreaterThan(0);
    expect(await end).toBe('io server disconnect');

    // The session itself is good: the same cookie, other bounds.
    expect((await browser.get<{ departmentId: string }>('/me')).body.departmentId).toBe('jiao');
    expect((await browser.get(`/cases/${old.caseId}`)).status).toBe(404);
    expect((await browser.get<{ alerts: WireAlert[]; unread: number }>('/alerts')).body).toMatchObject({
      alerts: [],
      unread: 0,
    });
    expect((await browser.get(`/alerts/${old.alertId}/deliveries`)).status).toBe(404);
    expect((await browser.post(`/alerts/${old.alertId}/read`)).status).toBe(404);
    for (const method of ['GET', 'POST']) {
      const page = await browser.send<{ text: string }>(method, `/r/${token}`);
      expect(page.status).toBe(410);
      expect(page.body.text).not.toContain('卫健委的事');
    }
    expect(await rows(bench.db, `select 1 from roster where account_id = $1 and ends_at > app_now()`, [id])).toEqual(
      [],
    );

    const after = open(browser);
    await connected(after.client);
    await admin.post(`/cases/${old.caseId}/confirm`, {});
    const own = await alerted('交通局的事', 'jiao');
    await until(() => after.cases.some((c) => c.id === own.caseId) && after.alerts.some((a) => a.id === own.alertId));
    expect(after.cases.filter((c) => c.id === old.caseId)).toEqual([]);
    expect(after.alerts.filter((a) => a.caseId === old.caseId)).toEqual([]);
  }, 40_000);

  it('does not silence the alert that nobody read: it climbs as before', async () => {
    await person(bench, { username: 'sleeper', role: 'department_contact', departmentId: 'wei' });
    const { alertId } = await alerted('没人看的事', 'wei');
    await rows(
      bench.db,
      `update alert set escalate_at = app_now() + interval '5 minutes', receipt_minutes = 5 where id = $1`,
      [alertId],
    );
    expect((await put(admin, await idOf('sleeper'), { departmentId: 'jiao' })).status).toBe(200);
    expect(
      (await row<{ at: Date | null }>(bench.db, 'select escalate_at as at from alert where id = $1', [alertId]))?.at,
    ).not.toBeNull();
  });
});

describe('at the same moment', () => {
  /** Holds up whoever comes to what the statement locks, until the work is done. */
  async function heldUp<T>(statement: string, params: unknown[], during: () => Promise<T>): Promise<T> {
    const runner = bench.db.createQueryRunner();
    await runner.startTransaction();
    try {
      await runner.query(statement, params);
      return await during();
    } finally {
      await runner.rollbackTransaction();
      await runner.release();
    }
  }
  const waits = (wanted: number) =>
    until(
      async () =>
        (
          await rows(
            bench.db,
            `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
          )
        ).length >= wanted,
    );
  const written = async (caseId: string, title: string): Promise<string> =>
    (await row<{ id: string }>(
      bench.db,
      `insert into alert (key, kind, severity, title, audience, department_id, case_id, instant_at, created_at) values ('race:' || $1, 'warn', 'warning', $2, '{department_contact}', 'wei', $1::bigint, app_now(), app_now()) returning id`,
      [caseId, title],
    ))!.id;
  const readable = (accountId: string, alertId: string) =>
    rows(bench.db, 'select 1 from alert_delivery where account_id = $1 and alert_id = $2 and withdrawn_at is null', [
      accountId,
      alertId,
    ]);

  it.each([
    // The alert's numbers are held: addressing has read who is who, and has written nothing yet.
    [
      'an alert that is being addressed is withdrawn by the move',
      'alert',
      'select 1 from alert_counter where account_id = $1 for update',
    ],
    // The chain of records is held: the move has done all but its record.
    ['a move that is under way is waited for by the alert', 'move', 'select pg_advisory_xact_lock(704201), $1::bigint'],
  ])(
    '%s',
    async (_, first, statement) => {
      const browser = await person(bench, {
        username: `racer-${first}`,
        role: 'department_contact',
        departmentId: 'wei',
      });
      const id = await idOf(`racer-${first}`);
      const old = await alerted(`先前的事 ${first}`, 'wei');
      expect(await readable(id, old.alertId)).not.toEqual([]);
      const caseId = await openCase(bench, { title: `同时的事 ${first}`, region: XUNWU });
      await admin.post(`/cases/${caseId}/assign`, { departmentId: 'wei' });
      while ((await new Addressing(bench.db).addressBatch()).full);
      const alertId = await written(caseId, '同时');
      const { addressed, moved } = await heldUp(statement, [id], async () => {
        const one =
          first === 'alert' ? new Addressing(bench.db).addressBatch() : put(admin, id, { departmentId: 'jiao' });
        await waits(1);
        const other =
          first === 'alert' ? put(admin, id, { departmentId: 'jiao' }) : new Addressing(bench.db).addressBatch();
        await waits(2);
        return {
          addressed: first === 'alert' ? one : other,
          moved: (first === 'alert' ? other : one) as ReturnType<typeof put>,
        };
      });
      await addressed;
      expect((await moved).status).toBe(200);
      expect(
        await row(bench.db, 'select addressed_at is not null as done from alert where id = $1', [alertId]),
      ).toEqual({ done: true });
      expect(await readable(id, alertId)).toEqual([]);
      expect((await browser.get<{ alerts: WireAlert[] }>('/alerts')).body.alerts).toEqual([]);
    },
    40_000,
  );

  it('a link that a message brings after its alert was withdrawn shows nothing and signs nothing', async () => {
    await person(bench, { username: 'late-mail', role: 'department_contact', departmentId: 'wei' });
    const id = await idOf('late-mail');
    const { alertId } = await alerted('路上的消息', 'wei');
    await put(admin, id, { departmentId: 'jiao' });
    const token = await new ReceiptLinks(bench.db).issue(id, alertId, 'mail', 24);
    for (const method of ['GET', 'POST']) {
      const page = await admin.send<{ text: string }>(method, `/r/${token}`);
      expect(page.status).toBe(410);
      expect(page.body.text).not.toContain('路上的消息');
    }
  });
});

describe('a department that lies in another region now', () => {
  it('takes the alerts, links and open dashboards from those who saw by it, whether a table or the config says so', async () => {
    await rows(bench.db, `insert into department (id, name, region) values ('zhen', '某镇政府', '${XUNWU}')`);
    const officer = await person(bench, { username: 'by-department', role: 'duty_officer', region: XUNWU });
    const inside = await person(bench, { username: 'inside', role: 'duty_officer', departmentId: 'zhen' });
    const whole = await person(bench, { username: 'city', role: 'duty_officer' });
    // The case itself lies elsewhere: it is seen in the county for the department that has it.
    const caseId = await openCase(bench, { title: '镇政府的事', region: ANYUAN });
    await admin.post(`/cases/${caseId}/assign`, { departmentId: 'zhen' });
    const [alert] = await rows<{ id: string }>(
      bench.db,
      `insert into alert (key, kind, severity, title, audience, department_id, case_id, instant_at, created_at) values ('zhen:1', 'warn', 'warning', '镇政府的事', '{duty_officer}', 'zhen', $1, app_now(), app_now()) returning id`,
      [caseId],
    );
    while ((await new Addressing(bench.db).addressBatch()).full);
    const reads = async (b: Browser) =>
      (await b.get<{ alerts: WireAlert[] }>('/alerts')).body.alerts.some((a) => a.id === alert!.id);
    expect([await reads(officer), await reads(whole)]).toEqual([true, true]);
    expect((await officer.get(`/cases/${caseId}`)).status).toBe(200);
    const token = await new ReceiptLinks(bench.db).issue(await idOf('by-department'), alert!.id, 'mail', 24);
    const socket = open(inside);
    await connected(socket.client);
    const end = ended(socket.client);

    const form = new FormData();
    form.append('file', new File([`编号,名称,地区\nzhen,某镇政府,${ANYUAN}\n`], '部门.csv'));
    const headers = { cookie: admin.cookie, origin: bench.base, 'x-csrf-token': admin.csrf };
    const answer = await fetch(`${bench.base}/api/v1/departments/import`, { method: 'POST', body: form, headers });
    expect([answer.status, await answer.json()]).toEqual([201, { added: 0, changed: 1 }]);
    expect(await end).toBe('io server disconnect');
    expect((await officer.get(`/cases/${caseId}`)).status).toBe(404);
    expect([await reads(officer), await reads(whole)]).toEqual([false, true]);
    expect((await officer.send('GET', `/r/${token}`)).status).toBe(410);
    const [record] = await new AuditChain(bench.db).list({ object: 'department:zhen', limit: 1 });
    expect(record).toMatchObject({ action: 'department.change', data: { region: ANYUAN, withdrawnAlerts: 2 } });

    // The same by config/departments.yaml, which every gateway follows when it starts.
    const far = await person(bench, { username: 'far-officer', role: 'duty_officer', region: ANYUAN });
    const other = await openCase(bench, { title: '配置里的事', region: XUNWU });
    await admin.post(`/cases/${other}/assign`, { departmentId: 'zhen' });
    const [second] = await rows<{ id: string }>(
      bench.db,
      `insert into alert (key, kind, severity, title, audience, department_id, case_id, instant_at, created_at) values ('zhen:2', 'warn', 'warning', '配置里的事', '{duty_officer}', 'zhen', $1, app_now(), app_now()) returning id`,
      [other],
    );
    while ((await new Addressing(bench.db).addressBatch()).full);
    const readsSecond = async () =>
      (await far.get<{ alerts: WireAlert[] }>('/alerts')).body.alerts.some((a) => a.id === second!.id);
    expect(await readsSecond()).toBe(true);
    const [book, moves] = [bench.app.get(DepartmentBook), bench.app.get(AccountMove, { strict: false })];
    const zhen = { id: 'zhen', name: '某镇政府', duties: '' };
    await book.sync([{ ...zhen, region: ANYUAN }], (tx, moved) => moves.followDepartments(tx, moved, null));
    expect(await readsSecond()).toBe(true);
    await book.sync([{ ...zhen, region: XUNWU }], (tx, moved) => moves.followDepartments(tx, moved, null));
    expect(await readsSecond()).toBe(false);
  }, 40_000);
});

describe('huiying user change', () => {
  it('does what the page does, with its record, and says what cannot be', async () => {
    await person(bench, { username: 'cli-moved', role: 'department_contact', departmentId: 'wei' });
    const id = await idOf('cli-moved');
    const { alertId } = await alerted('命令行的事', 'wei');
    const url = (bench.db.options as { url: string }).url;
    const run = (...args: string[]) => {
      const done = spawnSync(
        process.execPath,
        [join(__dirname, '..', 'dist', 'apps', 'cli', 'src', 'main.js'), 'user', 'change', ...args],
        { encoding: 'utf8', env: { ...process.env, DATABASE_URL: url } },
      );
      return {
        status: done.status,
        said: done.stdout.trim() === '' ? done.stderr : (JSON.parse(done.stdout) as object),
      };
    };
    expect(run('cli-moved', '--department', 'jiao')).toMatchObject({
      status: 0,
      said: { id, departmentId: 'jiao', changed: true, withdrawnAlerts: expect.any(Number) },
    });
    expect(
      await rows(
        bench.db,
        'select 1 from alert_delivery where account_id = $1 and alert_id = $2 and withdrawn_at is null',
        [id, alertId],
      ),
    ).toEqual([]);
    expect(
      await new AuditChain(bench.db).list({ object: `account:${id}`, action: 'user.change', limit: 5 }),
    ).toMatchObject([{ actor: 'cli', data: { before: { departmentId: 'wei' }, after: { departmentId: 'jiao' } } }]);
    expect(run('cli-moved', '--role', 'leader', '--department', 'none', '--region', XUNWU)).toMatchObject({
      status: 0,
      said: { role: 'leader', departmentId: null, region: XUNWU },
    });
    expect(run('cli-moved', '--role', 'department_head')).toMatchObject({ status: 1, said: { field: 'departmentId' } });
    expect(run('nobody-there', '--role', 'leader')).toMatchObject({
      status: 1,
      said: { error: expect.stringContaining('nobody-there') },
    });
    expect(run('cli-moved').status).not.toBe(0);
  }, 60_000);
});

describe('a changed role', () => {
  it('holds from the next request on, and its tokens end where the role ends', async () => {
    const browser = await person(bench, { username: 'officer', role: 'administrator' });
    const id = await idOf('officer');
    const made = await browser.post<{ key: string }>('/me/tokens', { name: 'script', scopes: ['read-audit'], days: 1 });
    const byToken = async () =>
      (await fetch(`${bench.base}/api/v1/audit`, { headers: { authorization: `Bearer ${made.body.key}` } })).status;
    expect(made.body).toHaveProperty('key');
    expect((await browser.get('/users')).status).toBe(200);
    expect(await byToken()).toBe(200);
    const socket = open(browser);
    await connected(socket.client);
    const end = ended(socket.client);
    expect((await put(admin, id, { role: 'duty_officer' })).body).toMatchObject({
      changed: true,
      user: { role: 'duty_officer' },
    });
    expect(await end).toBe('io server disconnect');
    expect((await browser.get('/users')).status).toBe(403);
    expect((await browser.get('/audit')).status).toBe(403);
    expect(await byToken()).toBe(403);
  });

  it('stands in the audit as it was and as it is, and nowhere when nothing differs', async () => {
    await person(bench, { username: 'told', role: 'duty_officer', displayName: '甲' });
    const id = await idOf('told');
    await put(admin, id, { role: 'department_head', departmentId: 'wei', displayName: '乙' });
    const [record] = await new AuditChain(bench.db).list({ object: `account:${id}`, action: 'user.change', limit: 5 });
    expect(record).toMatchObject({
      actor: 'root-1',
      data: {
        username: 'told',
        before: { displayName: '甲', role: 'duty_officer', departmentId: null },
        after: { displayName: '乙', role: 'department_head', departmentId: 'wei' },
        droppedShifts: 0,
      },
    });
    expect((await put(admin, id, { role: 'department_head' })).body).toMatchObject({ changed: false });
    expect(
      await new AuditChain(bench.db).list({ object: `account:${id}`, action: 'user.change', limit: 5 }),
    ).toHaveLength(1);
  });

  it.each([
    [
      'a department head without a department',
      { role: 'department_head', departmentId: null },
      422,
      'departmentId',
      '必须属于一个部门',
    ],
    ['a role that there is not', { role: 'god' }, 422, 'role', '须为其中之一'],
    ['a department that there is not', { departmentId: 'nowhere' }, 422, 'departmentId', '没有编号为'],
    ['an auditor of one county', { role: 'auditor', region: XUNWU }, 422, 'region', '不能限定地区'],
    [
      'a region that does not cover the department',
      { departmentId: 'far', region: XUNWU },
      422,
      'region',
      '部门属于地区',
    ],
    ['an empty name', { displayName: '  ' }, 422, 'displayName', '不能为空'],
    ['a field that is no field', { username: 'other' }, 422, 'username', ''],
  ])('is refused in words, and nothing is written: %s', async (_, body, status, field, said) => {
    if ((await row(bench.db, `select 1 from account where username = 'steady'`)) === null)
      await person(bench, { username: 'steady' });
    const id = await idOf('steady');
    const answer = await put(admin, id, body);
    expect(answer).toMatchObject({ status, body: { field } });
    expect(answer.body.detail).toContain(said);
    expect(await row(bench.db, 'select role, department_id, region from account where id = $1', [id])).toEqual({
      role: 'duty_officer',
      department_id: null,
      region: null,
    });
  });
});

describe('the last administrator', () => {
  it('of the whole is neither demoted nor bound nor disabled, also by two who do it to each other at once', async () => {
    await rows(
      bench.db,
      `update account set role = 'duty_officer' where role = 'administrator' and username <> 'root-1'`,
    );
    const id = await idOf('root-1');
    // One of a county cannot set up the deployment: it does not count.
    await person(bench, { username: 'county-root', role: 'administrator', region: XUNWU });
    for (const [body, field] of [
      [{ role: 'leader' }, 'role'],
      [{ region: XUNWU }, 'region'],
    ] as const)
      expect(await put(admin, id, body)).toMatchObject({
        status: 409,
        body: { field, detail: expect.stringContaining('最后一个') },
      });
    expect((await admin.post(`/users/${id}/disable`)).status).toBe(409);

    const second = await person(bench, { username: 'root-2', role: 'administrator' });
    const both = await Promise.all([
      put(admin, await idOf('root-2'), { role: 'leader' }),
      put(second, id, { role: 'leader' }),
    ]);
    expect(both.map((b) => b.status).sort()).toEqual([200, 409]);
    expect(
      await rows(
        bench.db,
        `select username from account where role = 'administrator' and region is null and not disabled`,
      ),
    ).toHaveLength(1);
    await rows(bench.db, `update account set role = 'administrator' where username = 'root-1'`);
  });
});

describe('an administrator of one county', () => {
  it('changes nobody of another county, and gives nobody a wider view than the own', async () => {
    const county = new Browser(bench.base);
    if ((await county.signIn('county-root', PASSWORD)).status !== 200) throw new Error('not signed in');
    await person(bench, { username: 'neighbour', region: ANYUAN });
    await person(bench, { username: 'native', region: XUNWU });
    expect((await put(county, await idOf('neighbour'), { role: 'leader' })).status).toBe(404);
    expect((await put(county, await idOf('root-1'), { role: 'leader' })).status).toBe(404);
    const native = await idOf('native');
    expect(await put(county, native, { region: ANYUAN })).toMatchObject({ status: 422, body: { field: 'region' } });
    expect(await put(county, native, { departmentId: 'far' })).toMatchObject({
      status: 422,
      body: { field: 'departmentId' },
    });
    // What has no bound gets the county's own, not the whole.
    expect((await put(county, native, { region: null, role: 'leader' })).status).toBe(200);
    expect(await row(bench.db, 'select role, region from account where id = $1', [native])).toEqual({
      role: 'leader',
      region: XUNWU,
    });
  });
});
