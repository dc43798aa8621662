import { beijingDate, beijingText } from '../beijing';
import type { CaseClass } from '../label';
import { CLASS_LABELS } from '../month';
import { maskText } from '../masking';
import { chineseNumber, dayText, minutesText, type ReportBlock, type ReportDocument } from './document';

/** What the assessment of a case's answer (应对工作效果评估, 001 四(三)) is made from. */
export interface EffectFacts {
  code: string;
  title: string;
  caseClass: CaseClass;
  topic: string;
  departmentName: string | null;
  state: string;
  detectedAt: Date;
  firstPublicAt: Date | null;
  closedAt: Date | null;
  /** Reports that are not the government's own: when each was public (or was fetched), and its source. */
  reports: { at: Date; sourceName: string }[];
  /** What was said and done in public, in order. */
  responses: { id: string; kind: string; kindText: string; title: string; at: Date; enteredAt: Date; speaker: string | null; url: string | null }[];
  duties: { title: string; dueAt: Date; targetAt: Date | null; state: string; metAt: Date | null; targetMet: boolean | null; overdue: boolean }[];
}

/** Heat around one response. */
export interface EffectAround {
  id: string;
  kindText: string;
  title: string;
  at: string;
  speaker: string | null;
  url: string | null;
  /** From the detection. */
  minutesSinceDetection: number;
  /** Reports, and independent sources, in the hours before and after it. */
  before: { reports: number; sources: number };
  after: { reports: number; sources: number };
  /** after ÷ before − 1; null where there was nothing before. */
  change: number | null;
  /** The hours after it have not passed yet. */
  stillOpen: boolean;
}

export interface WireEffect {
  code: string;
  title: string;
  classText: string;
  topic: string;
  departmentName: string | null;
  state: string;
  asOf: string;
  detectedAt: string;
  windowHours: number;
  reports: number;
  sources: number;
  /** From the first to the last report; null while there are none. */
  lifeMinutes: number | null;
  /** The last report. */
  lastReportAt: string | null;
  /** Nothing new for so long as of `asOf`. */
  quietMinutes: number | null;
  /** The day (Beijing) with the most reports. */
  peak: { date: string; reports: number } | null;
  byDay: { date: string; reports: number; responses: number }[];
  responses: EffectAround[];
  /** What is left: duties open or missed, in words. */
  open: string[];
  /** In words, one sentence each; what the figures show, no judgement of persons. */
  findings: string[];
}

/** Hours before and after a response in which the reports are counted. */
export const EFFECT_WINDOW_HOURS = 24;
const HOUR = 3_600_000;

export function assessEffect(f: EffectFacts, asOf: Date): WireEffect {
  const reports = [...f.reports].sort((a, b) => a.at.getTime() - b.at.getTime());
  const [first, last] = [reports[0]?.at ?? null, reports.at(-1)?.at ?? null];
  const byDay = daysOf(f, reports);
  const peak = byDay.reduce<WireEffect['peak']>((top, d) => (d.reports > (top?.reports ?? 0) ? { date: d.date, reports: d.reports } : top), null);
  const responses = f.responses.map((r) => around(r, reports, f.detectedAt, asOf));
  const facts = {
    ...{ code: f.code, title: maskText(f.title), classText: CLASS_LABELS[f.caseClass], topic: f.topic, departmentName: f.departmentName, state: f.state },
    ...{ asOf: iso(asOf), detectedAt: iso(f.detectedAt), windowHours: EFFECT_WINDOW_HOURS },
    ...{ reports: reports.length, sources: new Set(reports.map((r) => r.sourceName)).size },
    lifeMinutes: first && last ? minutes(first, last) : null,
    lastReportAt: last ? iso(last) : null,
    quietMinutes: last ? Math.max(0, minutes(last, asOf)) : null,
    ...{ peak, byDay, responses },
    open: openOf(f, asOf),
  };
  return { ...facts, findings: findingsOf(f, facts) };
}

const iso = (at: Date): string => new Date(at.getTime() + 8 * HOUR).toISOString().replace(/\.\d+Z$/, '+08:00');
const minutes = (a: Date, b: Date): number => Math.floor((b.getTime() - a.getTime()) / 60_000);

function around(r: EffectFacts['responses'][number], reports: EffectFacts['reports'], detectedAt: Date, asOf: Date): EffectAround {
  const at = r.at.getTime();
  const window = EFFECT_WINDOW_HOURS * HOUR;
  const count = (from: number, to: number): { reports: number; sources: number } => {
    const within = reports.filter((x) => x.at.getTime() >= from && x.at.getTime() < to);
    return { reports: within.length, sources: new Set(within.map((x) => x.sourceName)).size };
  };
  const [before, after] = [count(at - window, at), count(at, at + window)];
  return {
    ...{ id: r.id, kindText: r.kindText, title: maskText(r.title), at: iso(r.at), speaker: r.speaker, url: r.url },
    minutesSinceDetection: minutes(detectedAt, r.at),
    ...{ before, after },
    change: before.reports === 0 ? null : after.reports / before.reports - 1,
    stillOpen: at + window > asOf.getTime(),
  };
}

