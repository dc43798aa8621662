import { DateTime } from 'luxon';

export interface ReadDate {
  /** The instant as stated; null when nothing readable was found. Never guessed. */
  at: Date | null;
  /**
   * True only when day, month, year and time of day were stated. Relative forms, a day without a time,
   * a date without a year and future dates are uncertain: such a date never starts a clock.
   */
  certain: boolean;
  /** Later than the moment of fetching by more than clocks differ. */
  future: boolean;
}

interface Parts {
  year: number;
  month: number;
  day: number;
  hour?: number;
  minute?: number;
  second?: number;
  /** Minutes east of Greenwich; undefined = Beijing. */
  offset?: number;
}

const BEIJING = 'Asia/Shanghai';
const NONE: ReadDate = { at: null, certain: false, future: false };
/** Clocks of servers differ; a notice dated ten minutes ahead is not from the future. */
const FUTURE_SLACK_MS = 10 * 60_000;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
/** RFC 822 §5.1 and the usual names beside it, minutes east. */
const ZONES: Record<string, number> = {
  z: 0,
  ut: 0,
  utc: 0,
  gmt: 0,
  est: -300,
  edt: -240,
  cst: -360,
  cdt: -300,
  mst: -420,
  mdt: -360,
  pst: -480,
  pdt: -420,
  bst: 60,
  cet: 60,
  cest: 120,
  jst: 540,
  kst: 540,
  hkt: 480,
  awst: 480,
  et: -300,
  ct: -360,
  mt: -420,
  pt: -480,
};

/**
 * Reads the publication times that feeds and Chinese pages use: RFC 822, ISO 8601, 2026年2月13日 10:30,
 * 02-13, [2026-02-13 10:30], 刚刚, 3分钟前, 昨天 12:30 and their kin. A time without a zone is Beijing time;
 * relative forms count from `fetchedAt`. Text before and after the date is passed over.
 */
export function parseChineseDate(input: string, fetchedAt: Date): ReadDate {
  const s = tidy(input);
  if (s === '') return NONE;
  const stated = parseEpoch(s) ?? parseIso(s) ?? parseEnglish(s) ?? parseChinese(s);
  if (stated) return finish(stated.at, stated.certain, fetchedAt);
  const relative = parseRelative(s, fetchedAt) ?? parseYearless(s, fetchedAt);
  return relative ? finish(relative, false, fetchedAt) : NONE;
}

function finish(at: Date, certain: boolean, fetchedAt: Date): ReadDate {
  const future = at.getTime() > fetchedAt.getTime() + FUTURE_SLACK_MS;
  return { at, certain: certain && !future, future };
}

/** Full-width digits and punctuation to ASCII, Chinese numerals of a date to digits, blanks to one space. */
function tidy(input: string): string {
  let s = input.slice(0, 400).replace(/[\uFF01-\uFF5E]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0));
  s = s.replace(/[\s\u00a0\u3000\u200b]+/g, ' ').trim();
  if (/[〇○零一二三四五六七八九]{4}年/.test(s))
    s = s.replace(/[〇○零一二三四五六七八九十]+(?=[年月日])/g, chineseNumber);
  return s;
}

function chineseNumber(s: string): string {
  const digit = (c: string): number => '〇一二三四五六七八九'.indexOf(c.replace(/[○零]/, '〇'));
  if (!s.includes('十')) return [...s].map((c) => String(digit(c))).join('');
  const [tens = '', ones = ''] = s.split('十');
  return String((tens ? digit(tens) : 1) * 10 + (ones ? digit(ones) : 0));
}

type Stated = { at: Date; certain: boolean } | null;

function build(p: Parts): Stated {
  const { year, month, day, hour, minute = 0, second = 0, offset } = p;
  if (year < 1970 || year > 2200) return null;
  // 24:00 is the end of the day in Chinese notices; a leap second is read as the second before it.
  const endOfDay = hour === 24 && minute === 0;
  const fields = { year, month, day, hour: endOfDay ? 0 : (hour ?? 0), minute, second: Math.min(second, 59) };
  const t = DateTime.fromObject(fields, { zone: offset === undefined ? BEIJING : 'utc' });
  if (!t.isValid) return null;
  const ms = t.toMillis() - (offset ?? 0) * 60_000 + (endOfDay ? 86_400_000 : 0);
  return { at: new Date(ms), certain: hour !== undefined };
}

const num = (s: string | undefined): number | undefined => (s === undefined || s === '' ? undefined : Number(s));

function parseEpoch(s: string): Stated {
  if (!/^\d{10}(\d{3})?$/.test(s)) return null;
  const ms = s.length === 10 ? Number(s) * 1000 : Number(s);
  return { at: new Date(ms), certain: true };
}

const ISO =
  /(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?(?:\s*(Z|[+-]\d{2}:?\d{2}|[+-]\d{2}|UTC|GMT)\b)?)?/i;
