import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { dataSourceOptions, type EmbeddedServer, migrate, startEmbedded } from '@app/storage';

/** An embedded PostgreSQL of the bench's own, with the instants of commits kept: that is what is measured. */
export interface BenchDatabase {
  url: string;
  dataDir: string;
  port: number;
  dataSource: DataSource;
  server: () => EmbeddedServer;
  /** Stops PostgreSQL at once (SIGQUIT, as a crash) and starts it again on the same port. */
  crash(): Promise<void>;
  close(): Promise<void>;
}

/** @param keptIn a folder that is left as it is at the end, and opened again the next time; default: a temporary one */
export async function openBenchDatabase(keptIn?: string): Promise<BenchDatabase> {
  const dataDir = keptIn ?? mkdtempSync(join(tmpdir(), 'huiying-bench-'));
  let server = await startEmbedded({ dataDir });
  const { port } = server;
  await migrate(server.url);
  await run(server.url, 'alter system set track_commit_timestamp = on');
  await server.stop();
  server = await startEmbedded({ dataDir, port });
  const url = server.url;
  const dataSource = new DataSource(dataSourceOptions(url, 4, 'huiying-bench'));
  await dataSource.initialize();
  return {
    url,
    dataDir,
    port,
    dataSource,
    server: () => server,
    crash: async () => {
      process.kill(server.pid, 'SIGQUIT');
      await server.ended;
      server = await startEmbedded({ dataDir, port });
    },
    close: async () => {
      await dataSource.destroy().catch(() => undefined);
      await server.stop();
      if (keptIn === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function run(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}
