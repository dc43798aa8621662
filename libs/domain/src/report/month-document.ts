import { beijingDate, beijingText, parseInstant } from '../beijing';
import { type Trigger, TRIGGER_NAMES } from '../rule';
import type { DutyTally, MonthGroup, MonthTotals, Spread, WireMonthCompared } from '../wire-month';
import { chineseNumber, dayText, minutesText, type ReportBlock, type ReportChart, type ReportDocument, shareText } from './document';

const judged = (d: DutyTally): number => d.metOnTime + d.metLate + d.overdue;

/** 月报 in words, tables and a chart. `issuer` is the deployment's name. */
export function monthDocument(month: WireMonthCompared, issuer: string, madeAt: Date): ReportDocument {
  const name = `${Number(month.month.slice(0, 4))}年${Number(month.month.slice(5))}月`;
  let n = 0;
  const heading = (text: string): ReportBlock => ({ kind: 'heading', level: 1, text: `${chineseNumber(++n)}、${text}` });
  return {
    title: `${name}政务舆情回应情况月报`,
    issuer,
    date: dayText(beijingDate(madeAt)),
    ...{ number: null, addressee: null },
    about: `${issuer}；统计${name}，截至${instantText(month.asOf)}（北京时间）已登记的记录，此后登记的不计。`,
    blocks: [
      heading('总体情况'),
      ...overall(month).map((text): ReportBlock => ({ kind: 'paragraph', text })),
      comparison(month, name),
      heading('时限履行情况'),
      { kind: 'chart', chart: dutyChart(month.byDuty, `${name}届满时限的履行情况（按时限）`) },
      groupTable('按时限', month.byDuty),
      apartTable(month),
      heading('各环节用时'),
      timesTable(month),
      heading('分部门情况'),
      { kind: 'chart', chart: dutyChart(month.byDepartment, `${name}届满时限的履行情况（按部门）`) },
      groupTable('按部门', month.byDepartment),
      groupTimes('分部门用时：中位数 / 九成不超过（次数）', month.byDepartment),
      heading('分地区、级别、领域、来源情况'),
      ...([['按地区', month.byRegion], ['按级别', month.byLevel], ['按领域', month.byTopic], ['按来源', month.bySource]] as const).map(([title, groups]) => groupTable(title, groups)),
      // Counted apart, and only where such terms are kept.
      ...(month.byMatter.length === 0
        ? []
        : [
            heading('政务公开承诺事项'),
            { kind: 'paragraph' as const, text: '政务公开的承诺事项与任务台账另行统计，不计入以上各项数字。' },
            groupTable('按事项', month.byMatter.map((g) => ({ ...g, label: TRIGGER_NAMES[g.key as Trigger] ?? g.key }))),
          ]),
      heading('统计口径'),
      ...RULES_OF_COUNTING.map((text): ReportBlock => ({ kind: 'paragraph', text })),
    ],
  };
}

/** How the figures are counted; shown wherever they are. */
export const RULES_OF_COUNTING = [
  '事件按发现时间归月，时限按最迟时刻归月（当月最后一日24时仍属当月），回应、签收等按实际发生时间归月，改判、升级、不予受理等按登记时间归月。',
  '时限按期率＝按期÷（按期＋逾期完成＋超期未完成）；届满前取消、被取代和中止中的时限不计入。力争时限与最迟时限分开统计。',
  '时限终止于最迟时刻之后的，仍计为超期未完成。样本不足20项的，只列件数，不以百分比表示。',
];

function overall(m: WireMonthCompared): string[] {
  const { cases, duties, target } = m;
  return [
    `本月发现政务舆情${cases.total}件，其中一般性${cases.byClass.ordinary}件、重大问题${cases.byClass.major}件、涉重大及以上突发事件${cases.byClass.emergency}件${cases.demo > 0 ? `（含演示${cases.demo}件）` : ''}；已办结或不予受理${cases.closed}件，其中不予受理${cases.rejected}件。`,
    `本月届满时限${duties.due}项，应判${judged(duties)}项：按期${duties.metOnTime}项，逾期完成${duties.metLate}项，超期未完成${duties.overdue}项（其中仍在计时${duties.overdueOpen}项）。时限按期率${shareText(duties.metOnTime, judged(duties))}；力争时限达成${shareText(target.met, target.met + target.missed)}。`,
    `升级${m.raised}件次，降级${m.lowered}件次，改判${m.overrides}次，不予受理（误报）${m.falseAlarms}件；补登回应${m.lateEntries}次，持续发布漏期${m.missedIntervals}次；发现滞后${cases.lateDetections}件，自首次公开至发现的时间中位数${minutesText(m.times.detectionLag.median)}（${m.times.detectionLag.count}件）。`,
  ];
}

