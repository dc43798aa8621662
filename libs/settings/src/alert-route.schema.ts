import { z } from 'zod';
import { CASE_CLASSES, type AlertRoute, ROLES, SEVERITIES, TOPICS } from '@app/domain';

const some = <T extends z.ZodType>(of: T) => z.array(of).min(1, 'at least one; leave the key out for all').optional();
const channels = z.array(z.string()).max(20, 'at most 20').default([]);

/** `22:00-08:00` in minutes of the Beijing day. */
const hours = z
  .string('HH:MM-HH:MM')
  .regex(/^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'HH:MM-HH:MM, e.g. 22:00-08:00 (Beijing time)')
  .transform((text) => {
    const minutes = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
    return { from: minutes(text.slice(0, 5)), to: minutes(text.slice(6)) };
  })
  .refine(({ from, to }) => from !== to, 'two different times; leave the key out for the whole day');

/** One entry under `routes` in config/channels.yaml: for whom and what, over which channels. */
export const alertRoute = z
  .strictObject({
    name: z.string().min(1, 'a name').max(60, 'at most 60 characters'),
    when: z
      .strictObject({
        roles: some(z.enum(ROLES, `one of ${ROLES.join(', ')}`)),
        departments: some(z.string().min(1, 'an id of departments.yaml')),
        classes: some(z.enum(CASE_CLASSES, `one of ${CASE_CLASSES.join(', ')}`)),
        severities: some(z.enum(SEVERITIES, `one of ${SEVERITIES.join(', ')}`)),
        topics: some(z.enum(TOPICS, `one of ${TOPICS.join(', ')}`)),
        regions: some(z.string().min(1, 'a code or a path of names').max(60, 'at most 60 characters')),
        hours: hours.optional(),
      })
      .default({}),
    send: channels,
    fallback: channels,
    digestMinutes: z.int('0–1440').min(0, '0–1440').max(1440, '0–1440').optional(),
  })
  .refine((r) => r.send.length > 0, { path: ['send'], message: 'at least one channel' }) satisfies z.ZodType<AlertRoute>;
