import { rows, type Querier } from './rows';

/**
 * NOTIFY channels and what their payload is. A notification is only a hint that makes things quick:
 * it may be lost (reconnect), so every listener also sweeps the table that holds the truth.
 */
export const CHANNELS = {
  /** case id */
  caseChanged: 'case_changed',
  /** account ids, with commas between; or empty */
  alertAddressed: 'alert_addressed',
  /** item id */
  itemAdded: 'item_added',
  /** clock id, or empty for many */
  clockChanged: 'clock_changed',
  /** source name */
  sourceChanged: 'source_changed',
  /** source name: one was set up, changed, paused or deleted by a person */
  sourceDefined: 'source_defined',
  /** empty: a dry run was asked for */
  probeAsked: 'probe_asked',
  /** account id: its role, department or region changed, or it was put out of service */
  accountChanged: 'account_changed',
  /** empty: something was handed in */
  inboxAdded: 'inbox_added',
  /** empty: a holiday notice was loaded */
  calendarChanged: 'calendar_changed',
  /** empty: an event waits for a webhook */
  webhookQueued: 'webhook_queued',
  /** the new now, ISO 8601 */
  timeShifted: 'time_shifted',
} as const;

export type Channel = (typeof CHANNELS)[keyof typeof CHANNELS];

/** Sends when the surrounding transaction commits; never when it rolls back. */
export async function sendHint(on: Querier, channel: Channel, payload: string): Promise<void> {
  await rows(on, 'select pg_notify($1, $2)', [channel, payload]);
}

/** The same for several payloads of one channel. */
export async function sendHints(on: Querier, channel: Channel, payloads: readonly string[]): Promise<void> {
  if (payloads.length > 0) await rows(on, 'select pg_notify($1, p) from unnest($2::text[]) p', [channel, payloads]);
}
