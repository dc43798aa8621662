import { join } from 'node:path';
import { z } from 'zod';
import { ASSESSMENT_MEASURES, type AssessmentScheme } from '@app/domain';
import { readConfigFile, type ConfigFault } from './config-file';

const id = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, '1–32 small letters, digits or hyphens, a letter first');
const title = z.string().min(1, '1–100 letters').max(100, '1–100 letters');
const of = z.enum(ASSESSMENT_MEASURES, `one of ${ASSESSMENT_MEASURES.join(', ')}`);
const number = z.number('a number');
const scoring = z.discriminatedUnion(
  'kind',
  [
    z
      .strictObject({ kind: z.literal('proportion'), of, full: number, none: number })
      .refine((s) => s.full !== s.none, { path: ['none'], error: 'another number than full' })
      .refine((s) => !['onTimeRate', 'targetRate'].includes(s.of) || [s.full, s.none].every((v) => v >= 0 && v <= 1), { path: ['full'], error: 'shares from 0 to 1' }),
    z.strictObject({ kind: z.literal('deduct'), of, each: z.number('above 0').positive('above 0') }),
    z.strictObject({ kind: z.literal('manual') }),
  ],
  'kind: proportion, deduct or manual',
);

export const assessmentSchema = z
  .strictObject({
    version: z.string('a text').min(1, 'a text'),
    title,
    basis: z.string('a text'),
    parts: z.array(z.strictObject({ id, title, weight: z.number('above 0, to 100').positive('above 0, to 100').max(100, 'above 0, to 100') })).min(1, 'at least one'),
    indicators: z.array(z.strictObject({ id, part: z.string('the id of a part'), title, points: z.number('above 0').positive('above 0').max(100, 'to 100'), scoring })).min(1, 'at least one'),
  })
  .superRefine((s, context) => {
    const fault = (path: (string | number)[], message: string): void => void context.addIssue({ code: 'custom', path, message });
    if (Math.abs(s.parts.reduce((sum, p) => sum + p.weight, 0) - 100) > 1e-9) fault(['parts'], 'weights that make 100');
    if (new Set(s.indicators.map((i) => i.id)).size < s.indicators.length) fault(['indicators'], 'each id once');
    s.indicators.forEach((i, n) => s.parts.some((p) => p.id === i.part) || fault(['indicators', n, 'part'], `one of ${s.parts.map((p) => p.id).join(', ')}`));
    for (const [n, p] of s.parts.entries()) {
      const points = s.indicators.filter((i) => i.part === p.id).reduce((sum, i) => sum + i.points, 0);
      if (Math.abs(points - 100) > 1e-9) fault(['parts', n], `indicators whose points make 100 (they make ${points})`);
    }
  });

/** config/assessment.yaml */
export function loadAssessment(configDir: string, faults: ConfigFault[]): AssessmentScheme | null {
  return readConfigFile(join(configDir, 'assessment.yaml'), assessmentSchema, faults);
}
