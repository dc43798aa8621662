import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { ResponseModule } from '@app/response';
import { SETTINGS, type Settings } from '@app/settings';
import { DataSource } from 'typeorm';
import { CaseFinder } from './case-finder.service';
import { ClassifierHolder } from './classifier-holder.service';
import { Crawl } from './crawl.service';
import { CrawlerPulse } from './crawler-pulse.service';
import { DecidedItems } from './decided-items.service';
import { AddressGuard } from './fetch/address-guard';
import { HostTurns } from './fetch/host-turns';
import { HttpFetcher } from './fetch/http-fetcher';
import { PoliteFetcher } from './fetch/polite-fetcher';
import { InboxDrain } from './inbox-drain.service';
import { ItemBatch } from './item-batch.service';
import { ItemSurvey } from './item-survey.service';
import { ItemStore } from './item-store.service';
import { PageKeeper } from './page-keeper.service';
import { ProbeRunner } from './probe/probe-runner.service';
import { SearchIndexer } from './search/search-indexer.service';
import { SiteCheck } from './site-check.service';
import { SourceLedger } from './source-ledger.service';
import { SourceWatch } from './source-watch.service';
import { Wake, WakeAlarms } from './wake.service';

/** The name robots.txt rules are looked up under, and the first word of the User-Agent. */
export const PRODUCT = 'huiying';

/** @param dataSource keeps the pauses of hosts over all crawlers; without it they are this process's own */
export function createFetcher(settings: Pick<Settings, 'intake'>, dataSource?: DataSource): PoliteFetcher {
  const guard = new AddressGuard(settings.intake.allowPrivateHosts);
  const http = new HttpFetcher(guard, `${PRODUCT}/0.1 (+${settings.intake.userAgentContact})`);
  const turns = dataSource ? new HostTurns(dataSource) : null;
  return new PoliteFetcher(http, guard, { concurrency: settings.intake.concurrency, product: PRODUCT, turns });
}

/** Sources become items. `IntakeModule` only stores; the crawler adds `CrawlingModule`, which wakes sources. */
@Module({
  imports: [ResponseModule],
  providers: [CaseFinder, ClassifierHolder, ItemBatch, ItemStore, ItemSurvey, SourceLedger],
  exports: [ItemBatch, ItemStore, ItemSurvey, SourceLedger, ClassifierHolder, CaseFinder],
})
export class IntakeModule {}

@Module({
  imports: [ScheduleModule.forRoot(), ResponseModule, IntakeModule],
  providers: [{ provide: PoliteFetcher, inject: [SETTINGS, DataSource], useFactory: createFetcher }, Crawl, CrawlerPulse, DecidedItems, InboxDrain, PageKeeper, ProbeRunner, SearchIndexer, SiteCheck, SourceWatch, Wake, WakeAlarms],
})
export class CrawlingModule {}