function comparison(m: WireMonthCompared, name: string): ReportBlock {
  const columns: [string, MonthTotals | null][] = [[name, m], ['上月', m.before], ['上年同月', m.yearBefore]];
  const row = (title: string, of: (t: MonthTotals) => string): string[] => [title, ...columns.map(([, t]) => (t ? of(t) : '无记录'))];
  return {
    kind: 'table',
    caption: '与上月、上年同月比较（各截至当月末）',
    columns: [{ title: '指标', weight: 2.2, align: 'left' }, ...columns.map(([title]) => ({ title, weight: 3.6, align: 'right' as const }))],
    rows: [
      row('发现的事件（件）', (t) => String(t.cases.total)),
      row('届满时限（项）', (t) => String(t.duties.due)),
      row('时限按期率', (t) => shareText(t.duties.metOnTime, judged(t.duties))),
      row('力争时限达成', (t) => shareText(t.target.met, t.target.met + t.target.missed)),
      row('超期未完成（项）', (t) => String(t.duties.overdue)),
      row('签收用时中位数', (t) => spreadText(t.times.signFor)),
      row('首次发布用时中位数', (t) => spreadText(t.times.firstRelease)),
      row('办结用时中位数', (t) => spreadText(t.times.settle)),
      row('发现滞后（件）', (t) => String(t.cases.lateDetections)),
    ],
  };
}

const spreadText = (s: Spread): string => (s.count === 0 ? '—' : `${minutesText(s.median)}（${s.count}次）`);

function groupTable(caption: string, groups: readonly MonthGroup[]): ReportBlock {
  return {
    kind: 'table',
    caption,
    columns: [
      { title: caption.slice(1), weight: 3.4, align: 'left' },
      ...['事件', '届满', '按期', '逾期完成', '超期未完成'].map((title) => ({ title, weight: 1.5, align: 'right' as const })),
      { title: '按期率', weight: 4.6, align: 'right' },
    ],
    rows: groups.map((g) => [
      ...[g.label, g.cases, g.duties.due, g.duties.metOnTime, g.duties.metLate, g.duties.overdue],
      shareText(g.duties.metOnTime, judged(g.duties)),
    ]),
  };
}

function apartTable(m: WireMonthCompared): ReportBlock {
  const row = (title: string, d: DutyTally) => [title, d.due, d.metOnTime, d.metLate, d.overdue, shareText(d.metOnTime, judged(d))];
  return {
    kind: 'table',
    caption: '单列：暂定、曾中止、曾延长的时限（已含在上表）',
    columns: [
      { title: '情形', weight: 3, align: 'left' },
      ...['届满', '按期', '逾期完成', '超期未完成'].map((title) => ({ title, weight: 2, align: 'right' as const })),
      { title: '按期率', weight: 3, align: 'right' },
    ],
    rows: [row('暂定（跨放假安排未公布年度）', m.apart.provisional), row('曾中止', m.apart.suspended), row('曾延长', m.apart.extended)],
  };
}

const TIMES = [
  ['signFor', '签收（自交办）'],
  ['firstRelease', '首次发布（自发现）'],
  ['pressConference', '新闻发布会（自发现）'],
  ['settle', '办结（自发现）'],
  ['detectionLag', '发现（自首次公开）'],
] as const;

function timesTable(m: MonthTotals): ReportBlock {
  return {
    kind: 'table',
    caption: '各环节用时',
    columns: [
      { title: '环节', weight: 4, align: 'left' },
      { title: '次数', weight: 2, align: 'right' },
      { title: '中位数', weight: 2.5, align: 'right' },
      { title: '九成不超过', weight: 2.5, align: 'right' },
    ],
    rows: TIMES.map(([key, title]) => [title, m.times[key].count, minutesText(m.times[key].median), minutesText(m.times[key].p90)]),
  };
}

function groupTimes(title: string, groups: readonly MonthGroup[]): ReportBlock {
  const acts = TIMES.filter(([key]) => key !== 'detectionLag');
  const timed = groups.filter((g) => acts.some(([key]) => g.times[key].count > 0));
  return {
    kind: 'table',
    caption: title,
    columns: [{ title: '部门', weight: 3.4, align: 'left' }, ...acts.map(([, name]) => ({ title: name.replace(/（.*/, ''), weight: 3, align: 'right' as const }))],
    rows: timed.map((g) => [g.label, ...acts.map(([key]) => (g.times[key].count === 0 ? '—' : `${minutesText(g.times[key].median)} / ${minutesText(g.times[key].p90)}（${g.times[key].count}）`))]),
  };
}

const MOST_BARS = 15;

/** What became of the duties of each group, the largest groups first. */
export function dutyChart(groups: readonly MonthGroup[], caption: string): ReportChart {
  const shown = groups.filter((g) => g.duties.due > 0).slice(0, MOST_BARS);
  const rest = groups.filter((g) => g.duties.due > 0).length - shown.length;
  return {
    caption: rest > 0 ? `${caption}，前${MOST_BARS}位` : caption,
    unit: '项',
    groups: shown.map((g) => g.label),
    series: [
      { name: '按期完成', colour: '#2f7d4f', values: shown.map((g) => g.duties.metOnTime) },
      { name: '逾期完成', colour: '#d99a1c', values: shown.map((g) => g.duties.metLate) },
      { name: '超期未完成', colour: '#b3261e', values: shown.map((g) => g.duties.overdue) },
      { name: '中止、取消、被取代', colour: '#9aa3ad', values: shown.map((g) => g.duties.suspended + g.duties.cancelled + g.duties.superseded) },
    ],
  };
}

function instantText(iso: string): string {
  const at = parseInstant(iso);
  return at ? beijingText(at) : iso;
}
