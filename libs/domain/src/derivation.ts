import { beijingIso, parseInstant } from './beijing';
import type { Calendar } from './calendar';
import type { Derivation, Extension, Suspension } from './clock';
import { computeDeadline, type Deadline, type Pause } from './deadline';
import type { AnchorKind, DutyRule, Term } from './rule';

/** The instants that a sheet's inputs give. */
export interface Recomputed {
  dueAt: Date;
  targetAt: Date | null;
  provisional: boolean;
  days: Derivation['days'];
}

/** The sheet (期限计算书) of a clock that starts now: no suspension, no extension yet. */
export function deriveSheet(rule: DutyRule, anchorKind: AnchorKind, anchorAt: Date, calendar: Calendar): Derivation {
  const { document, number, article, quote, note } = rule;
  const inputs: SheetInputs = {
    term: rule.limit,
    ...(rule.target === undefined ? {} : { targetTerm: rule.target }),
    anchorAt: beijingIso(anchorAt),
    suspensions: [],
    extensions: [],
  };
  return {
    ...inputs,
    anchorKind,
    ...written(recompute(inputs, calendar)),
    calendarVersion: calendar.version,
    reprojections: [],
    revisedAt: null,
    basis: { document, number, article, quote, ...(note === undefined ? {} : { note }) },
  };
}

/** What a sheet is computed from, besides the calendar. */
export type SheetInputs = Pick<Derivation, 'term' | 'targetTerm' | 'anchorAt' | 'suspensions' | 'extensions'>;

/**
 * Computes a sheet again from its stored inputs. With the calendar of the version it names it gives the same
 * instants. A suspension that is still open moves nothing yet.
 */
export function recompute(sheet: SheetInputs, calendar: Calendar): Recomputed {
  const pauses = pausesOf(sheet.suspensions);
  const anchor = instant(sheet.anchorAt);
  const limit = extendedDeadline(sheet.term, anchor, sheet.extensions, calendar, pauses);
  // An extension moves the limit, never the target: 力争 is what was aimed at from the start.
  const target = sheet.targetTerm === undefined ? null : computeDeadline(sheet.targetTerm, anchor, calendar, pauses);
  return {
    dueAt: limit.dueAt,
    targetAt: target === null ? null : target.dueAt,
    provisional: limit.provisional || target?.provisional === true,
    days: limit.days,
  };
}

/** The computed fields of a sheet, as they are stored. */
export function written(r: Recomputed): Pick<Derivation, 'dueAt' | 'targetAt' | 'provisional' | 'days'> {
  return {
    dueAt: beijingIso(r.dueAt),
    ...(r.targetAt === null ? {} : { targetAt: beijingIso(r.targetAt) }),
    provisional: r.provisional,
    days: r.days,
  };
}

/** An extension of the same unit lengthens the term itself; onto a fixed date its days are counted after it. */
function extendedDeadline(
  term: Term,
  anchor: Date,
  extensions: readonly Extension[],
  calendar: Calendar,
  pauses: Pause[],
): Deadline {
  const same = extensions.filter((e) => e.term.unit === term.unit);
  const others = extensions.filter((e) => e.term.unit !== term.unit);
  const amount = same.reduce((sum, e) => sum + (e.term.amount ?? 0), term.amount ?? 0);
  let deadline = computeDeadline(term.unit === 'until' ? term : { ...term, amount }, anchor, calendar, pauses);
  for (const e of others) {
    // 24:00 of the last day belongs to that day: the count goes on with the next one.
    const next = computeDeadline(e.term, new Date(deadline.dueAt.getTime() - 1), calendar);
    deadline = {
      dueAt: next.dueAt,
      provisional: deadline.provisional || next.provisional,
      days: [...deadline.days, ...next.days.slice(1)],
    };
  }
  return deadline;
}

function pausesOf(suspensions: readonly Suspension[]): Pause[] {
  return suspensions.flatMap((s) => (s.to === null ? [] : [{ from: instant(s.from), to: instant(s.to) }]));
}

function instant(iso: string): Date {
  const at = parseInstant(iso);
  if (at === null) throw new RangeError(`${JSON.stringify(iso)} is no ISO 8601 instant`);
  return at;
}
