import { createHmac } from 'node:crypto';
import type { SendLimit } from '@app/response';
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
  /** Bytes of a text. */
  most: number;
  limit: SendLimit;
  /** Real ms between two messages. */
  gapMs: number;
  call(channel: RobotSettings, text: string, unixMs: number): Call;
  /** Names of the error code and its text in the answer. */
  answer: [string, string];
  /** Codes of too many messages, with the seconds to wait. */
  busy: Record<number, number>;
}

/** Text, not markdown: words from the open web must not become links. */
const DIALECTS: Record<RobotSettings['kind'], Dialect> = {
  // https://developer.work.weixin.qq.com/document/path/91770: at most 2048 bytes, 20 messages a minute (45009 beyond)
  wecom: {
    most: 2048,
    limit: { messages: 20, minutes: 1 },
    gapMs: 0,
    call: (channel, text) => ({ url: channel.url, body: { msgtype: 'text', text: { content: text } } }),
    answer: ['errcode', 'errmsg'],
    busy: { 45009: 60 },
  },
  // https://open.dingtalk.com/document/robots/customize-robot-security-settings: 20 a minute, then shut for 10 minutes
  dingtalk: {
    most: 18_000,
    limit: { messages: 20, minutes: 1 },
    gapMs: 0,
    call: (channel, text, unixMs) => ({
      url: channel.secret === null ? channel.url : dingtalkUrl(channel.url, channel.secret, unixMs),
      body: { msgtype: 'text', text: { content: text }, at: { isAtAll: false } },
    }),
    answer: ['errcode', 'errmsg'],
    busy: { 130101: 600, 90030: 600 },
  },
  // https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot: body at most 20 KB, 100 a minute and 5 a second
  feishu: {
    most: 18_000,
    limit: { messages: 100, minutes: 1 },
    gapMs: 220,
    call: (channel, text, unixMs) => ({
      url: channel.url,
      body: { ...feishuSign(channel.secret, unixMs), msg_type: 'text', content: { text } },
    }),
    answer: ['code', 'msg'],
    busy: { 11232: 60, 9499: 60 },
  },
};

/** People named under a group's message; the rest is counted. */
const NAMED = 20;

/** The group robots of 企业微信, 钉钉 and 飞书: one message for the whole group. */
export class RobotSender implements Sender {
  readonly group = true;
  readonly limits: readonly SendLimit[];
  private lastAt = -Infinity;

  constructor(
    readonly channel: RobotSettings,
    private readonly unixSeconds: () => Promise<number>,
  ) {
    this.limits = [DIALECTS[channel.kind].limit];
  }

  async send(message: Message, to: readonly Recipient[]): Promise<SendResult> {
    const dialect = DIALECTS[this.channel.kind];
    // Signs of mentions become longer when they lose their meaning: first that, then the measure.
    const safe = { ...message, title: unmarked(message.title), lines: message.lines.map(unmarked) };
    await this.pace(dialect.gapMs);
    const call = dialect.call(this.channel, asText(safe, dialect.most, unmarked(namesOf(to))), (await this.unixSeconds()) * 1000);
    return tryPost(
      () => postJson(call.url, JSON.stringify(call.body), {}, this.channel.timeoutSeconds),
      (answer) => codeFault(answer, ...dialect.answer, dialect.busy),
    );
  }

  private async pace(gapMs: number): Promise<void> {
    const free = this.lastAt + gapMs - performance.now();
    if (free > 0) await new Promise((resolve) => setTimeout(resolve, free));
    this.lastAt = performance.now();
  }

  close(): void {
    // Holds nothing open.
  }
}

function namesOf(to: readonly Recipient[]): string {
  const names = to.slice(0, NAMED).map((r) => r.displayName).join('、');
  return `责任人：${names}${to.length > NAMED ? ` 等 ${to.length} 人` : ''}`;
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