const ISO_BASIC = /^(\d{4})(\d{2})(\d{2})(?:[T ]?(\d{2}):?(\d{2})(?::?(\d{2}))?\s*(Z|[+-]\d{2}:?\d{2})?)?$/i;

function parseIso(s: string): Stated {
  const m = ISO.exec(s) ?? ISO_BASIC.exec(s);
  if (m) {
    return build({
      year: Number(m[1]),
      month: Number(m[2]),
      day: Number(m[3]),
      hour: num(m[4]),
      minute: num(m[5]),
      second: num(m[6]),
      offset: zone(m[7]),
    });
  }
  // W3C-DTF allows a month or a year alone: a day within it, so never certain.
  const short = /^(\d{4})(?:-(\d{2}))?$/.exec(s);
  return short ? build({ year: Number(short[1]), month: num(short[2]) ?? 1, day: 1 }) : null;
}

function zone(z: string | undefined): number | undefined {
  if (z === undefined || z === '') return undefined;
  const m = /^([+-])(\d{1,2}):?(\d{2})?$/.exec(z);
  if (m) return (m[1] === '-' ? -1 : 1) * (Number(m[2]) * 60 + Number(m[3] ?? 0));
  return ZONES[z.toLowerCase()];
}

const CLOCK = String.raw`(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([ap]\.?m\.?)?`;
const ZONE = String.raw`(?:\s*\(?([+-]\d{1,2}:?\d{2}|(?:GMT|UTC)[+-]\d{1,2}(?::?\d{2})?|[A-Z]{1,4}\b))?`;
const RFC822 = new RegExp(
  String.raw`(?<!\d)(\d{1,2})(?:st|nd|rd|th)?[ -]+([A-Za-z]{3,9})\.?,?[ -]+(\d{4}|\d{2})(?!\d),?(?:\s*(?:at\s+)?${CLOCK}${ZONE})?`,
  'i',
);
const AMERICAN = new RegExp(
  String.raw`([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,\s*(\d{4})(?:,?\s*(?:at\s+|-\s*)?${CLOCK}${ZONE})?`,
  'i',
);
const ASCTIME = new RegExp(
  String.raw`([A-Za-z]{3})\s+(\d{1,2})\s+(\d{1,2}):(\d{2}):(\d{2})(?:\s+([A-Z]{1,5}|[+-]\d{4}))?\s+(\d{4})`,
  'i',
);

function parseEnglish(s: string): Stated {
  const a = ASCTIME.exec(s);
  const am = a ? monthOf(a[1]) : 0;
  if (a && am)
    return build({
      year: Number(a[7]),
      month: am,
      day: Number(a[2]),
      hour: num(a[3]),
      minute: num(a[4]),
      second: num(a[5]),
      offset: zone(a[6]),
    });
  const r = RFC822.exec(s);
  const rm = r ? monthOf(r[2]) : 0;
  if (r && rm) return english(r, Number(r[1]), rm, r[3] ?? '');
  const u = AMERICAN.exec(s);
  const um = u ? monthOf(u[1]) : 0;
  return u && um ? english(u, Number(u[2]), um, u[3] ?? '') : null;
}

function english(m: RegExpExecArray, day: number, month: number, yearText: string): Stated {
  const year = yearText.length === 2 ? Number(yearText) + (Number(yearText) < 70 ? 2000 : 1900) : Number(yearText);
  const z = m[8]?.replace(/^(GMT|UTC)(?=[+-])/i, '');
  let hour = num(m[4]);
  if (hour !== undefined && m[7]) hour = (hour % 12) + (/^p/i.test(m[7]) ? 12 : 0);
  return build({ year, month, day, hour, minute: num(m[5]), second: num(m[6]), offset: zone(z) });
}

const monthOf = (s: string | undefined): number => MONTHS.indexOf((s ?? '').slice(0, 3).toLowerCase()) + 1;

/** The time of day that may follow a Chinese date: 10:30, 10时30分, 10点半, 下午3:05. */
const HALF = '(凌晨|早上|早晨|清晨|上午|中午|下午|傍晚|晚上|晚间|夜间|AM|PM)?';
const TIME = String.raw`(?:[\sT,|·]*(?:\(?(?:星期|周|礼拜)[一二三四五六日天]\)?)?[\s,]*${HALF}\s*(\d{1,2})(?:[:时点]\s*(?:(\d{1,2})|(半))?\s*(?:[:分]\s*(\d{1,2})?秒?)?))?`;
const FULL = new RegExp(
  String.raw`(?<!\d)(\d{4})\s*[年/.-]\s*(\d{1,2})\s*[月/.-]\s*(\d{1,2})(?!\d)\s*[日号]?${TIME}`,
  'i',
);
const SHORT_YEAR = new RegExp(
  String.raw`(?<!\d)(\d{2})\s*[年/.-]\s*(\d{1,2})\s*[月/.-]\s*(\d{1,2})(?!\d)\s*[日号]?${TIME}`,
  'i',
);

