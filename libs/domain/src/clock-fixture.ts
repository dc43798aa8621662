import { buildCalendar, type Calendar, type Notice, type StatutoryDays } from './calendar';
import type { Clock } from './clock';
import { parseInstant } from './beijing';
import { planClock, type BookDuty } from './rule-pack';
import type { DutyRule, Ladder } from './rule';

/** For specs: the notice of 2026 as published, and what a year without a notice falls back to. */
export const NOTICE_2026: Notice = {
  year: 2026,
  title: '国务院办公厅关于2026年部分节假日安排的通知',
  number: '国办发明电〔2025〕7号',
  published: '2025-11-04',
  url: 'https://www.gov.cn/zhengce/zhengceku/202511/content_7047091.htm',
  holidays: [
    { name: '元旦', off: span('2026-01', 1, 3), work: ['2026-01-04'] },
    { name: '春节', off: span('2026-02', 15, 23), work: ['2026-02-14', '2026-02-28'] },
    { name: '清明节', off: span('2026-04', 4, 6), work: [] },
    { name: '劳动节', off: span('2026-05', 1, 5), work: ['2026-05-09'] },
    { name: '端午节', off: span('2026-06', 19, 21), work: [] },
    { name: '中秋节', off: span('2026-09', 25, 27), work: [] },
    { name: '国庆节', off: span('2026-10', 1, 7), work: ['2026-09-20', '2026-10-10'] },
  ],
};

export const STATUTORY: StatutoryDays = {
  document: '全国年节及纪念日放假办法',
  number: '国务院令第795号',
  fixed: [
    { name: '元旦', days: ['01-01'] },
    { name: '国庆节', days: ['10-01', '10-02', '10-03'] },
  ],
  moving: { '2027': { 春节: ['2027-02-05', '2027-02-06', '2027-02-07', '2027-02-08'] } },
};

export const CALENDAR: Calendar = buildCalendar([NOTICE_2026], STATUTORY);

export const LADDER: Ladder = {
  id: 'plain',
  title: '阶梯',
  rungs: [
    { id: 'half', share: 0.5, audience: ['duty_officer'], severity: 'info' },
    { id: 'warn', share: 0.8, audience: ['department_contact'], severity: 'warning' },
    { id: 'due', offsetMinutes: 0, audience: ['department_head'], severity: 'critical' },
    { id: 'after-1h', offsetMinutes: 60, audience: ['deputy_leader'], severity: 'critical' },
    { id: 'daily', offsetMinutes: 1440, repeatMinutes: 1440, audience: ['leader'], severity: 'warning' },
  ],
};

export function ruleOf(change: Partial<DutyRule> = {}): DutyRule {
  return {
    id: 'release',
    title: '发布权威信息',
    appliesTo: ['emergency'],
    limit: { unit: 'hours', amount: 5 },
    anchor: 'detected',
    metBy: ['release'],
    ladder: 'plain',
    document: '文件',
    number: '',
    article: '',
    quote: '最迟5小时内发布权威信息',
    legalEffect: 'notice',
    ...change,
  };
}

export function dutyOf(change: Partial<DutyRule> = {}, ladder: Ladder = LADDER): BookDuty {
  return { packId: 'p', ruleVersion: 'p@1#0', rule: ruleOf(change), ladder };
}

/** An instant of 2026, `MM-DD HH:mm` Beijing, or any ISO 8601. */
export function at(text: string): Date {
  const iso = /^\d\d-\d\d \d\d:\d\d$/.test(text) ? `2026-${text.replace(' ', 'T')}:00+08:00` : text;
  const instant = parseInstant(iso);
  if (instant === null) throw new RangeError(text);
  return instant;
}

export function clockOf(change: Partial<DutyRule> = {}, anchor = '03-10 09:00', ladder: Ladder = LADDER): Clock {
  return {
    ...planClock(dutyOf(change, ladder), at(anchor), CALENDAR),
    id: '1',
    caseId: '1',
    state: 'open',
    revision: 0,
    breachedAt: null,
    metAt: null,
    metBy: null,
    targetMet: null,
    supersededBy: null,
  };
}

function span(month: string, first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, i) => `${month}-${String(first + i).padStart(2, '0')}`);
}
