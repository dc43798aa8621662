import dns from 'node:dns';
import type { FetchedSource } from '@app/settings';

/**
 * A crawler over a farm of feeds, each on a host of its own. The names of the farm lead to this machine; everything else
 * is the crawler as it runs: guard, robots.txt, turns of hosts, ledger.
 */
const FARM_HOST = /^farm-\d+\.test$/;
const ask = dns.lookup as unknown as (...given: unknown[]) => void;
const answer = (
  host: string,
  options: unknown,
  done: (error: null, found: { address: string; family: number }[]) => void,
): void =>
  FARM_HOST.test(host) ? process.nextTick(done, null, [{ address: '127.0.0.1', family: 4 }]) : ask(host, options, done);
(dns as { lookup: unknown }).lookup = answer;

async function main(): Promise<void> {
  await import('reflect-metadata');
  const { NestFactory } = await import('@nestjs/core');
  const { loadSettings } = await import('@app/settings');
  const { CrawlerModule } = await import('../../apps/crawler/src/crawler.module');
  const [feeds, port] = [Number(process.env['FARM_FEEDS']), Number(process.env['FARM_PORT'])];
  const settings = loadSettings();
  const sources = Array.from({ length: feeds }, (_, n): FetchedSource => ({
    ...{
      name: `farm-${n}`,
      title: `站点${n}`,
      kind: 'feed',
      url: `http://farm-${n}.test:${port}/${n}.xml`,
      enabled: true,
      official: false,
    },
    ...{
      schedule: { everySeconds: Number(process.env['FARM_EVERY'] ?? 20) },
      politeness: { pauseSeconds: Number(process.env['FARM_PAUSE'] ?? 2), maxDetails: 10 },
    },
  }));
  const allowPrivateHosts = sources.map((_, n) => `farm-${n}.test`);
  const intake = { ...settings.intake, allowPrivateHosts, concurrency: Number(process.env['FARM_AT_ONCE'] ?? 32) };
  const demo = { ...settings.demo, enabled: false };
  await NestFactory.createApplicationContext(CrawlerModule.of({ ...settings, sources, intake, demo }), {
    logger: ['error'],
    abortOnError: false,
  });
  process.send?.({ ready: true });
  process.on('disconnect', () => process.exit(0));
  process.on('message', () => process.send?.({ rss: process.memoryUsage().rss, cpu: process.cpuUsage() }));
}

void main();
