import type { DataSource } from 'typeorm';
import type { ChannelSettings } from '@app/settings';
import { row } from '@app/storage';
import { EmailSender } from './email-sender';
import { RobotSender } from './robot-sender';
import type { Sender } from './sender';
import { SmsSender } from './sms-sender';
import { WebhookSender } from './webhook-sender';

/** The sender of a configured channel. Signatures carry real time: receivers refuse what is minutes off. */
export function openSender(channel: ChannelSettings, dataSource: DataSource): Sender {
  const unixSeconds = async (): Promise<number> => {
    const found = await row<{ s: string }>(
      dataSource,
      'select floor(extract(epoch from clock_timestamp()))::bigint as s',
    );
    return Number(found!.s);
  };
  switch (channel.kind) {
    case 'webhook':
      return new WebhookSender(channel, unixSeconds);
    case 'email':
      return new EmailSender(channel);
    case 'sms':
      return new SmsSender(channel, unixSeconds);
    default:
      return new RobotSender(channel, unixSeconds);
  }
}
