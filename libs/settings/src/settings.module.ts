import { type DynamicModule, Global, Module } from '@nestjs/common';
import { loadSettings, type Settings } from './settings';

/** Injection token: `@Inject(SETTINGS) private readonly settings: Settings`. */
export const SETTINGS = Symbol('SETTINGS');

/** Global. `SettingsModule` reads env and config/ itself; `SettingsModule.of(settings)` takes given ones. */
@Global()
@Module({
  providers: [{ provide: SETTINGS, useFactory: () => loadSettings() }],
  exports: [SETTINGS],
})
export class SettingsModule {
  static of(settings: Settings): DynamicModule {
    return {
      module: GivenSettingsModule,
      global: true,
      providers: [{ provide: SETTINGS, useValue: settings }],
      exports: [SETTINGS],
    };
  }
}

@Module({})
class GivenSettingsModule {}
