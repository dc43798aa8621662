import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type Delivery, DeliveryClaims, LEASE_SECONDS } from '@app/response';
import { CHANNELS, PgListener, row, rows } from '@app/storage';
import { type MessageFacts, planMessage } from './message';
import type { Recipient, Sender, SendResult } from './sender';

export const SENDERS = Symbol('SENDERS');
export const PUBLIC_URL = Symbol('PUBLIC_URL');

const BATCH = 20;
/** One message may take its timeout several times over (e-mail: to connect, to be greeted, to be answered). */
const TIMEOUTS_OF_A_SEND = 3;
const LONGEST_WAIT_MS = 2_000;

/** One loop for each channel: claims due deliveries, sends, hands back what became of them. */
@Injectable()
export class DeliveryLoop implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('DeliveryLoop');
  private stopped = false;
  private wakers = new Set<() => void>();
  private running: Promise<void>[] = [];

  constructor(
    private readonly dataSource: DataSource,
    private readonly claims: DeliveryClaims,
    private readonly listener: PgListener,
    @Inject(SENDERS) private readonly senders: readonly Sender[],
    @Inject(PUBLIC_URL) private readonly publicUrl: string | null,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (this.senders.length === 0) return;
    await this.listener.listen(CHANNELS.alertAddressed, () => this.wake());
    this.running = this.senders.map((sender) => this.run(sender));
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.wake();
    await Promise.all(this.running);
    for (const sender of this.senders) sender.close();
  }

  private async run(sender: Sender): Promise<void> {
    while (!this.stopped) {
      try {
        const sent = await this.sendBatch(sender);
        if (sent < BATCH) await this.rest(await this.claims.waitMs(sender.channel.name, LONGEST_WAIT_MS));
      } catch (error) {
        // The database is away, or a bug: said, and tried again. Claims come back by their lease.
        this.logger.error(`${sender.channel.name}: ${(error as Error).message}`);
        await this.rest(LONGEST_WAIT_MS);
      }
    }
  }

  /** Sends one batch; returns how many deliveries it held. */
  async sendBatch(sender: Sender): Promise<number> {
    const longest = TIMEOUTS_OF_A_SEND * sender.channel.timeoutSeconds;
    const lease = Math.max(LEASE_SECONDS, 2 * longest);
    const started = performance.now();
    const claimed = await this.claims.claim(sender.channel.name, BATCH, lease);
    const waiting = grouped(claimed, sender.group);
    // No message is begun that could outlast the lease: another sender would then send it a second time.
    while (waiting.length > 0 && performance.now() - started < (lease - longest) * 1000) {
      await this.deliver(sender, waiting.shift()!);
    }
    if (waiting.length > 0) await this.claims.release(waiting.flat());
    return claimed.length;
  }

  private async deliver(sender: Sender, together: Delivery[]): Promise<void> {
    const first = together[0]!;
    if (sender.group && (await this.groupHasIt(first))) return this.settleAll(together, { ok: true });
    const now = await row<{ now: Date }>(this.dataSource, 'select app_now() as now');
    const message = planMessage(first.alert, await this.facts(first), now!.now, this.publicUrl);
    const result = await sender.send(message, await this.recipients(together));
    if (!result.ok)
      this.logger.warn(`${sender.channel.name}: alert ${first.alert.id}, try ${first.attempts}: ${result.fault}`);
    await this.settleAll(together, result);
  }

  private async settleAll(deliveries: Delivery[], result: SendResult): Promise<void> {
    for (const d of deliveries) await this.claims.settle(d, result);
  }

  /** A group reads one message for all; the rows of the same alert in a later batch are done by it. */
  private async groupHasIt(d: Delivery): Promise<boolean> {
    const found = await rows(
      this.dataSource,
      `select 1 from alert_delivery where alert_id = $1 and channel = $2 and sent_at is not null limit 1`,
      [d.alert.id, d.channel],
    );
    return found.length > 0;
  }

  private async facts(d: Delivery): Promise<MessageFacts> {
    const found = await row<MessageFacts>(
      this.dataSource,
      `select f.code as "caseCode", f.title as "caseTitle", c.rule ->> 'title' as "dutyTitle", c.due_at as "dueAt", p.name as "departmentName"
         from alert a left join case_file f on f.id = a.case_id left join clock c on c.id = a.clock_id
         left join department p on p.id = f.department_id where a.id = $1`,
      [d.alert.id],
    );
    return found ?? { caseCode: null, caseTitle: null, dutyTitle: null, dueAt: null, departmentName: null };
  }

  private recipients(together: Delivery[]): Promise<Recipient[]> {
    return rows<Recipient>(
      this.dataSource,
      'select id as "accountId", display_name as "displayName", email from account where id = any($1::bigint[]) order by id',
      [together.map((d) => d.accountId)],
    );
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

function grouped(deliveries: Delivery[], group: boolean): Delivery[][] {
  if (!group) return deliveries.map((d) => [d]);
  const byAlert = new Map<string, Delivery[]>();
  for (const d of deliveries) byAlert.set(d.alert.id, [...(byAlert.get(d.alert.id) ?? []), d]);
  return [...byAlert.values()];
}
