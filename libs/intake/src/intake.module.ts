import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { ResponseModule } from '@app/response';
import { SETTINGS, type Settings } from '@app/settings';
import { CaseFinder } from './case-finder.service';
import { ClassifierHolder } from './classifier-holder.service';
import { Crawl } from './crawl.service';
import { DecidedItems } from './decided-items.service';
import { AddressGuard } from './fetch/address-guard';
import { HttpFetcher } from './fetch/http-fetcher';
import { PoliteFetcher } from './fetch/polite-fetcher';
import { ItemSurvey } from './item-survey.service';
import { ItemStore } from './item-store.service';
import { SourceLedger } from './source-ledger.service';
import { Wake } from './wake.service';

/** The name robots.txt rules are looked up under, and the first word of the User-Agent. */
export const PRODUCT = 'huiying';

export function createFetcher(settings: Pick<Settings, 'intake'>): PoliteFetcher {
  const guard = new AddressGuard(settings.intake.allowPrivateHosts);
  const http = new HttpFetcher(guard, `${PRODUCT}/0.1 (+${settings.intake.userAgentContact})`);
  return new PoliteFetcher(http, guard, { concurrency: settings.intake.concurrency, product: PRODUCT });
}

/** Sources become items. `IntakeModule` only stores; the crawler adds `CrawlingModule`, which wakes sources. */
@Module({
  imports: [ResponseModule],
  providers: [CaseFinder, ClassifierHolder, ItemStore, ItemSurvey, SourceLedger],
  exports: [ItemStore, ItemSurvey, SourceLedger, ClassifierHolder, CaseFinder],
})
export class IntakeModule {}

@Module({
  imports: [ScheduleModule.forRoot(), IntakeModule],
  providers: [{ provide: PoliteFetcher, inject: [SETTINGS], useFactory: createFetcher }, Crawl, DecidedItems, Wake],
})
export class CrawlingModule {}
