import { createTransport, type Transporter } from 'nodemailer';
import type { ChannelSettings } from '@app/settings';
import { asText, type Message } from './message';
import type { Recipient, Sender, SendResult } from './sender';

/** Plain-text mail to the account's own address. */
export class EmailSender implements Sender {
  readonly group = false;
  private readonly transport: Transporter;

  constructor(readonly channel: Extract<ChannelSettings, { kind: 'email' }>) {
    const ms = channel.timeoutSeconds * 1000;
    this.transport = createTransport({
      host: channel.host,
      port: channel.port,
      secure: channel.secure,
      pool: true,
      maxConnections: 2,
      connectionTimeout: ms,
      greetingTimeout: ms,
      socketTimeout: ms,
      disableFileAccess: true,
      disableUrlAccess: true,
      ...(channel.username === undefined ? {} : { auth: { user: channel.username, pass: channel.secret ?? '' } }),
    });
  }

  async send(message: Message, to: Recipient[]): Promise<SendResult> {
    const addresses = to.flatMap((r) => (r.email === null ? [] : [r.email]));
    if (addresses.length === 0) return { ok: false, fault: '该账号未填写邮箱', final: true };
    try {
      await this.transport.sendMail({
        from: this.channel.from,
        to: addresses,
        subject: message.title.replace(/\s+/g, ' '),
        text: asText(message),
        // The same message sent again after a crash is one message to the reader's mail program.
        messageId: `<${encodeURIComponent(message.key)}.${to[0]!.accountId}@huiying.invalid>`,
      });
      return { ok: true };
    } catch (error) {
      const e = error as Error & { responseCode?: number; code?: string };
      return { ok: false, fault: `邮件未发出：${e.responseCode ?? e.code ?? e.name}` };
    }
  }

  close(): void {
    this.transport.close();
  }
}
