import { cut } from './cut';
import { beijingText } from './beijing';
import { PART_NAMES } from './case-way';
import type { CaseClass } from './label';
import type { WireCase } from './wire';

/** The prepared text of 第一时间报告, as config/report-up.yaml keeps it. */
export interface ReportTemplate {
  title: string;
  lines: readonly string[];
}

export const REPORT_FIELDS = [
  ...(['code', 'title', 'place', 'class', 'grade', 'happened', 'firstPublic', 'detected', 'dead', 'injured'] as const),
  ...(['figureSource', 'reports', 'summary', 'lead', 'supporting', 'done', 'replies', 'clocks', 'now'] as const),
] as const;
export type ReportField = (typeof REPORT_FIELDS)[number];

const CLASSES: Record<CaseClass, string> = { ordinary: '一般性政务舆情', major: '重大问题政务舆情', emergency: '涉重大、特别重大突发事件政务舆情' };
/** What has been done, as the history tells it. */
const WORK = ['assigned', 'supported', 'begun', 'unit-replied', 'evidence', 'returned'];
const MOST_LINES = 12;
const LONGEST_SUMMARY = 400;

/**
 * Fills the template from a case as it is read (masked). A line of which no field can be filled is left out: what is not
 * known is not claimed. Fields that are not known within a line that has others are `不详`.
 */
export function reportText(template: ReportTemplate, c: WireCase, now: Date): { title: string; text: string } {
  const facts = reportFacts(c, now);
  const fill = (line: string): string => line.replace(FIELD, (_, name: ReportField) => facts[name] ?? (name === 'grade' ? '' : '不详'));
  const lines = template.lines.filter((line) => {
    const named = [...line.matchAll(FIELD)].map((m) => m[1] as ReportField);
    return named.length === 0 || named.some((name) => facts[name] !== null);
  });
  return { title: fill(template.title), text: lines.map(fill).join('\n') };
}

const FIELD = /\{(\w+)\}/g;

/** Fields of a text that nobody fills. */
export function unknownFields(text: string): string[] {
  return [...text.matchAll(FIELD)].map((m) => m[1] ?? '').filter((name) => !(REPORT_FIELDS as readonly string[]).includes(name));
}

function reportFacts(c: WireCase, now: Date): Record<ReportField, string | null> {
  const units = c.units.filter((u) => u.endedAt === null);
  const named = (part: 'lead' | 'supporting'): string | null => orNull(units.filter((u) => u.part === part).map((u) => u.departmentName).join('、'));
  return {
    ...{ code: c.code, title: c.title, class: CLASSES[c.caseClass], place: orNull(c.place?.name ?? c.region ?? '') },
    grade: c.grade === null ? null : `，${c.grade}等级`,
    // When it happened is said only where a report says when it became public: the text itself names the hour.
    happened: c.firstPublicAt === null ? null : `${instantText(c.firstPublicAt)}前后（以首次公开报道计，具体时间待核）`,
    firstPublic: instantText(c.firstPublicAt),
    detected: instantText(c.detectedAt),
    dead: c.dead === null ? null : `${c.dead} 人`,
    injured: c.injured === null ? null : `${c.injured} 人`,
    figureSource: figureSource(c),
    reports: orNull(c.items.slice(0, 5).map((i) => `${i.sourceTitle}《${i.title}》`).join('；')),
    // The first report often knows no figures: where a later one gives them, its words stand.
    summary: orNull(cut(figureReport(c)?.text ?? c.summary, LONGEST_SUMMARY)),
    ...{ lead: named('lead'), supporting: named('supporting') },
    done: listed(c.events.filter((e) => WORK.includes(e.kind)).reverse().map((e) => `${instantText(e.at)} ${e.summary}`)),
    replies: listed(units.filter((u) => u.reply !== null).map((u) => `${u.departmentName}（${PART_NAMES[u.part]}）：${u.reply}`)),
    clocks: listed(c.clocks.filter((k) => k.state === 'open').map((k) => `${k.title}，${k.targetAt === null ? '' : `力争 ${instantText(k.targetAt)}，`}最迟 ${instantText(k.dueAt)}`)),
    now: beijingText(now),
  };
}

/** Which report gives the figures that stand in the case: the latest that names them. */
function figureSource(c: WireCase): string | null {
  if (c.dead === null && c.injured === null) return null;
  const says = figureReport(c);
  return says ? `${says.sourceTitle}《${says.title}》（${instantText(says.publishedAt ?? says.fetchedAt)}）` : '值班人员核定';
}

function figureReport(c: WireCase): WireCase['items'][number] | undefined {
  return c.items.find((i) => (c.dead !== null && i.label.dead === c.dead) || (c.injured !== null && i.label.injured === c.injured));
}

function listed(lines: string[]): string | null {
  return lines.length === 0 ? null : lines.slice(-MOST_LINES).map((line, i) => `\n  ${i + 1}. ${line}`).join('');
}

function instantText(at: string): string;
function instantText(at: string | null): string | null;
function instantText(at: string | null): string | null {
  return at === null ? null : beijingText(new Date(at));
}

function orNull(text: string): string | null {
  return text === '' ? null : text;
}
