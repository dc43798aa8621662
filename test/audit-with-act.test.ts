import { SETTINGS } from '@app/settings';
import { rows } from '@app/storage';
import { Browser, type GatewayBench, openCase, openGateway, PASSWORD, person } from './gateway-bench';

/**
 * What a person does and its record in the audit chain stand together or not at all. The chain is broken on purpose (a
 * trigger refuses every new record), each act is tried, and no table may differ afterwards.
 */
let bench: GatewayBench;
let admin: Browser;
let leader: Browser;
let officer: Browser;
let unit: Browser;

/** Sessions have a test of their own below; keyed requests are no acts; heartbeats and views of the engine do not run here. */
const NOT_ACTS = ['audit', 'session', 'request_key', 'sign_in_attempt', 'heartbeat', 'outbound_pace'];

async function standing(): Promise<Record<string, string>> {
  const tables = await rows<{ name: string }>(
    bench.db,
    `select relname as name from pg_class where relkind in ('r', 'p') and not relispartition and relnamespace = 'public'::regnamespace order by 1`,
  );
  const all: Record<string, string> = {};
  for (const { name } of tables.filter((t) => !NOT_ACTS.includes(t.name))) {
    const [found] = await rows<{ hash: string }>(
      bench.db,
      `select count(*) || ':' || coalesce(md5(string_agg(t::text, '|' order by t::text)), '') as hash from "${name}" t`,
    );
    all[name] = found!.hash;
  }
  return all;
}

const break_ = () =>
  rows(bench.db, 'create trigger broken before insert on audit for each row execute function audit_is_broken()');
const mend = () => rows(bench.db, 'drop trigger broken on audit');

const LINE = JSON.stringify({ title: '停水', text: '', publishedAt: '2026-03-02T09:00:00+08:00', respondedAt: null });
let caseId = '';
let itemId = '';
const ids: Record<string, string> = {};

beforeAll(async () => {
  bench = await openGateway();
  await rows(
    bench.db,
    `create function audit_is_broken() returns trigger language plpgsql as $$ begin raise exception 'the chain is broken'; end $$`,
  );
  await rows(
    bench.db,
    `insert into department (id, name) values ('unit-a', '甲局'), ('unit-b', '乙局') on conflict do nothing`,
  );
  [admin, leader, officer, unit] = (await Promise.all([
    person(bench, { username: 'a-admin', role: 'administrator' }),
    person(bench, { username: 'a-leader', role: 'leader' }),
    person(bench, { username: 'a-officer', role: 'duty_officer' }),
    person(bench, { username: 'a-unit', role: 'department_head', departmentId: 'unit-a' }),
  ])) as [Browser, Browser, Browser, Browser];
  caseId = await openCase(bench, { title: '化工厂爆炸' });
  const one = async (sql: string, ...params: unknown[]): Promise<string> =>
    (await rows<{ id: string }>(bench.db, sql, params))[0]!.id;
  itemId = await one('select id from item where case_id = $1', caseId);
  const account = (name: string) => one('select id from account where username = $1', name);
  [ids['officer'], ids['unit']] = [await account('a-officer'), await account('a-unit')];
  ids['shift'] = await one(
    `insert into roster (account_id, office, starts_at, ends_at) values ($1, 'duty_officer', '2027-01-10', '2027-01-11') returning id`,
    ids['officer'],
  );
  ids['otherCase'] = await openCase(bench, { title: '学校食堂的说明' });
  const proposal = (item: string) =>
    one(
      `insert into evidence_proposal (item_id, kind, reason, happened_at, created_at) values ($1, 'release', '官方来源', app_now(), app_now()) returning id`,
      item,
    );
  ids['otherProposal'] = await proposal(await one('select id from item where case_id = $1', ids['otherCase']));
  ids['otherShift'] = await one(
    `insert into roster (account_id, office, starts_at, ends_at) values ($1, 'duty_officer', '2027-01-12', '2027-01-13') returning id`,
    ids['officer'],
  );
  ids['proposal'] = await proposal(itemId);
  ids['clock'] = await one(
    `select id from clock where case_id = $1 and state = 'open' and due_at is not null and not provisional limit 1`,
    caseId,
  );
  await rows(bench.db, `update clock set due_at = app_now() - interval '1 hour' where id = $1`, [ids['clock']]);
  await officer.post('/handovers', { note: '夜班无事' });
  ids['handover'] = await one('select id from handover limit 1');
  await rows(
    bench.db,
    `insert into webhook (name, patterns, paused_at) values ('city', '{case.%}', clock_timestamp())`,
  );
}, 60_000);
afterAll(() => bench.close());

