import { join } from 'node:path';
import { z } from 'zod';
import { readConfigFile, type ConfigFault } from './config-file';

const offset = z.string().regex(/^\d{1,3}:[0-5]\d$/, 'hours:minutes after the start, in quotes, e.g. "03:20"');

export const demoScriptSchema = z.strictObject({
  county: z.string().min(1, 'a name'),
  channels: z.record(z.string(), z.string()),
  entries: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[a-z0-9-]{1,60}$/, 'small letters, digits, hyphens'),
        at: offset,
        channel: z.string().min(1, 'a channel'),
        title: z.string().min(1, 'a title').max(200, 'at most 200 characters'),
        text: z.string().max(5000, 'at most 5000 characters'),
      }),
    )
    .min(1, 'at least one entry')
    .refine((all) => new Set(all.map((e) => e.id)).size === all.length, 'each id once'),
});

export type DemoScript = z.infer<typeof demoScriptSchema>;

/** A script of the demonstration, below config/sources. */
export function loadDemoScript(configDir: string, file: string, faults: ConfigFault[]): DemoScript | null {
  const path = join(configDir, 'sources', file);
  const script = readConfigFile(path, demoScriptSchema, faults);
  if (script === null) return null;
  const before = faults.length;
  script.entries.forEach((e, i) => {
    if (!Object.hasOwn(script.channels, e.channel))
      faults.push({
        file: path,
        line: null,
        key: `entries.${i}.channel`,
        value: e.channel,
        allowed: `one of ${Object.keys(script.channels).join(', ')}`,
      });
  });
  return faults.length > before ? null : script;
}
