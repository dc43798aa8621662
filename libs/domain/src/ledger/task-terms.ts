import { parseNumber } from '../classify/number';
import type { TaskTerm } from './ledger';

/** What dates without a year are read against. */
export interface LedgerYear {
  year: number | null;
}

const NUMBER = '[0-9]+|[一二两三四五六七八九十百]+';
const MONTH_ENDS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

type Reader = { pattern: RegExp; read: (m: RegExpExecArray, year: number | null) => TaskTerm | null };

/** Longer forms first: what one has read, the next passes over. */
const READERS: Reader[] = [
  // As a term it stands alone; 持续推进某项工作 is the work itself.
  { pattern: /(?:持续推进|长期坚持|常态化推进|长期)(?=\s*(?:$|[,;。)]))/g, read: (m) => ({ ...spanOf(m), kind: 'ongoing' }) },
  // 每年1月31日前, 每年3月底前
  {
    pattern: /每年的?\s*(\d{1,2})月(?:(\d{1,2})日?|底)(?:之?前|以前)?/g,
    read: (m) => recurringDay(m, Number(m[1]), m[2] === undefined ? null : Number(m[2])),
  },
  {
    pattern: /每(?:个)?季度(?:的)?最后一(?:个星期|周)/g,
    read: (m) => ({ ...spanOf(m), kind: 'recurring', per: 'quarter', by: 'last-week' }),
  },
  {
    pattern: /每(?:一)?个?(?:星期|周)|按周/g,
    read: (m) => ({ ...spanOf(m), kind: 'recurring', per: 'week', by: null }),
  },
  // 每年向…汇报一次, 每年解读…不少于6次, 年内…至少听取一次
  {
    pattern: new RegExp(
      `(每年|年内|年度内|全年)(?:[^。;]{0,60}?)(?:(?:不少于|至少|不低于|不得少于)(?:[^。;,]{0,6}?)(${NUMBER})次|(${NUMBER})次(?:以上)?)`,
      'g',
    ),
    read: (m, year) => countOf(m, m[2] ?? m[3] ?? '', m[1] === '每年' ? null : year, m[1] !== '每年'),
  },
  {
    pattern: new RegExp(`(?:不少于|至少)(?:[^。;,]{0,6}?)(${NUMBER})次`, 'g'),
    read: (m, year) => countOf(m, m[1] ?? '', year, false),
  },
  {
    pattern: /每(?:个)?季度|按季度?|分季度|季度抽查|季度、年度/g,
    read: (m) => ({ ...spanOf(m), kind: 'recurring', per: 'quarter', by: null }),
  },
  { pattern: /按月|每(?:个)?月(?!底)/g, read: (m) => ({ ...spanOf(m), kind: 'recurring', per: 'month', by: null }) },
  // 2022年12月31日前, 2022年12月31前, 12月31日前, 2022年11月底前, 11月底前
  {
    pattern: /(?:(\d{4})年\s*)?(\d{1,2})月\s*(?:(\d{1,2})日?|底|末)\s*(?:之?前|以前)/g,
    read: (m, year) => untilDay(m, m[1] ? Number(m[1]) : year, Number(m[2]), m[3] === undefined ? null : Number(m[3])),
  },
  { pattern: /(?:(\d{4})年)?年底(?:之?前)?/g, read: (m, year) => untilDay(m, m[1] ? Number(m[1]) : year, 12, null) },
  {
    pattern: /(?:(\d{4})年)?第?([一二三四])季度(?:内|底前|末)?/g,
    read: (m, year) => untilDay(m, m[1] ? Number(m[1]) : year, 3 * (parseNumber(m[2] ?? '') ?? 0), null),
  },
  { pattern: /年内/g, read: (m, year) => untilDay(m, year, 12, null) },
  {
    pattern: /[从自](?:(\d{4})年)?(\d{1,2})月(?:(\d{1,2})日)?起/g,
    read: (m, year) => {
      const date = dateOf(m[1] ? Number(m[1]) : year, Number(m[2]), m[3] === undefined ? 1 : Number(m[3]));
      return date === null ? null : { ...spanOf(m), kind: 'from', date };
    },
  },
  // …印发之日起5日内, …结束60个工作日内, 最迟5小时内
  {
    pattern: new RegExp(
      `([^。;,、(]{0,24}?)(?:之日起|起|后的?)?\\s*(${NUMBER})\\s*(个工作日|工作日|日|天|个?小时)(?:之?内|以内)`,
      'g',
    ),
    read: withinOf,
  },
  {
    pattern: new RegExp(`([^。;,、(]{0,24}?)(?:不超过)(${NUMBER})(个工作日|工作日|日|天|个?小时)`, 'g'),
    read: withinOf,
  },
  {
    pattern: new RegExp(`([^。;,、(]{0,16}?)[,](${NUMBER})(日|个工作日)内(?=办结|给出|办理|答复)`, 'g'),
    read: withinOf,
  },
];

