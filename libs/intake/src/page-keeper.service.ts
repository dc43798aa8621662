import { Inject, Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { PageArchive, SourceBook, type WantedPage } from '@app/response';
import { SETTINGS, type Settings } from '@app/settings';
import { Now } from '@app/storage';
import { PoliteFetcher } from './fetch/polite-fetcher';

const LOOK_MS = 5000;
const AT_ONCE = 5;
const SWEEP_MS = 3_600_000;
const PAUSE_SECONDS = 2;

/** Fetches, politely, the pages behind the items of cases and keeps them as they were. */
@Injectable()
export class PageKeeper {
  private readonly logger = new Logger('PageKeeper');
  private looking = false;

  constructor(
    private readonly archive: PageArchive,
    @Inject(PoliteFetcher) private readonly fetcher: PoliteFetcher,
    private readonly now: Now,
    private readonly sources: SourceBook,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Interval('page-keeper', LOOK_MS)
  async look(): Promise<void> {
    if (this.looking || !this.settings.intake.snapshots.enabled) return;
    this.looking = true;
    try {
      await this.keepDue();
    } catch (error) {
      this.logger.warn(`keeping pages failed: ${(error as Error).message}`);
    } finally {
      this.looking = false;
    }
  }

  @Interval('page-sweep', SWEEP_MS)
  async sweep(): Promise<void> {
    try {
      const gone = await this.archive.sweep(this.settings.intake.snapshots.keepDays);
      if (gone > 0) this.logger.log(`${gone} pages of cases long closed were deleted`);
    } catch (error) {
      this.logger.warn(`sweeping pages failed: ${(error as Error).message}`);
    }
  }

  /** @returns how many were tried */
  async keepDue(): Promise<number> {
    const wanted = await this.archive.claimWanted(AT_ONCE);
    await Promise.all(wanted.map((w) => this.keepOne(w)));
    return wanted.length;
  }

  private async keepOne({ itemId, url, sourceName }: WantedPage): Promise<void> {
    const source = this.sources.find(sourceName);
    const pauseSeconds = source && source.kind !== 'demo' ? source.politeness.pauseSeconds : PAUSE_SECONDS;
    const got = await this.fetcher.fetch({ url, accept: 'text/html, */*;q=0.5', pauseSeconds });
    if (!got.ok) return this.archive.giveUp(itemId, got.fault.message, got.fault.permanent);
    if (got.notModified) return this.archive.giveUp(itemId, '对方未返回内容（304）', false);
    await this.archive.keep(itemId, { ...got, body: got.bytes, fetchedAt: await this.now.now() });
  }
}
