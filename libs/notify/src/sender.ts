import type { ChannelSettings } from '@app/settings';
import type { Message } from './message';

/** What became of one try. The fault is kept with the delivery and shown. */
export type SendResult = { ok: true } | { ok: false; fault: string; /** Trying again cannot help. */ final?: boolean };

export interface Recipient {
  accountId: string;
  displayName: string;
  email: string | null;
}

/** One way out. A group sender reaches a whole group with one message, whoever the alert names. */
export interface Sender {
  readonly channel: ChannelSettings;
  readonly group: boolean;
  send(message: Message, to: Recipient[]): Promise<SendResult>;
  close(): void;
}
