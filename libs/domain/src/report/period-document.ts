import { beijingDate, beijingText } from '../beijing';
import { maskText } from '../masking';
import { CLASS_LABELS } from '../month';
import type { CaseClass } from '../label';
import { chineseNumber, dayText, type ReportBlock, type ReportDocument, shareText } from './document';

/** A case as a daily or weekly report lists it. */
export interface PeriodCase {
  code: string;
  title: string;
  caseClass: CaseClass;
  topic: string;
  departmentName: string | null;
  state: string;
  detectedAt: Date;
}

/** A duty that was missed, or will be due next. */
export interface PeriodDuty {
  caseCode: string;
  caseTitle: string;
  title: string;
  departmentName: string | null;
  dueAt: Date;
}

/** What a day or a week brought, as recorded by `madeAt`. */
export interface PeriodFigures {
  from: Date;
  to: Date;
  madeAt: Date;
  detected: PeriodCase[];
  /** Counted whole, also beyond what is listed. */
  counts: { detected: number; byClass: Record<CaseClass, number>; closed: number; rejected: number; responses: number; due: number; metOnTime: number; metLate: number; overdue: number };
  /** Past their limit, unmet, at `madeAt`. */
  overdue: PeriodDuty[];
  /** Due within the next period of the same length. */
  next: PeriodDuty[];
}

/** 日报, 周报. Titles are masked: the file leaves the system. */
export function periodDocument(kind: 'day' | 'week', f: PeriodFigures, issuer: string): ReportDocument {
  const lastDay = new Date(f.to.getTime() - 1);
  const span = kind === 'day' ? dayText(beijingDate(f.from)) : `${dayText(beijingDate(f.from))}至${dayText(beijingDate(lastDay))}`;
  const { counts: c } = f;
  const judged = c.metOnTime + c.metLate + c.overdue;
  let n = 0;
  const heading = (text: string): ReportBlock => ({ kind: 'heading', level: 1, text: `${chineseNumber(++n)}、${text}` });
  return {
    title: kind === 'day' ? `政务舆情回应日报\n（${span}）` : `政务舆情回应周报\n（${span}）`,
    issuer,
    date: dayText(beijingDate(f.madeAt)),
    ...{ number: null, addressee: null },
    about: `${issuer}；统计${span}，截至${beijingText(f.madeAt)}（北京时间）已登记的记录。`,
    blocks: [
      heading('概况'),
      { kind: 'paragraph', text: `发现政务舆情${c.detected}件，其中一般性${c.byClass.ordinary}件、重大问题${c.byClass.major}件、涉重大及以上突发事件${c.byClass.emergency}件；办结${c.closed}件，不予受理${c.rejected}件，登记公开回应${c.responses}次。` },
      { kind: 'paragraph', text: `届满时限${c.due}项，应判${judged}项：按期${c.metOnTime}项，逾期完成${c.metLate}项，超期未完成${c.overdue}项，按期率${shareText(c.metOnTime, judged)}。截至报告时超期未完成的时限共${f.overdue.length}项。` },
      heading('超期未完成的时限'),
      dutyTable('超期未完成', f.overdue),
      heading(kind === 'day' ? '未来24小时届满的时限' : '未来七日届满的时限'),
      dutyTable('将届满', f.next),
      heading('新发现的舆情'),
      {
        kind: 'table',
        caption: c.detected > f.detected.length ? `新发现的舆情（列出${f.detected.length}件，共${c.detected}件）` : '新发现的舆情',
        columns: [
          { title: '编号', weight: 3, align: 'left' },
          { title: '事件', weight: 6, align: 'left' },
          { title: '级别', weight: 3, align: 'left' },
          { title: '承办', weight: 3, align: 'left' },
          { title: '状态', weight: 2, align: 'left' },
          { title: '发现时间', weight: 3.4, align: 'right' },
        ],
        rows: f.detected.map((d) => [d.code, maskText(d.title), CLASS_LABELS[d.caseClass], d.departmentName ?? '未交办', d.state, d.detectedAt]),
      },
    ],
  };
}

function dutyTable(caption: string, duties: readonly PeriodDuty[]): ReportBlock {
  return {
    kind: 'table',
    caption,
    columns: [
      { title: '最迟时刻', weight: 3.4, align: 'left' },
      { title: '时限', weight: 3, align: 'left' },
      { title: '事件', weight: 6, align: 'left' },
      { title: '编号', weight: 3, align: 'left' },
      { title: '承办', weight: 3, align: 'left' },
    ],
    rows: duties.map((d) => [d.dueAt, d.title, maskText(d.caseTitle), d.caseCode, d.departmentName ?? '未交办']),
  };
}
