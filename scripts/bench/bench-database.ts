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

/** BENCH_STATEMENTS=10 says at the end which ten statements took PostgreSQL longest. */
const STATEMENTS = Number(process.env['BENCH_STATEMENTS'] ?? 0);

async function costliest(url: string): Promise<void> {
  if (STATEMENTS === 0) return;
  await run(url, 'create extension if not exists pg_stat_statements');
  const found = await run(
    url,
    `select round(total_exec_time) as ms, calls, rows, regexp_replace(left(query, 160), '\\s+', ' ', 'g') as query
     from pg_stat_statements order by total_exec_time desc limit ${STATEMENTS}`,
  );
  for (const r of found)
    process.stdout.write(
      `${String(r['ms']).padStart(9)} ms ${String(r['calls']).padStart(8)} calls ${String(r['rows']).padStart(9)} rows  ${String(r['query'])}\n`,
    );
}

/** @param keptIn a folder that is left as it is at the end, and opened again the next time; default: a temporary one */
export async function openBenchDatabase(keptIn?: string): Promise<BenchDatabase> {
  const dataDir = keptIn ?? mkdtempSync(join(tmpdir(), 'huiying-bench-'));
  let server = await startEmbedded({ dataDir });
  const { port } = server;
  await migrate(server.url);
  await run(server.url, 'alter system set track_commit_timestamp = on');
  if (STATEMENTS > 0) await run(server.url, 'alter system set shared_preload_libraries = pg_stat_statements');
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
      await costliest(url);
      await dataSource.destroy().catch(() => undefined);
      await server.stop();
      if (keptIn === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function run(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return (await client.query<Record<string, unknown>>(sql).finally(() => client.end())).rows;
}
