import { io, type Socket } from 'socket.io-client';
import { SessionDesk, sessionKeyOf } from '@app/accounts';
import type { ClientEvents, ServerEvents, WireAlert, WireMe } from '@app/domain';
import { Addressing } from '@app/response';
import { rows } from '@app/storage';
import { LiveSessions } from '../apps/gateway/src/live/live-sessions';
import { Browser, type GatewayBench, openGateway, PASSWORD, person } from './gateway-bench';

type Client = Socket<ServerEvents, ClientEvents>;

let bench: GatewayBench;
let addressing: Addressing;
const clients: Client[] = [];

beforeAll(async () => {
  bench = await openGateway();
  addressing = new Addressing(bench.db);
}, 60_000);
afterEach(() => clients.splice(0).forEach((c) => c.disconnect()));
afterAll(() => bench.close());

interface Opened {
  client: Client;
  /** Every alert as it came, repeats included. */
  got: WireAlert[];
  /** Answers the acks that are held back. */
  confirm: () => void;
}

function open(
  browser: Browser,
  o: { lastSeq?: number; hold?: boolean; transports?: ('polling' | 'websocket')[] } = {},
): Opened {
  const client: Client = io(bench.base, {
    extraHeaders: { cookie: browser.cookie, origin: bench.base },
    auth: o.lastSeq === undefined ? {} : { lastSeq: o.lastSeq },
    transports: o.transports ?? ['websocket'],
    reconnection: false,
    forceNew: true,
  });
  clients.push(client);
  const got: WireAlert[] = [];
  const held: (() => void)[] = [];
  client.on('alert', (alert, ack) => {
    got.push(alert);
    if (o.hold) held.push(ack);
    else ack();
  });
  return { client, got, confirm: () => held.splice(0).forEach((ack) => ack()) };
}

const connected = (client: Client) =>
  new Promise<void>((resolve, reject) => client.once('connect', resolve).once('connect_error', reject));
const refusal = (client: Client) =>
  new Promise<string>((resolve) => client.once('connect_error', (e) => resolve(e.message)));

async function until<T>(read: () => T | Promise<T>, wanted: (value: T) => boolean, withinMs = 8_000): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    const value = await read();
    if (wanted(value) || performance.now() > end) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

let made = 0;
/** Alerts to the duty officers (every one of them has an own seq), addressed as the rules process does it. */
async function raise(n: number, title = '预警'): Promise<void> {
  await bench.db.query(
    `insert into alert (key, kind, severity, title, audience, instant_at, created_at)
     select 'test:' || (g + $1::int), 'warn', 'warning', $2 || (g + $1::int), '{duty_officer}', app_now(), app_now() from generate_series(1, $3::int) g`,
    [made, title, n],
  );
  made += n;
  while ((await addressing.addressBatch()).full);
}

const states = async (username: string): Promise<Record<string, number>> => {
  const rows: { state: string; n: number }[] = await bench.db.query(
    `select state, count(*)::int as n from alert_delivery d join account a on a.id = d.account_id where a.username = $1 group by state`,
    [username],
  );
  return Object.fromEntries(rows.map((r) => [r.state, r.n]));
};

describe('who may open a socket', () => {
  it('nobody without a session', async () => {
    expect(await refusal(open(new Browser(bench.base)).client)).toBe('尚未登录或登录已过期');
    const planted = new Browser(bench.base);
    planted.cookie = `huiying_session=${'A'.repeat(43)}`;
    expect(await refusal(open(planted).client)).toBe('尚未登录或登录已过期');
  });

  it('no page of another site, with whatever cookie', async () => {
    const browser = await person(bench, { username: 'visitor', role: 'leader' });
    const client = io(bench.base, {
      extraHeaders: { cookie: browser.cookie, origin: 'https://evil.example' },
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
    });
    clients.push(client);
    expect(await refusal(client)).toBe('websocket error');
    const polling = await fetch(`${bench.base}/socket.io/?EIO=4&transport=polling`, {
      headers: { cookie: browser.cookie, origin: 'https://evil.example' },
    });
    expect(polling.status).toBe(403);
  });

  it('nobody before the first password was changed', async () => {
    const admin = await person(bench, { username: 'chief', role: 'administrator' });
    const made = await admin.post<{ oneTimePassword: string }>('/users', {
      username: 'newcomer',
      displayName: '新人',
      role: 'leader',
    });
    const newcomer = new Browser(bench.base);
    await newcomer.signIn('newcomer', made.body.oneTimePassword);
    expect(await refusal(open(newcomer).client)).toBe('首次登录须先修改密码');
  });

  it('is told the time at once', async () => {
    const browser = await person(bench, { username: 'early', role: 'leader' });
    const { client } = open(browser);
    const { now } = await new Promise<{ now: string }>((resolve) => client.on('time', resolve));
    expect(Math.abs(Date.parse(now) - Date.now())).toBeLessThan(5_000);
    expect(now).toMatch(/\+08:00$/);
  });
});