/**
 * The terms that a task names, in the order of the text. `year` null: dates without a year are not read (a date is never
 * guessed). Positions are those of `text`.
 */
export function readTerms(text: string, { year }: LedgerYear): TaskTerm[] {
  const found: TaskTerm[] = [];
  for (const { pattern, read } of READERS) {
    pattern.lastIndex = 0;
    for (let m = pattern.exec(text); m !== null; m = pattern.exec(text)) {
      const term = read(m, year);
      if (term && !found.some((f) => f.start < term.end && term.start < f.end)) found.push(term);
    }
  }
  return inheritYear(text, found.sort((a, b) => a.start - b.start));
}

/** 每年解读不少于6次,其中主要领导不少于3次: what stands in the same sentence counts in the same period. */
function inheritYear(text: string, terms: TaskTerm[]): TaskTerm[] {
  return terms.map((term, i) => {
    const before = terms[i - 1];
    if (term.kind !== 'count' || before?.kind !== 'count') return term;
    return /[。;]/.test(text.slice(before.end, term.start)) ? term : { ...term, year: before.year };
  });
}

function spanOf(m: RegExpExecArray): { text: string; start: number; end: number } {
  return { text: m[0], start: m.index, end: m.index + m[0].length };
}

/** The whole expression is kept short: from the word that counts to the number. */
function countOf(m: RegExpExecArray, number: string, year: number | null, thisYear: boolean): TaskTerm | null {
  const atLeast = parseNumber(number);
  if (atLeast === null || atLeast < 1 || atLeast > 1000) return null;
  if (thisYear && year === null) return null;
  return { ...spanOf(m), kind: 'count', atLeast, year, what: m[0] };
}

function recurringDay(m: RegExpExecArray, month: number, day: number | null): TaskTerm | null {
  const date = dateOf(2001, month, day);
  if (date === null) return null;
  return { ...spanOf(m), kind: 'recurring', per: 'year', by: { month, day: Number(date.slice(8)) } };
}

function untilDay(m: RegExpExecArray, year: number | null, month: number, day: number | null): TaskTerm | null {
  const date = dateOf(year, month, day);
  return date === null ? null : { ...spanOf(m), kind: 'until', date };
}

/** `day` null: the last of the month. Null for a day that does not exist, or without a year. */
function dateOf(year: number | null, month: number, day: number | null): string | null {
  if (year === null || month < 1 || month > 12) return null;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const last = month === 2 && leap ? 29 : (MONTH_ENDS[month - 1] ?? 0);
  const d = day ?? last;
  if (d < 1 || d > last) return null;
  return `${year}-${String(month).padStart(2, '0')}-${String(d).padStart(2, '0')}`;
}

function withinOf(m: RegExpExecArray): TaskTerm | null {
  const amount = parseNumber(m[2] ?? '');
  if (amount === null || amount < 1) return null;
  const word = m[3] ?? '';
  const unit = word.includes('工作日') ? 'working_days' : word.includes('小时') ? 'hours' : 'natural_days';
  const lead = (m[1] ?? '').replace(/(?:应|要|须|必须|应当)?(?:在|于)?(?:最迟)?$/, '');
  const from = m.index + m[0].search(new RegExp(`(?:${NUMBER})\\s*(?:个工作日|工作日|日|天|个?小时)(?:之?内|以内|$)`));
  const trigger = TRIGGER.exec(lead)?.[1] ?? '';
  const start = trigger === '' ? from : m.index + (m[1] ?? '').lastIndexOf(trigger);
  const end = m.index + m[0].length;
  return { text: m.input.slice(start, end), start, end, kind: 'within', amount, unit, trigger: trigger || clauseBefore(m.input.slice(0, m.index)) };
}

/** What starts the term, as far as the clause itself says it. */
const TRIGGER = /(?:^|[在于对])([^在于对]*(?:印发|发布|公布|出台|结束|收到|调整|发生|公开|届满|文件))$/;

/** 确因工作需要作出调整的,应在…; 一般性政务舆情,3日内办结: the clause before names what it is about. */
function clauseBefore(before: string): string {
  return /(?:^|[。;,:])([^。;,:]{2,30}(?:的|舆情)),(?:应|要|须|应当)?(?:在)?$/.exec(before)?.[1] ?? '';
}
