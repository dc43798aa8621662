import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readConfigFile, type ConfigFault } from './config-file';
import { readSecretFile, secretFile } from './secret-file';

const webhook = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{1,31}$/, '2–32 small letters, digits or hyphens'),
  enabled: z.boolean('true or false').default(false),
  url: z.url({ protocol: /^https?$/, error: 'an http(s) URL' }),
  secretFile,
  /** `case` and `clock`: all of that kind; or one, e.g. `case.assigned`, `clock.met-late`. */
  events: z
    .array(z.string().regex(/^(case|clock)(\.[a-z][a-z-]{1,39})?$/, 'case, clock, or one like case.assigned'))
    .min(1, 'at least one')
    .max(40, 'at most 40')
    .default(['case', 'clock']),
  /** Only what lies in this region and below: a code of GB/T 2260. */
  region: z
    .string()
    .regex(/^\d{6,12}$/, '6–12 digits in quotes (GB/T 2260)')
    .optional(),
  /** Only what this department leads or supports. */
  departmentId: z.string().min(1, 'an id of departments.yaml').optional(),
  timeoutSeconds: z.number('1–60').min(1, '1–60').max(60, '1–60').default(10),
});

export const webhooksSchema = z.strictObject({
  webhooks: z
    .array(webhook)
    .max(20, 'at most 20')
    .refine((all) => new Set(all.map((w) => w.name)).size === all.length, 'each name once')
    .default([]),
});

export type WebhookSettings = z.infer<typeof webhook> & { secret: string };

/** config/webhooks.yaml: only those that are enabled, with their secrets. Absent: none. */
export function loadWebhooks(configDir: string, faults: ConfigFault[]): WebhookSettings[] | null {
  const file = join(configDir, 'webhooks.yaml');
  if (!existsSync(file)) return [];
  const written = readConfigFile(file, webhooksSchema, faults);
  if (written === null) return null;
  return written.webhooks
    .filter((w) => w.enabled)
    .map((w) => ({ ...w, secret: readSecretFile(configDir, w.secretFile, { file, key: `${w.name}.secretFile` }, faults) ?? '' }));
}
