import { beijingDayNumber, dateOfDayNumber, dayNumberOf, endOfDay, HOUR_MS, parseInstant, startOfDay } from './beijing';
import type { Calendar } from './calendar';
import type { DayStep } from './clock';
import type { Term } from './rule';

export interface Deadline {
  dueAt: Date;
  /** A day without a notice had a say: to be computed again when the notice is loaded. */
  provisional: boolean;
  /** Each day looked at, in order; empty for hours, `every` and `until`, which count no days. */
  days: DayStep[];
}

/** A time in which the term does not run (中止). */
export interface Pause {
  from: Date;
  to: Date;
}

/** What is wrong with a term: the key, and what is allowed. */
export interface TermFault {
  key: string;
  value: unknown;
  allowed: string;
}

const MAX_HOURS = 87_600;
const MAX_DAYS = 3_660;

/** What is wrong with a term, or null. */
export function termFault(term: Term): TermFault | null {
  const { unit, amount, roll, date } = term;
  if (roll !== undefined && unit !== 'natural_days') {
    return { key: 'roll', value: roll, allowed: 'only with unit natural_days' };
  }
  if (unit === 'until') {
    if (amount !== undefined) return { key: 'amount', value: amount, allowed: 'absent for unit until' };
    return isDate(date) ? null : { key: 'date', value: date, allowed: 'YYYY-MM-DD' };
  }
  if (date !== undefined) return { key: 'date', value: date, allowed: 'only with unit until' };
  if (unit === 'hours' || unit === 'every') {
    const fine = typeof amount === 'number' && amount > 0 && amount <= MAX_HOURS;
    return fine ? null : { key: 'amount', value: amount, allowed: `hours above 0, at most ${MAX_HOURS}` };
  }
  if (unit === 'natural_days' || unit === 'working_days') {
    const fine = Number.isInteger(amount) && Number(amount) >= 1 && Number(amount) <= MAX_DAYS;
    return fine ? null : { key: 'amount', value: amount, allowed: `a whole number of days 1–${MAX_DAYS}` };
  }
  return { key: 'unit', value: unit, allowed: 'hours, natural_days, working_days, until or every' };
}

/**
 * The instant a term ends, and each day that was counted or skipped (RULES: 民法典 第201、203条).
 * Done exactly at `dueAt` is on time. Beijing time, whatever the machine's TZ.
 *
 * `pauses` are times of suspension: hours are added exactly; a day under a day-term is not counted when the
 * term was suspended at its 24:00 (a day is used up at its end).
 * @throws RangeError for a term or anchor out of range: validate with `termFault` first
 */
export function computeDeadline(
  term: Term,
  anchor: Date | string,
  calendar: Calendar,
  pauses: readonly Pause[] = [],
): Deadline {
  const fault = termFault(term);
  if (fault) throw new RangeError(`term.${fault.key} = ${JSON.stringify(fault.value)}: allowed is ${fault.allowed}`);
  const from = typeof anchor === 'string' ? parseInstant(anchor) : anchor;
  if (from === null || Number.isNaN(from.getTime())) {
    throw new RangeError(`anchor = ${JSON.stringify(anchor)}: allowed is an ISO 8601 instant`);
  }
  const amount = term.amount ?? 0;
  const gaps = mergePauses(pauses);
  switch (term.unit) {
    // 民法典 第201条第2款: by the hour, from the very moment, through nights and holidays.
    case 'hours':
    case 'every':
      return { dueAt: afterHours(from, amount, gaps), provisional: false, days: [] };
    case 'until':
      return { dueAt: endOfDay(dayNumberOf(term.date ?? '')), provisional: false, days: [] };
    case 'natural_days':
      return countNaturalDays(from, amount, term.roll === true, calendar, gaps);
    case 'working_days':
      return countWorkingDays(from, amount, calendar, gaps);
  }
}

