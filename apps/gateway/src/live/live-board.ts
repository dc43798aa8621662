import { Injectable, Logger } from '@nestjs/common';
import type { WireCaseSummary } from '@app/domain';
import { Board } from '@app/response';
import { ItemReader } from '../item-reader';
import { RegionSight } from '../region-sight';
import { SourceReader } from '../source-reader';
import { LiveSessions } from './live-sessions';

/** At most one update of a case in so long: ten a second. */
const PAUSE_MS = 100;

/**
 * Tells the open dashboards what changed. Only a hint: after every reconnect a dashboard reads the board
 * anew, and a case carries a version by which older words are dropped. Each gateway hears the database
 * itself, so it speaks to its own sockets only (`local`), Redis or not.
 */
@Injectable()
export class LiveBoard {
  private readonly logger = new Logger('LiveBoard');
  private cases = new Set<string>();
  private items = new Set<string>();
  private sources = new Set<string>();
  private timer: NodeJS.Timeout | null = null;
  private round: Promise<void> | null = null;

  constructor(
    private readonly board: Board,
    private readonly itemReader: ItemReader,
    private readonly sourceReader: SourceReader,
    private readonly live: LiveSessions,
    private readonly regions: RegionSight,
  ) {}

  caseChanged(id: string): void {
    this.note(this.cases, id);
  }

  itemAdded(id: string): void {
    this.note(this.items, id);
  }

  sourceChanged(name: string): void {
    this.note(this.sources, name);
  }

  async close(): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    await this.round;
  }

  private note(changed: Set<string>, key: string): void {
    if (key === '' || this.live.size === 0) return;
    changed.add(key);
    this.plan();
  }

  private plan(): void {
    if (this.timer || this.round) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.round = this.tell()
        .catch((error: Error) => this.logger.warn(error.message))
        .finally(() => {
          this.round = null;
          if (this.cases.size + this.items.size + this.sources.size > 0) this.plan();
        });
    }, PAUSE_MS);
  }

  /** Units that had the case and have it no more (退回、改交办) are told to drop it. */
  private tellCase(c: WireCaseSummary, former: readonly string[]): void {
    this.live.emitTo(this.live.roomsLeft(former, c), 'gone', { caseId: c.id });
    this.live.emitTo(this.live.roomsFor(c), 'case', c);
  }

  private async tell(): Promise<void> {
    const [cases, items, sources] = [[...this.cases], [...this.items], [...this.sources]];
    this.cases = new Set();
    this.items = new Set();
    this.sources = new Set();
    const [summaries, former, added, states] = await Promise.all([
      this.board.loadSummaries(cases),
      this.board.formerUnits(cases),
      items.length === 0 ? [] : this.itemReader.byIds(items),
      sources.length === 0 ? [] : this.sourceReader.list(sources),
    ]);
    for (const c of summaries) this.tellCase(c, former.get(c.id) ?? []);
    for (const { item, ...bounds } of added) this.live.emitTo(this.live.roomsFor(bounds), 'item', item);
    for (const s of states) this.live.emitTo(this.live.roomsWhere((v) => this.regions.sees(v, s.region)), 'source', s);
  }
}
