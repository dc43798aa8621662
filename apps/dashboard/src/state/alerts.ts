import { computed, shallowRef } from 'vue';
import type { WireAlert } from '@app/domain';
import { callApi } from '../api';
import { soundCritical } from './sound';
import { surplus } from './surplus';
import { serverNow } from './server-time';

/** Alerts to this person, newest first. Keys once seen are dropped: delivery is at least once. */
export const alerts = shallowRef<WireAlert[]>([]);
export const drawerOpen = shallowRef(false);
const seen = new Set<string>();
const SHOWN_LIMIT = 300;
/** A delivery that is repeated comes within minutes: older keys need not be known. */
const SEEN_LIMIT = 3_000;

export const unreadCount = computed(() => alerts.value.filter((a) => a.readAt === null).length);
export const unreadCritical = computed(() => alerts.value.filter((a) => a.readAt === null && a.severity === 'critical'));

/** The highest number this very tab holds: what another tab has got is not here. */
let held = 0;

export function lastSeq(): number {
  return held;
}

function keepSeq(seq: number): void {
  held = Math.max(held, seq);
}

function merge(incoming: WireAlert[]): WireAlert[] {
  const byId = new Map(alerts.value.map((a) => [a.id, a]));
  for (const a of incoming) {
    const known = byId.get(a.id);
    byId.set(a.id, known ? { ...a, readAt: a.readAt ?? known.readAt } : a);
    seen.add(a.key);
  }
  if (seen.size > SEEN_LIMIT) surplus(seen, SEEN_LIMIT).forEach((key) => seen.delete(key));
  return [...byId.values()].sort((a, b) => b.seq - a.seq || Number(b.id) - Number(a.id)).slice(0, SHOWN_LIMIT);
}

export async function loadAlerts(): Promise<void> {
  const answer = await callApi<{ alerts: WireAlert[] }>('/alerts');
  // After a gap this list may come before the socket's replay: a critical one is heard either way.
  const missed = held > 0 ? answer.alerts.find((a) => !seen.has(a.key) && a.severity === 'critical' && a.readAt === null) : undefined;
  alerts.value = merge(answer.alerts);
  if (missed) void soundCritical(missed);
  answer.alerts.forEach((a) => keepSeq(a.seq));
}

/** From the socket. True when it was new to this tab. */
export function takeAlert(alert: WireAlert): boolean {
  keepSeq(alert.seq);
  if (seen.has(alert.key)) return false;
  alerts.value = merge([alert]);
  if (alert.severity === 'critical' && alert.readAt === null) void soundCritical(alert);
  return true;
}

export async function markRead(alert: WireAlert): Promise<void> {
  if (alert.readAt !== null) return;
  await callApi(`/alerts/${alert.id}/read`, { method: 'POST' });
  const at = new Date(serverNow()).toISOString();
  alerts.value = alerts.value.map((a) => (a.id === alert.id ? { ...a, readAt: at } : a));
}

export async function markAllRead(): Promise<void> {
  await callApi('/alerts/read-all', { method: 'POST' });
  const at = new Date(serverNow()).toISOString();
  alerts.value = alerts.value.map((a) => (a.readAt === null ? { ...a, readAt: at } : a));
}

export function forgetAlerts(): void {
  alerts.value = [];
  seen.clear();
  held = 0;
  drawerOpen.value = false;
}
