import { beijingDayNumber, dateOfDayNumber, dayNumberOf, endOfDay, startOfDay, weekdayOf } from './beijing';
import { type BookDuty, bookDuty, type BookRecurring } from './rule-pack';
import type { DutyRule, PeriodEnd, PeriodLength } from './rule';

/** One week, month, quarter or year in Beijing time. */
export interface Period {
  per: PeriodLength;
  /** 2026, 2026-Q4, 2026-11, 2026-W48 (ISO week, Monday to Sunday). */
  id: string;
  /** 2026年第四季度. */
  title: string;
  /** Day numbers, both included. */
  first: number;
  last: number;
}

const QUARTERS = ['一', '二', '三', '四'];

/** The period that holds this instant. */
export function periodAt(per: PeriodLength, at: Date): Period {
  const day = beijingDayNumber(at);
  if (per === 'week') return weekOf(day);
  const [year, month] = dateOfDayNumber(day).split('-').map(Number) as [number, number];
  if (per === 'year') return spanOf(per, String(year), `${year}年`, year, 1, 12);
  if (per === 'month') return spanOf(per, `${year}-${two(month)}`, `${year}年${month}月`, year, month, 1);
  const quarter = Math.ceil(month / 3);
  return spanOf(per, `${year}-Q${quarter}`, `${year}年第${QUARTERS[quarter - 1]}季度`, year, quarter * 3 - 2, 3);
}

/** The period that follows. */
export function periodAfter(period: Period): Period {
  return periodAt(period.per, startOfDay(period.last + 1));
}

/** When the term of a recurring duty begins and ends in this period. `last-week`: in its last seven days alone. */
export function periodTerm(period: Period, by: PeriodEnd): { from: Date; to: Date; date: string } {
  const last = typeof by === 'object' ? dayInPeriod(period, by) : period.last;
  const first = by === 'last-week' ? period.last - 6 : period.first;
  return { from: startOfDay(first), to: endOfDay(last), date: dateOfDayNumber(last) };
}

/** 2月29日 is the last of February in other years. */
function dayInPeriod(period: Period, { month, day }: { month: number; day: number }): number {
  const year = dateOfDayNumber(period.first).slice(0, 4);
  const first = dayNumberOf(`${year}-${two(month)}-01`);
  return Math.min(first + day - 1, first + daysOf(Number(year), month) - 1);
}

/** The duty that a recurring rule is in one period: a fixed last day, anchored where the term begins. */
export function dutyOfPeriod(recurring: BookRecurring, period: Period): BookDuty {
  const { per: _per, by, units: _units, ...rule } = recurring.rule;
  const duty: DutyRule = {
    ...rule,
    title: `${rule.title}（${period.title}）`,
    appliesTo: ['ordinary'],
    trigger: 'period',
    anchor: 'triggered',
    limit: { unit: 'until', date: periodTerm(period, by).date },
  };
  return bookDuty({ id: recurring.packId, version: recurring.packVersion }, duty, recurring.ladder);
}

/**
 * The periods of a recurring duty to be opened now: the one that runs, and every one since the last that was opened, so that
 * downtime skips none. Without an earlier one (a place that begins today) a term that has passed already is left out.
 */
export function periodsToOpen(recurring: BookRecurring['rule'], lastOpened: Period | null, now: Date): Period[] {
  const current = periodAt(recurring.per, now);
  const begun = (p: Period): boolean => periodTerm(p, recurring.by).from.getTime() <= now.getTime();
  if (lastOpened === null) {
    return begun(current) && periodTerm(current, recurring.by).to.getTime() > now.getTime() ? [current] : [];
  }
  const open: Period[] = [];
  for (let p = periodAfter(lastOpened); p.first <= current.first && begun(p); p = periodAfter(p)) open.push(p);
  return open;
}

function spanOf(per: PeriodLength, id: string, title: string, year: number, month: number, months: number): Period {
  const first = dayNumberOf(`${year}-${two(month)}-01`);
  const next = month + months > 12 ? `${year + 1}-01-01` : `${year}-${two(month + months)}-01`;
  return { per, id, title, first, last: dayNumberOf(next) - 1 };
}

/** ISO 8601: the week with the year's first Thursday is week 1. */
function weekOf(day: number): Period {
  const first = day - ((weekdayOf(day) + 6) % 7);
  const year = Number(dateOfDayNumber(first + 3).slice(0, 4));
  const week = Math.floor((first + 3 - dayNumberOf(`${year}-01-01`)) / 7) + 1;
  return { per: 'week', id: `${year}-W${two(week)}`, title: `${year}年第${week}周`, first, last: first + 6 };
}

function daysOf(year: number, month: number): number {
  const next = month === 12 ? `${year + 1}-01-01` : `${year}-${two(month + 1)}-01`;
  return dayNumberOf(next) - dayNumberOf(`${year}-${two(month)}-01`);
}

const two = (n: number): string => String(n).padStart(2, '0');
