import { CHANNELS } from './channels';
import { readNow, shiftTime } from './now';
import { PgListener } from './pg-listener';
import { row, rows } from './rows';
import { openScratch, type Scratch } from './scratch-database';

const soon = async (done: () => boolean): Promise<void> => {
  for (let tries = 0; !done() && tries < 100; tries++) await new Promise((resolve) => setTimeout(resolve, 50));
};

describe('the time of the system', () => {
  let scratch: Scratch;
  let listener: PgListener;
  beforeAll(async () => {
    scratch = await openScratch();
    listener = new PgListener(scratch.url);
  });
  afterAll(async () => {
    await listener.close();
    await scratch.close();
  });

  it('is the clock of the database, in whole milliseconds', async () => {
    const now = await readNow(scratch.dataSource);
    expect(Math.abs(now.getTime() - Date.now())).toBeLessThan(2_000);
  });

  it('can be jumped, moved on, sped up and stopped, and every listener is told', async () => {
    const told: string[] = [];
    await listener.listen(CHANNELS.timeShifted, (payload) => void told.push(payload));
    const to = new Date('2030-01-01T00:00:00.000Z');
    expect((await shiftTime(scratch.dataSource, { to, rate: 0 })).toISOString()).toBe('2030-01-01T00:00:00.000Z');
    expect((await shiftTime(scratch.dataSource, { byMs: 90_000 })).toISOString()).toBe('2030-01-01T00:01:30.000Z');
    await shiftTime(scratch.dataSource, { rate: 3600 });
    await rows(scratch.dataSource, 'select pg_sleep(0.1)');
    const later = await readNow(scratch.dataSource);
    expect(later.getTime() - to.getTime()).toBeGreaterThan(90_000 + 300_000);
    await soon(() => told.length === 3);
    expect(told.slice(0, 2)).toEqual(['2030-01-01T00:00:00.000Z', '2030-01-01T00:01:30.000Z']);
  });

  it('the listener comes back by itself and says so, because hints were lost meanwhile', async () => {
    const told: string[] = [];
    let back = 0;
    await listener.listen(CHANNELS.itemAdded, (payload) => void told.push(payload));
    listener.onReconnect(() => void back++);
    await rows(
      scratch.dataSource,
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'huiying-listener'`,
    );
    await soon(() => back === 1);
    await rows(scratch.dataSource, `select pg_notify('item_added', '12')`);
    await soon(() => told.length === 1);
    expect({ back, told }).toEqual({ back: 1, told: ['12'] });
  });

  it('a handler that throws harms neither the connection nor the others', async () => {
    const told: string[] = [];
    await listener.listen(CHANNELS.caseChanged, () => {
      throw new Error('a bug in a handler');
    });
    await listener.listen(CHANNELS.caseChanged, (payload) => void told.push(payload));
    await rows(scratch.dataSource, `select pg_notify('case_changed', '3')`);
    await soon(() => told.length === 1);
    expect(told).toEqual(['3']);
  });
});

describe('rows', () => {
  let scratch: Scratch;
  beforeAll(async () => (scratch = await openScratch({ migrated: false })));
  afterAll(() => scratch.close());

  it('gives the rows whatever the statement is', async () => {
    const on = scratch.dataSource;
    await rows(on, 'create table t (id bigint primary key, at timestamptz(3))');
    expect(await rows(on, `insert into t values (1, '2026-11-21T08:00:00.123+08') returning id`)).toEqual([
      { id: '1' },
    ]);
    expect(await rows(on, 'update t set id = 9007199254740993 returning id')).toEqual([{ id: '9007199254740993' }]);
    expect(await row(on, `select at, date '2026-11-21' as day from t`)).toEqual({
      at: new Date('2026-11-21T00:00:00.123Z'),
      day: '2026-11-21',
    });
    expect(await rows(on, 'delete from t where id = 0 returning id')).toEqual([]);
    expect(await row(on, 'select 1 from t where id = 0')).toBeNull();
  });

  it('the sessions of a process ignore PG* variables of the shell', async () => {
    process.env.PGOPTIONS = '-c search_path=nowhere';
    const other = await openScratch({ migrated: false });
    expect(await row(other.dataSource, 'show search_path')).toEqual({ search_path: '"$user", public' });
    expect(process.env.PGOPTIONS).toBeUndefined();
    await other.close();
  });
});