describe('alerts', () => {
  it('come live, in order, once, and their receipt is written', async () => {
    const browser = await person(bench, { username: 'live' });
    const { client, got } = open(browser, { lastSeq: 0 });
    await connected(client);
    await raise(3);
    await until(
      () => got.length,
      (n) => n >= 3,
    );
    await raise(2);
    await until(
      () => got.length,
      (n) => n >= 5,
    );
    expect(got.map((a) => a.seq)).toEqual([1, 2, 3, 4, 5]);
    expect(
      await until(
        () => states('live'),
        (s) => s['delivered'] === 5,
      ),
    ).toEqual({ delivered: 5 });
  });

  it('missed while away come after the reconnect: exactly those, before anything new', async () => {
    const browser = await person(bench, { username: 'away' });
    const first = open(browser, { lastSeq: 0 });
    await connected(first.client);
    await raise(4);
    await until(
      () => first.got.length,
      (n) => n >= 4,
    );
    first.client.disconnect();
    await raise(450);
    const second = open(browser, { lastSeq: 4 });
    await connected(second.client);
    await raise(1, '新');
    await until(
      () => second.got.length,
      (n) => n >= 451,
    );
    expect(second.got.map((a) => a.seq)).toEqual(Array.from({ length: 451 }, (_, i) => i + 5));
    expect(new Set(second.got.map((a) => a.key)).size).toBe(451);
    expect(
      await until(
        () => states('away'),
        (s) => s['delivered'] === 455,
      ),
    ).toEqual({ delivered: 455 });
  });

  it('sent but never confirmed come again although the client claims a later seq', async () => {
    const browser = await person(bench, { username: 'silent' });
    const first = open(browser, { lastSeq: 0, hold: true });
    await connected(first.client);
    await raise(2);
    await until(
      () => first.got.length,
      (n) => n >= 2,
    );
    expect(
      await until(
        () => states('silent'),
        (s) => s['sent'] === 2,
      ),
    ).toEqual({ sent: 2 });
    first.client.disconnect();
    const second = open(browser, { lastSeq: 2 });
    await until(
      () => second.got.length,
      (n) => n >= 2,
    );
    expect(second.got.map((a) => a.seq)).toEqual([1, 2]);
    expect(
      await until(
        () => states('silent'),
        (s) => s['delivered'] === 2,
      ),
    ).toEqual({ delivered: 2 });
  });

  it('not confirmed on an open line are sent again with the same key until they are', async () => {
    const browser = await person(bench, { username: 'slow' });
    const { client, got, confirm } = open(browser, { lastSeq: 0, hold: true });
    await connected(client);
    await raise(1);
    await until(
      () => got.length,
      (n) => n >= 2,
      9_000,
    );
    expect(new Set(got.map((a) => a.key)).size).toBe(1);
    expect(got.length).toBeGreaterThanOrEqual(2);
    confirm();
    const count = got.length;
    expect(
      await until(
        () => states('slow'),
        (s) => s['delivered'] === 1,
      ),
    ).toEqual({ delivered: 1 });
    await new Promise((resolve) => setTimeout(resolve, 6_500));
    expect(got).toHaveLength(count);
  }, 25_000);

  it('confirmed once are not repeated to a client that says nothing of its last seq', async () => {
    const browser = await person(bench, { username: 'fresh' });
    const first = open(browser, { lastSeq: 0 });
    await connected(first.client);
    await raise(2);
    await until(
      () => states('fresh'),
      (s) => s['delivered'] === 2,
    );
    first.client.disconnect();
    const second = open(browser);
    await connected(second.client);
    await raise(1);
    await until(
      () => second.got.length,
      (n) => n >= 1,
    );
    expect(second.got.map((a) => a.seq)).toEqual([3]);
  });

  it('a client ahead of the database (a restored backup) starts from the beginning', async () => {
    const browser = await person(bench, { username: 'ahead' });
    await raise(1);
    const { got } = open(browser, { lastSeq: 999_999 });
    await until(
      () => got.length,
      (n) => n >= 1,
    );
    expect(got.map((a) => a.seq)).toEqual([1]);
  });

  it('come to each tab of a person, and over long polling too', async () => {
    const browser = await person(bench, { username: 'tabs' });
    const tabs = [open(browser, { lastSeq: 0 }), open(browser, { lastSeq: 0, transports: ['polling'] })];
    await Promise.all(tabs.map((t) => connected(t.client)));
    await raise(2);
    for (const tab of tabs) {
      await until(
        () => tab.got.length,
        (n) => n >= 2,
      );
      expect(tab.got.map((a) => a.seq)).toEqual([1, 2]);
    }
    expect(
      await until(
        () => states('tabs'),
        (s) => s['delivered'] === 2,
      ),
    ).toEqual({ delivered: 2 });
  });

  it('of one person never reach another', async () => {
    const officer = await person(bench, { username: 'mine' });
    const leader = await person(bench, { username: 'theirs', role: 'leader' });
    const [a, b] = [open(officer, { lastSeq: 0 }), open(leader, { lastSeq: 0 })];
    await Promise.all([connected(a.client), connected(b.client)]);
    await raise(1);
    await until(
      () => a.got.length,
      (n) => n >= 1,
    );
    expect(b.got).toEqual([]);
    const read = await b.client.emitWithAck('read', { alertId: a.got[0]!.id });
    expect(read).toBe(false);
    expect((await leader.post(`/alerts/${a.got[0]!.id}/read`)).status).toBe(404);
  });

  it('are read over the socket and over REST', async () => {
    const browser = await person(bench, { username: 'reader' });
    const { client, got } = open(browser, { lastSeq: 0 });
    await connected(client);
    await raise(2);
    await until(
      () => got.length,
      (n) => n >= 2,
    );
    expect(await client.emitWithAck('read', { alertId: got[0]!.id })).toBe(true);
    expect((await browser.post(`/alerts/${got[1]!.id}/read`)).status).toBe(204);
    expect(await states('reader')).toEqual({ read: 2 });
    const list = await browser.get<{ alerts: WireAlert[]; unread: number }>('/alerts?afterSeq=1');
    expect(list.body.alerts.map((x) => x.seq)).toEqual([2]);
    expect(list.body.unread).toBe(0);
  });

  it.each([null, 'x', { alertId: '0' }, { alertId: "1' or 1=1" }, { alertId: { a: 1 } }])(
    'a read of %j is answered no',
    async (body) => {
      const browser = new Browser(bench.base);
      await browser.signIn('reader', PASSWORD);
      const { client } = open(browser);
      await connected(client);
      expect(await client.emitWithAck('read', body as { alertId: string })).toBe(false);
    },
  );
});

