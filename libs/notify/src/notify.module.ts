import { Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ResponseModule } from '@app/response';
import { SETTINGS, type Settings } from '@app/settings';
import { DELIVERY, DeliveryLoop, type DeliverySettings } from './delivery-loop.service';
import { LifeSign } from './life-sign.service';
import { openSender } from './open-sender';
import { WebhookBook } from './webhook-book.service';
import { WebhookLoop } from './webhook-loop.service';

/** Sends what is queued for the configured channels. Runs in the rules process; several side by side are fine. */
@Module({
  imports: [ResponseModule],
  providers: [
    DeliveryLoop,
    WebhookBook,
    WebhookLoop,
    LifeSign,
    {
      provide: DELIVERY,
      inject: [SETTINGS, DataSource],
      useFactory: ({ channels: c, messages }: Settings, dataSource: DataSource): DeliverySettings => ({
        senders: c.channels.map((channel) => openSender(channel, dataSource)),
        templates: messages,
        publicUrl: c.publicUrl,
        linkHours: c.linkHours,
        fallbackAfterTries: c.fallbackAfterTries,
      }),
    },
  ],
  exports: [DeliveryLoop, WebhookLoop],
})
export class NotifyModule {}
