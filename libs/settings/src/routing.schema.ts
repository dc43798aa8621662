import { join } from 'node:path';
import { z } from 'zod';
import { TOPICS, type DepartmentTable } from '@app/domain';
import { readConfigFile, type ConfigFault } from './config-file';

const routingSchema = z
  .strictObject({
    version: z.number().int().min(1, 'a whole number from 1'),
    region: z.string().min(1),
    fallback: z.string().min(1),
    departments: z
      .array(
        z.strictObject({
          id: z.string().regex(/^[a-z][a-z0-9-]*$/, 'small letters, digits and -'),
          name: z.string().min(1),
          /** Read by department.schema. */
          region: z.unknown().optional(),
          leads: z.array(z.enum(TOPICS)),
          supports: z.array(z.enum(TOPICS)),
          duties: z.string().transform((s) => s.split(/\s+/).filter((w) => w !== '')),
        }).transform(({ region: _, ...d }) => d),
      )
      .min(1),
  })
  .superRefine((value, ctx) => {
    const ids = value.departments.map((d) => d.id);
    ids.forEach((id, i) => {
      if (ids.indexOf(id) !== i) ctx.addIssue({ code: 'custom', path: ['departments', i, 'id'], message: 'an id that no other department has' });
    });
    if (!ids.includes(value.fallback)) ctx.addIssue({ code: 'custom', path: ['fallback'], message: `one of ${ids.join(', ')}` });
    for (const topic of TOPICS) {
      const leads = value.departments.filter((d) => d.leads.includes(topic)).length;
      if (leads !== 1) ctx.addIssue({ code: 'custom', path: ['departments'], message: `exactly one department leads ${topic}, here ${leads} do` });
    }
  });

/** The routing side of config/departments.yaml: topics and duty words of each department. */
export function loadRouting(configDir: string, faults: ConfigFault[]): DepartmentTable | null {
  return readConfigFile(join(configDir, 'departments.yaml'), routingSchema, faults);
}
