/** A delivery that is due and belongs to no message yet. */
export interface DueDelivery {
  accountId: string;
  seq: number;
  alertId: string;
  alertKey: string;
  digest: boolean;
  /** 0 提示 … 2 紧急: the gravest first. */
  rank: number;
}

export interface SendLimit {
  messages: number;
  minutes: number;
}

export interface PlannedMessage {
  kind: 'single' | 'digest' | 'storm';
  /** null: a group reads it. */
  accountId: string | null;
  /** The same whenever it is planned again: by it the receiver drops repeats. */
  key: string;
  rank: number;
  rows: DueDelivery[];
}

export interface MessagePlan {
  /** The gravest first. */
  messages: PlannedMessage[];
  /** Held back because the reader has just been told enough; never longer than a minute after the last message. */
  putOff: { accountId: string | null; rows: DueDelivery[]; until: Date }[];
}

/** While a storm lasts a reader gets one summary in so long. */
export const STORM_GAP_MS = 60_000;

interface Reader {
  accountId: string | null;
  begun: readonly Date[];
  limits: readonly SendLimit[];
  now: Date;
}

/**
 * Makes messages of due deliveries. Those that may wait become one digest; the others go one by one while the reader's
 * limits allow, and beyond them all become one summary (预警集中): the next at most a minute later, never silence.
 * @param begun when messages to each reader were begun lately, oldest first; key: account id, '' for the group
 */
export function planMessages(
  rows: readonly DueDelivery[],
  begun: ReadonlyMap<string, readonly Date[]>,
  limits: readonly SendLimit[],
  group: boolean,
  now: Date,
): MessagePlan {
  const readers = grouped(rows, (r) => (group ? '' : r.accountId));
  const plan: MessagePlan = { messages: [], putOff: [] };
  for (const [id, own] of readers) {
    const reader: Reader = { accountId: group ? null : id, begun: begun.get(id) ?? [], limits, now };
    const part = planFor(reader, own);
    plan.messages.push(...part.messages);
    plan.putOff.push(...part.putOff);
  }
  plan.messages.sort((a, b) => b.rank - a.rank || a.rows[0]!.seq - b.rows[0]!.seq);
  return plan;
}

function planFor(reader: Reader, rows: readonly DueDelivery[]): MessagePlan {
  const singles = [...grouped(rows.filter((r) => !r.digest), (r) => r.alertId).values()].map((own) => single(reader, own));
  const waiting = rows.filter((r) => r.digest);
  const alerts = new Set(waiting.map((r) => r.alertId));
  const digest = waiting.length === 0 ? [] : [alerts.size === 1 ? single(reader, waiting) : summary(reader, 'digest', waiting)];
  const messages = [...singles, ...digest];
  if (messages.length <= allowance(reader)) return { messages, putOff: [] };
  const free = freeAt(reader);
  if (free.getTime() > reader.now.getTime()) return { messages: [], putOff: [{ accountId: reader.accountId, rows: [...rows], until: free }] };
  const one = new Set(rows.map((r) => r.alertId)).size === 1 ? single(reader, [...rows]) : summary(reader, 'storm', [...rows]);
  return { messages: [one], putOff: [] };
}

/** How many more messages the limits let the reader have now. */
function allowance({ begun, limits, now }: Reader): number {
  const left = limits.map((l) => l.messages - begun.filter((at) => now.getTime() - at.getTime() < l.minutes * 60_000).length);
  return Math.min(Infinity, ...left);
}

/** When the reader may have a summary although the limits are used up. */
function freeAt(reader: Reader): Date {
  const last = reader.begun.at(-1);
  if (last === undefined || allowance(reader) >= 1) return reader.now;
  return new Date(last.getTime() + STORM_GAP_MS);
}

function single({ accountId }: Reader, rows: DueDelivery[]): PlannedMessage {
  const key = accountId === null ? rows[0]!.alertKey : `${rows[0]!.alertKey}#${accountId}`;
  return { kind: 'single', accountId, key, rank: rankOf(rows), rows };
}

/** A delivery joins one message only, so that its first one names it for good. */
function summary({ accountId }: Reader, kind: 'digest' | 'storm', rows: DueDelivery[]): PlannedMessage {
  const first = rows[0]!;
  return { kind, accountId, key: `${kind}:${first.accountId}:${first.seq}`, rank: rankOf(rows), rows };
}

const rankOf = (rows: readonly DueDelivery[]): number => Math.max(...rows.map((r) => r.rank));

function grouped<T>(rows: readonly T[], keyOf: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const r of rows) {
    const key = keyOf(r);
    const group = groups.get(key);
    if (group) group.push(r);
    else groups.set(key, [r]);
  }
  return groups;
}