function daysOf(f: EffectFacts, reports: EffectFacts['reports']): WireEffect['byDay'] {
  const days = new Map<string, { date: string; reports: number; responses: number }>();
  const day = (at: Date) => {
    const date = beijingDate(at);
    const found = days.get(date) ?? { date, reports: 0, responses: 0 };
    days.set(date, found);
    return found;
  };
  for (const r of reports) day(r.at).reports++;
  for (const r of f.responses) day(r.at).responses++;
  return [...days.values()].sort((a, b) => (a.date < b.date ? -1 : 1));
}

function openOf(f: EffectFacts, asOf: Date): string[] {
  const open: string[] = [];
  for (const d of f.duties) {
    if (d.state === 'met_late' && d.metAt) open.push(`“${d.title}”逾期${minutesText(minutes(d.dueAt, d.metAt))}完成`);
    else if (d.overdue) open.push(`“${d.title}”应于${beijingText(d.dueAt)}前完成，已超期${minutesText(minutes(d.dueAt, asOf))}`);
    else if (d.state === 'open') open.push(`“${d.title}”仍在计时，最迟${beijingText(d.dueAt)}`);
    else if (d.state === 'suspended') open.push(`“${d.title}”中止中`);
  }
  if (f.closedAt === null && f.state !== '不予受理') open.push('事件尚未办结');
  return open;
}

function findingsOf(f: EffectFacts, e: Omit<WireEffect, 'findings'>): string[] {
  const said: string[] = [];
  const [first] = e.responses;
  if (!first) said.push('尚未登记公开回应。');
  else said.push(`首次公开回应在发现后${minutesText(Math.max(0, first.minutesSinceDetection))}，共回应${e.responses.length}次${f.responses.some((r) => r.speaker) ? `，其中${f.responses.filter((r) => r.speaker).length}次有发言人` : ''}。`);
  for (const r of e.responses) {
    const change = r.change === null ? '此前24小时没有新报道' : `此前24小时${r.before.reports}条，此后${r.after.reports}条${r.before.reports >= 20 ? `（${r.change > 0 ? '增' : '减'}${Math.abs(Math.round(r.change * 100))}%）` : ''}`;
    said.push(`${r.kindText}（${beijingText(new Date(r.at))}）：${change}${r.stillOpen ? '；回应后未满24小时，暂不能比较' : ''}。`);
  }
  if (e.lifeMinutes !== null && e.reports === 1) said.push('只收录到一条报道。');
  else if (e.lifeMinutes !== null) said.push(`自首条报道至末条报道历时${minutesText(e.lifeMinutes)}，共${e.reports}条、${e.sources}个来源${e.peak ? `，峰值在${dayText(e.peak.date)}（${e.peak.reports}条）` : ''}。`);
  if (e.quietMinutes !== null) said.push(`截至评估时，已${minutesText(e.quietMinutes)}没有新报道。`);
  return said;
}

/** 应对工作效果评估 as one page. */
export function effectDocument(e: WireEffect, issuer: string): ReportDocument {
  let n = 0;
  const heading = (text: string): ReportBlock => ({ kind: 'heading', level: 1, text: `${chineseNumber(++n)}、${text}` });
  const paragraphs = (list: readonly string[]): ReportBlock[] => list.map((text) => ({ kind: 'paragraph', text }));
  return {
    title: '政务舆情应对工作效果评估',
    issuer,
    date: dayText(e.asOf.slice(0, 10)),
    ...{ number: null, addressee: null },
    about: `${e.title}（${e.code}）；截至${beijingText(new Date(e.asOf))}（北京时间）。热度以本系统收录的报道条数计，回应前后各取${e.windowHours}小时。`,
    blocks: [
      heading('基本情况'),
      ...paragraphs([`${e.classText}，领域：${e.topic}；承办：${e.departmentName ?? '未交办'}；状态：${e.state}；发现时间：${beijingText(new Date(e.detectedAt))}。`]),
      heading('效果'),
      ...paragraphs(e.findings),
      { kind: 'chart', chart: heatChart(e) },
      heading('回应'),
      {
        kind: 'table',
        caption: '历次回应与前后热度',
        columns: [
          { title: '时间', weight: 3.4, align: 'left' },
          { title: '回应', weight: 5, align: 'left' },
          { title: '发言人', weight: 2, align: 'left' },
          { title: '前24小时', weight: 2, align: 'right' },
          { title: '后24小时', weight: 2, align: 'right' },
        ],
        rows: e.responses.map((r) => [new Date(r.at), `${r.kindText}：${r.title}`, r.speaker ?? '—', r.before.reports, r.stillOpen ? `${r.after.reports}（未满）` : r.after.reports]),
      },
      heading('遗留问题'),
      ...paragraphs(e.open.length > 0 ? e.open.map((o) => `${o}。`) : ['没有未尽的时限。']),
    ],
  };
}

export function heatChart(e: Pick<WireEffect, 'byDay'>): { caption: string; unit: string; groups: string[]; series: { name: string; colour: string; values: number[] }[] } {
  const days = e.byDay.slice(0, 20);
  return {
    caption: '每日报道条数与回应次数',
    unit: '条/次',
    groups: days.map((d) => d.date.slice(5)),
    series: [
      { name: '报道', colour: '#44688f', values: days.map((d) => d.reports) },
      { name: '回应', colour: '#2f7d4f', values: days.map((d) => d.responses) },
    ],
  };
}
