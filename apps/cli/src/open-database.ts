import { loadSettings } from '@app/settings';
import { assertMigrated, dataSourceOptions, findRunning, startEmbedded } from '@app/storage';
import { DataSource } from 'typeorm';

/**
 * Runs a command on the system's database: DATABASE_URL, else the embedded one that is running, else the
 * embedded one started for as long as the command takes.
 */
export async function withDatabase<T>(command: (dataSource: DataSource) => Promise<T>): Promise<T> {
  return withDatabaseUrl(async (url) => {
    const dataSource = await new DataSource(dataSourceOptions(url, 2, 'huiying-cli')).initialize();
    try {
      await assertMigrated(dataSource);
      return await command(dataSource);
    } finally {
      await dataSource.destroy();
    }
  });
}

/** The same for a command that opens its connections itself; the database may be empty. */
export async function withDatabaseUrl<T>(command: (url: string) => Promise<T>): Promise<T> {
  const settings = loadSettings();
  const known = settings.database.url ?? findRunning(settings.dataDir);
  const server = known === null ? await startEmbedded({ dataDir: settings.dataDir }) : null;
  try {
    return await command(known ?? server!.url);
  } finally {
    await server?.stop();
  }
}
