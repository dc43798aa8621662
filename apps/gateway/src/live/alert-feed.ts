import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AlertBox } from '@app/response';
import type { WireAlert } from '@app/domain';
import { rows } from '@app/storage';
import { LiveSessions, type LiveSocket } from './live-sessions';

/** Alerts on the way to one socket that it has not confirmed. Bounds the replay after a long absence. */
const WINDOW = 200;
/** An unconfirmed alert is sent again after so long; the client drops the key it has seen. */
const RESEND_MS = 5_000;

interface Lane {
  /** Everything up to this seq was sent on this socket. */
  watermark: number;
  /** At the start only: seqs up to here are sent only when nobody ever confirmed them. */
  known: number;
  /** seq → monotonic ms of the last sending. */
  pending: Map<number, number>;
  pumping: boolean;
  again: boolean;
}

/**
 * Brings each account's alerts to its sockets in order: first what it missed, then live. The rows of
 * alert_delivery are the truth; NOTIFY only makes it quick.
 */
@Injectable()
export class AlertFeed {
  private readonly logger = new Logger('AlertFeed');
  private readonly lanes = new Map<LiveSocket, Lane>();
  private receipts = new Map<string, Set<number>>();
  delivered = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly box: AlertBox,
    private readonly live: LiveSessions,
  ) {}

  async open(socket: LiveSocket): Promise<void> {
    const { principal, lastSeq } = socket.data;
    const newest = await this.box.lastSeq(principal.accountId);
    // A client ahead of the database met a restored backup: it starts from the beginning.
    const known = lastSeq === null || lastSeq > newest ? (lastSeq === null ? newest : 0) : lastSeq;
    const watermark = Math.min(known, (await this.lowestUndelivered(principal.accountId)) - 1);
    if (!socket.connected) return;
    this.lanes.set(socket, { watermark, known, pending: new Map(), pumping: false, again: false });
    await this.pump(socket);
  }

  close(socket: LiveSocket): void {
    this.lanes.delete(socket);
  }

  /** A hint: this account has new alerts. */
  async hint(accountId: string): Promise<void> {
    await Promise.all(this.live.of(accountId).map((s) => this.pump(s)));
  }

  /** The truth behind the hints: whose counter is beyond what was sent, and what was never confirmed. */
  async sweep(): Promise<void> {
    await this.writeReceipts();
    const accounts = [...new Set([...this.lanes.keys()].map((s) => s.data.principal.accountId))];
    if (accounts.length === 0) return;
    const counters = await rows<{ id: string; seq: string }>(
      this.dataSource,
      'select account_id as id, seq from alert_counter where account_id = any($1::bigint[])',
      [accounts],
    );
    const newest = new Map(counters.map((c) => [c.id, Number(c.seq)]));
    for (const [socket, lane] of this.lanes) {
      const behind = (newest.get(socket.data.principal.accountId) ?? 0) > lane.watermark;
      if (behind) await this.pump(socket);
      await this.resend(socket, lane);
    }
  }

  private async pump(socket: LiveSocket): Promise<void> {
    const lane = this.lanes.get(socket);
    if (!lane) return;
    lane.again = true;
    if (lane.pumping) return;
    lane.pumping = true;
    try {
      while (lane.again && socket.connected) {
        lane.again = false;
        const room = WINDOW - lane.pending.size;
        if (room <= 0) break;
        const alerts = await this.box.inbox(socket.data.principal.accountId, lane.watermark, room);
        await this.sendAll(socket, lane, alerts);
        if (alerts.length === room) lane.again = true;
      }
    } finally {
      lane.pumping = false;
    }
  }

  private async sendAll(socket: LiveSocket, lane: Lane, alerts: WireAlert[]): Promise<void> {
    for (const alert of alerts) {
      lane.watermark = alert.seq;
      if (alert.seq > lane.known || alert.deliveredAt === null) this.send(socket, lane, alert);
    }
    const sent = alerts.filter((a) => a.deliveredAt === null).map((a) => a.seq);
    await this.box.markSent(socket.data.principal.accountId, sent);
  }

  private send(socket: LiveSocket, lane: Lane, alert: WireAlert): void {
    lane.pending.set(alert.seq, performance.now());
    socket.emit('alert', alert, () => this.confirm(socket, lane, alert));
  }

  private confirm(socket: LiveSocket, lane: Lane, alert: WireAlert): void {
    if (!lane.pending.delete(alert.seq)) return;
    this.delivered++;
    if (alert.deliveredAt === null) {
      const { accountId } = socket.data.principal;
      const seqs = this.receipts.get(accountId) ?? new Set();
      this.receipts.set(accountId, seqs.add(alert.seq));
      if (seqs.size === 1)
        setTimeout(() => void this.writeReceipts().catch((e: Error) => this.logger.error(e.message)), 20);
    }
    if (lane.pending.size === WINDOW - 1 || lane.pending.size === 0) {
      void this.pump(socket).catch((e: Error) => this.logger.error(e.message));
    }
  }

  /** Receipts come in bursts: one statement for each account. What cannot be written is kept for the next sweep. */
  private async writeReceipts(): Promise<void> {
    const batch = this.receipts;
    this.receipts = new Map();
    for (const [accountId, seqs] of batch) {
      try {
        await this.box.markDelivered(accountId, [...seqs]);
      } catch (error) {
        const kept = this.receipts.get(accountId) ?? new Set();
        this.receipts.set(accountId, new Set([...kept, ...seqs]));
        throw error;
      }
      batch.delete(accountId);
    }
  }

  private async resend(socket: LiveSocket, lane: Lane): Promise<void> {
    const due = performance.now() - RESEND_MS;
    const seqs = [...lane.pending].filter(([, at]) => at < due).map(([seq]) => seq);
    if (seqs.length === 0) return;
    const wanted = new Set(seqs);
    const alerts = await this.box.inbox(socket.data.principal.accountId, Math.min(...seqs) - 1, WINDOW * 2);
    for (const alert of alerts)
      if (wanted.has(alert.seq) && lane.pending.has(alert.seq)) this.send(socket, lane, alert);
  }

  private async lowestUndelivered(accountId: string): Promise<number> {
    const found = await rows<{ seq: string | null }>(
      this.dataSource,
      `select min(seq) as seq from alert_delivery where account_id = $1 and channel = 'socket' and read_at is null and delivered_at is null`,
      [accountId],
    );
    return found[0]?.seq === null || found[0] === undefined ? Number.MAX_SAFE_INTEGER : Number(found[0].seq);
  }
}
