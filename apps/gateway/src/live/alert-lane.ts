import type { WireAlert } from '@app/domain';
import type { LiveSocket } from './live-sessions';

/** Alerts on the way to one socket that it has not confirmed. Bounds the replay after a long absence. */
const WINDOW = 100;

interface Pending {
  alert: WireAlert;
  /** Monotonic ms of the last sending. */
  at: number;
  /** The row says 'sent'. */
  marked: boolean;
}

/** The alerts on the way to one socket, in order: what was sent, what was confirmed. */
export class AlertLane {
  private readonly pending = new Map<number, Pending>();

  /**
   * @param watermark everything up to this seq was sent on this socket, or need not be
   * @param known up to this seq the client has what anybody confirmed; only the rest is sent
   */
  constructor(
    readonly socket: LiveSocket,
    private watermark: number,
    private readonly known: number,
    private readonly confirmed: (lane: AlertLane, alert: WireAlert) => void,
  ) {}

  get accountId(): string {
    return this.socket.data.principal.accountId;
  }

  get sentUpTo(): number {
    return this.watermark;
  }

  /** How many more may be under way. */
  get room(): number {
    return WINDOW - this.pending.size;
  }

  /** Sends the next alerts after `sentUpTo`. */
  take(alerts: readonly WireAlert[]): void {
    for (const alert of alerts) {
      // Two readings of the same rows may cross: the watermark drops the second.
      if (alert.seq <= this.watermark) continue;
      this.watermark = alert.seq;
      if (alert.seq > this.known || alert.deliveredAt === null) this.send(alert, alert.deliveredAt !== null);
    }
  }

  /** Sends again what has waited too long for its receipt: the client drops the key it has seen. */
  resend(olderThanMs: number): void {
    const due = performance.now() - olderThanMs;
    for (const { alert, at, marked } of [...this.pending.values()]) if (at < due) this.send(alert, marked);
  }

  /** What has been under way so long that its row should say 'sent'; each is named once. */
  unmarked(olderThanMs: number): number[] {
    const due = performance.now() - olderThanMs;
    const found = [...this.pending.values()].filter((p) => !p.marked && p.at < due);
    for (const p of found) p.marked = true;
    return found.map((p) => p.alert.seq);
  }

  private send(alert: WireAlert, marked: boolean): void {
    this.pending.set(alert.seq, { alert, at: performance.now(), marked });
    this.socket.emit('alert', alert, () => {
      if (this.pending.delete(alert.seq)) this.confirmed(this, alert);
    });
  }
}
