import {
  beijingIso,
  computeDeadline,
  parseInstant,
  planClock,
  termFault,
  type BookDuty,
  type Calendar,
  type DayStep,
  type DutyRule,
  type RuleBook,
  type Term,
} from '@app/domain';
import { calendarOf, loadSettings, ruleBookOf, type Settings } from '@app/settings';
import type { Command } from 'commander';
import { eachJsonLine, fieldError, LineError, stringField } from './json-lines';

const UNITS = ['hours', 'natural_days', 'working_days'] as const;
const TERM_KEYS = ['id', 'unit', 'amount', 'roll', 'from'];
const RULE_KEYS = ['id', 'pack', 'rule', 'class', 'from'];
const CLASSES = ['ordinary', 'major', 'emergency'] as const;

interface Answer {
  id: unknown;
  dueAt: string;
  targetAt?: string;
  provisional: boolean;
  days: DayStep[];
  basis?: string;
}

/** `deadline`: when a term ends, by unit and amount or by a rule of a pack; a dry run, nothing is stored. */
export function deadlineCommand(program: Command): void {
  program
    .command('deadline')
    .description('when a term ends, and each day counted or skipped')
    .option('--in <file>', 'JSON Lines; - or nothing: standard input')
    .action(async (options: { in?: string }) => {
      const settings = loadSettings();
      const desk = new DeadlineDesk(settings, calendarOf(settings));
      await eachJsonLine(options.in, (row) => desk.answer(row));
    });
}

/** Answers lines with one calendar and the rule packs of one config. */
export class DeadlineDesk {
  private readonly books = new Map<string, RuleBook>();

  constructor(
    private readonly settings: Pick<Settings, 'configDir' | 'rulePacks' | 'ladders' | 'rules'>,
    private readonly calendar: Calendar,
  ) {}

  /** @throws LineError naming the field, its value and what is allowed */
  answer(row: Record<string, unknown>): Answer {
    const id = row.id ?? null;
    checkKeys(row);
    if (row.pack !== undefined || row.rule !== undefined) return { id, ...this.byRule(row) };
    const term = termOf(row);
    const { dueAt, provisional, days } = computeDeadline(term, anchorOf(row), this.calendar);
    return { id, dueAt: beijingIso(dueAt), provisional, days };
  }

  private byRule(row: Record<string, unknown>): Omit<Answer, 'id'> {
    const duty = this.dutyOf(stringField(row, 'pack'), stringField(row, 'rule'), row.class);
    const { derivation } = planClock(duty, anchorOf(row), this.calendar);
    const { dueAt, targetAt, provisional, days } = derivation;
    return { dueAt, ...(targetAt === undefined ? {} : { targetAt }), provisional, days, basis: basisOf(duty.rule) };
  }

  /** Where a duty has other terms for other classes, the optional field `class` chooses; else the first. */
  private dutyOf(pack: string, rule: string, caseClass: unknown): BookDuty {
    if (caseClass !== undefined && !CLASSES.some((c) => c === caseClass))
      throw fieldError('class', caseClass, CLASSES.join(', '));
    const { duties } = this.bookOf(pack);
    const named = duties.filter((d) => d.rule.id === rule);
    const found = named.find((d) => caseClass === undefined || d.rule.appliesTo.some((c) => c === caseClass));
    if (found) return found;
    if (named.length > 0) {
      throw fieldError('class', caseClass, [...new Set(named.flatMap((d) => d.rule.appliesTo))].join(', '));
    }
    throw fieldError('rule', rule, [...new Set(duties.map((d) => d.rule.id))].join(', '));
  }

  private bookOf(pack: string): RuleBook {
    let book = this.books.get(pack);
    if (!book) {
      const known = Object.keys(this.settings.rulePacks ?? {});
      if (!known.includes(pack)) throw fieldError('pack', pack, known.join(', '));
      book = ruleBookOf(this.settings, [pack]);
      this.books.set(pack, book);
    }
    return book;
  }
}

/** A misspelt key (`rol`) would give a wrong date in silence, and two ways of asking at once two dates. */
function checkKeys(row: Record<string, unknown>): void {
  const byRule = row.pack !== undefined || row.rule !== undefined;
  const allowed = byRule ? RULE_KEYS : TERM_KEYS;
  for (const key of Object.keys(row)) {
    if (allowed.includes(key) || row[key] === undefined) continue;
    const why = TERM_KEYS.includes(key) || RULE_KEYS.includes(key) ? `is not allowed with ${byRule ? '"pack" and "rule"' : '"unit" and "amount"'}` : 'is unknown';
    throw new LineError(`field "${key}" ${why}: allowed are ${TERM_KEYS.join(', ')}, or ${RULE_KEYS.join(', ')}`);
  }
}

function termOf(row: Record<string, unknown>): Term {
  const unit = UNITS.find((u) => u === row.unit);
  if (unit === undefined) throw fieldError('unit', row.unit, UNITS.join(', '));
  if (typeof row.amount !== 'number') throw fieldError('amount', row.amount, 'a number');
  if (row.roll !== undefined && typeof row.roll !== 'boolean') throw fieldError('roll', row.roll, 'true or false');
  const term: Term = { unit, amount: row.amount, ...(row.roll === true ? { roll: true } : {}) };
  const fault = termFault(term);
  if (fault) throw fieldError(fault.key, fault.value, fault.allowed);
  return term;
}

function anchorOf(row: Record<string, unknown>): Date {
  const at = typeof row.from === 'string' ? parseInstant(row.from) : null;
  if (at === null) throw fieldError('from', row.from, 'an ISO 8601 instant (without a zone: Beijing time)');
  return at;
}

/** 《document》(number)article:「quote」 */
function basisOf(rule: DutyRule): string {
  return `《${rule.document}》${rule.number === '' ? '' : `(${rule.number})`}${rule.article}:「${rule.quote}」`;
}
