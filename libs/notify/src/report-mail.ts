import { createTransport } from 'nodemailer';
import type { ChannelSettings } from '@app/settings';
import { transportOf } from './email-sender';
import { oneLine } from './message';

type EmailChannel = Extract<ChannelSettings, { kind: 'email' }>;

/** A mail with files to a list of addresses, over the e-mail channel of config/channels.yaml. */
export interface ReportMail {
  /** The same key sent again after a crash is one message to the reader's mail program. */
  key: string;
  to: string[];
  subject: string;
  text: string;
  files: { name: string; bytes: Buffer }[];
}

/** @returns what went wrong, in Chinese, or null */
export async function sendReportMail(channel: EmailChannel, mail: ReportMail): Promise<string | null> {
  const transport = createTransport(transportOf(channel));
  try {
    await transport.sendMail({
      from: channel.from,
      to: mail.to.map((address) => ({ name: '', address })),
      subject: oneLine(mail.subject),
      text: mail.text,
      attachments: mail.files.map((f) => ({ filename: f.name, content: f.bytes })),
      messageId: `<${encodeURIComponent(mail.key)}@huiying.invalid>`,
    });
    return null;
  } catch (error) {
    const e = error as Error & { responseCode?: number; code?: string };
    return `邮件未发出：${e.responseCode ?? e.code ?? e.name}`;
  } finally {
    transport.close();
  }
}
