import { BEIJING_OFFSET_MS, dayNumberOf, startOfDay } from '../beijing';

/** First instant of a month in Beijing, and first instant after it. @throws RangeError unless `YYYY-MM` */
export function monthSpan(month: string): { from: Date; to: Date } {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(month)) {
    throw new RangeError(`month = ${JSON.stringify(month)}: allowed is YYYY-MM`);
  }
  return { from: startOfDay(dayNumberOf(`${month}-01`)), to: startOfDay(dayNumberOf(`${monthPlus(month, 1)}-01`)) };
}

/** `YYYY-MM`, so many months later; negative: earlier. */
export function monthPlus(month: string, months: number): string {
  const index = Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7)) - 1 + months;
  return `${String(Math.floor(index / 12)).padStart(4, '0')}-${String((index % 12) + 1).padStart(2, '0')}`;
}

/** The cut-off that keeps a report the same for ever: the end of the month, or now while it still runs. */
export function defaultCutOff(month: string, now: Date): Date {
  const { to } = monthSpan(month);
  return now.getTime() < to.getTime() ? now : to;
}

/** The Beijing month that holds the instant, in milliseconds. */
export function monthOf(at: number): string {
  return monthNames.at(Math.floor((at + BEIJING_OFFSET_MS) / DAY));
}

/** The Beijing month to which a limit belongs: 24:00 of the last day is still that month's. */
export function monthOfLimit(at: number): string {
  return monthOf(at - 1);
}

const DAY = 86_400_000;

/** Names of months by day: a million cases ask the same few days again and again. */
class MonthNames {
  private readonly known = new Map<number, string>();

  at(day: number): string {
    const known = this.known.get(day);
    if (known !== undefined) return known;
    const name = new Date(day * DAY).toISOString().slice(0, 7);
    if (this.known.size > 20_000) this.known.clear();
    this.known.set(day, name);
    return name;
  }
}
const monthNames = new MonthNames();
