import { computed, shallowRef } from 'vue';
import type { WireAlert } from '@app/domain';
import { callApi } from '../api';
import { soundCritical } from './sound';
import { serverNow } from './server-time';
import { me } from './session';
import { keepStored, loadStored } from './stored';

/** Alerts to this person, newest first. Keys once seen are dropped: delivery is at least once. */
export const alerts = shallowRef<WireAlert[]>([]);
export const drawerOpen = shallowRef(false);
const seen = new Set<string>();
const SHOWN_LIMIT = 300;

export const unreadCount = computed(() => alerts.value.filter((a) => a.readAt === null).length);
export const unreadCritical = computed(() => alerts.value.filter((a) => a.readAt === null && a.severity === 'critical'));

function seqKey(): string {
  return `seq.${me.value?.id ?? ''}`;
}

export function lastSeq(): number {
  return loadStored<number>(seqKey(), 0);
}

function keepSeq(seq: number): void {
  if (seq > lastSeq()) keepStored(seqKey(), seq);
}

function merge(incoming: WireAlert[]): WireAlert[] {
  const byId = new Map(alerts.value.map((a) => [a.id, a]));
  for (const a of incoming) {
    const known = byId.get(a.id);
    byId.set(a.id, known ? { ...a, readAt: a.readAt ?? known.readAt } : a);
    seen.add(a.key);
  }
  return [...byId.values()].sort((a, b) => b.seq - a.seq || Number(b.id) - Number(a.id)).slice(0, SHOWN_LIMIT);
}

export async function loadAlerts(): Promise<void> {
  const answer = await callApi<{ alerts: WireAlert[] }>('/alerts');
  alerts.value = merge(answer.alerts);
  answer.alerts.forEach((a) => keepSeq(a.seq));
}

/** From the socket. True when it was new to this tab. */
export function takeAlert(alert: WireAlert): boolean {
  keepSeq(alert.seq);
  if (seen.has(alert.key)) return false;
  alerts.value = merge([alert]);
  if (alert.severity === 'critical' && alert.readAt === null) soundCritical(alert);
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
  drawerOpen.value = false;
}
