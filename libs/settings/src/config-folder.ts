import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ZodType } from 'zod';
import { readConfigFile, type ConfigFault } from './config-file';

/**
 * Reads every .yaml of one folder of config/ whose content has an `id` equal to its file name. All faults of all
 * files are pushed; null when a file had any.
 */
export function readConfigFolder<T extends { id: string }>(
  configDir: string,
  folder: string,
  schema: ZodType<T>,
  faults: ConfigFault[],
): Record<string, T> | null {
  const found: Record<string, T> = {};
  const before = faults.length;
  for (const file of yamlFiles(configDir, folder, faults)) {
    const value = readConfigFile(file, schema, faults);
    if (value === null) continue;
    const name = basename(file, '.yaml');
    if (value.id === name) found[name] = value;
    else faults.push({ file, line: null, key: 'id', value: value.id, allowed: `the file's name: ${name}` });
  }
  return faults.length === before ? found : null;
}

/** Paths of the .yaml files of a folder of config/, in order of name. A missing or empty folder is a fault. */
export function yamlFiles(configDir: string, folder: string, faults: ConfigFault[]): string[] {
  const dir = join(configDir, folder);
  const names = existsSync(dir) ? readdirSync(dir).filter((n) => n.endsWith('.yaml')) : [];
  if (names.length === 0) {
    faults.push({ file: dir, line: null, key: '', value: undefined, allowed: 'a folder with at least one .yaml file' });
  }
  return names.sort().map((n) => join(dir, n));
}
