import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { io, type Socket } from 'socket.io-client';
import type { ClientEvents, Office, Role, ServerEvents, WireAlert, WireCase, WireMonth } from '@app/domain';
import { row, rows } from '@app/storage';
import { Browser, PASSWORD } from './gateway-bench';
import { quiet } from './quiet-config';
import { RunningSystem } from './running-system';

/** One real explosion through the whole built system: a feed is read, people sit at real sockets, days pass in seconds. */
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DEPARTMENT = 'yingji';

interface Entry {
  title: string;
  text: string;
  at: Date;
}
interface Person {
  browser: Browser;
  id: string;
  socket: Socket<ServerEvents, ClientEvents>;
  got: WireAlert[];
}

const entries: Entry[] = [];
const people: Record<string, Person> = {};
let feed: Server;
let system: RunningSystem;
let admin: Browser;
let caseId = '';
let detectedAt = new Date(0);

/** The paper's feed, as its server would send it. */
function rss(): string {
  const items = entries.map(
    (e, i) =>
      `<item><title>${e.title}</title><link>http://127.0.0.1/news/${i}</link><guid>news-${i}</guid>` +
      `<description>${e.text}</description><pubDate>${e.at.toUTCString()}</pubDate></item>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>云溪晚报</title>${items.join('')}</channel></rss>`;
}

async function serveFeed(): Promise<number> {
  feed = createServer((request, response) => {
    if (request.url !== '/feed.xml') response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': 'application/rss+xml; charset=utf-8' }).end(rss());
  });
  await new Promise<void>((resolve) => feed.listen(0, '127.0.0.1', resolve));
  return (feed.address() as AddressInfo).port;
}

function configure(configDir: string, port: number): void {
  quiet(configDir);
  const main = join(configDir, 'huiying.yaml');
  const text = readFileSync(main, 'utf8').replace('allowPrivateHosts: []', `allowPrivateHosts: ["127.0.0.1:${port}"]`);
  writeFileSync(main, text);
  const source = {
    ...{ name: 'evening-paper', title: '云溪晚报', kind: 'feed', url: `http://127.0.0.1:${port}/feed.xml` },
    ...{ enabled: true, region: '云溪县', department: DEPARTMENT },
    ...{ schedule: { everySeconds: 20 }, politeness: { pauseSeconds: 0 } },
  };
  writeFileSync(join(configDir, 'sources', 'paper.yaml'), JSON.stringify({ sources: [source] }));
}

async function until<T>(
  what: string,
  look: () => Promise<T | null | undefined | false>,
  withinMs = 30_000,
): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > end) throw new Error(`did not happen: ${what}\n${system.log.slice(-3000)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function signIn(name: string, oneTimePassword: string): Promise<Browser> {
  const browser = new Browser(system.url);
  await browser.signIn(name, oneTimePassword);
  const changed = await browser.post('/me/password', { current: oneTimePassword, next: PASSWORD });
  if (changed.status !== 204) throw new Error(changed.body.detail);
  return browser;
}

async function seat(name: string, role: Role, departmentId: string | null): Promise<void> {
  const made = await admin.post<{ user: { id: string }; oneTimePassword: string }>('/users', {
    ...{ username: name, displayName: name, role, departmentId },
  });
  if (made.status !== 201) throw new Error(made.body.detail);
  const browser = await signIn(name, made.body.oneTimePassword);
  const socket: Person['socket'] = io(system.url, {
    extraHeaders: { cookie: browser.cookie, origin: system.url },
    transports: ['websocket'],
  });
  const got: WireAlert[] = [];
  // Delivered to the screen, and nobody there: an ack is no receipt of a person.
  socket.on('alert', (alert, ack) => {
    got.push(alert);
    ack();
  });
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('connect_error', reject));
  people[name] = { browser, id: made.body.user.id, socket, got };
}

const now = async (): Promise<Date> =>
  (await row<{ now: Date }>(await system.db(), 'select app_now() as now'))?.now ?? new Date(0);
const pass = (ms: number) => system.shiftTime({ byMs: ms });
const at = (ms: number) => system.shiftTime({ to: new Date(detectedAt.getTime() + ms) });
const theCase = async (): Promise<WireCase> => (await admin.get<WireCase>(`/cases/${caseId}`)).body;
const clockOf = async (duty: string) => {
  const found = (await theCase()).clocks.find((c) => c.duty === duty);
  if (!found) throw new Error(`no clock ${duty}`);
  return found;
};
const told = (name: string, title: RegExp): Promise<WireAlert> =>
  until(`${name} is told ${title.source}`, () =>
    Promise.resolve(people[name]?.got.find((a) => a.caseId === caseId && title.test(a.title))),
  );

beforeAll(async () => {
  const port = await serveFeed();
  system = await RunningSystem.start({ edit: (dir) => configure(dir, port) });
  const first = system.administrator;
  if (!first) throw new Error('no first administrator');
  // The tenth of the next month, 09:00 in Beijing: the whole story lies in one month.
  const today = await now();
  await system.shiftTime({ to: new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + 1, 10, 1)) });
  admin = await signIn(first.username, first.oneTimePassword);
  await seat('duty', 'duty_officer', null);
  await seat('asleep', 'duty_officer', null);
  await seat('contact', 'department_contact', DEPARTMENT);
  await seat('head', 'department_head', DEPARTMENT);
  // The office of the deputy leader is held by the roster, whatever the account's role.
  await seat('deputy', 'duty_officer', null);
  await seat('leader', 'leader', null);
  const span = {
    startsAt: (await now()).toISOString(),
    endsAt: new Date((await now()).getTime() + 240 * HOUR).toISOString(),
  };
  for (const [name, office] of Object.entries({ duty: 'duty_officer', deputy: 'deputy_leader' })) {
    const shift = { accountId: people[name]?.id, office, ...span };
    expect((await admin.post('/roster', shift)).status).toBe(201);
  }
}, 180_000);

afterAll(async () => {
  for (const p of Object.values(people)) p.socket.disconnect();
  feed.closeAllConnections();
  feed.close();
  await RunningSystem.stopAll();
}, 60_000);

it('the first report, 3 dead, is read from the feed and reaches the officer on shift, and nobody off shift', async () => {
  entries.push({
    at: new Date((await now()).getTime() - 5 * MINUTE),
    title: '云溪县恒泰化工厂爆炸已致3人死亡9人受伤',
    text: '记者从现场获悉，云溪县工业园恒泰化工厂爆炸事故已造成3人死亡、9人受伤，伤者送往县人民医院救治，搜救仍在进行。',
  });
  await pass(30_000);
  const found = await until('the case', async () => {
    const { body } = await admin.get<{ cases: WireCase[] }>('/board');
    return body.cases[0];
  });
  caseId = found.id;
  detectedAt = new Date(found.detectedAt);
  expect(found).toMatchObject({ caseClass: 'major', grade: '较大', dead: 3, injured: 9, lateDetection: false });
  await told('duty', /重大舆情/);
  expect(people['asleep']?.got).toEqual([]);
  expect((await theCase()).clocks.map((c) => c.duty)).not.toContain('release');
});

it('12 dead: the level is raised, and the 5 hours run from the first detection', async () => {
  await pass(10 * MINUTE);
  entries.push({
    at: new Date((await now()).getTime() - MINUTE),
    title: '云溪县恒泰化工厂爆炸事故死亡人数升至12人',
    text: '最新消息：云溪县工业园恒泰化工厂爆炸事故现场搜救结束，累计造成12人死亡、23人受伤。',
  });
  await pass(30_000);
  await until('the raise', async () => (await theCase()).caseClass === 'emergency');
  expect(await theCase()).toMatchObject({ grade: '重大', dead: 12, injured: 23, itemCount: 2 });
  const release = await clockOf('release');
  expect(release.anchorAt).toBe((await theCase()).detectedAt);
  expect(Date.parse(release.dueAt)).toBe(detectedAt.getTime() + 5 * HOUR);
  expect(Date.parse(release.targetAt ?? '')).toBe(detectedAt.getTime() + 3 * HOUR);
  expect(Date.parse((await clockOf('press-conference')).dueAt)).toBe(detectedAt.getTime() + 24 * HOUR);
  await told('duty', /级别提升/);
});

it('nobody signs for the alert: it climbs office by office to the leader', async () => {
  const chain: Office[] = ['department_contact', 'department_head', 'deputy_leader', 'leader'];
  for (const office of chain) {
    await pass(16 * MINUTE);
    await until(`the climb to ${office}`, async () => {
      const found = await rows(
        await system.db(),
        `select 1 from alert where case_id = $1 and key like $2 and reached = $3::text[]`,
        [caseId, `case:${caseId}:opened^%`, [office]],
      );
      return found.length > 0;
    });
  }
  for (const name of ['contact', 'head', 'deputy', 'leader']) await told(name, /^【无人签收】【重大舆情】/);
  const climbs = (await theCase()).events.filter((e) => e.kind === 'climbed' && e.summary.includes('重大舆情'));
  expect(climbs.map((e) => (e.data['audience'] as Office[])[0]).reverse()).toEqual(chain);
});

it('the 5 hours pass: the breach stands at the computed instant and everybody is told', async () => {
  await at(5 * HOUR + MINUTE);
  for (const name of ['duty', 'contact', 'head', 'deputy', 'leader']) await told(name, /^【已逾期】发布权威信息/);
  const breach = await until('the breach in the history', async () =>
    (await theCase()).events.find(
      (e) => e.kind === 'breach' && e.data['rung'] === 'due' && /发布权威信息/.test(e.summary),
    ),
  );
  expect(Date.parse(breach.at)).toBe(detectedAt.getTime() + 5 * HOUR);
});

it('the release was made in time and is entered late: both times stay, the limit was kept, the target missed', async () => {
  await at(6 * HOUR);
  const happenedAt = new Date(detectedAt.getTime() + 4.5 * HOUR).toISOString();
  const entered = await people['head']?.browser.post(`/cases/${caseId}/evidence`, {
    ...{
      kind: 'release',
      title: '关于恒泰化工厂爆炸事故的情况通报',
      url: 'https://www.example.gov.cn/1.html',
      happenedAt,
    },
    ...{ speaker: '县长' },
  });
  expect(entered?.status).toBe(200);
  const file = await theCase();
  expect(await clockOf('release')).toMatchObject({ state: 'met', targetMet: false });
  const evidence = file.evidence.find((e) => e.kind === 'release');
  expect(evidence).toMatchObject({ lateEntry: true });
  expect(Date.parse(evidence?.happenedAt ?? '')).toBe(detectedAt.getTime() + 4.5 * HOUR);
  expect(Date.parse(evidence?.enteredAt ?? '')).toBeGreaterThanOrEqual(detectedAt.getTime() + 6 * HOUR);
  const next = await clockOf('follow-up-release');
  expect(Date.parse(next.dueAt)).toBe(detectedAt.getTime() + 28.5 * HOUR);
});

it('the press conference is missed: breached at 24 hours sharp, however late it is seen', async () => {
  await at(25 * HOUR);
  await told('leader', /^【已逾期】举行新闻发布会/);
  const clock = await clockOf('press-conference');
  expect(clock.state).toBe('open');
  const stored = await row<{ at: Date }>(await system.db(), 'select breached_at as at from clock where id = $1', [
    clock.id,
  ]);
  expect(stored?.at.getTime()).toBe(detectedAt.getTime() + 24 * HOUR);
  const sheet = await people['leader']?.browser.get<{ recomputed: { state: string }; derivation: { dueAt: string } }>(
    `/clocks/${clock.id}/derivation`,
  );
  expect(sheet?.body).toMatchObject({ recomputed: { state: 'same' }, derivation: { dueAt: clock.dueAt } });
});

it('the month says all of it', async () => {
  const month = new Date(detectedAt.getTime() + 8 * HOUR).toISOString().slice(0, 7);
  const { body } = (await people['leader']?.browser.get<WireMonth>(`/stats/months/${month}`)) ?? { body: null };
  const duty = (key: string) => body?.byDuty.find((d) => d.key === key);
  expect(body?.cases).toMatchObject({ total: 1, byClass: { emergency: 1 }, lateDetections: 0 });
  expect(duty('release')).toMatchObject({
    duties: { due: 1, metOnTime: 1, overdue: 0, onTimeRate: 1 },
    target: { met: 0, missed: 1, rate: 0 },
  });
  expect(duty('press-conference')).toMatchObject({ duties: { due: 1, metOnTime: 0, overdue: 1, onTimeRate: 0 } });
  expect(duty('report-up')).toMatchObject({ duties: { overdue: 1 } });
  expect(body).toMatchObject({
    lateEntries: 1,
    times: { firstRelease: { count: 1, median: 270 }, pressConference: { count: 0 } },
  });
  expect(body?.byDepartment.map((d) => d.key)).toContain(DEPARTMENT);
  expect(body?.bySource.map((s) => s.key)).toEqual(['evening-paper']);
  // Off shift is off shift, to the end.
  expect(people['asleep']?.got).toEqual([]);
});
