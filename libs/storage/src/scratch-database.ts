import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource, type EntitySchema } from 'typeorm';
import { dataSourceOptions } from './connection';
import { startEmbedded } from './embedded';
import { migrate } from './migrate';

export interface Scratch {
  url: string;
  dataSource: DataSource;
  close(): Promise<void>;
}

/**
 * A real PostgreSQL of its own for one spec file: embedded, in a temporary folder, gone with `close`.
 * About a second; open it in `beforeAll`.
 */
export async function openScratch(options: { migrated?: boolean; entities?: EntitySchema[] } = {}): Promise<Scratch> {
  const dataDir = mkdtempSync(join(tmpdir(), 'huiying-scratch-'));
  const server = await startEmbedded({ dataDir, durable: false });
  if (options.migrated !== false) await migrate(server.url);
  const dataSource = await new DataSource({
    ...dataSourceOptions(server.url, 10, 'huiying-spec'),
    entities: options.entities ?? [],
  }).initialize();
  const close = async (): Promise<void> => {
    await dataSource.destroy();
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  return { url: server.url, dataSource, close };
}
