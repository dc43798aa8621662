import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type ChannelTerms, DeliveryWork, LEASE_SECONDS, type Outgoing } from '@app/response';
import type { MessageTemplates } from '@app/settings';
import { CHANNELS, PgListener, readNow } from '@app/storage';
import { type MessageLink, planMessage } from './message';
import type { Sender, SendResult } from './sender';

/** Injection token: `DeliverySettings`. */
export const DELIVERY = Symbol('DELIVERY');

export interface DeliverySettings {
  senders: readonly Sender[];
  templates: MessageTemplates;
  /** null: messages carry no link. */
  publicUrl: string | null;
  linkHours: number;
  fallbackAfterTries: number;
}

/** Messages of one claim. */
const BATCH = 20;
/** One message may take its timeout several times over (e-mail: to connect, to be greeted, to be answered). */
const TIMEOUTS_OF_A_SEND = 3;
const LONGEST_WAIT_MS = 2_000;
const TIDY_MS = 3_600_000;

/** One loop for each channel: claims due messages, sends, hands back what became of them. */
@Injectable()
export class DeliveryLoop implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('DeliveryLoop');
  private stopped = false;
  private wakers = new Set<() => void>();
  private running: Promise<void>[] = [];
  private tidying: NodeJS.Timeout | null = null;

  constructor(
    private readonly dataSource: DataSource,
    private readonly work: DeliveryWork,
    private readonly listener: PgListener,
    @Inject(DELIVERY) private readonly settings: DeliverySettings,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { senders } = this.settings;
    if (senders.length === 0) return;
    await this.listener.listen(CHANNELS.alertAddressed, () => this.wake());
    await this.listener.listen(CHANNELS.timeShifted, () => this.wake());
    this.running = senders.map((sender) => this.run(sender));
    this.tidying = setInterval(
      () => void this.work.links.sweep().catch((e: Error) => this.logger.warn(e.message)),
      TIDY_MS,
    );
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    if (this.tidying) clearInterval(this.tidying);
    this.wake();
    await Promise.all(this.running);
    for (const sender of this.settings.senders) sender.close();
  }

  private async run(sender: Sender): Promise<void> {
    while (!this.stopped) {
      try {
        if (!(await this.sendBatch(sender)).more)
          await this.rest(await this.work.claims.waitMs(sender.channel.name, LONGEST_WAIT_MS));
      } catch (error) {
        // The database is away, or a bug: said, and tried again. Claims come back by their lease.
        this.logger.error(`${sender.channel.name}: ${(error as Error).message}`);
        await this.rest(LONGEST_WAIT_MS);
      }
    }
  }

  /** Sends one batch; returns how many messages it tried, and whether there may be more at once. */
  async sendBatch(sender: Sender): Promise<{ tried: number; more: boolean }> {
    const longest = TIMEOUTS_OF_A_SEND * sender.channel.timeoutSeconds;
    const lease = Math.max(LEASE_SECONDS, 2 * longest);
    const started = performance.now();
    const { messages, more } = await this.work.claims.claim(termsOf(sender), BATCH, lease);
    const waiting = [...messages];
    // No message is begun that could outlast the lease: another sender would then send it a second time.
    while (waiting.length > 0 && !this.stopped && performance.now() - started < (lease - longest) * 1000) {
      await this.deliver(sender, waiting.shift()!);
    }
    if (waiting.length > 0) await this.work.claims.release(waiting);
    return { tried: messages.length - waiting.length, more: more || waiting.length > 0 };
  }

  private async deliver(sender: Sender, out: Outgoing): Promise<void> {
    const started = performance.now();
    const result =
      out.refused === null
        ? await this.trySend(sender, out)
        : ({ ok: false, fault: out.refused, final: true } as const);
    const caseIds = [...new Set(out.alerts.map(({ alert }) => alert.caseId).filter((id) => id !== null))];
    const of = {
      channel: out.channel,
      messageId: out.messageId,
      caseIds,
      durationMs: Math.round(performance.now() - started),
    };
    if (result.ok) this.logger.debug({ message: `${out.channel}: message ${out.messageId} went out`, ...of });
    else
      this.logger.warn({
        message: `${out.channel}: message ${out.messageId}, try ${out.attempts}: ${result.fault}`,
        ...of,
      });
    await this.work.settling.settle(out, result, this.settings.fallbackAfterTries);
  }

  private async trySend(sender: Sender, out: Outgoing): Promise<SendResult> {
    const link = await this.linkOf(sender, out);
    const message = planMessage(out, this.settings.templates, await readNow(this.dataSource), link);
    return sender.send(message, out.to);
  }

  /** A group never gets a link by which its members could sign for one another. */
  private async linkOf(sender: Sender, out: Outgoing): Promise<MessageLink | null> {
    const { publicUrl, linkHours } = this.settings;
    if (publicUrl === null) return null;
    const { id, caseId } = out.alerts[0]!.alert;
    const account = out.to[0]!;
    if (!sender.group) {
      const token = await this.work.links.issue(account.accountId, id, out.channel, linkHours);
      return { url: `${publicUrl}/r/${token}`, sign: true };
    }
    return { url: out.kind === 'single' && caseId !== null ? `${publicUrl}/cases/${caseId}` : publicUrl, sign: false };
  }

  private wake(): void {
    for (const waker of this.wakers) waker();
  }

  private rest(ms: number): Promise<void> {
    if (this.stopped || ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.wakers.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.wakers.add(done);
    });
  }
}

function termsOf({ channel, group, limits }: Sender): ChannelTerms {
  return {
    name: channel.name,
    group,
    limits: [...(channel.storm === null ? [] : [channel.storm]), ...limits],
    quota: channel.kind === 'sms' ? { perDay: channel.quotaPerDay, reserve: channel.reserveForUrgent } : null,
  };
}