describe('many people at once', () => {
  it('a hundred sockets that open while sessions are checked all stay, and all get every alert once', async () => {
    const browsers = await Promise.all(
      Array.from({ length: 100 }, async (_, i) => {
        const [account] = await rows<{ id: string }>(
          bench.db,
          `insert into account (username, display_name, role, password_hash, must_change_password, created_at)
           values ($1, $1, 'duty_officer', '', false, app_now()) returning id`,
          [`crowd-${i}`],
        );
        const browser = new Browser(bench.base);
        const { token } = await bench.db.transaction((tx) =>
          bench.app.get(SessionDesk, { strict: false }).open(tx, account!.id),
        );
        browser.cookie = `huiying_session=${token}`;
        return browser;
      }),
    );
    const live = bench.app.get(LiveSessions);
    const opened = browsers.map((b) => open(b, { lastSeq: 0 }));
    const all = Promise.all(opened.map((o) => connected(o.client)));
    let done = false;
    void all.then(() => (done = true));
    while (!done) {
      await live.recheck();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await all;
    await raise(5);
    await until(
      () => opened.every((o) => o.got.length >= 5),
      (ready) => ready,
    );
    expect(opened.filter((o) => !o.client.connected)).toEqual([]);
    for (const o of opened) expect(o.got.map((a) => a.seq)).toEqual([1, 2, 3, 4, 5]);
  }, 30_000);
});

describe('a socket ends with its session', () => {
  const ended = (client: Client) => new Promise<string>((resolve) => client.once('disconnect', resolve));

  it('at sign-out, at once', async () => {
    const browser = await person(bench, { username: 'leaver', role: 'leader' });
    const { client } = open(browser);
    await connected(client);
    const end = ended(client);
    await browser.send('DELETE', '/api/v1/session');
    expect(await end).toBe('io server disconnect');
  });

  it('when it runs out, or its account is disabled elsewhere', async () => {
    for (const sql of [
      `update session set expires_at = clock_timestamp() where token_hash = $1`,
      `update account set disabled = true where id = (select account_id from session where token_hash = $1)`,
    ]) {
      const name = `over-${sql.length}`;
      const browser = await person(bench, { username: name, role: 'leader' });
      expect((await browser.get<WireMe>('/me')).status).toBe(200);
      const { client } = open(browser);
      await connected(client);
      const end = ended(client);
      await bench.db.query(sql, [sessionKeyOf(browser.cookie.split('=')[1]!)]);
      expect(await end).toBe('io server disconnect');
    }
  }, 20_000);
});
