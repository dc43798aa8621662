import { beijingDate, beijingText } from '../beijing';
import { dayText, minutesText, type ReportDocument } from './document';

/** 督办单, 通报, 约谈通知: drafts on a breach for a person to decide on (001 四(三), 002 三(三)). The system never decides them. */
export const ACCOUNTABILITY_FORMS = ['supervise', 'circular', 'talk'] as const;
export type AccountabilityForm = (typeof ACCOUNTABILITY_FORMS)[number];
export const FORM_NAMES: Record<AccountabilityForm, string> = { supervise: '督办单', circular: '通报', talk: '约谈通知' };

/** A duty that was met late or not at all. */
export interface Breach {
  clockId: string;
  caseId: string;
  caseCode: string;
  caseTitle: string;
  duty: string;
  title: string;
  departmentId: string | null;
  departmentName: string | null;
  dueAt: Date;
  /** null: still not met. */
  metAt: Date | null;
  document: string;
  number: string;
  article: string;
  quote: string;
}

/** Fills a template; an unknown place holder is left as it is, so that a person sees it. */
export function fillTemplate(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{([^{}\s]{1,20})\}/g, (whole, key: string) => values[key] ?? whole);
}

/** What a template may name. */
export const TEMPLATE_KEYS = ['单位', '事件', '编号', '时限', '最迟时刻', '完成情况', '依据', '原文', '今日', '发文单位'] as const;

export function templateValues(b: Breach, issuer: string, now: Date): Record<(typeof TEMPLATE_KEYS)[number], string> {
  const late = minutesText(Math.max(0, Math.floor(((b.metAt ?? now).getTime() - b.dueAt.getTime()) / 60_000)));
  return {
    单位: b.departmentName ?? '（尚未交办单位）',
    事件: b.caseTitle,
    编号: b.caseCode,
    时限: b.title,
    最迟时刻: beijingText(b.dueAt),
    完成情况: b.metAt ? `于${beijingText(b.metAt)}完成，逾期${late}` : `至${beijingText(now)}仍未完成，已超期${late}`,
    依据: `《${b.document}》${b.number === '' ? '' : `（${b.number}）`}${b.article}`,
    原文: b.quote,
    今日: dayText(beijingDate(now)),
    发文单位: issuer,
  };
}

/** The decided text as a document to be printed and signed. */
export function accountabilityDocument(form: AccountabilityForm, title: string, body: string, given: { departmentName: string | null; issuer: string; date: Date }): ReportDocument {
  return {
    title,
    issuer: given.issuer,
    date: dayText(beijingDate(given.date)),
    number: null,
    addressee: form === 'circular' ? null : given.departmentName,
    about: `${FORM_NAMES[form]}（由系统按模板起草，经人工审定）`,
    blocks: body.split(/\n+/).filter((line) => line.trim() !== '').map((text) => ({ kind: 'paragraph', text: text.trim() })),
  };
}
