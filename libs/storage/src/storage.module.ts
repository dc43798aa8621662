import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { SETTINGS, type Settings } from '@app/settings';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from './connection';
import { assertMigrated, SchemaMismatch } from './migrate';
import { Now } from './now';
import { PgListener } from './pg-listener';
import { processName } from './process-name';

function databaseUrl(settings: Settings): string {
  if (settings.database.url === null) {
    throw new SchemaMismatch(
      'DATABASE_URL is not set: npm start sets it for its processes; started alone, a process needs it',
    );
  }
  return settings.database.url;
}

async function openDataSource(options?: ConstructorParameters<typeof DataSource>[0]): Promise<DataSource> {
  if (!options) throw new Error('no options for the data source');
  const dataSource = await new DataSource(options).initialize();
  await assertMigrated(dataSource);
  return dataSource;
}

/**
 * Global: DataSource, Now, PgListener. A room exports its EntitySchemas and imports
 * `TypeOrmModule.forFeature([...])` in its own module; they are loaded by themselves.
 */
@Global()
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [SETTINGS],
      useFactory: (settings: Settings) => ({
        ...dataSourceOptions(databaseUrl(settings), settings.database.poolSize, processName()),
        autoLoadEntities: true,
        retryAttempts: 0,
      }),
      dataSourceFactory: openDataSource,
    }),
  ],
  providers: [
    Now,
    {
      provide: PgListener,
      inject: [SETTINGS],
      useFactory: (settings: Settings) => new PgListener(databaseUrl(settings), processName()),
    },
  ],
  exports: [Now, PgListener],
})
export class StorageModule implements OnApplicationShutdown {
  constructor(@Inject(PgListener) private readonly listener: PgListener) {}

  async onApplicationShutdown(): Promise<void> {
    await this.listener.close();
  }
}
