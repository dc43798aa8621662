import { OFFICES, type Ladder } from '@app/domain';
import { z } from 'zod';
import { readConfigFolder } from './config-folder';
import type { ConfigFault } from './config-file';

const id = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'lower case letters, digits and hyphens');
const minutes = (min: number, max: number) =>
  z.int(`whole minutes ${min}–${max}`).min(min, `${min}–${max} minutes`).max(max, `${min}–${max} minutes`);

const rung = z
  .strictObject({
    id,
    share: z.number('0–1').min(0, '0–1').max(1, '0–1').optional(),
    offsetMinutes: minutes(-525_600, 525_600).optional(),
    // Every repeat is recorded: a repeat each minute would fill the history with noise.
    repeatMinutes: minutes(10, 525_600).optional(),
    of: z.enum(['target', 'limit'], 'target or limit').optional(),
    audience: z.array(z.enum(OFFICES, `one of ${OFFICES.join(', ')}`)).min(1, 'at least one office'),
    severity: z.enum(['info', 'warning', 'critical'], 'info, warning or critical'),
    receiptMinutes: minutes(1, 1440).optional(),
  })
  .refine((r) => (r.share === undefined) !== (r.offsetMinutes === undefined), 'exactly one of share and offsetMinutes');

const ladderSchema = z
  .strictObject({ id, title: z.string().min(1, 'a title'), rungs: z.array(rung).min(1, 'at least one rung') })
  .superRefine((ladder, ctx) => {
    const seen = new Set<string>();
    ladder.rungs.forEach((r, i) => {
      if (seen.has(r.id))
        ctx.addIssue({ code: 'custom', path: ['rungs', i, 'id'], message: 'unique within the ladder' });
      seen.add(r.id);
      // `due` and `target` name the ends themselves where a ladder leaves them out.
      if ((r.id === 'due' || r.id === 'target') && r.offsetMinutes !== 0 && r.share !== 1) {
        ctx.addIssue({ code: 'custom', path: ['rungs', i, 'id'], message: 'due and target only for offsetMinutes: 0' });
      }
    });
  });

/** config/ladders/*.yaml by id. */
export function loadLadders(configDir: string, faults: ConfigFault[]): Record<string, Ladder> | null {
  return readConfigFolder<Ladder>(configDir, 'ladders', ladderSchema, faults);
}
