import { type DynamicModule, Module } from '@nestjs/common';
import { CrawlingModule } from '@app/intake';
import { type Settings, SettingsModule } from '@app/settings';
import { StorageModule } from '@app/storage';

/** Wakes due sources: fetch → parse → classify → cluster → store. */
@Module({ imports: [StorageModule, CrawlingModule] })
export class CrawlerModule {
  static of(settings: Settings): DynamicModule {
    return { module: CrawlerModule, imports: [SettingsModule.of(settings)] };
  }
}
