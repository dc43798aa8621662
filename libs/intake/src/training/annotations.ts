import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigFaults, readConfigFile, type ConfigFault } from '@app/settings';
import { z } from 'zod';

const LABEL = /^(?:none|ordinary|major M[1-8](?:,M[1-8])*)$/;

const schema = z.strictObject({
  version: z.number().int().min(1, 'a whole number from 1'),
  labels: z.record(
    z.string().regex(/^[0-9a-f]{16}$/, 'the first 16 digits of SHA-256 over title and text'),
    z.string().regex(LABEL, 'none, ordinary or major with its rules'),
  ),
});

/** The name of a text in config/classifier/annotations.yaml. */
export const annotationKey = (title: string, text: string): string =>
  createHash('sha256').update(`${title}\n${text}`).digest('hex').slice(0, 16);

/** Labels of unlabelled texts, by name; none when the file is not there. Throws ConfigFaults when it is wrong. */
export function readAnnotations(configDir: string): ReadonlyMap<string, string> {
  const file = join(configDir, 'classifier', 'annotations.yaml');
  if (!existsSync(file)) return new Map();
  const faults: ConfigFault[] = [];
  const value = readConfigFile(file, schema, faults);
  if (value === null) throw new ConfigFaults(faults);
  return new Map(Object.entries(value.labels));
}

const examplesSchema = z.strictObject({
  version: z.number().int().min(1, 'a whole number from 1'),
  texts: z.array(
    z
      .string()
      .transform((line) => line.split(' | '))
      .refine((parts) => parts.length === 3 && LABEL.test(parts[0]!), 'label | title | text'),
  ),
});

/** Invented texts of config/classifier/examples.yaml; none when the file is not there. Throws ConfigFaults when it is wrong. */
export function readExamples(configDir: string): { label: string; title: string; text: string }[] {
  const file = join(configDir, 'classifier', 'examples.yaml');
  if (!existsSync(file)) return [];
  const faults: ConfigFault[] = [];
  const value = readConfigFile(file, examplesSchema, faults);
  if (value === null) throw new ConfigFaults(faults);
  return value.texts.map(([label, title, text]) => ({ label: label!, title: title!, text: text === '-' ? '' : text! }));
}
