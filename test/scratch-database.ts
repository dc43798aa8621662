import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { migrate, readMigrations, startEmbedded } from '@app/storage';

export interface ScratchDatabase {
  url: string;
  drop(): Promise<void>;
}

/**
 * An empty, migrated database for one test file: on the server that HUIYING_TEST_SERVER names (`npm test` starts
 * one for all files), else on an embedded PostgreSQL of its own.
 */
export async function openScratchDatabase(): Promise<ScratchDatabase> {
  const server = process.env['HUIYING_TEST_SERVER'];
  return server ? onServer(server) : embedded();
}

async function embedded(): Promise<ScratchDatabase> {
  const dataDir = mkdtempSync(join(tmpdir(), 'huiying-test-'));
  const started = await startEmbedded({ dataDir, durable: false });
  await migrate(started.url);
  return {
    url: started.url,
    drop: async () => {
      await started.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** A copy of a database that was migrated once for all files: a tenth of the time that the migrations take. */
async function onServer(server: string): Promise<ScratchDatabase> {
  const name = `huiying_test_${randomBytes(6).toString('hex')}`;
  const template = `huiying_template_${digestOfMigrations()}`;
  await withClient(server, async (client) => {
    // Test files run side by side: one makes the template, and nobody copies it while it is being made.
    await client.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    const { rowCount } = await client.query('select from pg_database where datname = $1 and datistemplate', [template]);
    if (rowCount === 0) await makeTemplate(client, server, template);
    await client.query(`create database ${name} template ${template}`);
  });
  return {
    url: urlOf(server, name),
    drop: () => withClient(server, async (client) => void (await client.query(`drop database ${name} with (force)`))),
  };
}

// Any constant.
const TEMPLATE_LOCK = 7_230_147;

/** Only a whole one is marked as a template. */
async function makeTemplate(client: Client, server: string, template: string): Promise<void> {
  await client.query(`drop database if exists ${template}`);
  await client.query(`create database ${template}`);
  await migrate(urlOf(server, template));
  await client.query(`alter database ${template} with is_template true`);
}

function digestOfMigrations(): string {
  const hash = createHash('sha256');
  for (const { name, checksum } of readMigrations()) hash.update(`${name} ${checksum}\n`);
  return hash.digest('hex').slice(0, 12);
}

function urlOf(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

async function withClient(server: string, act: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: server });
  await client.connect();
  await act(client).finally(() => client.end());
}