const acts: [string, () => Promise<{ status: number }>][] = [
  ['a review of a case', () => officer.post(`/cases/${caseId}/review`, {})],
  ['a review of an item', () => officer.post(`/items/${itemId}/review`, {})],
  ['a confirmed proposal', () => officer.post(`/cases/${caseId}/evidence-proposals/${ids['proposal']}/confirm`, {})],
  [
    'a dropped proposal',
    () => officer.post(`/cases/${ids['otherCase']}/evidence-proposals/${ids['otherProposal']}/drop`, {}),
  ],
  ['交办', () => officer.post(`/cases/${caseId}/assign`, { departmentId: 'unit-a' })],
  [
    'a shift',
    () =>
      admin.post('/roster', {
        accountId: ids['officer'],
        office: 'duty_officer',
        departmentId: null,
        startsAt: '2027-02-01T08:00:00+08:00',
        endsAt: '2027-02-02T08:00:00+08:00',
      }),
  ],
  ['a stand-in', () => admin.post(`/roster/${ids['shift']}/stand-in`, { accountId: ids['unit'] })],
  ['a removed shift', () => admin.send('DELETE', `/api/v1/roster/${ids['otherShift']}`)],
  ['a handover', () => officer.post('/handovers', { note: '还有两件在办' })],
  ['a handover taken', () => leader.post(`/handovers/${ids['handover']}/take`, {})],
  [
    'a decision of 问责',
    () =>
      leader.post(`/accountability/${ids['clock']}`, { form: 'supervise', decision: 'dropped', reason: '情有可原' }),
  ],
  ['an appeal', () => unit.post('/assessments/2026/appeals', { indicator: indicator(), reason: '情况不同' })],
  [
    'a mark',
    () =>
      leader.post('/assessments/2026/marks', {
        departmentId: 'unit-a',
        indicator: manual(),
        points: 1,
        reason: '有据',
      }),
  ],
  ['a backtest', () => leader.post('/backtests', { title: '去年', packs: ['national'], lines: LINE })],
  ['a manual entry', () => officer.post('/items/manual', { title: '群众来电：停水', source: '电话' })],
  ['an imported table', () => importTable()],
  ['a try of a source', () => admin.post('/source-probes', { url: 'https://www.example.gov.cn/feed' })],
  ['a moved account', () => admin.send('PUT', `/api/v1/users/${ids['unit']}`, { departmentId: 'unit-b' })],
  ['a disabled account', () => admin.post(`/users/${ids['unit']}/disable`)],
  ['a new account', () => admin.post('/users', { username: 'late', displayName: '后来', role: 'leader' })],
  ['a token', () => admin.post('/tokens', { name: 'late-token', scopes: ['read-items'] })],
];
/** More rows than one statement takes: none may stay. */
async function importTable(): Promise<{ status: number }> {
  const form = new FormData();
  form.append(
    'file',
    new File(
      [`工单编号,工单标题\n${Array.from({ length: 450 }, (_, n) => `T${n},路灯不亮 ${n}`).join('\n')}\n`],
      '工单.csv',
    ),
  );
  return fetch(`${bench.base}/api/v1/items/import`, {
    method: 'POST',
    body: form,
    headers: { cookie: officer.cookie, origin: bench.base, 'x-csrf-token': officer.csrf },
  });
}
const indicators = () =>
  bench.app.get<{ assessment: { indicators: { id: string; scoring: { kind: string } }[] } }>(SETTINGS).assessment
    .indicators;
