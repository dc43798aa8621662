import { type DynamicModule, Module } from '@nestjs/common';
import { NotifyModule } from '@app/notify';
import { EngineModule } from '@app/response';
import { type Settings, SettingsModule } from '@app/settings';
import { MonthsModule, StorageModule } from '@app/storage';

@Module({ imports: [StorageModule, MonthsModule, EngineModule, NotifyModule] })
export class RulesModule {
  static of(settings: Settings): DynamicModule {
    return { module: RulesModule, imports: [SettingsModule.of(settings)] };
  }
}
