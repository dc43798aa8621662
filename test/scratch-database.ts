import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { migrate, startEmbedded } from '@app/storage';

export interface ScratchDatabase {
  url: string;
  drop(): Promise<void>;
}

/**
 * An empty, migrated database for one test file: on the server that HUIYING_TEST_SERVER names (quicker while
 * developing), else on an embedded PostgreSQL of its own.
 */
export async function openScratchDatabase(): Promise<ScratchDatabase> {
  const server = process.env['HUIYING_TEST_SERVER'];
  const scratch = server ? await onServer(server) : await embedded();
  await migrate(scratch.url);
  return scratch;
}

async function embedded(): Promise<ScratchDatabase> {
  const dataDir = mkdtempSync(join(tmpdir(), 'huiying-test-'));
  const started = await startEmbedded({ dataDir, durable: false });
  return {
    url: started.url,
    drop: async () => {
      await started.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function onServer(server: string): Promise<ScratchDatabase> {
  const name = `huiying_test_${randomBytes(6).toString('hex')}`;
  await run(server, `create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => run(server, `drop database ${name} with (force)`) };
}

async function run(server: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: server });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}
