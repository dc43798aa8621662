import type { ChannelSettings } from '@app/settings';
import { type AnswerFault, callHttp, type HttpAnswer, jsonOf, statusFault, tryPost } from './http-post';
import { asShort, type Message } from './message';
import type { Recipient, Sender, SendResult } from './sender';

type SmsSettings = Extract<ChannelSettings, { kind: 'sms' }>;
type Values = Record<'phone' | 'text' | 'key' | 'secret' | 'unixSeconds', string>;

/** A short text to the account's own mobile number through whatever HTTP gateway the settings describe. */
export class SmsSender implements Sender {
  readonly group = false;
  readonly limits = [];

  constructor(
    readonly channel: SmsSettings,
    private readonly unixSeconds: () => Promise<number>,
  ) {}

  async send(message: Message, to: readonly Recipient[]): Promise<SendResult> {
    const phone = to[0]?.phone ?? null;
    if (phone === null) return { ok: false, fault: '该账号未填写手机号', final: true };
    const { url, method, headers, body, secret, timeoutSeconds, maxChars } = this.channel;
    const values: Values = {
      phone,
      text: asShort(message, maxChars),
      key: message.key,
      secret: secret ?? '',
      unixSeconds: String(await this.unixSeconds()),
    };
    const named = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), fill(value, values, asHeader)]));
    const call = {
      url: fill(url, values, encodeURIComponent),
      method,
      headers: named,
      ...(method === 'GET' ? {} : { body: fill(body, values, escaperOf(named['content-type'] ?? '')) }),
    };
    return tryPost(
      () => callHttp(call, timeoutSeconds),
      (answer) => answerFault(answer, this.channel.success),
    );
  }

  close(): void {
    // Holds nothing open.
  }
}

function fill(template: string, values: Values, escape: (value: string) => string): string {
  return template.replace(/\{(phone|text|key|secret|unixSeconds)\}/g, (_, name: keyof Values) => escape(values[name]));
}

/** Nothing that would end the header or begin another. */
const asHeader = (value: string): string => value.replace(/[^\x20-\x7e]/g, '');

function escaperOf(contentType: string): (value: string) => string {
  if (/json/i.test(contentType)) return (value) => JSON.stringify(value).slice(1, -1);
  if (/x-www-form-urlencoded/i.test(contentType)) return encodeURIComponent;
  if (/xml/i.test(contentType)) return (value) => value.replace(/[<>&'"]/g, (c) => `&#${c.charCodeAt(0)};`);
  return (value) => value;
}

/** Whether the gateway has said yes, as the settings tell its yes. Its words are kept: an administrator needs them. */
function answerFault(answer: HttpAnswer, success: SmsSettings['success']): AnswerFault {
  const bad = success.status === undefined ? statusFault(answer) : success.status.includes(answer.status) ? null : { fault: `短信网关答复 HTTP ${answer.status}` };
  if (bad) return bad;
  const said = answer.text.replace(/\s+/g, ' ').slice(0, 200);
  if (success.contains !== undefined && !answer.text.includes(success.contains)) return { fault: `短信网关未受理：${said}` };
  if (success.path === undefined) return null;
  const json = jsonOf(answer);
  if ('fault' in json) return { fault: `短信网关的答复不是 JSON：${said}` };
  const value = success.path.split('.').reduce<unknown>((at, key) => (at !== null && typeof at === 'object' ? (at as Record<string, unknown>)[key] : undefined), json.value);
  return value !== undefined && success.equals!.includes(String(value)) ? null : { fault: `短信网关未受理：${said}` };
}
