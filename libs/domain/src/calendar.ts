import { dateOfDayNumber, dayNumberOf, weekdayOf } from './beijing';
import { fingerprint } from './fingerprint';

/** Days that one holiday of a notice frees or makes working (调休). */
export interface NoticeHoliday {
  name: string;
  /** YYYY-MM-DD. */
  off: string[];
  /** Make-up workdays: mostly a Saturday or Sunday. */
  work: string[];
}

/** One notice of the State Council's general office; an amendment is a notice of its own. */
export interface Notice {
  /** The year whose days it arranges. */
  year: number;
  title: string;
  /** 发文字号; absent where it is not known for sure. */
  number?: string;
  /** YYYY-MM-DD. A later notice wins where two name the same day. Absent: long before every other one. */
  published?: string;
  url: string;
  holidays: NoticeHoliday[];
}

/** What the law itself frees (全国年节及纪念日放假办法), for years without a notice. */
export interface StatutoryDays {
  document: string;
  number: string;
  /** Each year, `MM-DD`. */
  fixed: { name: string; days: string[] }[];
  /** By year, because moon and sun decide: `{ 2027: { 春节: [...] } }`, YYYY-MM-DD. */
  moving: Record<string, Record<string, string[]>>;
}

export interface CalendarDay {
  /** YYYY-MM-DD, Beijing. */
  date: string;
  working: boolean;
  /** Freed by a notice, or (unknown years) by the law itself; plain weekends are not. */
  statutory: boolean;
  /** A notice for this year is in the calendar. */
  known: boolean;
  why: string;
}

export interface Calendar {
  /** Changes with every day that any notice changes. */
  version: string;
  /** First and last day that notices cover, YYYY-MM-DD. */
  coverageFrom: string;
  coverageUntil: string;
  dayOf(date: string): CalendarDay;
}

interface NoticeDay {
  off: boolean;
  name: string;
  notice: Notice;
}

const WEEKDAYS = ['周日', '周一', '周二', '周三', '周四', '周五', '周六'];

/**
 * The calendar that these notices make. Coverage is the unbroken run of years up to the last year with a
 * notice. The last days of a covered year can still be moved by the next year's notice (元旦 2019 took in
 * 2018-12-29 … 31): open clocks are then re-projected like after any amendment.
 * @throws RangeError without notices, or for a date that does not exist
 */
export function buildCalendar(notices: Notice[], statutory: StatutoryDays | null = null): Calendar {
  if (notices.length === 0) throw new RangeError('a calendar needs at least one notice');
  const ordered = [...notices].sort((a, b) => compare(a.published ?? '', b.published ?? '') || a.year - b.year);
  const days = new Map<string, NoticeDay>();
  for (const notice of ordered) {
    for (const holiday of notice.holidays) {
      for (const date of holiday.off) days.set(dateChecked(date), { off: true, name: holiday.name, notice });
      for (const date of holiday.work) days.set(dateChecked(date), { off: false, name: holiday.name, notice });
    }
  }
  const years = coveredYears(ordered);
  const [coverageFrom, coverageUntil] = [`${years.from}-01-01`, `${years.until}-12-31`];
  const known = (date: string) => date >= coverageFrom && date <= coverageUntil;
  const freed = statutoryIndex(statutory);
  return {
    version: `${coverageUntil}/${ordered.length}-${fingerprint([[...days].map(([d, v]) => [d, v.off]), statutory])}`,
    coverageFrom,
    coverageUntil,
    dayOf: (date) => dayOf(date, days.get(date), known(date), freed),
  };
}

/** The notices that were published up to and with this day: the calendar as it stood then. */
export function noticesAsOf(notices: Notice[], date: string): Notice[] {
  return notices.filter((n) => (n.published ?? '') <= date);
}

/** 《…通知》(国办发明电〔…〕…号), for the derivation sheet. */
export function citeNotice(notice: Pick<Notice, 'title' | 'number'>): string {
  return notice.number === undefined ? `《${notice.title}》` : `《${notice.title}》(${notice.number})`;
}

function dayOf(
  date: string,
  named: NoticeDay | undefined,
  known: boolean,
  freed: (date: string) => string | null,
): CalendarDay {
  const weekday = weekdayOf(dayNumberOf(date));
  if (named) {
    const why = `${named.name}${named.off ? '放假' : '调休上班'}:${citeNotice(named.notice)}`;
    return { date, working: !named.off, statutory: named.off, known, why };
  }
  const weekend = weekday === 0 || weekday === 6;
  const plain = weekend ? `${WEEKDAYS[weekday]}休息日` : `${WEEKDAYS[weekday]}工作日`;
  if (known) return { date, working: !weekend, statutory: false, known, why: plain };
  const feast = freed(date);
  const why = `${feast ?? plain}(${date.slice(0, 4)}年放假通知未载入,暂定)`;
  return { date, working: !weekend && feast === null, statutory: feast !== null, known, why };
}

function statutoryIndex(statutory: StatutoryDays | null): (date: string) => string | null {
  if (statutory === null) return () => null;
  const cite = `《${statutory.document}》(${statutory.number})`;
  const fixed = new Map(statutory.fixed.flatMap((f) => f.days.map((d) => [d, f.name] as const)));
  const moving = new Map(
    Object.values(statutory.moving).flatMap((year) =>
      Object.entries(year).flatMap(([name, dates]) => dates.map((d) => [d, name] as const)),
    ),
  );
  return (date) => {
    const name = fixed.get(date.slice(5)) ?? moving.get(date);
    return name === undefined ? null : `${name}法定节假日:${cite}`;
  };
}

function coveredYears(notices: Notice[]): { from: number; until: number } {
  const years = new Set(notices.map((n) => n.year));
  const until = Math.max(...years);
  let from = until;
  while (years.has(from - 1)) from--;
  return { from, until };
}

function dateChecked(date: string): string {
  return dateOfDayNumber(dayNumberOf(date));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
