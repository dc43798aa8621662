import type { Browser } from './gateway-bench';
import { type GatewayBench, openGateway, person } from './gateway-bench';

let bench: GatewayBench;
let admin: Browser;
let duty: Browser;
const ids: string[] = [];

beforeAll(async () => {
  bench = await openGateway();
  admin = await person(bench, { username: 'chief', role: 'administrator', displayName: '主任' });
  duty = await person(bench, { username: 'duty-one', displayName: '王值班' });
  await person(bench, { username: 'duty-two', displayName: '李值班' });
  const { body } = await admin.get<{ users: { id: string; username: string }[] }>('/users');
  for (const name of ['duty-one', 'duty-two']) ids.push(body.users.find((u) => u.username === name)?.id ?? '');
}, 60_000);
afterAll(() => bench.close());

interface View {
  shifts: {
    id: string;
    accountId: string;
    accountName: string;
    startsAt: string;
    endsAt: string;
    standInForName: string | null;
  }[];
  gaps: { office: string; from: string; to: string }[];
  rostered: string[];
  people: { id: string }[];
}

const day = (d: string) => `2026-10-${d}T00:00:00+08:00`;
const view = async (who: Browser, from: string, to: string): Promise<View> =>
  (await who.get<View>(`/roster?from=${encodeURIComponent(from)}&to=${encodeURIComponent(to)}`)).body;
const rota = () => ({
  ...{ office: 'duty_officer', handoverMinutes: [480, 1080], countedFrom: '2026-09-28' },
  ...{ workdays: [ids[0]], restDays: [ids[1]] },
});

describe('值班表', () => {
  it('is empty at first: the role holds the office, and there is no gap', async () => {
    expect(await view(duty, day('01'), day('08'))).toMatchObject({ shifts: [], gaps: [], rostered: [], people: [] });
  });

  it('lays the turns of a rota by the calendar: make-up Saturdays are working days', async () => {
    const body = { rota: rota(), from: '2026-10-07', until: '2026-10-10' };
    const seen = await admin.post<{ shifts: { accountId: string }[] }>('/roster/plan/preview', body);
    expect(seen.body.shifts.map((s) => s.accountId)).toEqual([
      ids[1],
      ids[1],
      ids[0],
      ids[0],
      ids[0],
      ids[0],
      ids[0],
      ids[0],
    ]);
    expect(await view(admin, day('07'), day('12'))).toMatchObject({ shifts: [] });
    expect(await admin.post('/roster/plan', body)).toMatchObject({ status: 201, body: { laid: 8 } });
    expect(await admin.post('/roster/plan', body)).toMatchObject({ status: 201, body: { laid: 8 } });
    const laid = await view(admin, day('07'), day('12'));
    expect(laid.shifts).toHaveLength(8);
    expect(laid.gaps).toEqual([
      { office: 'duty_officer', from: day('07'), to: '2026-10-07T08:00:00+08:00' },
      { office: 'duty_officer', from: '2026-10-11T08:00:00+08:00', to: day('12') },
    ]);
    expect(laid.people.length).toBe(3);
  });

  it('puts a stand-in into a part of a shift, and takes a shift out', async () => {
    const [first] = (await view(admin, day('07'), day('12'))).shifts;
    const part = { accountId: ids[0], from: '2026-10-07T10:00:00+08:00', to: '2026-10-07T12:00:00+08:00' };
    expect((await admin.post(`/roster/${first?.id}/stand-in`, part)).status).toBe(200);
    const three = (await view(duty, day('07'), '2026-10-07T18:00:00+08:00')).shifts;
    expect(three.map((s) => [s.accountName, s.standInForName])).toEqual([
      ['李值班', null],
      ['王值班', '李值班'],
      ['李值班', null],
    ]);
    expect((await admin.send('DELETE', `/api/v1/roster/${three[0]?.id}`)).status).toBe(200);
    expect((await view(duty, day('07'), day('08'))).gaps).toContainEqual({
      office: 'duty_officer',
      from: day('07'),
      to: '2026-10-07T10:00:00+08:00',
    });
  });

  it('refuses in words what cannot be, and everybody who may not plan', async () => {
    const shift = { accountId: ids[0], office: 'duty_officer', startsAt: day('20'), endsAt: day('19') };
    expect(await admin.post('/roster', shift)).toMatchObject({ status: 422, body: { field: 'endsAt' } });
    expect(await admin.post('/roster', { ...shift, endsAt: day('21'), accountId: '999999' })).toMatchObject({
      status: 422,
      body: { field: 'accountId' },
    });
    const early = { rota: rota(), from: '2026-09-01', until: '2026-09-02' };
    expect(await admin.post('/roster/plan', early)).toMatchObject({ status: 422, body: { field: 'from' } });
    expect((await admin.send('DELETE', '/api/v1/roster/999999')).status).toBe(404);
    expect((await duty.post('/roster', { ...shift, endsAt: day('21') })).status).toBe(403);
    expect((await admin.post('/roster', { ...shift, endsAt: day('21') })).status).toBe(201);
  });

  it('leaves each change in the audit', async () => {
    const { body } = await admin.get<{ records: { action: string }[] }>('/audit?action=roster');
    expect(body.records.map((r) => r.action).reverse()).toEqual([
      'roster.lay',
      'roster.lay',
      'roster.stand-in',
      'roster.remove',
      'roster.add',
    ]);
  });
});

describe('放假通知', () => {
  const text = `year: 2027
notices:
  - title: 关于2027年部分节假日安排的通知（测试）
    published: 2026-11-02
    url: https://www.example.gov.cn/2027.htm
    holidays: [{ name: 元旦, off: [2027-01-01], work: [] }]`;

  it('is previewed, adopted and listed by the administrator alone, and the calendar shows it at once', async () => {
    expect((await duty.post('/calendar/notices', { text })).status).toBe(403);
    const bad = await admin.post<object>('/calendar/notices/preview', {
      text: text.replace('year: 2027', 'jahr: 2027'),
    });
    expect(bad).toMatchObject({ status: 422, body: { field: 'text' } });
    expect(bad.body.faults?.map((f) => f.key).sort()).toEqual(['jahr', 'year']);
    const seen = await admin.post('/calendar/notices/preview', { text });
    expect(seen).toMatchObject({ status: 200, body: { clocks: 0, moved: 0, coverageUntil: '2027-12-31' } });
    expect(await admin.post('/calendar/notices', { text })).toMatchObject({ status: 201 });
    expect((await admin.post('/calendar/notices', { text })).status).toBe(409);
    const end = performance.now() + 5_000;
    let until = '';
    while (until !== '2027-12-31' && performance.now() < end) {
      until = (await duty.get<{ coverageUntil: string }>('/calendar/2027')).body.coverageUntil;
    }
    expect(until).toBe('2027-12-31');
    const { body } = await duty.get<{ notices: { loadedBy: string | null; notice: { year: number } }[] }>(
      '/calendar/notices',
    );
    expect(body.notices[0]).toMatchObject({ loadedBy: '主任（chief）', notice: { year: 2027 } });
    expect(body.notices.length).toBeGreaterThan(20);
  });
});
