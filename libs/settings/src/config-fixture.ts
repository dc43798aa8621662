import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** For specs: a folder with these files (path → content) in the place of config/. */
export function writeConfig(files: Record<string, string>): string {
  const dir = mkdtempSync(join(tmpdir(), 'huiying-config-'));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  }
  return dir;
}
