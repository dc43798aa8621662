import { Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { DeliveryClaims } from '@app/response';
import { SETTINGS, type Settings } from '@app/settings';
import { DeliveryLoop, PUBLIC_URL, SENDERS } from './delivery-loop.service';
import { openSender } from './open-sender';

/** Sends what is queued for the configured channels. Runs in the rules process; several side by side are fine. */
@Module({
  providers: [
    DeliveryLoop,
    DeliveryClaims,
    {
      provide: SENDERS,
      inject: [SETTINGS, DataSource],
      useFactory: (settings: Settings, dataSource: DataSource) =>
        settings.channels.channels.map((c) => openSender(c, dataSource)),
    },
    { provide: PUBLIC_URL, inject: [SETTINGS], useFactory: (settings: Settings) => settings.channels.publicUrl },
  ],
  exports: [DeliveryLoop],
})
export class NotifyModule {}
