import { beijingDayNumber, dateOfDayNumber, dayNumberOf } from './beijing';
import type { Calendar } from './calendar';
import { maskWithSpans } from './masking';

export const SITE_FINDING_KINDS = ['dead-link', 'sensitive', 'late-publication', 'stale'] as const;
/** 死链, 个人信息外露, 公开超时, 栏目长期不更新. */
export type SiteFindingKind = (typeof SITE_FINDING_KINDS)[number];

/** What is wrong with a page of the government's own site, in a sentence whose personal data is masked. */
export interface SiteFinding {
  kind: SiteFindingKind;
  sentence: string;
}

/** What a check saw of a page. */
export interface CheckedPage {
  /** HTTP status; null when the host did not answer. */
  status: number | null;
  /** Why it could not be read, for people; null when it was. */
  fault: string | null;
  title: string;
  text: string;
  publishedAt: Date | null;
}

/** 政府信息公开条例 第二十六条: 应当自该政府信息形成或者变更之日起20个工作日内及时公开. */
export const DISCLOSURE_WORKING_DAYS = 20;
const EXCERPT = 12;

/** Everything that is wrong with one page. */
export function judgePage(page: CheckedPage, calendar: Calendar): SiteFinding[] {
  if (page.fault !== null) return isGone(page) ? [{ kind: 'dead-link', sentence: `页面打不开：${page.fault}` }] : [];
  return [...sensitiveFindings(`${page.title}\n${page.text}`), ...lateFinding(page, calendar)];
}

/** A server that is away for a moment is no dead link; a page that is gone, or a host without a name, is one. */
function isGone({ status, fault }: CheckedPage): boolean {
  return status === 404 || status === 410 || (status === null && /域名/.test(fault ?? ''));
}

/** Numbers of identity cards whose check digit is right, bank cards, and mobile numbers (003 任务7). The sentence masks them. */
function sensitiveFindings(text: string): SiteFinding[] {
  const { spans, masked } = maskWithSpans(text);
  const named: Record<string, string> = { 'id-card': '身份证号', 'bank-card': '银行卡号', phone: '手机号' };
  const found = new Map<string, { count: number; at: string }>();
  for (const span of spans) {
    const name = named[span.kind];
    const hidden = text.slice(span.start, span.end);
    if (name === undefined || (span.kind === 'id-card' && !isIdCard(hidden)) || (span.kind === 'phone' && !isMobile(hidden))) continue;
    const at = masked.slice(Math.max(0, span.start - EXCERPT), span.end + EXCERPT).replace(/\s+/g, ' ');
    const before = found.get(name);
    found.set(name, { count: (before?.count ?? 0) + 1, at: before?.at ?? at });
  }
  return [...found].map(([name, { count, at }]) => ({ kind: 'sensitive' as const, sentence: `页面上有${name} ${count} 处，如“…${at}…”，请核对并作去标识化处理` }));
}

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/** GB 11643: the last sign is a check digit. A document number of the same length carries none. */
function isIdCard(text: string): boolean {
  const signs = text.toUpperCase().replace(/[^0-9X]/g, '');
  if (signs.length !== 18) return false;
  const sum = WEIGHTS.reduce((s, w, i) => s + w * Number(signs[i]), 0);
  return '10X98765432'[sum % 11] === signs[17];
}

function isMobile(text: string): boolean {
  return /^(?:86)?1[3-9]\d{9}$/.test(text.replace(/\D/g, ''));
}

const FORMED = /(?:成文日期|印发日期|发文日期|形成日期)[\s\]】|:：]*(\d{4})\s*[年.\-/]\s*(\d{1,2})\s*[月.\-/]\s*(\d{1,2})/;

/** The day a document was formed, where its page states it under that name: YYYY-MM-DD or null. */
export function formedOn(text: string): string | null {
  const m = FORMED.exec(text);
  if (!m) return null;
  const date = [m[1], m[2]?.padStart(2, '0'), m[3]?.padStart(2, '0')].join('-');
  try {
    return dateOfDayNumber(dayNumberOf(date));
  } catch {
    return null;
  }
}

function lateFinding({ text, title, publishedAt }: CheckedPage, calendar: Calendar): SiteFinding[] {
  const formed = formedOn(`${title}\n${text}`);
  if (formed === null || publishedAt === null) return [];
  const last = beijingDayNumber(publishedAt);
  let working = 0;
  for (let day = dayNumberOf(formed) + 1; day <= last && working <= 400; day++) if (calendar.dayOf(dateOfDayNumber(day)).working) working++;
  if (working <= DISCLOSURE_WORKING_DAYS) return [];
  const sentence = `成文日期 ${formed}，公开日期 ${dateOfDayNumber(last)}，相隔 ${working} 个工作日，超过政府信息公开条例第二十六条的 ${DISCLOSURE_WORKING_DAYS} 个工作日`;
  return [{ kind: 'late-publication', sentence }];
}

const POLICY = /^(?:.*关于.{2,}的|.*印发.{2,}的)?.*(?:通知|意见|办法|规定|规范|细则|决定|方案|措施|公告|通告|批复|条例|规划)(?:\(.{1,12}\)|（.{1,12}）)?$/;
const NEWS = /解读|一图|图解|问答|召开|举行|调研|会议|开展|召集|征求意见|公示$|名单|中标|招标|采购/;
const INTERPRETS = /解读|一图读懂|图解|政策问答|答记者问|新闻发布会/;

/** A title that is the title of a policy document, not of news about one. */
export function isPolicyDocument(title: string): boolean {
  const plain = title.trim();
  return plain.length >= 8 && POLICY.test(plain) && /关于|印发|办法|规定|细则|意见|条例|规划/.test(plain) && !NEWS.test(plain);
}

export function isInterpretation(title: string): boolean {
  return INTERPRETS.test(title);
}

export interface PolicyDocument {
  subject: string;
  number?: string;
  url?: string;
}

/** Why a page seems to interpret this document (中文, for the person who confirms); null when it does not. */
export function interprets(page: { title: string; text: string; links: readonly string[] }, document: PolicyDocument): string | null {
  if (!isInterpretation(page.title)) return null;
  const { url, number } = document;
  if (url !== undefined && page.links.some((link) => sameAddress(link, url))) return '页面链接到该文件';
  const whole = `${page.title}\n${page.text}`.replace(/\s+/g, '');
  if (number !== undefined && number !== '' && whole.includes(number.replace(/\s+/g, ''))) return `正文引用文号 ${number}`;
  const name = coreOf(document.subject);
  return name.length >= 6 && whole.includes(name) ? `提到《${name}》` : null;
}

/** 某县人民政府关于印发《某办法》的通知 → 某办法. */
function coreOf(title: string): string {
  const plain = title.replace(/\s+/g, '');
  const quoted = /《([^》]{4,80})》/.exec(plain)?.[1];
  return quoted ?? plain.replace(/^.*?关于(?:印发|发布|转发)?/, '').replace(/的(?:通知|公告|通告|决定|批复)(?:[（(].*)?$/, '');
}

function sameAddress(a: string, b: string): boolean {
  const plain = (url: string): string => url.replace(/^https?:\/\//, '').replace(/[#?].*$/, '').replace(/\/(?:index\.html?)?$/, '');
  return plain(a) === plain(b);
}
