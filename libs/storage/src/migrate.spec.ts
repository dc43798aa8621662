import { assertMigrated, compareSchema, migrate, readMigrations, type Migration } from './migrate';
import { MIGRATIONS } from './migrations';
import { openScratch, type Scratch } from './scratch-database';

const step = (version: number, sql: string): Migration => ({
  version,
  name: `000${version}-step.sql`,
  sql,
  checksum: `sum-${version}`,
});

describe('migrate', () => {
  let scratch: Scratch;
  beforeAll(async () => (scratch = await openScratch({ migrated: false })));
  afterAll(() => scratch.close());

  it('the list is in order and every file is there', () => {
    expect(readMigrations().map((m) => m.name)).toEqual([...MIGRATIONS]);
  });

  it('applies what is missing, once, each in a transaction of its own', async () => {
    const two = [step(1, 'create table a (n int)'), step(2, 'create table b (n int)')];
    expect(await migrate(scratch.url, two.slice(0, 1))).toEqual(['0001-step.sql']);
    expect(await migrate(scratch.url, two)).toEqual(['0002-step.sql']);
    expect(await migrate(scratch.url, two)).toEqual([]);
    const broken = [...two, step(3, 'create table c (n int); create table a (n int)')];
    await expect(migrate(scratch.url, broken)).rejects.toThrow(/0003-step.sql failed, nothing of it was kept/);
    expect(await scratch.dataSource.query(`select to_regclass('c') as c`)).toEqual([{ c: null }]);
  });

  it('a database ahead of the code is refused and left alone', async () => {
    await expect(migrate(scratch.url, [step(1, '')])).rejects.toThrow(/newer than this program/);
  });

  it('what already runs may be served by a newer database, never by an older or a foreign one', async () => {
    const one = [step(1, '')];
    await expect(assertMigrated(scratch.dataSource, one)).rejects.toThrow(/newer than this program/);
    await assertMigrated(scratch.dataSource, one, { newer: 'served' });
    await expect(assertMigrated(scratch.dataSource, [step(1, ''), step(2, ''), step(9, '')], { newer: 'served' })).rejects.toThrow(/older than this program/);
    await expect(assertMigrated(scratch.dataSource, [{ ...step(1, ''), checksum: 'x' }], { newer: 'served' })).rejects.toThrow(/edited/);
  });

  it('two starts at once migrate once', async () => {
    const three = [1, 2, 3].map((n) => step(n, n === 3 ? 'create table d (n int)' : ''));
    const done = await Promise.all([migrate(scratch.url, three), migrate(scratch.url, three)]);
    expect(done.flat()).toEqual(['0003-step.sql']);
  });

  it('an edited released file and a foreign database are named', () => {
    const known = [step(1, '')];
    expect(compareSchema([{ ...known[0]!, checksum: 'other' }], known)).toMatch(/0001-step.sql was edited/);
    expect(compareSchema([{ ...known[0]!, name: '0001-other.sql' }], known)).toMatch(/another program version/);
    expect(compareSchema([], known)).toBeNull();
  });
});
