import { join } from 'node:path';
import { z } from 'zod';
import { ACCOUNTABILITY_FORMS, type AccountabilityForm, TEMPLATE_KEYS } from '@app/domain';
import { readConfigFile, type ConfigFault } from './config-file';

const schedule = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, '1–32 small letters, digits or hyphens, a letter first'),
  kind: z.enum(['day', 'week', 'month'], 'day, week or month'),
  at: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day, HH:MM'),
  formats: z.array(z.enum(['word', 'sheet'], 'word or sheet')).min(1, 'at least one of word, sheet'),
  recipients: z.array(z.email('an e-mail address')).max(100, 'at most 100').default([]),
  redHead: z.string().min(2, '2–40 letters').max(40, '2–40 letters').optional(),
  enabled: z.boolean('true or false').default(true),
});

export const reportsSchema = z.strictObject({
  schedules: z
    .array(schedule)
    .max(50, 'at most 50')
    .refine((all) => new Set(all.map((s) => s.id)).size === all.length, 'each id once')
    .default([]),
});

export type ReportSchedule = z.infer<typeof schedule>;
export type ReportsSettings = z.infer<typeof reportsSchema>;

/** config/reports.yaml */
export function loadReports(configDir: string, faults: ConfigFault[]): ReportsSettings | null {
  return readConfigFile(join(configDir, 'reports.yaml'), reportsSchema, faults);
}

const known = (text: string): boolean => [...text.matchAll(/\{([^{}\s]{1,20})\}/g)].every(([, key]) => (TEMPLATE_KEYS as readonly string[]).includes(key ?? ''));
const placeholders = `only the place holders ${TEMPLATE_KEYS.map((k) => `{${k}}`).join(' ')}`;
const template = z.strictObject({
  title: z.string('a text').min(1, 'a text').max(100, 'at most 100 letters').refine(known, placeholders),
  body: z.string('a text').min(1, 'a text').max(5000, 'at most 5000 letters').refine(known, placeholders),
});
export type DocumentTemplate = z.infer<typeof template>;

export const accountabilitySchema = z.strictObject({
  version: z.string('a text').min(1, 'a text'),
  ...(Object.fromEntries(ACCOUNTABILITY_FORMS.map((form) => [form, template])) as Record<AccountabilityForm, typeof template>),
});

/** config/accountability.yaml: the templates of 督办单, 通报, 约谈通知. */
export function loadAccountability(configDir: string, faults: ConfigFault[]): z.infer<typeof accountabilitySchema> | null {
  return readConfigFile(join(configDir, 'accountability.yaml'), accountabilitySchema, faults);
}
