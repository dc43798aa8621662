import { createHmac } from 'node:crypto';
import type { ChannelSettings } from '@app/settings';
import { codeFault, postJson, tryPost } from './http-post';
import { asText, type Message } from './message';
import type { Recipient, Sender, SendResult } from './sender';

type RobotSettings = Extract<ChannelSettings, { kind: 'wecom' | 'dingtalk' | 'feishu' }>;

interface Call {
  url: string;
  body: unknown;
}

interface Dialect {
  call(channel: RobotSettings, text: string, unixMs: number): Call;
  /** Names of the error code and its text in the answer. */
  answer: [string, string];
}

/** Text, not markdown: words from the open web must not become links. */
const DIALECTS: Record<RobotSettings['kind'], Dialect> = {
  // https://developer.work.weixin.qq.com/document/path/91770: content at most 2048 bytes
  wecom: {
    call: (channel, text) => ({ url: channel.url, body: { msgtype: 'text', text: { content: cutBytes(text, 2048) } } }),
    answer: ['errcode', 'errmsg'],
  },
  // https://open.dingtalk.com/document/robots/customize-robot-security-settings
  dingtalk: {
    call: (channel, text, unixMs) => ({
      url: channel.secret === null ? channel.url : dingtalkUrl(channel.url, channel.secret, unixMs),
      body: { msgtype: 'text', text: { content: cutBytes(text, 18_000) }, at: { isAtAll: false } },
    }),
    answer: ['errcode', 'errmsg'],
  },
  // https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot: body at most 20 KB
  feishu: {
    call: (channel, text, unixMs) => ({
      url: channel.url,
      body: { ...feishuSign(channel.secret, unixMs), msg_type: 'text', content: { text: cutBytes(text, 18_000) } },
    }),
    answer: ['code', 'msg'],
  },
};

/** The group robots of 企业微信, 钉钉 and 飞书: one message for the whole group. */
export class RobotSender implements Sender {
  readonly group = true;

  constructor(
    readonly channel: RobotSettings,
    private readonly unixSeconds: () => Promise<number>,
  ) {}

  async send(message: Message, to: Recipient[]): Promise<SendResult> {
    const dialect = DIALECTS[this.channel.kind];
    const text = unmarked(`${asText(message)}\n责任人：${to.map((r) => r.displayName).join('、')}`);
    const call = dialect.call(this.channel, text, (await this.unixSeconds()) * 1000);
    return tryPost(
      () => postJson(call.url, JSON.stringify(call.body), {}, this.channel.timeoutSeconds),
      (answer) => codeFault(answer, ...dialect.answer),
    );
  }

  close(): void {
    // Holds nothing open.
  }
}

/**
 * Words from the open web mention nobody: 飞书 reads `<at user_id="all">` in plain text too, 企业微信 `<@all>` and 钉钉
 * `@` with a number or name. The full-width signs read the same and mean nothing to a robot.
 */
function unmarked(text: string): string {
  return text.replaceAll('<', '＜').replaceAll('>', '＞').replaceAll('@', '＠');
}

/** 钉钉: base64(HMAC-SHA256(secret, "<ms>\n<secret>")) in the query. */
export function dingtalkUrl(url: string, secret: string, unixMs: number): string {
  const sign = createHmac('sha256', secret).update(`${unixMs}\n${secret}`).digest('base64');
  const signed = new URL(url);
  signed.searchParams.set('timestamp', String(unixMs));
  signed.searchParams.set('sign', sign);
  return signed.href;
}

/** 飞书: the string to sign is the KEY, and the message is empty. */
export function feishuSign(secret: string | null, unixMs: number): { timestamp?: string; sign?: string } {
  if (secret === null) return {};
  const timestamp = String(Math.floor(unixMs / 1000));
  return { timestamp, sign: createHmac('sha256', `${timestamp}\n${secret}`).update('').digest('base64') };
}

/** At most so many bytes of UTF-8, never half a character. */
export function cutBytes(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  let size = 3;
  let cut = '';
  for (const point of text) {
    size += Buffer.byteLength(point);
    if (size > bytes) return `${cut}…`;
    cut += point;
  }
  return cut;
}
