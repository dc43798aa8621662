import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import {
  ConfigFaults,
  loadDemoScript,
  SETTINGS,
  type ConfigFault,
  type DemoScript,
  type DemoSource,
  type FetchedSource,
  type Settings,
  type SourceSettings,
} from '@app/settings';
import { playDemo } from './demo/demo-player';
import { PoliteFetcher } from './fetch/polite-fetcher';
import { fault, type IntakeFault } from './intake-fault';
import { ItemStore, type Stored } from './item-store.service';
import { planNextFetch, planPace } from './next-fetch';
import { SourceLedger, type SourceState } from './source-ledger.service';
import { SourceReader } from './source-reader';
import { withLogFields } from '@app/storage';

const AFTER_DEMO_MS = 365 * 86_400_000;
/** Steps of the demonstration closer together than this are played in one. */
const LEAST_DEMO_STEP_MS = 1000;

/** One run of one source: fetch, parse, store, settle. */
@Injectable()
export class Crawl implements OnModuleDestroy {
  private readonly logger = new Logger('Crawl');
  private readonly reader: SourceReader;
  private readonly scripts = new Map<string, DemoScript>();

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(PoliteFetcher) private readonly fetcher: PoliteFetcher,
    private readonly ledger: SourceLedger,
    private readonly store: ItemStore,
  ) {
    this.reader = new SourceReader(fetcher, settings.intake.rsshubBase);
  }

  async onModuleDestroy(): Promise<void> {
    await this.fetcher.http.close();
  }

  /** Builds what takes seconds to build before the first source comes. */
  warm(): void {
    this.store.warm();
  }

  /** Runs a claimed source to its end; a bug in one source is logged, backs that source off and stops no other. */
  run(source: SourceSettings, state: SourceState): Promise<void> {
    return withLogFields({ sourceId: source.name }, () => this.runNamed(source, state));
  }

  private async runNamed(source: SourceSettings, state: SourceState): Promise<void> {
    try {
      if (source.kind === 'demo') await this.runDemo(source, state);
      else await this.runFetched(source, state);
    } catch (error) {
      this.logger.error(`${source.name}: ${(error as Error).stack ?? String(error)}`);
      const broken = fault('malformed', `处理时出错：${(error as Error).message.slice(0, 200)}`);
      const pacing = source.kind === 'demo' ? { schedule: { everySeconds: 60 } } : source;
      const nextFetchAt = planNextFetch(pacing, state.pace_seconds, state.now, state.fails + 1, broken, Math.random());
      await this.ledger.settle(state, {
        fault: broken,
        notModified: false,
        stored: 0,
        entries: null,
        certificateEndsAt: null,
        etag: null,
        lastModified: null,
        nextFetchAt,
      });
    }
  }

  private async runFetched(source: FetchedSource, state: SourceState): Promise<void> {
    const started = performance.now();
    const held = { etag: state.etag, lastModified: state.last_modified };
    const read = await this.reader.read(source, held, state.now, (guids) => this.store.known(source.name, guids));
    const { stored, failed } = await this.store.store(source, read.items, state.now);
    const pace = read.fault ? state.pace_seconds : planPace(source, state.pace_seconds, stored);
    const planned = planNextFetch(source, pace, state.now, read.fault ? state.fails + 1 : 0, read.fault, Math.random());
    // Detail pages are left over: come back soon instead of a whole interval later.
    const soon = new Date(state.now.getTime() + 20_000);
    const nextFetchAt = read.left > 0 && !read.fault && planned > soon ? soon : planned;
    if (read.fault) this.logger.warn(`${source.name}: ${read.fault.kind}: ${read.fault.message}`);
    else if (stored > 0)
      this.logger.log({
        message: `${source.name}: ${stored} new`,
        stored,
        durationMs: Math.round(performance.now() - started),
      });
    await this.ledger.settle(state, {
      // It is the source's fault to show, not a reason to ask it less often for the others.
      fault: read.fault ?? leftOut(failed),
      notModified: read.notModified,
      stored,
      entries: read.fault || read.notModified ? null : read.entries,
      certificateEndsAt: this.fetcher.http.certificateEnd(read.url),
      // What was left out is asked for again.
      ...(failed.length > 0 ? { etag: null, lastModified: null } : read.validators),
      paceSeconds: pace,
      nextFetchAt,
    });
  }

  private async runDemo(source: DemoSource, state: SourceState): Promise<void> {
    const step = playDemo(this.scriptOf(source), source.channel, state.cursor, state.now, this.settings.demo.speed);
    const { stored, failed } = await this.store.store(source, step.items, state.now);
    const least = state.now.getTime() + LEAST_DEMO_STEP_MS;
    const nextFetchAt = new Date(step.nextAt ? Math.max(step.nextAt.getTime(), least) : least + AFTER_DEMO_MS);
    await this.ledger.settle(state, {
      fault: leftOut(failed),
      notModified: false,
      stored,
      entries: null,
      certificateEndsAt: null,
      etag: null,
      lastModified: null,
      cursor: { ...step.cursor },
      nextFetchAt,
    });
  }

  private scriptOf(source: DemoSource): DemoScript {
    const known = this.scripts.get(source.file);
    if (known) return known;
    const faults: ConfigFault[] = [];
    const script = loadDemoScript(this.settings.configDir, source.file, faults);
    if (!script) throw new ConfigFaults(faults);
    this.scripts.set(source.file, script);
    return script;
  }
}

function leftOut(failed: Stored['failed']): IntakeFault | null {
  const [first] = failed;
  return first
    ? fault('malformed', `${failed.length} 条未能入库，首条 ${first.guid.slice(0, 100)}：${first.fault.slice(0, 200)}`)
    : null;
}
