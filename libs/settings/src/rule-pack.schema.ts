import {
  ANCHOR_KINDS,
  CIRCUMSTANCES,
  EVIDENCE_KINDS,
  LEGAL_EFFECTS,
  PERIODS,
  TRIGGERS,
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

/** What duties of every kind say. */
const basis = {
  id,
  title: text,
  metBy: z.array(oneOf(EVIDENCE_KINDS)).min(1, 'at least one kind of evidence'),
  times: z.int('a whole number').min(2, '2–365').max(365, '2–365').optional(),
  byHead: z.boolean('true or false').optional(),
  ladder: id,
  extension: term.optional(),
  suspensionHours: z.number('hours').positive('above 0').max(8760, 'at most 8760').optional(),
  document: text,
  number: z.string("'' where the document has none"),
  article: z.string("'' where there is none"),
  quote: text,
  legalEffect: oneOf(LEGAL_EFFECTS),
  note: text.optional(),
};

const duty = z
  .strictObject({
    ...basis,
    // What a trigger starts has no class: the matter is an ordinary one.
    appliesTo: z.array(oneOf(['ordinary', 'major', 'emergency'])).min(1, 'at least one class').default(['ordinary']),
    when: oneOf(CIRCUMSTANCES).optional(),
    trigger: oneOf(TRIGGERS).exclude(['period', 'task'], `one of ${TRIGGERS.filter((t) => t !== 'period' && t !== 'task').join(', ')}`).optional(),
    limit: term,
    target: term.optional(),
    anchor: oneOf(ANCHOR_KINDS),
    opens: z.array(z.strictObject({ by: oneOf(EVIDENCE_KINDS), duty: id })).optional(),
    supersedes: z.array(id).optional(),
  })
  .superRefine((rule, ctx) => dutyIssues(rule, (path, message) => ctx.addIssue({ code: 'custom', path, message })));

function dutyIssues(rule: DutyRule, issue: (path: string[], message: string) => void): void {
  const { target, limit, extension, trigger } = rule;
  if ((rule.anchor === 'triggered') !== (trigger !== undefined)) issue(['anchor'], 'triggered with a trigger, and only then');
  if (trigger && rule.when) issue(['when'], 'absent with a trigger');
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

const monthDay = z.strictObject({
  month: z.int('1–12').min(1, '1–12').max(12, '1–12'),
  day: z.int('1–31').min(1, '1–31').max(31, '1–31'),
});
const recurring = z
  .strictObject({
    ...basis,
    per: oneOf(PERIODS),
    /** The last day: of the year, of the period, or the last seven days of the period alone. */
    by: z.union([monthDay, oneOf(['end', 'last-week'])], '{ month, day }, end or last-week'),
    units: oneOf(['each', 'office']),
  })
  .superRefine((rule, ctx) => {
    const issue = (key: string, message: string): void => ctx.addIssue({ code: 'custom', path: [key], message });
    if (typeof rule.by === 'object' && rule.per !== 'year') issue('by', 'a day only per year; else end or last-week');
    if (rule.by === 'last-week' && rule.per === 'week') issue('by', 'end, for a week');
    if (rule.extension && rule.extension.unit !== 'natural_days' && rule.extension.unit !== 'working_days') issue('extension', 'days');
  });

const packSchema = z
  .strictObject({
    id,
    title: text,
    version: z.string("a text in quotes, e.g. '1'").min(1, "a text in quotes, e.g. '1'"),
    extends: id.optional(),
    drops: z.array(z.strictObject({ duty: id, reason: text })).optional(),
    duties: z.array(duty).default([]),
    recurring: z.array(recurring).optional(),
  })
  .superRefine((pack, ctx) => {
    if (pack.duties.length + (pack.recurring ?? []).length === 0) ctx.addIssue({ code: 'custom', path: ['duties'], message: 'at least one duty' });
    const ids = new Set(pack.duties.map((d) => d.id));
    (pack.recurring ?? []).forEach((r, i) => {
      if (ids.has(r.id)) ctx.addIssue({ code: 'custom', path: ['recurring', i, 'id'], message: 'an id that stands once in the pack' });
      ids.add(r.id);
    });
    pack.duties.forEach((d, i) => {
      // Of two circumstances each may have a term of its own (feed-back of what came in, and of what went out).
      const others = pack.duties.slice(0, i).filter((o) => o.id === d.id && (o.when === d.when || !o.when || !d.when));
      const classes = others.flatMap((o) => o.appliesTo);
      if (d.appliesTo.some((c) => classes.includes(c))) {
        const message = `unique, or for other classes than ${classes.join(', ')}`;
        ctx.addIssue({ code: 'custom', path: ['duties', i, 'id'], message });
      }
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
