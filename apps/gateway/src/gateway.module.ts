import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { AccountsModule } from '@app/accounts';
import { AlertBox } from '@app/response';
import { type Settings, SettingsModule } from '@app/settings';
import { StorageModule } from '@app/storage';
import { AccessGuard } from './access.guard';
import { AlertController } from './alert.controller';
import { AuditController } from './audit.controller';
import { DepartmentController } from './department.controller';
import { HealthController } from './health.controller';
import { AlertFeed } from './live/alert-feed';
import { LiveGateway } from './live/live.gateway';
import { LiveSessions } from './live/live-sessions';
import { LiveSweeper } from './live/live-sweeper';
import { Metrics } from './metrics';
import { ProblemFilter } from './problem.filter';
import { RightsCheck } from './rights-check';
import { SessionController } from './session.controller';
import { SystemHealth } from './system-health';
import { UserController } from './user.controller';

@Module({
  imports: [AccountsModule, DiscoveryModule, StorageModule],
  controllers: [AlertController, AuditController, DepartmentController, HealthController, SessionController, UserController],
  providers: [
    { provide: APP_GUARD, useClass: AccessGuard },
    { provide: APP_FILTER, useClass: ProblemFilter },
    AlertBox,
    AlertFeed,
    LiveGateway,
    LiveSessions,
    LiveSweeper,
    Metrics,
    RightsCheck,
    SystemHealth,
  ],
})
export class GatewayModule {
  static of(settings: Settings): DynamicModule {
    return { module: GatewayModule, imports: [SettingsModule.of(settings)] };
  }
}
