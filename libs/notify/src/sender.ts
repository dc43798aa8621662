import type { Addressee, DeliveryResult, SendLimit } from '@app/response';
import type { ChannelSettings } from '@app/settings';
import type { Message } from './message';

/** What became of one try. The fault is kept with the delivery and shown. */
export type SendResult = DeliveryResult;
export type Recipient = Pick<Addressee, 'accountId' | 'displayName' | 'email' | 'phone'>;

/** One way out. A group sender reaches a whole group with one message, whoever the alert names. */
export interface Sender {
  readonly channel: ChannelSettings;
  readonly group: boolean;
  /** What the receiver itself allows. */
  readonly limits: readonly SendLimit[];
  send(message: Message, to: readonly Recipient[]): Promise<SendResult>;
  close(): void;
}
