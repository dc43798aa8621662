import {
  ANCHOR_KINDS,
  CIRCUMSTANCES,
  EVIDENCE_KINDS,
  LEGAL_EFFECTS,
  layerPacks,
  packChain,
  termFault,
  type DutyRule,
  type Ladder,
  type RuleBook,
  type RulePack,
  type Term,
} from '@app/domain';
import { z } from 'zod';
import type { ConfigFault } from './config-file';
import { readConfigFolder } from './config-folder';

const id = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'lower case letters, digits and hyphens');
const text = z.string().min(1, 'a text');
const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, `one of ${values.join(', ')}`);

const term = z
  .strictObject({
    unit: oneOf(['hours', 'natural_days', 'working_days', 'until', 'every']),
    amount: z.number('a number').optional(),
    roll: z.boolean('true or false').optional(),
    date: z.string('YYYY-MM-DD in quotes').optional(),
  })
  .superRefine((value, ctx) => {
    const fault = termFault(value);
    if (fault) ctx.addIssue({ code: 'custom', path: [fault.key], message: fault.allowed });
  });

const duty = z
  .strictObject({
    id,
    title: text,
    appliesTo: z.array(oneOf(['ordinary', 'major', 'emergency'])).min(1, 'at least one class'),
    when: oneOf(CIRCUMSTANCES).optional(),
    limit: term,
    target: term.optional(),
    anchor: oneOf(ANCHOR_KINDS),
    metBy: z.array(oneOf(EVIDENCE_KINDS)).min(1, 'at least one kind of evidence'),
    opens: z.array(z.strictObject({ by: oneOf(EVIDENCE_KINDS), duty: id })).optional(),
    supersedes: z.array(id).optional(),
    ladder: id,
    extension: term.optional(),
    suspensionHours: z.number('hours').positive('above 0').max(8760, 'at most 8760').optional(),
    document: text,
    number: z.string("'' where the document has none"),
    article: z.string("'' where there is none"),
    quote: text,
    legalEffect: oneOf(LEGAL_EFFECTS),
    note: text.optional(),
  })
  .superRefine((rule, ctx) => dutyIssues(rule, (path, message) => ctx.addIssue({ code: 'custom', path, message })));

function dutyIssues(rule: DutyRule, issue: (path: string[], message: string) => void): void {
  const { target, limit, extension } = rule;
  if (target && (target.unit !== limit.unit || (target.amount ?? 0) >= (limit.amount ?? 0))) {
    issue(['target'], 'the unit of the limit, and less than it');
  }
  if (extension && !fitsLimit(extension, limit)) issue(['extension', 'unit'], 'the unit of the limit (days for until)');
  for (const [i, o] of (rule.opens ?? []).entries()) {
    if (!rule.metBy.includes(o.by)) issue(['opens', String(i), 'by'], `one of metBy: ${rule.metBy.join(', ')}`);
  }
}

function fitsLimit(extension: Term, limit: Term): boolean {
  if (limit.unit === 'until') return extension.unit === 'natural_days' || extension.unit === 'working_days';
  return extension.unit === limit.unit && limit.unit !== 'every';
}

const packSchema = z
  .strictObject({
    id,
    title: text,
    version: z.string("a text in quotes, e.g. '1'").min(1, "a text in quotes, e.g. '1'"),
    extends: id.optional(),
    drops: z.array(z.strictObject({ duty: id, reason: text })).optional(),
    duties: z.array(duty).min(1, 'at least one duty'),
  })
  .superRefine((pack, ctx) => {
    const seen = new Map<string, string[]>();
    pack.duties.forEach((d, i) => {
      const classes = seen.get(d.id) ?? [];
      if (d.appliesTo.some((c) => classes.includes(c))) {
        const message = `unique, or for other classes than ${classes.join(', ')}`;
        ctx.addIssue({ code: 'custom', path: ['duties', i, 'id'], message });
      }
      seen.set(d.id, [...classes, ...d.appliesTo]);
    });
  });

/** config/rules/*.yaml by id. */
export function loadRulePacks(configDir: string, faults: ConfigFault[]): Record<string, RulePack> | null {
  return readConfigFolder<RulePack>(configDir, 'rules', packSchema, faults);
}

interface RuleSettings {
  readonly rulePacks: Record<string, RulePack> | null;
  readonly ladders: Record<string, Ladder> | null;
  readonly rules: { readonly packs: readonly string[] };
}

/**
 * The rules in force, or those of other packs for a dry run.
 * @throws RangeError for a pack that does not exist
 */
export function ruleBookOf(settings: RuleSettings, packs: readonly string[] = settings.rules.packs): RuleBook {
  const chain = packChain(settings.rulePacks ?? {}, packs);
  if (!chain.ok) throw new RangeError(`pack ${JSON.stringify(chain.at)}: allowed is ${chain.allowed}`);
  return layerPacks(chain.packs, settings.ladders ?? {}).book;
}
