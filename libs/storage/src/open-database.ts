import type { Settings } from '@app/settings';
import { DataSource, type EntitySchema } from 'typeorm';
import { dataSourceOptions } from './connection';
import { findRunning, startEmbedded, type EmbeddedServer } from './embedded';
import { assertMigrated, migrate } from './migrate';
import { processName } from './process-name';

export interface OpenDatabase {
  url: string;
  dataSource: DataSource;
  /** Closes the DataSource, and the embedded server if it was started for this. */
  close(): Promise<void>;
}

/**
 * The database for a command: DATABASE_URL, else the embedded server the running system uses, else an
 * embedded server started for this one command (and brought up to the code, as npm start would).
 * @throws SchemaMismatch, StartRefused
 */
export async function openDatabase(settings: Settings, entities: EntitySchema[] = []): Promise<OpenDatabase> {
  const { url, server } = await findDatabase(settings);
  try {
    if (server) await migrate(url);
    const dataSource = await new DataSource({ ...dataSourceOptions(url, 3, processName()), entities }).initialize();
    await assertMigrated(dataSource);
    return {
      url,
      dataSource,
      close: async () => {
        await dataSource.destroy();
        await server?.stop();
      },
    };
  } catch (error) {
    await server?.stop();
    throw error;
  }
}

async function findDatabase(settings: Settings): Promise<{ url: string; server: EmbeddedServer | null }> {
  const url = settings.database.url ?? findRunning(settings.dataDir);
  if (url !== null) return { url, server: null };
  const server = await startEmbedded({ dataDir: settings.dataDir });
  return { url: server.url, server };
}
