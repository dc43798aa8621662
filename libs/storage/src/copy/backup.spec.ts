import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate, readMigrations } from '../migrate';
import { rows } from '../rows';
import { openScratch, type Scratch } from '../scratch-database';
import { checkBackup, moveDatabase, restoreBackup, writeBackup } from './backup';

let scratch: Scratch;
let folder: string;
let nth = 0;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'huiying-backup-'));
  scratch = await openScratch();
  const { dataSource } = scratch;
  await rows(dataSource, `insert into department (id, name) values ('slj', E'水利局\\t“引号”\\n换行\\\\')`);
  await rows(
    dataSource,
    `insert into item (source_name, guid, title, text, published_certain, fetched_at, content_hash, relevant, level, label, classifier_version)
     select 's', g::text, '标题' || g, repeat('正文😀', 50), false, app_now(), g::text, false, 'none', '{"a": null}', '1' from generate_series(1, 5000) g`,
  );
  await rows(dataSource, `insert into audit (at, actor, action, object, data, prev_hash, hash) values (app_now(), 'a', 'x', '', '{}', '0', '1')`);
});
afterAll(async () => {
  await scratch.close();
  rmSync(folder, { recursive: true, force: true });
});

/** An empty database beside the first one. */
async function empty(): Promise<string> {
  const name = `copy_${++nth}`;
  await rows(scratch.dataSource, `create database ${name}`);
  const url = new URL(scratch.url);
  url.pathname = `/${name}`;
  return url.href;
}

/** A digest of every table's rows. */
async function digests(url: string): Promise<Record<string, string>> {
  const { Client } = await import('pg');
  const client = new Client({ connectionString: url, options: '-c timezone=UTC' });
  await client.connect();
  const found: Record<string, string> = {};
  const { rows: tables } = await client.query<{ name: string }>(`select tablename as name from pg_tables where schemaname = 'public' and tablename <> 'schema_migration'`);
  for (const { name } of tables) {
    const { rows: got } = await client.query<{ d: string }>(`select count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' order by t::text)), '') as d from "${name}" t`);
    found[name] = got[0]!.d;
  }
  await client.end();
  return found;
}

it('gives back every row and reference of every table, goes on numbering after the last, and guards what is append-only as before', async () => {
  const manifest = await writeBackup(scratch.url, join(folder, 'whole'));
  expect(manifest.tables.find((t) => t.name === 'item')?.rows).toBe(5000);
  const url = await empty();
  await restoreBackup(join(folder, 'whole'), url);
  expect(await digests(url)).toEqual(await digests(scratch.url));
  const { Client } = await import('pg');
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows: next } = await client.query<{ id: string }>(
    `insert into item (source_name, guid, title, text, published_certain, fetched_at, content_hash, relevant, level, label, classifier_version)
     values ('s', 'n', 't', '', false, app_now(), 'n', false, 'none', '{}', '1') returning id`,
  );
  expect(Number(next[0]?.id)).toBeGreaterThan(5000);
  await expect(client.query('delete from audit')).rejects.toThrow();
  const { rows: references } = await client.query(`select 1 from pg_constraint where contype = 'f' and convalidated`);
  expect(references).toHaveLength((await rows(scratch.dataSource, `select 1 from pg_constraint where contype = 'f'`)).length);
  await client.end();
});

it('shows one instant: what is written while it is made is not half there', async () => {
  const { CopySource } = await import('./copy-source');
  const source = await CopySource.open(scratch.url);
  await rows(scratch.dataSource, `insert into department (id, name) values ('late', '迟到局')`);
  expect(await source.count(source.tables.find((t) => t.name === 'department')!)).toBe(1);
  await source.close();
  await rows(scratch.dataSource, `delete from department where id = 'late'`);
});

it('loads a backup of an older version and brings it up to this one', async () => {
  const older = await empty();
  const before = readMigrations().slice(0, -3);
  await migrate(older, before);
  const { Client } = await import('pg');
  const client = new Client({ connectionString: older });
  await client.connect();
  await client.query(`insert into department (id, name) values ('old', '旧局')`);
  await client.end();
  await writeBackup(older, join(folder, 'older'));
  const url = await empty();
  const loaded = await restoreBackup(join(folder, 'older'), url);
  expect(loaded.migrations).toHaveLength(before.length);
  expect(await migrate(url)).toEqual([]);
  expect((await digests(url))['department']).toMatch(/^1 /);
});

it('refuses a used database, a damaged or missing file, a folder that is there, a copy from the future: and changes nothing', async () => {
  const whole = join(folder, 'whole');
  const used = await empty();
  await restoreBackup(whole, used);
  const before = await digests(used);
  await expect(restoreBackup(whole, used)).rejects.toThrow('is in use');
  expect(await digests(used)).toEqual(before);
  await expect(writeBackup(scratch.url, whole)).rejects.toThrow('is there already');
  const file = join(whole, 'item.copy.gz');
  const bytes = readFileSync(file);
  const bent = Buffer.from(bytes);
  bent[bent.length >> 1]! ^= 1;
  writeFileSync(file, bent);
  await expect(checkBackup(whole)).rejects.toThrow('item.copy.gz is damaged');
  rmSync(file);
  await expect(checkBackup(whole)).rejects.toThrow('item.copy.gz cannot be read');
  writeFileSync(file, bytes);
  const manifest = join(whole, 'manifest.json');
  const text = readFileSync(manifest, 'utf8');
  const future = JSON.parse(text) as { migrations: unknown[] };
  future.migrations.push({ version: 9999, name: '9999-x.sql', checksum: 'x' });
  writeFileSync(manifest, JSON.stringify(future));
  await expect(restoreBackup(whole, await empty())).rejects.toThrow('newer than this program');
  writeFileSync(manifest, text);
  await expect(checkBackup(join(folder, 'none'))).rejects.toThrow('holds no backup');
  await expect(writeBackup(await empty(), join(folder, 'nothing'))).rejects.toThrow('no huiying database');
  expect(readdirSync(folder).sort()).toEqual(['older', 'whole']);
});

it('a load that breaks off leaves the database empty', async () => {
  const whole = join(folder, 'whole');
  const manifest = join(whole, 'manifest.json');
  const text = readFileSync(manifest, 'utf8');
  writeFileSync(manifest, text.replace('"rows": 5000', '"rows": 5001'));
  const url = await empty();
  await expect(restoreBackup(whole, url)).rejects.toThrow('5000 rows were loaded, 5001 were kept');
  writeFileSync(manifest, text);
  expect((await digests(url))['item']).toMatch(/^0 /);
  await restoreBackup(whole, url);
  expect((await digests(url))['item']).toMatch(/^5000 /);
});

it('moves everything, and not while a process of the system is at work on either side', async () => {
  const url = await empty();
  const { Client } = await import('pg');
  const gateway = new Client({ connectionString: scratch.url, application_name: 'huiying-gateway' });
  await gateway.connect();
  await expect(moveDatabase(scratch.url, url)).rejects.toThrow(/huiying-gateway.*still at work on the old database/);
  await gateway.end();
  // The pool of this spec is itself such a process.
  await scratch.dataSource.destroy();
  const there = new Client({ connectionString: url, application_name: 'huiying-rules' });
  await there.connect();
  await expect(moveDatabase(scratch.url, url)).rejects.toThrow('huiying-rules still at work there');
  await there.end();
  await moveDatabase(scratch.url, url);
  expect(await digests(url)).toEqual(await digests(scratch.url));
  await scratch.dataSource.initialize();
});
