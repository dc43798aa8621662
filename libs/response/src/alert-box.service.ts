import { Inject, Injectable } from '@nestjs/common';
import { beijingIso, maskText, type WireAlert, type WireDelivery } from '@app/domain';
import { SETTINGS, type Settings } from '@app/settings';
import { row, rows } from '@app/storage';
import { DataSource } from 'typeorm';
import { loadDeliveries } from './delivery-view';
import { isoOrNull } from './wire-instant';

/** Columns of an alert and its delivery as WireAlert needs them; `d` is the delivery, `a` the alert. */
export const ALERT_COLUMNS = `a.id, a.key, a.kind, a.severity, a.title, a.body, a.case_id as "caseId",
  a.clock_id as "clockId", a.rung, a.created_at as "createdAt"`;

export interface AlertRow {
  id: string;
  key: string;
  seq: string | null;
  kind: WireAlert['kind'];
  severity: WireAlert['severity'];
  title: string;
  body: string;
  caseId: string | null;
  clockId: string | null;
  rung: string | null;
  createdAt: Date;
  deliveredAt: Date | null;
  readAt: Date | null;
}

export function toWireAlert(r: AlertRow): WireAlert {
  return {
    id: r.id,
    key: r.key,
    seq: Number(r.seq ?? 0),
    kind: r.kind,
    severity: r.severity,
    title: maskText(r.title),
    body: maskText(r.body),
    caseId: r.caseId,
    clockId: r.clockId,
    rung: r.rung,
    createdAt: beijingIso(r.createdAt),
    deliveredAt: isoOrNull(r.deliveredAt),
    readAt: isoOrNull(r.readAt),
  };
}

const OWN_SEQS = `select account_id, channel, seq from alert_delivery
  where account_id = $1 and channel = 'socket' and seq = any($2::bigint[])`;
const IS_OWN = 'd.account_id = own.account_id and d.channel = own.channel and d.seq = own.seq';

/** The alerts of one account: what the gateway replays, and the receipts it hands back. */
@Injectable()
export class AlertBox {
  private readonly channelTitles: ReadonlyMap<string, string>;

  constructor(
    private readonly dataSource: DataSource,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.channelTitles = new Map(settings.channels.channels.map((c) => [c.name, c.title]));
  }

  /**
   * Alerts with a number above `afterSeq`, in their order. Nothing below a number seen can appear later.
   * @param limit at most so many; ask again from the last one's seq for more
   */
  async inbox(accountId: string, afterSeq: number, limit = 200): Promise<WireAlert[]> {
    return this.select(accountId, 'and d.seq > $2 order by d.seq limit $3', [afterSeq, limit]);
  }

  /** The newest alerts, newest first. `beforeSeq` pages back. */
  async latest(accountId: string, limit = 50, beforeSeq: number | null = null): Promise<WireAlert[]> {
    return this.select(accountId, 'and ($2::bigint is null or d.seq < $2) order by d.seq desc limit $3', [
      beforeSeq,
      limit,
    ]);
  }

  async unread(accountId: string): Promise<number> {
    const found = await row<{ n: number }>(
      this.dataSource,
      `select count(*)::int as n from alert_delivery where account_id = $1 and channel = 'socket' and read_at is null and withdrawn_at is null`,
      [accountId],
    );
    return found?.n ?? 0;
  }

  /** Sent over the socket; the receipt has not come yet. */
  async markSent(accountId: string, seqs: readonly number[]): Promise<void> {
    if (seqs.length === 0) return;
    await rows(
      this.dataSource,
      `with own as (${OWN_SEQS} and state in ('queued', 'sent') order by seq for update)
       update alert_delivery d set state = 'sent', attempts = attempts + 1, sent_at = coalesce(sent_at, app_now())
       from own where ${IS_OWN}`,
      [accountId, seqs],
    );
  }

  /** The receipt 'delivered' of the client. */
  async markDelivered(accountId: string, seqs: readonly number[]): Promise<void> {
    if (seqs.length === 0) return;
    await rows(
      this.dataSource,
      `with own as (${OWN_SEQS} and delivered_at is null order by seq for update)
       update alert_delivery d set delivered_at = app_now(), sent_at = coalesce(sent_at, app_now()),
         state = case when read_at is null then 'delivered' else state end
       from own where ${IS_OWN}`,
      [accountId, seqs],
    );
  }

  /**
   * A person has read it: the receipt that stops the climb to the next office, on every channel.
   * @returns false when this account never had such an alert
   */
  async markRead(accountId: string, alertId: string): Promise<boolean> {
    return (await this.read(accountId, [alertId])) > 0;
  }

  /** Every unread alert of the account; returns how many. */
  async markAllRead(accountId: string): Promise<number> {
    const unread = await rows<{ id: string }>(
      this.dataSource,
      'select distinct alert_id as id from alert_delivery where account_id = $1 and read_at is null and withdrawn_at is null',
      [accountId],
    );
    return this.read(
      accountId,
      unread.map((u) => u.id),
    );
  }

  /**
   * What went out over another channel counts as read there too, what had not yet gone out need not go any more.
   * Alerts before deliveries, each in the order of its key: the order in which every writer locks them.
   */
  private read(accountId: string, alertIds: readonly string[]): Promise<number> {
    return this.dataSource.transaction(async (manager) => {
      await rows(
        manager,
        `with held as (select id from alert a where id = any($2::bigint[]) and escalate_at is not null
           and exists (select 1 from alert_delivery where alert_id = a.id and account_id = $1 and withdrawn_at is null) order by id for update)
         update alert a set escalate_at = null from held where a.id = held.id`,
        [accountId, alertIds],
      );
      const read = await rows<{ alertId: string }>(
        manager,
        `with own as (select account_id, channel, seq from alert_delivery
           where account_id = $1 and alert_id = any($2::bigint[]) and withdrawn_at is null order by seq for update)
         update alert_delivery d set read_at = coalesce(read_at, app_now()), next_try_at = null,
           state = case when d.channel = 'socket' or d.state in ('sent', 'delivered', 'read') then 'read' else 'superseded' end,
           delivered_at = case when d.channel = 'socket' then coalesce(delivered_at, app_now()) else delivered_at end
         from own where ${IS_OWN} returning d.alert_id as "alertId"`,
        [accountId, alertIds],
      );
      return new Set(read.map((r) => r.alertId)).size;
    });
  }

  /** What became of an alert for everybody it names; null when this account is none of them. */
  async deliveries(accountId: string, alertId: string): Promise<WireDelivery[] | null> {
    const all = await loadDeliveries(this.dataSource, [alertId], this.channelTitles);
    const own = await row(this.dataSource, 'select 1 from alert_delivery where alert_id = $1 and account_id = $2 and withdrawn_at is null limit 1', [alertId, accountId]);
    return own === null ? null : (all.get(alertId) ?? []);
  }

  private async select(accountId: string, where: string, params: unknown[]): Promise<WireAlert[]> {
    const found = await rows<AlertRow>(
      this.dataSource,
      `select ${ALERT_COLUMNS}, d.seq, d.delivered_at as "deliveredAt", d.read_at as "readAt"
       from alert_delivery d join alert a on a.id = d.alert_id
       where d.account_id = $1 and d.channel = 'socket' and d.withdrawn_at is null ${where}`,
      [accountId, ...params],
    );
    return found.map(toWireAlert);
  }
}
