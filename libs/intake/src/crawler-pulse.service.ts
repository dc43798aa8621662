import { Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { beat, heartName } from '@app/response';
import { DataSource } from 'typeorm';

const BEAT_MS = 5_000;

/** Says that this crawler lives: a crawler that is gone is seen at once, not only when its sources fall silent. */
@Injectable()
export class CrawlerPulse {
  private readonly logger = new Logger('CrawlerPulse');
  private readonly name = heartName('crawler');

  constructor(private readonly dataSource: DataSource) {}

  @Interval('crawler-pulse', BEAT_MS)
  async beat(): Promise<void> {
    try {
      const { rss } = process.memoryUsage();
      await beat(this.dataSource, this.name, 'crawler', { pid: process.pid, memoryMb: Math.round(rss / 1_048_576) });
    } catch (error) {
      this.logger.warn(`no heartbeat: ${(error as Error).message}`);
    }
  }
}
