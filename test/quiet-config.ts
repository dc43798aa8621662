import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A configuration that reads nothing: no demonstration day, no source. For tests of everything else. */
export function quiet(configDir: string): void {
  const main = join(configDir, 'huiying.yaml');
  writeFileSync(main, readFileSync(main, 'utf8').replace(/^(demo:\n(?: {2}.*\n)*? {2}enabled: )true/m, '$1false'));
  const sources = join(configDir, 'sources');
  for (const file of readdirSync(sources)) rmSync(join(sources, file), { recursive: true });
}
