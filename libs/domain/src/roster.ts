import { dateOfDayNumber, dayNumberOf, startOfDay } from './beijing';
import type { Calendar } from './calendar';
import type { Office } from './rule';

/** A standing order of duty (值班安排): who follows whom, on working days and on rest days. */
export interface Rota {
  office: Office;
  departmentId: string | null;
  /** Minutes after 00:00 Beijing at which one shift hands over to the next, ascending; one: a shift of 24 hours. */
  handoverMinutes: number[];
  /** The turns are counted from this day (YYYY-MM-DD), so that any window of days gives the same shifts. */
  countedFrom: string;
  /** Account ids in turn on working days, make-up days included. */
  workdays: string[];
  /** Account ids in turn on 休息日 and 法定节假日; empty: as on working days. */
  restDays: string[];
}

export interface PlannedShift {
  office: Office;
  departmentId: string | null;
  accountId: string;
  startsAt: Date;
  endsAt: Date;
  /** The account whose shift it would have been. */
  standInFor: string | null;
}

/** An absence and who stands in for it. */
export interface Absence {
  accountId: string;
  from: Date;
  to: Date;
  standIn: string;
}

/** What is wrong with a rota, or null: the key, its value, and what is allowed. */
export function rotaFault(rota: Rota): { key: string; value: unknown; allowed: string } | null {
  const { handoverMinutes: at, workdays } = rota;
  const rising = at.every((m, i) => Number.isInteger(m) && m >= 0 && m < 1440 && (i === 0 || m > (at[i - 1] ?? 0)));
  if (at.length === 0 || !rising) {
    return { key: 'handoverMinutes', value: at, allowed: 'whole minutes 0–1439, ascending, at least one' };
  }
  return workdays.length > 0 ? null : { key: 'workdays', value: workdays, allowed: 'at least one account' };
}

/**
 * The shifts that start on the days `from` to `until` (YYYY-MM-DD, both included). A shift belongs to the day on
 * which it starts: the night shift of a Friday is a working day's, also after midnight.
 * @throws RangeError for a bad rota, or days before `countedFrom`
 */
export function planShifts(rota: Rota, from: string, until: string, calendar: Calendar): PlannedShift[] {
  const fault = rotaFault(rota);
  if (fault) throw new RangeError(`rota.${fault.key} = ${JSON.stringify(fault.value)}: allowed is ${fault.allowed}`);
  if (from < rota.countedFrom) throw new RangeError(`from = ${from}: allowed is ${rota.countedFrom} or later`);
  const perDay = rota.handoverMinutes.length;
  const turns = { work: 0, rest: 0 };
  const shifts: PlannedShift[] = [];
  const last = dayNumberOf(until);
  for (let day = dayNumberOf(rota.countedFrom); day <= last; day++) {
    const date = dateOfDayNumber(day);
    const rests = !calendar.dayOf(date).working && rota.restDays.length > 0;
    const [people, kind] = rests ? ([rota.restDays, 'rest'] as const) : ([rota.workdays, 'work'] as const);
    for (let nth = 0; nth < perDay; nth++) {
      const accountId = people[turns[kind]++ % people.length];
      if (date >= from && accountId !== undefined) shifts.push(shiftOf(rota, day, nth, accountId));
    }
  }
  return shifts;
}

function shiftOf(rota: Rota, day: number, nth: number, accountId: string): PlannedShift {
  const { office, departmentId, handoverMinutes: at } = rota;
  const instant = (d: number, minute: number) => new Date(startOfDay(d).getTime() + minute * 60_000);
  const next = at[nth + 1];
  return {
    ...{ office, departmentId, accountId, standInFor: null },
    startsAt: instant(day, at[nth] ?? 0),
    endsAt: next === undefined ? instant(day + 1, at[0] ?? 0) : instant(day, next),
  };
}

/** Puts stand-ins in the place of absent people: a shift that the absence covers in part is cut in pieces. */
export function standIn(shifts: readonly PlannedShift[], absences: readonly Absence[]): PlannedShift[] {
  return absences.reduce<PlannedShift[]>((list, absence) => list.flatMap((s) => replaceIn(s, absence)), [...shifts]);
}

function replaceIn(shift: PlannedShift, absence: Absence): PlannedShift[] {
  const start = Math.max(shift.startsAt.getTime(), absence.from.getTime());
  const end = Math.min(shift.endsAt.getTime(), absence.to.getTime());
  if (shift.accountId !== absence.accountId || start >= end) return [shift];
  const pieces: PlannedShift[] = [
    { ...shift, endsAt: new Date(start) },
    {
      ...shift,
      accountId: absence.standIn,
      standInFor: shift.standInFor ?? shift.accountId,
      startsAt: new Date(start),
      endsAt: new Date(end),
    },
    { ...shift, startsAt: new Date(end) },
  ];
  return pieces.filter((p) => p.startsAt.getTime() < p.endsAt.getTime());
}

/** The times of [from, to) in which nobody of these shifts is on duty. */
export function rosterGaps(
  shifts: readonly Pick<PlannedShift, 'startsAt' | 'endsAt'>[],
  from: Date,
  to: Date,
): { from: Date; to: Date }[] {
  const gaps: { from: Date; to: Date }[] = [];
  let covered = from.getTime();
  for (const s of [...shifts].sort((a, b) => a.startsAt.getTime() - b.startsAt.getTime())) {
    const start = Math.min(s.startsAt.getTime(), to.getTime());
    if (start > covered) gaps.push({ from: new Date(covered), to: new Date(start) });
    covered = Math.max(covered, s.endsAt.getTime());
  }
  if (covered < to.getTime()) gaps.push({ from: new Date(covered), to });
  return gaps;
}
