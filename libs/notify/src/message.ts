import { beijingText, maskText, type WireAlert } from '@app/domain';
import type { Outgoing, ToldAlert } from '@app/response';
import type { MessageTemplates } from '@app/settings';

/** An alert, or a summary of many, in words for any channel. */
export interface Message {
  key: string;
  kind: Outgoing['kind'];
  severity: WireAlert['severity'];
  title: string;
  /** Lines of plain text; never markup from outside. */
  lines: string[];
  /** The one link, and the line that holds it. */
  url: string | null;
  linkLine: string | null;
  /** How many alerts it tells. */
  count: number;
  /** The most urgent of them first. */
  alerts: WireAlert[];
  /** The short form for SMS: its template and values; `asShort` fits it. */
  short: { template: string; values: Values };
}

type Values = Record<string, string>;
/** `sign`: by it its reader signs without signing in. */
export interface MessageLink {
  url: string;
  sign: boolean;
}

/** Pure: `now` decides what is said about the time left. */
export function planMessage(
  out: Pick<Outgoing, 'key' | 'kind' | 'count' | 'alerts'>,
  templates: MessageTemplates,
  now: Date,
  link: MessageLink | null,
): Message {
  const first = out.alerts[0]!;
  const rest = String(out.count - out.alerts.length);
  const values: Values = { ...valuesOf(first, templates, now), count: String(out.count), rest, link: link?.url ?? '' };
  const single = out.kind === 'single';
  return {
    key: out.key,
    kind: out.kind,
    severity: first.alert.severity,
    title: fill(templates[out.kind].title, values),
    lines: single ? linesOf(templates.single.lines, values) : summaryLines(out, templates, now, values),
    url: link?.url ?? null,
    linkLine: link === null ? null : fill(link.sign ? templates.signLink : templates.link, values),
    count: out.count,
    alerts: out.alerts.map((a) => a.alert),
    short: { template: single ? templates.sms.single : templates.sms.many, values },
  };
}

function summaryLines(out: Pick<Outgoing, 'count' | 'alerts'>, templates: MessageTemplates, now: Date, values: Values): string[] {
  const items = out.alerts.map((a) => fill(templates.many.item, valuesOf(a, templates, now)));
  return out.count > out.alerts.length ? [...items, fill(templates.many.rest, values)] : items;
}

function valuesOf({ alert, caseCode, caseTitle, dutyTitle, dueAt, departmentName }: ToldAlert, templates: MessageTemplates, now: Date): Values {
  const values = {
    severity: templates.severity[alert.severity],
    title: alert.title,
    body: alert.body,
    case: caseTitle === null ? '' : maskText(caseTitle),
    code: caseCode ?? '',
    unit: departmentName ?? '',
    duty: dutyTitle ?? '',
    due: dueAt === null ? '' : beijingText(dueAt),
    left: dueAt === null ? '' : timeLeft(dueAt, now),
  };
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, oneLine(value)]));
}

const PLACE = /\{(\w+)\}/g;

/** A line of which a value is not known is left out. */
function linesOf(templates: readonly string[], values: Values): string[] {
  return templates.filter((t) => [...t.matchAll(PLACE)].every((m) => values[m[1]!] !== '')).map((t) => fill(t, values));
}

/** One pass: braces in a value are text. What stood round an unknown value goes with it. */
function fill(template: string, values: Values): string {
  const whole = values['link'] === '' ? template.replace(/[^。，；]*\{link\}/, '') : template;
  return whole
    .replace(/[（(]\{(\w+)\}[）)]|([，、；：])\{(\w+)\}/g, (text, inner?: string, _sign?: string, after?: string) => (values[(inner ?? after)!] === '' ? '' : text))
    .replace(PLACE, (_, name: string) => values[name] ?? '')
    .trim();
}

/** `还剩 2 小时 5 分` or `已超期 3 天 4 小时`; under a minute it says so. */
export function timeLeft(dueAt: Date, now: Date): string {
  const ms = dueAt.getTime() - now.getTime();
  const minutes = Math.floor(Math.abs(ms) / 60_000);
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60), minutes % 60];
  const span =
    days > 0
      ? `${days} 天 ${hours} 小时`
      : hours > 0
        ? `${hours} 小时 ${rest} 分`
        : minutes > 0
          ? `${rest} 分`
          : '不到 1 分';
  return ms >= 0 ? `还剩 ${span}` : `已超期 ${span}`;
}

/** Texts come from the open web: no line breaks or control characters into headers and chat messages. */
export function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f\u0085\u2028\u2029]+/g, ' ').trim();
}

/**
 * The whole message as plain text. When it is too long its lines give way: title and link stay.
 * @param most bytes of UTF-8
 * @param tail a last line, kept too
 */
export function asText(message: Message, most = Infinity, tail = ''): string {
  const title = oneLine(message.title);
  const end = [...(message.linkLine === null ? [] : [message.linkLine]), ...(tail === '' ? [] : [tail])];
  const room = most - Buffer.byteLength([title, ...end].join('\n')) - 1;
  const body = cutBytes(message.lines.join('\n'), room);
  return cutBytes([title, ...(body === '' ? [] : [body]), ...end].join('\n'), most);
}

/** For SMS, at most so many characters: the title gives way, the link never. */
export function asShort(message: Message, maxChars: number): string {
  const { template, values } = message.short;
  const whole = fill(template, values);
  const over = [...whole].length - maxChars;
  if (over <= 0) return whole;
  const title = [...(values['title'] ?? '')];
  return fill(template, { ...values, title: `${title.slice(0, Math.max(0, title.length - over - 1)).join('')}…` });
}

/** At most so many bytes of UTF-8, never half a character. */
export function cutBytes(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  let size = 3;
  let cut = '';
  for (const point of text) {
    size += Buffer.byteLength(point);
    if (size > bytes) return cut === '' ? '' : `${cut}…`;
    cut += point;
  }
  return cut;
}
