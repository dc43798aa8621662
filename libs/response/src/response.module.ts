import { Module } from '@nestjs/common';
import { type AlertRouting, buildCalendar, type Calendar, type RuleBook } from '@app/domain';
import { ruleBookOf, SETTINGS, type Settings } from '@app/settings';
import { AccountMove } from './account-move.service';
import { Addressing, ALERT_ROUTING } from './addressing.service';
import { AlertBox } from './alert-box.service';
import { AlertPost } from './alert-post.service';
import { Auditor } from './auditor.service';
import { Board } from './board.service';
import { CalendarDesk } from './calendar-desk.service';
import { CalendarKeeper } from './calendar-keeper.service';
import { CalendarReprojection } from './calendar-reprojection.service';
import { CaseDesk } from './case-desk.service';
import { CaseIntake } from './case-intake.service';
import { CaseMerge } from './case-merge.service';
import { CaseOnward } from './case-onward.service';
import { CaseSplit } from './case-split.service';
import { CaseUnits } from './case-units.service';
import { ClockDesk } from './clock-desk.service';
import { ChannelBook } from './channel-book.service';
import { DeliveryClaims } from './delivery-claims.service';
import { DeliverySettling } from './delivery-settling.service';
import { DeliveryWork } from './delivery-work';
import { ReceiptLinks } from './receipt-links.service';
import { DraftDesk } from './draft-desk.service';
import { EngineHealth } from './engine-health.service';
import { EngineWork } from './engine-work';
import { Escalation } from './escalation.service';
import { EvidenceProposals } from './evidence-proposals.service';
import { PageArchive } from './page-archive.service';
import { HandoverDesk } from './handover-desk.service';
import { HandedFiles } from './handed-files.service';
import { Inbox } from './inbox.service';
import { Firing } from './firing.service';
import { LabelRecord } from './label-record.service';
import { CALENDAR, CalendarSource, Lawbook, RULE_BOOK } from './lawbook.service';
import { ReviewDesk } from './review-desk.service';
import { LedgerDesk } from './ledger-desk.service';
import { MatterBoard } from './matter-board.service';
import { MatterDesk } from './matter-desk.service';
import { MergeBoard } from './merge-board.service';
import { NoticeShelf } from './notice-shelf.service';
import { Roster } from './roster.service';
import { PromiseKeeper } from './promise-keeper.service';
import { SiteFindings } from './site-findings.service';
import { SourceBook } from './source-book.service';
import { SourceProbes } from './source-probe.service';
import { SheetChecker } from './sheet-check.service';
import { RulesEngine } from './rules-engine.service';

const SERVICES = [
  AccountMove,
  AlertBox,
  AlertPost,
  Board,
  CalendarDesk,
  CalendarReprojection,
  CaseDesk,
  CaseIntake,
  CaseMerge,
  CaseOnward,
  CaseSplit,
  ChannelBook,
  CaseUnits,
  ClockDesk,
  DeliveryClaims,
  DeliverySettling,
  DeliveryWork,
  DraftDesk,
  EngineHealth,
  EvidenceProposals,
  HandedFiles,
  HandoverDesk,
  Inbox,
  LabelRecord,
  Lawbook,
  LedgerDesk,
  MatterBoard,
  MatterDesk,
  MergeBoard,
  NoticeShelf,
  PageArchive,
  ReceiptLinks,
  ReviewDesk,
  Roster,
  SheetChecker,
  SiteFindings,
  SourceBook,
  SourceProbes,
];

/** What other rooms use of the response: cases, clocks, evidence, alerts. Starts no engine. */
@Module({
  providers: [
    {
      provide: RULE_BOOK,
      inject: [SETTINGS],
      useFactory: (settings: Settings): RuleBook => ruleBookOf(settings),
    },
    {
      provide: CALENDAR,
      inject: [SETTINGS],
      useFactory: ({ calendar }: Settings): Calendar => buildCalendar(calendar.notices, calendar.statutory),
    },
    CalendarSource,
    ...SERVICES,
  ],
  exports: SERVICES,
})
export class ResponseModule {}

/** The engine: fires clocks, addresses alerts, climbs, audits. For the rules process only. */
@Module({
  imports: [ResponseModule],
  providers: [
    {
      provide: ALERT_ROUTING,
      inject: [SETTINGS],
      useFactory: ({ channels: { channels, routes, digestMinutes } }: Settings): AlertRouting => ({ channels, routes, digestMinutes }),
    },
    Addressing,
    Auditor,
    CalendarKeeper,
    Escalation,
    Firing,
    EngineWork,
    PromiseKeeper,
    RulesEngine,
  ],
  exports: [EngineWork, PromiseKeeper, RulesEngine],
})
export class EngineModule {}