const indicator = () => indicators()[0]!.id;
const manual = () => indicators().find((i) => i.scoring.kind === 'manual')!.id;

it.each(acts)(
  'without its record nothing is left of %s; with it the act is done and stands in the chain',
  async (_, act) => {
    const before = await standing();
    await break_();
    try {
      expect((await act()).status).toBe(500);
    } finally {
      await mend();
    }
    expect(await standing()).toEqual(before);
    const records = async () => (await rows(bench.db, 'select 1 from audit')).length;
    const had = await records();
    // The same request, not refused for another reason: it was the missing record that undid it.
    const { status } = await act();
    expect(status).toBeLessThan(300);
    expect(await records()).toBe(had + 1);
  },
);

describe('a session', () => {
  const sessions = async (username: string) =>
    (
      await rows(bench.db, 'select 1 from session s join account a on a.id = s.account_id where a.username = $1', [
        username,
      ])
    ).length;
  const broken = async <T>(act: () => Promise<T>): Promise<T> => {
    await break_();
    try {
      return await act();
    } finally {
      await mend();
    }
  };

  it('is opened, ended and outlived by a new password only together with its record', async () => {
    const first = await person(bench, { username: 'a-session' });
    expect(await sessions('a-session')).toBe(1);
    const second = new Browser(bench.base);
    expect((await broken(() => second.signIn('a-session', PASSWORD))).status).toBe(500);
    expect(await sessions('a-session')).toBe(1);
    expect((await second.signIn('a-session', PASSWORD)).status).toBe(200);
    expect(await sessions('a-session')).toBe(2);

    // The former session of a browser ends with its new one, or stays.
    const held = second.cookie;
    expect((await broken(() => second.signIn('a-session', PASSWORD))).status).toBe(500);
    second.cookie = held;
    expect((await second.get('/me')).status).toBe(200);

    const change = () => first.post('/me/password', { current: PASSWORD, next: `${PASSWORD} again` });
    expect((await broken(change)).status).toBe(500);
    expect((await second.get('/me')).status).toBe(200);
    expect((await change()).status).toBe(204);
    expect((await second.get('/me')).status).toBe(401);

    const leave = () => first.send('DELETE', '/api/v1/session');
    expect((await broken(leave)).status).toBe(500);
    expect((await first.get('/me')).status).toBe(200);
    expect((await leave()).status).toBe(204);
    expect(await sessions('a-session')).toBe(0);
    const kept = await rows<{ action: string }>(
      bench.db,
      `select action from audit where actor = 'a-session' order by id`,
    );
    expect(kept.map((k) => k.action)).toEqual([
      'session.open',
      'password.change',
      'session.open',
      'password.change',
      'session.close',
    ]);
  });

  it('is not opened by a password that is reset while it is being compared', async () => {
    await person(bench, { username: 'a-reset' });
    const { id } = (await rows<{ id: string }>(bench.db, `select id from account where username = 'a-reset'`))[0]!;
    // The reset is done but for its end: the sign-in has compared the old password and waits for the account.
    const runner = bench.db.createQueryRunner();
    await runner.startTransaction();
    await runner.query(`update account set password_hash = 'another', must_change_password = true where id = $1`, [id]);
    await runner.query('delete from session where account_id = $1', [id]);
    const thief = new Browser(bench.base).signIn('a-reset', PASSWORD);
    for (let waiting = 0; waiting === 0;)
      waiting = (
        await rows(
          bench.db,
          `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        )
      ).length;
    await runner.commitTransaction();
    await runner.release();
    expect((await thief).status).toBe(401);
    expect(await sessions('a-reset')).toBe(0);
  });
});
