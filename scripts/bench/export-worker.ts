import 'reflect-metadata';
import { Writable } from 'node:stream';
import { loadSettings } from '@app/settings';
import { MonthFold, ReportDesk, StatsService } from '@app/stats';
import { dataSourceOptions } from '@app/storage';
import { DataSource } from 'typeorm';

/**
 * A process that does nothing but write one month's cases as an Excel file to somebody who reads at a pace, and says what it
 * took: `node export-worker.js URL MONTH BYTES_A_SECOND` (0: as fast as it comes).
 */
async function main(url: string, month: string, pace: number): Promise<void> {
  const db = new DataSource(dataSourceOptions(url, 2, 'huiying-bench'));
  await db.initialize();
  const desk = new ReportDesk(db, new StatsService(db, new MonthFold(db)), loadSettings());
  const report = await desk.month(month);
  const reader = new Reader(pace);
  const before = process.memoryUsage().rss;
  let peak = before;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 20);
  const started = performance.now();
  await desk.sheet(reader, report, { month });
  const seconds = (performance.now() - started) / 1000;
  clearInterval(watch);
  await db.destroy();
  process.send?.({ before, peak, seconds, bytes: reader.bytes });
}

/** Takes what comes, at its own pace. */
class Reader extends Writable {
  bytes = 0;

  constructor(private readonly pace: number) {
    super({ highWaterMark: 64 * 1024 });
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.bytes += chunk.length;
    if (this.pace === 0) done();
    else setTimeout(done, (chunk.length / this.pace) * 1000);
  }
}

const [url = '', month = '', pace = '0'] = process.argv.slice(2);
void main(url, month, Number(pace));
