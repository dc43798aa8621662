import { type DynamicModule, Global, Module } from '@nestjs/common';
import { ClassifierHolder, CrawlingModule, IntakeModule } from '@app/intake';
import { sendReportMail } from '@app/notify';
import { SETTINGS, type Settings, SettingsModule } from '@app/settings';
import { REPORT_MAILER, type ReportMailer, StatsWorkModule, TEXT_LABELLER, type TextLabeller } from '@app/stats';
import { MonthsModule, StorageModule } from '@app/storage';

/** What stats needs of its neighbours, which it does not know: the e-mail channel, and the classifier. */
@Global()
@Module({
  imports: [IntakeModule],
  providers: [
    { provide: REPORT_MAILER, inject: [SETTINGS], useFactory: mailerOf },
    {
      provide: TEXT_LABELLER,
      inject: [ClassifierHolder],
      useFactory:
        (classifier: ClassifierHolder): TextLabeller =>
        (input) =>
          classifier.get().classify(input),
    },
  ],
  exports: [REPORT_MAILER, TEXT_LABELLER],
})
class NeighboursModule {}

function mailerOf(settings: Settings): ReportMailer | null {
  const channel = settings.channels.channels.find((c) => c.kind === 'email');
  return channel?.kind === 'email' ? { send: (mail) => sendReportMail(channel, mail) } : null;
}

/** Wakes due sources: fetch → parse → classify → cluster → store. Beside it what may take long and nobody waits for: months, reports, backtests. */
@Module({ imports: [StorageModule, MonthsModule, CrawlingModule, NeighboursModule, StatsWorkModule] })
export class CrawlerModule {
  static of(settings: Settings): DynamicModule {
    return { module: CrawlerModule, imports: [SettingsModule.of(settings)] };
  }
}
