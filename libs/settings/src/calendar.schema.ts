import { buildCalendar, dayNumberOf, type Calendar, type Notice, type StatutoryDays } from '@app/domain';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { parseConfigText, readConfigFile, type ConfigFault } from './config-file';
import { yamlFiles } from './config-folder';

const date = z.string('YYYY-MM-DD').refine(isDate, 'a date YYYY-MM-DD');
const year = z.int('2000–2100').min(2000, '2000–2100').max(2100, '2000–2100');
const text = z.string().min(1, 'a text');

const holiday = z
  .strictObject({ name: text, off: z.array(date), work: z.array(date) })
  .refine((h) => h.off.length + h.work.length > 0, 'at least one day')
  .refine((h) => !h.off.some((d) => h.work.includes(d)), 'no day both off and working');

const notice = z.strictObject({
  title: text,
  number: text.optional(),
  published: date.optional(),
  url: z.url({ protocol: /^https?$/, error: 'the http(s) address of the notice' }),
  holidays: z.array(holiday).min(1, 'at least one holiday'),
});

/** One file of config/calendar, also what an administrator loads for a new or amended notice. */
export const noticeFileSchema = z
  .strictObject({ year, notices: z.array(notice).min(1, 'at least one notice') })
  .superRefine((file, ctx) => {
    file.notices.forEach((n, i) => {
      n.holidays.forEach((h, j) => {
        for (const key of ['off', 'work'] as const) {
          h[key].forEach((d, k) => {
            if (isNear(d, file.year)) return;
            const message = `a day of ${file.year}, or next to it`;
            ctx.addIssue({ code: 'custom', path: ['notices', i, 'holidays', j, key, k], message });
          });
        }
      });
    });
  });

/** 元旦 reaches into December of the year before, and a spring make-up day never leaves the year. */
function isNear(d: string, of: number): boolean {
  return d >= `${of - 1}-12-20` && d <= `${of}-12-31`;
}

const statutorySchema = z.strictObject({
  document: text,
  number: text,
  fixed: z.array(z.strictObject({ name: text, days: z.array(z.string().regex(/^\d\d-\d\d$/, 'MM-DD')) })),
  moving: z.record(z.string().regex(/^\d{4}$/, 'a year'), z.record(text, z.array(date))),
});

/** A day of the schema's words in Chinese: the dashboard and the command show faults to the administrator. */
const IN_CHINESE: Readonly<Record<string, string>> = {
  'YYYY-MM-DD': '须为日期 YYYY-MM-DD',
  'a date YYYY-MM-DD': '须为存在的日期 YYYY-MM-DD',
  '2000–2100': '须为 2000–2100 的整数年份',
  'a text': '须填写文字',
  'at least one day': '放假日与上班日合计至少一天',
  'no day both off and working': '同一天不能既放假又上班',
  'the http(s) address of the notice': '须为通知的 http(s) 网址',
  'at least one holiday': '至少一个节日',
  'at least one notice': '至少一份通知',
  'no such key': '没有这个键',
};

export interface NoticeFile {
  year: number;
  notices: Notice[];
}

/**
 * A notice file as an administrator gives it (YAML or JSON), by the schema of config/calendar.
 * @returns the file, or every fault at once, in Chinese
 */
export function parseNoticeFile(source: string): { ok: true; file: NoticeFile } | { ok: false; faults: ConfigFault[] } {
  const faults: ConfigFault[] = [];
  const read = parseConfigText('通知', source, noticeFileSchema, faults, z.locales.zhCN().localeError);
  if (read === null) return { ok: false, faults: faults.map((f) => ({ ...f, allowed: inChinese(f.allowed) })) };
  return { ok: true, file: { year: read.year, notices: read.notices.map((n) => ({ ...n, year: read.year })) } };
}

function inChinese(allowed: string): string {
  const near = /^a day of (\d{4}), or next to it$/.exec(allowed);
  if (near) return `须为 ${near[1]} 年的日期，或紧邻其前的 12 月 20 日以后`;
  const yaml = /^valid YAML \((.*)\)$/s.exec(allowed);
  if (yaml) return `不是有效的 YAML：${yaml[1]}`;
  return IN_CHINESE[allowed] ?? allowed;
}

export interface CalendarSettings {
  notices: Notice[];
  statutory: StatutoryDays;
}

/** config/calendar: one file a year, and the days of the law itself for years without a notice. */
export function loadCalendar(configDir: string, faults: ConfigFault[]): CalendarSettings | null {
  const before = faults.length;
  const notices: Notice[] = [];
  for (const file of yamlFiles(configDir, 'calendar', faults)) {
    if (basename(file) === 'statutory.yaml') continue;
    const read = readConfigFile(file, noticeFileSchema, faults);
    if (read === null) continue;
    if (basename(file, '.yaml') !== String(read.year)) {
      faults.push({
        file,
        line: null,
        key: 'year',
        value: read.year,
        allowed: `the file's name: ${basename(file, '.yaml')}`,
      });
    }
    notices.push(...read.notices.map((n) => ({ ...n, year: read.year })));
  }
  const statutory = readConfigFile(join(configDir, 'calendar', 'statutory.yaml'), statutorySchema, faults);
  if (statutory === null || faults.length > before) return null;
  return { notices, statutory };
}

/** The calendar of these settings, with further notices (loaded at run time) where there are any. */
export function calendarOf(settings: { calendar: CalendarSettings | null }, further: Notice[] = []): Calendar {
  const { notices = [], statutory = null } = settings.calendar ?? {};
  return buildCalendar([...notices, ...further], statutory);
}

function isDate(value: string): boolean {
  try {
    dayNumberOf(value);
    return true;
  } catch {
    return false;
  }
}
