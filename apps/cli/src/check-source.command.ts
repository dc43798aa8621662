import { existsSync } from 'node:fs';
import { beijingIso } from '@app/domain';
import { createFetcher, SourceReader } from '@app/intake';
import {
  ConfigFaults,
  loadSettings,
  readConfigFile,
  sourcesSchema,
  sourceUrl,
  type ConfigFault,
  type FetchedSource,
  type SourceSettings,
} from '@app/settings';
import type { Command } from 'commander';
import { readInput } from './input-file';
import { writeLine } from './json-lines';

/** `check-source NAME|FILE`: what robots.txt says, charset, validators, and the items the source would take now. */
export function checkSourceCommand(program: Command): void {
  program
    .command('check-source <source>')
    .description('reads one source now and shows what would come in; stores nothing')
    .action(async (wanted: string) => {
      const settings = loadSettings();
      const sources = existsSync(wanted) ? readFile(wanted) : settings.sources.filter((s) => s.name === wanted);
      if (sources.length === 0)
        throw new Error(
          `no source and no file is named ${JSON.stringify(wanted)}: allowed are ${settings.sources.map((s) => s.name).join(', ')}`,
        );
      const fetcher = createFetcher(settings);
      try {
        for (const source of sources) {
          if (source.kind === 'demo')
            await writeLine({ source: source.name, kind: 'demo', note: '演示来源，不访问网络' });
          else if (
            !(await check(
              source,
              new SourceReader(fetcher, settings.intake.rsshubBase),
              fetcher,
              settings.intake.rsshubBase,
            ))
          )
            process.exitCode = 1;
        }
      } finally {
        await fetcher.http.close();
      }
    });
}

function readFile(file: string): SourceSettings[] {
  const faults: ConfigFault[] = [];
  readInput(file);
  const read = readConfigFile(file, sourcesSchema, faults);
  if (!read) {
    throw new ConfigFaults(faults);
  }
  return read.sources;
}

async function check(
  source: FetchedSource,
  reader: SourceReader,
  fetcher: ReturnType<typeof createFetcher>,
  rsshubBase: string,
): Promise<boolean> {
  const url = new URL(sourceUrl(source, rsshubBase));
  const read = await reader.read(source, { etag: null, lastModified: null }, new Date(), () =>
    Promise.resolve(new Set<string>()),
  );
  const reached = read.fault === null || !['refused-address', 'bad-url'].includes(read.fault.kind);
  const refusal = reached ? await fetcher.robots.refusal(url) : null;
  await writeLine({
    source: source.name,
    url: read.url,
    robots: refusal ? refusal.message : '允许',
    crawlDelaySeconds: reached ? await fetcher.robots.delaySeconds(url) : null,
    charset: read.charset,
    etag: read.validators.etag,
    lastModified: read.validators.lastModified,
    fault: read.fault && { kind: read.fault.kind, permanent: read.fault.permanent, message: read.fault.message },
    items: read.items.length,
    leftForLater: read.left,
  });
  for (const i of read.items)
    await writeLine({
      title: i.title,
      url: i.url,
      publishedAt: i.publishedAt && beijingIso(i.publishedAt),
      certain: i.certain,
      text: i.text.slice(0, 300),
      guid: i.guid,
    });
  return read.fault === null;
}