function parseChinese(s: string): Stated {
  const m = FULL.exec(s) ?? SHORT_YEAR.exec(s);
  if (!m) return null;
  const year = Number(m[1]) + ((m[1] ?? '').length === 2 ? 2000 : 0);
  return build({ year, month: Number(m[2]), day: Number(m[3]), ...clock(m, 4) });
}

/** Hour, minute, second of the TIME pattern whose first group is `g`. */
function clock(m: RegExpExecArray, g: number): Pick<Parts, 'hour' | 'minute' | 'second'> {
  let hour = num(m[g + 1]);
  if (hour === undefined) return {};
  const half = m[g];
  if (half && /下午|傍晚|晚上|晚间|夜间|PM/i.test(half) && hour < 12) hour += 12;
  if (half && /中午/.test(half) && hour < 11) hour += 12;
  if (half && /凌晨|AM/i.test(half) && hour === 12) hour = 0;
  return { hour, minute: m[g + 3] ? 30 : (num(m[g + 2]) ?? 0), second: num(m[g + 4]) ?? 0 };
}

const UNIT_MS: Record<string, number> = {
  秒: 1000,
  分: 60_000,
  时: 3_600_000,
  天: 86_400_000,
  日: 86_400_000,
  周: 7 * 86_400_000,
  月: 30 * 86_400_000,
  年: 365 * 86_400_000,
};
const AGO = /(\d{1,4}|半|一|两|几)\s*个?\s*(秒|分|小?时|天|日|周|星期|月|年)(?:钟|半)?\s*[以之]?前/;
const AGO_ENGLISH = /(\d{1,4}|an?)\s*(second|sec|minute|min|hour|hr|day|week|month|year)s?\s+ago/i;
const DAY_WORD = new RegExp(String.raw`(今天|今日|昨天|昨日|前天|前日)${TIME}`);
const DAYS_BACK: Record<string, number> = { 今: 0, 昨: 1, 前: 2 };

function parseRelative(s: string, fetchedAt: Date): Date | null {
  if (/刚刚|刚才|just now/i.test(s)) return new Date(fetchedAt.getTime());
  const ago = AGO.exec(s);
  // 几 is "some": how many is not stated, so nothing is read.
  if (ago?.[1] === '几') return null;
  if (ago) {
    const n = ago[1] === '半' ? 0.5 : ago[1] === '一' ? 1 : ago[1] === '两' ? 2 : Number(ago[1]);
    const unit = (ago[2] ?? '').replace('小时', '时').replace('星期', '周');
    return new Date(fetchedAt.getTime() - n * (UNIT_MS[unit] ?? 0));
  }
  const en = AGO_ENGLISH.exec(s);
  if (en) {
    const key =
      { s: '秒', h: '时', d: '天', w: '周', y: '年' }[(en[2] ?? '')[0]?.toLowerCase() ?? ''] ??
      (/^mi/i.test(en[2] ?? '') ? '分' : '月');
    return new Date(fetchedAt.getTime() - (Number(en[1]) || 1) * (UNIT_MS[key] ?? 0));
  }
  const word = DAY_WORD.exec(s);
  if (!word) return null;
  const day = DateTime.fromJSDate(fetchedAt, { zone: BEIJING }).minus({
    days: DAYS_BACK[(word[1] ?? '')[0] ?? ''] ?? 0,
  });
  return build({ year: day.year, month: day.month, day: day.day, ...clock(word, 2) })?.at ?? null;
}

const YEARLESS = new RegExp(
  String.raw`(去年|今年)?\s*(?<![\d.:])(\d{1,2})\s*(?:月|[-/])\s*(\d{1,2})(?![\d.])\s*[日号]?${TIME}`,
  'i',
);
const TIME_ONLY = /^[^\d]{0,8}(\d{1,2}):(\d{2})(?::(\d{2}))?[^\d]{0,4}$/;

/** A date without a year is the last such day that is not after tomorrow. */
function parseYearless(s: string, fetchedAt: Date): Date | null {
  const now = DateTime.fromJSDate(fetchedAt, { zone: BEIJING });
  const m = YEARLESS.exec(s);
  if (m) {
    const rest = { month: Number(m[2]), day: Number(m[3]), ...clock(m, 4) };
    if (m[1] === '去年') return build({ year: now.year - 1, ...rest })?.at ?? null;
    const at = build({ year: now.year, ...rest })?.at;
    if (at && at.getTime() <= fetchedAt.getTime() + 86_400_000) return at;
    return build({ year: now.year - 1, ...rest })?.at ?? null;
  }
  const t = TIME_ONLY.exec(s);
  if (!t) return null;
  return (
    build({ year: now.year, month: now.month, day: now.day, hour: num(t[1]), minute: num(t[2]), second: num(t[3]) })
      ?.at ?? null
  );
}
