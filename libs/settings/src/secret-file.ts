import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import type { ConfigFault } from './config-file';

/** The secret itself is kept in a file beside the config, so that the config can be shown and copied. */
export const secretFile = z.string().min(1, 'a file, relative to the config folder');

/** @returns null with a fault pushed when the file cannot be read or is empty */
export function readSecretFile(configDir: string, path: string, at: { file: string; key: string }, faults: ConfigFault[]): string | null {
  const fault = (allowed: string): null => {
    faults.push({ ...at, line: null, value: path, allowed });
    return null;
  };
  try {
    const secret = readFileSync(resolve(configDir, path), 'utf8').trim();
    return secret === '' ? fault('a file that is not empty') : secret;
  } catch (error) {
    return fault(`a readable file (${(error as Error).message})`);
  }
}
