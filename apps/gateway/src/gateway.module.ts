import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { AccountsModule } from '@app/accounts';
import { ResponseModule } from '@app/response';
import { type Settings, SettingsModule } from '@app/settings';
import { StatsModule } from '@app/stats';
import { StorageModule } from '@app/storage';
import { AccessGuard } from './access.guard';
import { AccountabilityController } from './accountability.controller';
import { AssessmentController } from './assessment.controller';
import { BacktestController } from './backtest.controller';
import { ReportController } from './report.controller';
import { AlertController } from './alert.controller';
import { AuditController } from './audit.controller';
import { CalendarController } from './calendar.controller';
import { CaseAct } from './case-act';
import { CaseActionController } from './case-action.controller';
import { CaseMergeController } from './case-merge.controller';
import { CaseOnwardController } from './case-onward.controller';
import { CaseUnitController } from './case-unit.controller';
import { CaseController } from './case.controller';
import { CaseSearch } from './case-search';
import { CaseSpread } from './case-spread';
import { CaseSpreadController } from './case-spread.controller';
import { ChannelController } from './channel.controller';
import { ClockController } from './clock.controller';
import { HandInController } from './hand-in.controller';
import { ItemImportController } from './item-import.controller';
import { DepartmentController } from './department.controller';
import { DocsController } from './docs/docs.controller';
import { DraftController } from './draft.controller';
import { EvidenceController } from './evidence.controller';
import { HandoverController } from './handover.controller';
import { HealthController } from './health.controller';
import { ItemController } from './item.controller';
import { ItemFileController } from './item-file.controller';
import { ItemReader } from './item-reader';
import { ItemSearch } from './item-search';
import { LawController } from './law.controller';
import { AlertFeed } from './live/alert-feed';
import { LiveBoard } from './live/live-board';
import { LiveGateway } from './live/live.gateway';
import { LiveSessions } from './live/live-sessions';
import { LedgerController } from './ledger.controller';
import { LiveSweeper } from './live/live-sweeper';
import { MatterController } from './matter.controller';
import { Metrics } from './metrics';
import { ProbeAccess } from './probe-access';
import { EvidenceProposalController } from './evidence-proposal.controller';
import { OidcController } from './oidc.controller';
import { PageArchiveController } from './page-archive.controller';
import { PersonImportController } from './person-import.controller';
import { ProblemFilter } from './problem.filter';
import { RegionSight } from './region-sight';
import { ReceiptController } from './receipt.controller';
import { ReceiptDesk } from './receipt-desk';
import { ReportUpController } from './report-up.controller';
import { ReviewController } from './review.controller';
import { ReviewReader } from './review-reader';
import { RightsCheck } from './rights-check';
import { RosterController } from './roster.controller';
import { RouteBook } from './route-book';
import { SessionController } from './session.controller';
import { Sight } from './sight';
import { SourceController } from './source.controller';
import { SiteCheckController } from './site-check.controller';
import { SourceReader } from './source-reader';
import { StatsController } from './stats.controller';
import { SystemHealth } from './system-health';
import { TokenController } from './token.controller';
import { UserController } from './user.controller';
import { WebhookController } from './webhook.controller';
import { ViewController } from './view.controller';
import { WallController } from './wall.controller';
import { WallReader } from './wall-reader';

@Module({
  imports: [AccountsModule, DiscoveryModule, ResponseModule, StatsModule, StorageModule],
  controllers: [
    AccountabilityController,
    AssessmentController,
    BacktestController,
    ReportController,
    AlertController,
    AuditController,
    CalendarController,
    CaseActionController,
    CaseController,
    CaseMergeController,
    CaseSpreadController,
    ChannelController,
    CaseOnwardController,
    CaseUnitController,
    ClockController,
    DepartmentController,
    DocsController,
    DraftController,
    EvidenceController,
    EvidenceProposalController,
    HandInController,
    ItemImportController,
    HandoverController,
    HealthController,
    ItemController,
    ItemFileController,
    LawController,
    LedgerController,
    MatterController,
    OidcController,
    PageArchiveController,
    PersonImportController,
    ReceiptController,
    ReportUpController,
    RosterController,
    ReviewController,
    SessionController,
    SiteCheckController,
    SourceController,
    StatsController,
    TokenController,
    UserController,
    WebhookController,
    ViewController,
    WallController,
  ],
  providers: [
    { provide: APP_GUARD, useClass: AccessGuard },
    { provide: APP_FILTER, useClass: ProblemFilter },
    AlertFeed,
    CaseSearch,
    CaseSpread,
    ItemReader,
    ItemSearch,
    LiveBoard,
    LiveGateway,
    LiveSessions,
    LiveSweeper,
    Metrics,
    ReviewReader,
    ProbeAccess,
    RegionSight,
    ReceiptDesk,
    RightsCheck,
    RouteBook,
    CaseAct,
    Sight,
    SourceReader,
    SystemHealth,
    WallReader,
  ],
})
export class GatewayModule {
  static of(settings: Settings): DynamicModule {
    return { module: GatewayModule, imports: [SettingsModule.of(settings)] };
  }
}
