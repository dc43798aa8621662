import { z } from 'zod';
import type { ConfigFault } from './config-file';
import { readConfigFolder } from './config-folder';

const headings = z
  .array(z.string().min(1, 'a heading').max(60, 'at most 60 characters'))
  .min(1, 'at least one heading')
  .max(20, 'at most 20 headings');

/** A file of config/import: under which headings a table keeps the fields of an item. */
export const importMappingSchema = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]{1,39}$/, '2–40 small letters, digits or hyphens, beginning with a letter'),
  title: z.string().min(1, 'a title').max(60, 'at most 60 characters'),
  /** Feedback is owed for each of its entries (转办). */
  handedOnBy: z.enum(['superior', 'platform'], 'superior or platform').optional(),
  columns: z.strictObject({
    guid: headings.optional(),
    title: headings,
    text: headings.optional(),
    url: headings.optional(),
    publishedAt: headings.optional(),
    region: headings.optional(),
  }),
});

export type ImportMapping = z.infer<typeof importMappingSchema>;

/** config/import/*.yaml by id. */
export function loadImportMappings(configDir: string, faults: ConfigFault[]): Record<string, ImportMapping> | null {
  return readConfigFolder(configDir, 'import', importMappingSchema, faults);
}
