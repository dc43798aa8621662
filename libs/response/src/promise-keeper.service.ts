import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { SETTINGS, type Settings } from '@app/settings';
import { readNow, rows } from '@app/storage';
import { DataSource, type EntityManager } from 'typeorm';
import { openDocuments } from './document-watch';
import { Lawbook } from './lawbook.service';
import { openLedgerPeriods } from './ledger-periods';
import { openPeriods } from './period-opening';
import { watchSites } from './site-watch';
import { SourceBook } from './source-book.service';
import { WakeableSleep } from './wakeable-sleep';

/** Terms of days: a minute more or less is none. */
const LOOK_MS = 60_000;
/** What else begins at a start goes first. */
const FIRST_LOOK_MS = 15_000;
const TROUBLE_MS = 5_000;
/** Any fixed number: one process at a time. */
const KEEPER_LOCK = 704_260;

/**
 * Opens what the calendar starts (a week, month, quarter, year begins) and follows the updates of watched sites. Any number
 * of processes may run it: one at a time looks, and every matter is opened once by its key.
 */
@Injectable()
export class PromiseKeeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(PromiseKeeper.name);
  private readonly pace = new WakeableSleep();
  private stopped = false;
  private loop: Promise<void> = Promise.resolve();

  constructor(
    private readonly dataSource: DataSource,
    private readonly laws: Lawbook,
    private readonly sources: SourceBook,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  onApplicationBootstrap(): void {
    this.loop = this.run();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.pace.close();
    await this.loop;
  }

  /** Waits for a process that is at it. @returns how many matters were opened or updates taken */
  async look(): Promise<number> {
    return this.dataSource.transaction(async (manager) => {
      await rows(manager, 'select pg_advisory_xact_lock($1)', [KEEPER_LOCK]);
      await this.laws.hold(manager);
      const now = await readNow(manager);
      const opened = await this.openRecurring(manager, now);
      const ofTasks = await openLedgerPeriods(manager, this.laws, now);
      const sources = this.sources.all();
      const region = this.settings.deployment.regionCode;
      const documents = await openDocuments(manager, this.laws, sources, region, now);
      return opened + ofTasks + documents + (await watchSites(manager, this.laws, sources, region, now));
    });
  }

  private async openRecurring(manager: EntityManager, now: Date): Promise<number> {
    if (this.laws.book.recurring.length === 0) return 0;
    const departments = await rows<{ id: string; region: string | null }>(manager, 'select id, region from department order by id');
    const here = this.settings.deployment.regionCode;
    const current = departments.filter((d) => this.settings.departments.some((s) => s.id === d.id));
    const office = current.find((d) => d.id === this.settings.rules.office) ?? null;
    let opened = 0;
    for (const recurring of this.laws.book.recurring) {
      const { rule } = recurring;
      const owners = rule.units === 'each' ? current : [office];
      for (const owner of owners) {
        const key = `${rule.id}:${owner?.id ?? ''}`;
        opened += await openPeriods(
          manager,
          this.laws,
          recurring,
          { key, departmentId: owner?.id ?? null, region: owner?.region ?? here, title: rule.title },
          now,
        );
      }
    }
    return opened;
  }

  private async run(): Promise<void> {
    await this.pace.sleep(FIRST_LOOK_MS);
    while (!this.stopped) {
      let wait = LOOK_MS;
      try {
        const done = await this.look();
        if (done > 0) this.logger.log(`${done} promised terms opened or renewed`);
      } catch (error) {
        wait = TROUBLE_MS;
        this.logger.error(`promised terms could not be opened: ${(error as Error).message}; again in ${wait} ms`);
      }
      await this.pace.sleep(wait);
    }
  }
}
