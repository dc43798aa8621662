import { createTransport, type Transporter } from 'nodemailer';
import type { ChannelSettings } from '@app/settings';
import { asText, type Message, oneLine } from './message';
import type { Recipient, Sender, SendResult } from './sender';

/** SMTP refusals of this very address: another try meets the same answer (RFC 5321 4.2.3). */
const NO_SUCH_BOX = [550, 551, 553];

/** Mail to the account's own address, as plain text and as HTML that says the same. */
export class EmailSender implements Sender {
  readonly group = false;
  readonly limits = [];
  private readonly transport: Transporter;

  constructor(readonly channel: Extract<ChannelSettings, { kind: 'email' }>) {
    this.transport = createTransport({ ...transportOf(channel), pool: true, maxConnections: 2 });
  }

  async send(message: Message, to: readonly Recipient[]): Promise<SendResult> {
    const address = to[0]?.email ?? null;
    if (address === null) return { ok: false, fault: '该账号未填写邮箱', final: true };
    try {
      await this.transport.sendMail({
        from: this.channel.from,
        to: [{ name: '', address }],
        subject: oneLine(message.title),
        text: asText(message),
        html: asHtml(message),
        // The same message sent again after a crash is one message to the reader's mail program.
        messageId: `<${encodeURIComponent(message.key)}.${to[0]!.accountId}@huiying.invalid>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
        ...(message.severity === 'critical' ? { priority: 'high' as const } : {}),
      });
      return { ok: true };
    } catch (error) {
      const e = error as Error & { responseCode?: number; code?: string };
      const final = e.code === 'EENVELOPE' && NO_SUCH_BOX.includes(e.responseCode ?? 0);
      return { ok: false, fault: `邮件未发出：${e.responseCode ?? e.code ?? e.name}`, ...(final ? { final } : {}) };
    }
  }

  close(): void {
    this.transport.close();
  }
}

/** How the channel's server is reached. */
export function transportOf(channel: Extract<ChannelSettings, { kind: 'email' }>) {
  const ms = channel.timeoutSeconds * 1000;
  return {
    host: channel.host,
    port: channel.port,
    secure: channel.secure,
    connectionTimeout: ms,
    greetingTimeout: ms,
    socketTimeout: ms,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(channel.username === undefined ? {} : { auth: { user: channel.username, pass: channel.secret ?? '' } }),
  };
}

const BAR = { info: '#6b7280', warning: '#b45309', critical: '#b42318' } as const;

/** No picture, nothing from elsewhere: only words and the one link. */
export function asHtml(message: Message): string {
  const lines = message.lines.map((l) => `<p style="margin:0 0 8px">${escaped(l)}</p>`).join('');
  const label = message.linkLine?.replace(message.url ?? '', '').replace(/[：:\s]+$/, '') ?? '';
  const link =
    message.url === null
      ? ''
      : `<p style="margin:16px 0 8px"><a href="${escaped(message.url)}" style="display:inline-block;padding:10px 22px;background:#1d4ed8;color:#fff;text-decoration:none;border-radius:4px">${escaped(label || '查看')}</a></p><p style="margin:0;color:#6b7280;font-size:13px;word-break:break-all">${escaped(message.url)}</p>`;
  return `<!doctype html><html lang="zh-CN"><body style="font-family:sans-serif;font-size:15px;line-height:1.6;color:#111"><div style="border-left:4px solid ${BAR[message.severity]};padding:4px 0 4px 14px"><p style="margin:0 0 10px;font-size:17px;font-weight:bold">${escaped(message.title)}</p>${lines}${link}</div></body></html>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
