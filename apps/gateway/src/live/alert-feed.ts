import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type AlertMark, AlertPost, type Standing } from '@app/response';
import type { WireAlert } from '@app/domain';
import { rows } from '@app/storage';
import { AlertLane } from './alert-lane';
import { LiveSessions, type LiveSocket } from './live-sessions';

const RESEND_MS = 5_000;
/** The same while this process or the lines are behind. */
const BUSY_RESEND_MS = 30_000;
/** Without a receipt from anybody for so long, nothing more is to be expected. */
const CALM_MS = 2_000;
/** Most receipts come within milliseconds; only a slow one is worth a write of its own. */
const SLOW_RECEIPT_MS = 1_000;
/** Hints and receipts of so long are handled together. */
const GATHER_MS = 10;

interface Newcomer {
  socket: LiveSocket;
  resolve: () => void;
  reject: (error: Error) => void;
}

/** An account that never had an alert. */
const NOTHING_YET: Standing = { newest: 0, lowestUndelivered: Number.MAX_SAFE_INTEGER };

/**
 * Brings each account's alerts to its sockets in order: first what it missed, then live. The rows of
 * alert_delivery are the truth; NOTIFY only makes it quick. All lanes share one reading and one writing
 * statement at a time, however many people an alert is for.
 */
@Injectable()
export class AlertFeed {
  private readonly logger = new Logger('AlertFeed');
  private readonly lanes = new Map<LiveSocket, AlertLane>();
  private readonly hungry = new Set<AlertLane>();
  private newcomers: Newcomer[] = [];
  private receipts: AlertMark[] = [];
  private lastConfirmedAt = 0;
  private lastSweepAt = 0;
  private round: Promise<void> | null = null;
  delivered = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly post: AlertPost,
    private readonly live: LiveSessions,
  ) {}

  /** Resolves when the socket has its lane, and what it missed is on the way. */
  open(socket: LiveSocket): Promise<void> {
    return new Promise((resolve, reject) => {
      this.newcomers.push({ socket, resolve, reject });
      // A thousand browsers that come back at once ask once together.
      if (this.newcomers.length === 1) setTimeout(() => void this.welcome(), GATHER_MS);
    });
  }

  private async welcome(): Promise<void> {
    const arrived = this.newcomers;
    this.newcomers = [];
    try {
      const standings = await this.post.standings(arrived.map(({ socket }) => socket.data.principal.accountId));
      const lanes = arrived.flatMap(
        ({ socket }) => this.laneOf(socket, standings.get(socket.data.principal.accountId)) ?? [],
      );
      this.feed(lanes);
      for (const { resolve } of arrived) resolve();
    } catch (error) {
      for (const { reject } of arrived) reject(error as Error);
    }
  }

  private laneOf(socket: LiveSocket, { newest, lowestUndelivered }: Standing = NOTHING_YET): AlertLane | null {
    if (!socket.connected) return null;
    const { lastSeq } = socket.data;
    // Nothing said: only what nobody confirmed. Ahead of the database (a restored backup): from the beginning.
    const known = lastSeq === null ? newest : lastSeq > newest ? 0 : lastSeq;
    const lane = new AlertLane(socket, Math.min(known, lowestUndelivered - 1), known, (l, alert) =>
      this.confirmed(l, alert),
    );
    this.lanes.set(socket, lane);
    return lane;
  }

  close(socket: LiveSocket): void {
    const lane = this.lanes.get(socket);
    this.lanes.delete(socket);
    if (lane) this.hungry.delete(lane);
  }

  /** A hint: these accounts have new alerts. */
  hint(accountIds: string): void {
    this.feed(
      accountIds
        .split(',')
        .flatMap((id) => this.live.of(id))
        .flatMap((socket) => this.lanes.get(socket) ?? []),
    );
  }

  /** The truth behind the hints: whose counter is beyond what was sent, and what was never confirmed. */
  async sweep(): Promise<void> {
    const lanes = [...this.lanes.values()];
    if (lanes.length > 0) {
      const newest = await this.newest(lanes.map((l) => l.accountId));
      this.feed(lanes.filter((l) => (newest.get(l.accountId) ?? 0) > l.sentUpTo));
      const patience = this.isCalm() ? RESEND_MS : BUSY_RESEND_MS;
      for (const lane of lanes) lane.resend(patience);
      await this.post.markSent(
        lanes.flatMap((l) => l.unmarked(SLOW_RECEIPT_MS).map((seq) => ({ accountId: l.accountId, seq }))),
      );
    }
    this.gather();
  }

  /**
   * Whether what waits for its receipt waits in vain. While receipts keep coming, or this process is behind with its own
   * work, the line is only slow: sending again would make it slower.
   */
  private isCalm(): boolean {
    const now = performance.now();
    const late = now - this.lastSweepAt > CALM_MS;
    this.lastSweepAt = now;
    return !late && now - this.lastConfirmedAt > CALM_MS;
  }

  /** Waits for what is under way, so that receipts are not lost at the end of the process. */
  async drain(): Promise<void> {
    await this.round;
    await this.writeReceipts();
  }

  private confirmed(lane: AlertLane, alert: WireAlert): void {
    this.delivered++;
    this.lastConfirmedAt = performance.now();
    if (alert.deliveredAt === null) this.receipts.push({ accountId: lane.accountId, seq: alert.seq });
    if (this.hungry.has(lane) || alert.deliveredAt === null) this.gather();
  }

  private feed(lanes: readonly AlertLane[]): void {
    for (const lane of lanes) this.hungry.add(lane);
    if (lanes.length > 0) this.gather();
  }

  /** One round at a time; what comes meanwhile is in the next. */
  private gather(): void {
    if (this.round || !this.hasWork()) return;
    this.round = new Promise<void>((resolve) => setTimeout(resolve, GATHER_MS))
      .then(() => Promise.all([this.readNext(), this.writeReceipts()]))
      .then(
        () => true,
        (error: Error) => {
          this.logger.warn(error.message);
          return false;
        },
      )
      .then((well) => {
        this.round = null;
        // After a fault the next sweep begins the next round: a database that is away is not flooded.
        if (well) this.gather();
      });
  }

  private hasWork(): boolean {
    return this.receipts.length > 0 || [...this.hungry].some((lane) => lane.room > 0);
  }

  private async readNext(): Promise<void> {
    const places = [...this.hungry].filter((lane) => lane.room > 0);
    if (places.length === 0) return;
    for (const lane of places) this.hungry.delete(lane);
    const wanted = places.map((l) => ({ accountId: l.accountId, afterSeq: l.sentUpTo, limit: l.room }));
    const boxes = await this.post.inboxes(wanted).catch((error: Error) => {
      for (const lane of places) this.hungry.add(lane);
      throw error;
    });
    places.forEach((lane, i) => {
      const alerts = boxes[i] ?? [];
      if (!this.lanes.has(lane.socket)) return;
      lane.take(alerts);
      // A full answer: there may be more. The lane waits for receipts when its window is full.
      if (alerts.length === wanted[i]!.limit) this.hungry.add(lane);
    });
  }

  /** What cannot be written is kept for the next round. */
  private async writeReceipts(): Promise<void> {
    const batch = this.receipts;
    this.receipts = [];
    try {
      await this.post.markDelivered(batch);
    } catch (error) {
      this.receipts.push(...batch);
      throw error;
    }
  }

  private async newest(accountIds: string[]): Promise<Map<string, number>> {
    const counters = await rows<{ id: string; seq: string }>(
      this.dataSource,
      'select account_id as id, seq from alert_counter where account_id = any($1::bigint[])',
      [[...new Set(accountIds)]],
    );
    return new Map(counters.map((c) => [c.id, Number(c.seq)]));
  }
}
