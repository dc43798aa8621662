import { DataSource } from 'typeorm';
import { AuditChain, FIRST_HASH } from '@app/accounts';
import { dataSourceOptions, rows } from '@app/storage';
import { openScratchDatabase, type ScratchDatabase } from './scratch-database';

let database: ScratchDatabase;
let db: DataSource;
let chain: AuditChain;

beforeAll(async () => {
  database = await openScratchDatabase();
  db = await new DataSource(dataSourceOptions(database.url, 8, 'audit-test')).initialize();
  chain = new AuditChain(db);
}, 60_000);
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

/** What only somebody with the database's own rights could do. */
async function tamper(...statements: string[]): Promise<void> {
  await rows(db, 'alter table audit disable trigger user');
  for (const sql of statements) await rows(db, sql);
  await rows(db, 'alter table audit enable trigger user');
}

it('an empty chain is whole', async () => {
  expect(await chain.verify()).toEqual({ records: 0, head: FIRST_HASH, broken: null });
});

it('stays one chain when many write at once, in batches of any size', async () => {
  await Promise.all(
    Array.from({ length: 60 }, (_, i) =>
      chain.append({ actor: `a${i % 7}`, action: 'test.write', data: { i, 中文: ['值', null, 1.5, { z: 1, a: 2 }] } }),
    ),
  );
  const state = await chain.verify(undefined, 7);
  expect(state).toMatchObject({ records: 60, broken: null });
  expect((await chain.verify(state.head)).broken).toBeNull();
});

it('takes what PostgreSQL cannot store, without breaking', async () => {
  await chain.append({
    actor: 'a\u0000b',
    action: 'test.odd',
    object: '\ud800',
    data: { 'k\u0000': ['\udc00x', '\\u0000', '😀'], gone: undefined },
  });
  const [record] = await chain.list({ limit: 1 });
  expect(record).toMatchObject({ actor: 'ab', object: '\ufffd', data: { k: ['\ufffdx', '\\u0000', '😀'] } });
  expect((await chain.verify()).broken).toBeNull();
});

it('is undone with the transaction it belongs to', async () => {
  const before = await chain.verify();
  await expect(
    db.transaction(async (tx) => {
      await chain.append({ actor: 'x', action: 'test.undone' }, tx);
      throw new Error('undo');
    }),
  ).rejects.toThrow('undo');
  expect(await chain.verify()).toEqual(before);
});

it.each([`update audit set actor = 'nobody'`, 'delete from audit', 'truncate audit'])(
  'the database itself refuses: %s',
  async (sql) => {
    await expect(rows(db, sql)).rejects.toThrow(/audit is append-only/);
  },
);

describe('verify', () => {
  let head: string;
  let ids: string[];
  beforeAll(async () => {
    head = (await chain.verify()).head;
    ids = (await rows<{ id: string }>(db, 'select id from audit order by id')).map((r) => r.id);
    await rows(db, 'create table kept as table audit');
  });
  afterEach(() =>
    tamper('delete from audit', 'insert into audit overriding system value select * from kept order by id'),
  );

  it('names the record whose contents were changed', async () => {
    await tamper(`update audit set actor = 'somebody' where id = ${ids[20]}`);
    expect(await chain.verify()).toMatchObject({
      records: 20,
      broken: { id: ids[20], why: 'its contents were changed' },
    });
  });

  it('names the record after one that was taken out', async () => {
    await tamper(`delete from audit where id = ${ids[30]}`);
    expect((await chain.verify()).broken).toEqual({ id: ids[31], why: 'a record before it is missing or was put in' });
  });

  it('notices an end that was cut off, by a head noted down earlier', async () => {
    await tamper(`delete from audit where id >= ${ids[50]}`);
    expect((await chain.verify()).broken).toBeNull();
    expect((await chain.verify(head)).broken).toEqual({
      id: '',
      why: 'the head noted down earlier is not in the chain',
    });
  });
});
