import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { ProbeAnswer } from '@app/domain';
import { SourceProbes } from '@app/response';
import { SETTINGS, type Settings } from '@app/settings';
import { CHANNELS, Now, PgListener } from '@app/storage';
import { PoliteFetcher } from '../fetch/polite-fetcher';
import { SourceProber } from './source-prober';

const LOOK_MS = 2000;
const SWEEP_MS = 3_600_000;
/** A dry run that takes longer is given up; well inside its claim. */
const LONGEST_MS = 90_000;

/** Makes the dry runs that were asked for, one at a time; a hint wakes it, the sweep is the truth. */
@Injectable()
export class ProbeRunner implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('ProbeRunner');
  private readonly prober: SourceProber;
  private running: Promise<void> | null = null;
  private stopped = true;

  constructor(
    private readonly probes: SourceProbes,
    @Inject(PoliteFetcher) fetcher: PoliteFetcher,
    private readonly now: Now,
    private readonly listener: PgListener,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.prober = new SourceProber(fetcher, settings.intake.rsshubBase);
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.listener.listen(CHANNELS.probeAsked, () => this.look());
    this.stopped = false;
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  @Interval('probe-runner', LOOK_MS)
  async look(): Promise<void> {
    if (this.stopped || this.running) return;
    this.running = this.runAll().catch((error: Error) => this.logger.warn(`dry runs failed: ${error.message}`));
    await this.running;
    this.running = null;
  }

  @Interval('probe-sweep', SWEEP_MS)
  async sweep(): Promise<void> {
    await this.probes.sweep().catch((error: Error) => this.logger.warn(`sweeping dry runs failed: ${error.message}`));
  }

  private async runAll(): Promise<void> {
    for (let asked = await this.probes.claim(); asked && !this.stopped; asked = await this.probes.claim()) {
      const answer = await this.bounded(this.prober.probe(asked.request, await this.now.now()));
      await this.probes.answer(asked.id, answer);
    }
  }

  private async bounded(work: Promise<ProbeAnswer>): Promise<ProbeAnswer> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<ProbeAnswer>((done) => {
      timer = setTimeout(() => done(failed(`试抓超过 ${LONGEST_MS / 1000} 秒，已放弃：对方过慢，或要求的间隔很长`)), LONGEST_MS);
    });
    try {
      return await Promise.race([work, late]);
    } catch (error) {
      this.logger.error((error as Error).stack ?? String(error));
      return failed(`试抓时出错：${(error as Error).message.slice(0, 200)}`);
    } finally {
      clearTimeout(timer);
    }
  }
}

function failed(fault: string): ProbeAnswer {
  return { fault, fetched: null, kind: null, kindReason: '', definition: null, proposals: [], feeds: [], items: [], entries: 0, warnings: [] };
}
