import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Inbox, type Waiting } from '@app/response';
import { CHANNELS, PgListener } from '@app/storage';
import { ItemStore } from './item-store.service';

const SWEEP_MS = 2000;

/** Stores what was handed in, in the order it came; a hint wakes it at once, the sweep is the truth. Several crawlers may drain at once. */
@Injectable()
export class InboxDrain implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('InboxDrain');
  private draining: Promise<number> | null = null;
  private stopped = true;

  constructor(
    private readonly inbox: Inbox,
    private readonly store: ItemStore,
    private readonly listener: PgListener,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.listener.listen(CHANNELS.inboxAdded, () => void this.look());
    this.stopped = false;
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    await this.draining;
  }

  @Interval('inbox-drain', SWEEP_MS)
  async look(): Promise<void> {
    if (this.stopped || this.draining) return;
    this.draining = this.drain().catch((error: Error) => {
      this.logger.warn(`draining the inbox failed: ${error.message}`);
      return 0;
    });
    const stored = await this.draining;
    this.draining = null;
    if (stored > 0) this.logger.log(`${stored} handed in`);
  }

  /** @returns how many rows were worked on */
  async drain(): Promise<number> {
    let worked = 0;
    while (await this.inbox.takeNext((w) => this.take(w))) worked++;
    return worked;
  }

  private async take({ entry, ...w }: Waiting): Promise<{ itemId: string | null; reason: string | null }> {
    const origin = {
      name: w.sourceName,
      kind: 'handed',
      official: false,
      region: entry.region ?? undefined,
      handedOnBy: entry.handedOnBy ?? undefined,
    };
    const item = {
      title: entry.title,
      text: entry.text,
      url: entry.url,
      publishedAt: entry.publishedAt === null ? null : new Date(entry.publishedAt),
      certain: entry.certain,
      guid: w.guid,
    };
    const { failed } = await this.store.store(origin, [item], w.receivedAt);
    if (failed[0]) throw new Error(failed[0].fault);
    // A crash after the storing and before the settling: the item of this row is there and is found again.
    const itemId = await this.store.idOf(w.sourceName, w.guid);
    return { itemId, reason: itemId === null ? '标题为空或只有无法保存的字符' : null };
  }
}