function afterHours(from: Date, hours: number, gaps: readonly Pause[]): Date {
  let due = from.getTime() + Math.round(hours * HOUR_MS);
  for (const gap of gaps) {
    const start = Math.max(gap.from.getTime(), from.getTime());
    if (start < due && gap.to.getTime() > start) due += gap.to.getTime() - start;
  }
  return new Date(due);
}

function countNaturalDays(
  from: Date,
  amount: number,
  roll: boolean,
  calendar: Calendar,
  gaps: readonly Pause[],
): Deadline {
  const first = beijingDayNumber(from);
  const days: DayStep[] = [anchorStep(first)];
  let day = first;
  for (let counted = 0; counted < amount;) {
    day++;
    const paused = pausedAtEnd(day, gaps);
    if (!paused) counted++;
    days.push(paused ? pausedStep(day) : naturalStep(day, counted, calendar));
  }
  if (!roll) return { dueAt: endOfDay(day), provisional: false, days };
  // 民法典 第203条第1款: a last day on a 法定休假日 moves to the day after it. 休假日 are the feasts and the
  // weekly rest days; a make-up workday is neither.
  let provisional = false;
  for (;;) {
    const last = calendar.dayOf(dateOfDayNumber(day));
    if (!last.known) provisional = true;
    if (last.working) break;
    const next = calendar.dayOf(dateOfDayNumber(++day));
    const why = next.working ? '届满日顺延至休假日结束的次日(民法典第203条第1款)' : '休假日顺延,不作届满日';
    days.push({ date: next.date, counted: false, why: `${why}:${next.why}` });
  }
  return { dueAt: endOfDay(day), provisional, days };
}

function countWorkingDays(from: Date, amount: number, calendar: Calendar, gaps: readonly Pause[]): Deadline {
  const first = beijingDayNumber(from);
  const days: DayStep[] = [anchorStep(first)];
  let provisional = false;
  let day = first;
  for (let counted = 0; counted < amount;) {
    day++;
    const { date, working, known, why } = calendar.dayOf(dateOfDayNumber(day));
    if (!known) provisional = true;
    const paused = pausedAtEnd(day, gaps);
    const counts = working && !paused;
    if (counts) counted++;
    if (paused) days.push(pausedStep(day));
    else days.push({ date, counted: counts, why: counts ? `第${counted}个工作日:${why}` : `不计:${why}` });
  }
  return { dueAt: endOfDay(day), provisional, days };
}

function anchorStep(day: number): DayStep {
  return { date: dateOfDayNumber(day), counted: false, why: '起算当日不计入(民法典第201条第1款)' };
}

function naturalStep(day: number, counted: number, calendar: Calendar): DayStep {
  const { date, statutory, why } = calendar.dayOf(dateOfDayNumber(day));
  // A natural day counts whatever it is; a feast is named so that the reader sees it was not overlooked.
  return { date, counted: true, why: `第${counted}日${statutory ? `(${why})` : ''}` };
}

function pausedStep(day: number): DayStep {
  return { date: dateOfDayNumber(day), counted: false, why: '中止期间不计' };
}

function pausedAtEnd(day: number, gaps: readonly Pause[]): boolean {
  const end = endOfDay(day).getTime();
  return gaps.some((g) => g.from.getTime() < end && end <= g.to.getTime());
}

function mergePauses(pauses: readonly Pause[]): Pause[] {
  const merged: Pause[] = [];
  for (const p of [...pauses].sort((a, b) => a.from.getTime() - b.from.getTime())) {
    const last = merged.at(-1);
    if (last && p.from.getTime() <= last.to.getTime()) {
      if (p.to.getTime() > last.to.getTime()) last.to = p.to;
    } else merged.push({ ...p });
  }
  return merged;
}

function isDate(date: string | undefined): boolean {
  if (date === undefined) return false;
  try {
    startOfDay(dayNumberOf(date));
    return true;
  } catch {
    return false;
  }
}
