import { ClusterIndex, findPlace, isPersonalMessage } from '@app/domain';
import { contentHash, EventReader } from '@app/intake';
import { loadGazetteer, loadSettings } from '@app/settings';
import type { Command } from 'commander';
import { eventText } from './event-text';
import { eachJsonLine, fieldError } from './json-lines';

/** `cluster`: the case each item would be put in when it arrives, in order of arrival. */
export function clusterCommand(program: Command): void {
  program
    .command('cluster')
    .description('the case each item is put in when it arrives')
    .option('--in <file>', 'JSON Lines {"id","title","text","publishedAt"} in order of arrival')
    .action(async (options: { in?: string }) => {
      const { configDir, deployment } = loadSettings();
      const reader = new EventReader(configDir);
      const gazetteer = loadGazetteer(deployment);
      const index = new ClusterIndex();
      let cases = 0;
      await eachJsonLine(options.in, (row) => {
        const item = eventText(row);
        const publishedAt = item.publishedAt;
        if (publishedAt === null) throw fieldError('publishedAt', row.publishedAt, 'ISO 8601, e.g. 2026-02-13T10:30:00+08:00');
        const place = findPlace(gazetteer, item);
        const arrival = {
          place: place.code ?? (place.relation === 'abroad' ? place.name : null),
          features: reader.read(item),
          contentHash: contentHash(item.title, item.text),
          at: publishedAt.getTime(),
          personal: isPersonalMessage(item.title, item.text),
        };
        const found = index.find(arrival)?.cluster ?? String(++cases);
        index.add(found, arrival);
        return { id: row.id ?? null, case: found };
      });
    });
}
