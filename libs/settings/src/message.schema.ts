import { join } from 'node:path';
import { z } from 'zod';
import { readConfigFile, type ConfigFault } from './config-file';

/** What a text may name in braces. */
const OF_ALERT = ['severity', 'title', 'body', 'case', 'code', 'unit', 'duty', 'due', 'left'];
const OF_MANY = [...OF_ALERT, 'count', 'rest'];

const text = (allowed: string[]) =>
  z
    .string('a text')
    .min(1, 'a text')
    .max(500, 'at most 500 characters')
    .regex(/^[^\r\n]*$/, 'one line')
    .refine(
      (t) => [...t.matchAll(/\{([^{}]*)\}/g)].every((m) => allowed.includes(m[1] ?? '')),
      `only ${allowed.map((v) => `{${v}}`).join(' ')}`,
    );
const holding = (schema: z.ZodString | z.ZodType<string>, ...values: string[]) =>
  schema.refine((t) => values.every((v) => t.includes(`{${v}}`)), `a text with ${values.map((v) => `{${v}}`).join(' and ')}`);
const lines = z.array(text(OF_ALERT)).min(1, 'at least one line').max(20, 'at most 20 lines');

export const messagesSchema = z.strictObject({
  severity: z.strictObject({ info: z.string().min(1), warning: z.string().min(1), critical: z.string().min(1) }),
  single: z.strictObject({
    title: holding(text(OF_ALERT), 'title'),
    lines: lines.refine(
      (all) => ['case', 'duty', 'left'].every((v) => all.some((l) => l.includes(`{${v}}`))),
      'lines that tell {case}, {duty} and {left}',
    ),
  }),
  digest: z.strictObject({ title: holding(text(OF_MANY), 'count', 'title') }),
  storm: z.strictObject({ title: holding(text(OF_MANY), 'count', 'title') }),
  many: z.strictObject({ item: holding(text(OF_ALERT), 'title'), rest: holding(text(OF_MANY), 'rest') }),
  link: holding(text(['link']), 'link'),
  signLink: holding(text(['link']), 'link'),
  sms: z.strictObject({
    single: holding(text([...OF_ALERT, 'link']), 'title', 'link'),
    many: holding(text([...OF_MANY, 'link']), 'count', 'title', 'link'),
  }),
});

export type MessageTemplates = z.infer<typeof messagesSchema>;

/** config/messages.yaml: the words of alerts on every channel. */
export function loadMessages(configDir: string, faults: ConfigFault[]): MessageTemplates | null {
  return readConfigFile(join(configDir, 'messages.yaml'), messagesSchema, faults);
}
