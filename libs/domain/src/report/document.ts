/** A report as what it says, apart from how it is written: Word, Excel and the printed page all come from this. */
export interface ReportDocument {
  /** The title; a line break stands where it may be parted. */
  title: string;
  /** Who issues it (发文机关), and the day, as it stands at the end. */
  issuer: string;
  date: string;
  /** 发文字号, e.g. 云回应〔2026〕11号; null: none. */
  number: string | null;
  /** 主送; null: none. */
  addressee: string | null;
  /** Of what the figures are and as of when: stands under the title. */
  about: string;
  blocks: ReportBlock[];
}

export type ReportBlock =
  | { kind: 'heading'; level: 1 | 2; text: string }
  | { kind: 'paragraph'; text: string }
  | { kind: 'table'; caption: string; columns: ReportColumn[]; rows: Cellular[][] }
  | { kind: 'chart'; chart: ReportChart };

export type Cellular = string | number | Date | null;

export interface ReportColumn {
  title: string;
  /** Share of the width. */
  weight: number;
  align: 'left' | 'right';
  /** How a number is shown: `share` 0…1 as per cent. */
  as?: 'share' | 'minutes';
}

/** Bars lying, stacked: of each group the parts, each with its own colour and pattern. */
export interface ReportChart {
  caption: string;
  groups: string[];
  series: { name: string; colour: string; values: number[] }[];
  unit: string;
}

/** Below so many a percentage says more than is known: only the count is given. */
export const SMALL_NUMBER = 20;

/** A share for people: always with its count, and with a percentage only where there are enough. */
export function shareText(good: number, total: number, unit = '项'): string {
  if (total === 0) return `无应判${unit === '项' ? '时限' : ''}`;
  if (total < SMALL_NUMBER) return `${good}/${total}${unit}`;
  return `${((good / total) * 100).toFixed(1)}%（${good}/${total}${unit}）`;
}

/** `3天2小时`, `5小时10分`, `12分`; '—' where nothing was measured. */
export function minutesText(minutes: number | null): string {
  if (minutes === null) return '—';
  const whole = Math.round(minutes);
  const [days, hours, rest] = [Math.floor(whole / 1440), Math.floor((whole % 1440) / 60), whole % 60];
  if (days > 0) return `${days}天${hours > 0 ? `${hours}小时` : ''}`;
  if (hours > 0) return `${hours}小时${rest > 0 ? `${rest}分` : ''}`;
  return `${rest}分`;
}

/** `2026年11月26日`, as it stands at the end of a document. */
export function dayText(date: string): string {
  const [year, month, day] = date.split('-').map(Number);
  return `${year}年${month}月${day}日`;
}

const CIRCLED = ['一', '二', '三', '四', '五', '六', '七', '八', '九', '十'];
/** 一、二、… for headings of the first level (GB/T 9704 7.3.3). */
export const chineseNumber = (n: number): string => CIRCLED[n - 1] ?? String(n);
