import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readConfigFile, type ConfigFault } from './config-file';

const department = z.object({
  id: z.string().regex(/^[a-z][a-z0-9-]{1,31}$/, '2–32 small letters, digits or hyphens, beginning with a letter'),
  name: z.string().min(2, 'a name').max(40, 'at most 40 characters'),
  /** GB/T 2260 code or a path of names; absent: the whole deployment. */
  region: z.string().max(60, 'at most 60 characters').nullish(),
  /** What it answers for, in words; one text or a list. */
  duties: z.union([z.string(), z.array(z.string())], 'a text or a list of texts').default(''),
});

export const departmentsSchema = z.object({
  departments: z
    .array(department)
    .max(500, 'at most 500')
    .refine((all) => new Set(all.map((d) => d.id)).size === all.length, 'each id once'),
});

export interface DepartmentSettings {
  id: string;
  name: string;
  region: string | null;
  duties: string;
}

/** config/departments.yaml. Keys beside these belong to the classifier's routing and are read there. */
export function loadDepartments(configDir: string, faults: ConfigFault[]): DepartmentSettings[] | null {
  const file = join(configDir, 'departments.yaml');
  if (!existsSync(file)) return [];
  const written = readConfigFile(file, departmentsSchema, faults);
  if (written === null) return null;
  return written.departments.map((d) => ({
    id: d.id,
    name: d.name,
    region: d.region ?? null,
    duties: Array.isArray(d.duties) ? d.duties.join('；') : d.duties,
  }));
}
