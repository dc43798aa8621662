import { computed, shallowRef } from 'vue';
import { mayDo, type WireHandover } from '@app/domain';
import { callApi } from '../api';
import { me } from './session';

/** 交接班 notes, newest first. */
export const handovers = shallowRef<WireHandover[]>([]);
export const handoversLoaded = shallowRef(false);

export const mayHandOver = computed(() => me.value !== null && mayDo(me.value.role, 'handover.write'));
/** What another officer left and nobody has taken over. */
export const waitingHandover = computed(() => handovers.value.find((h) => h.taken === null && h.writtenBy !== me.value?.id) ?? null);

export async function loadHandovers(): Promise<void> {
  if (!me.value || !mayDo(me.value.role, 'handover.read')) return;
  handovers.value = (await callApi<{ handovers: WireHandover[] }>('/handovers?limit=20')).handovers;
  handoversLoaded.value = true;
}

export async function writeHandover(note: string): Promise<void> {
  await callApi('/handovers', { method: 'POST', body: { note } });
  await loadHandovers();
}

export async function takeHandover(id: string, remark: string): Promise<void> {
  await callApi(`/handovers/${id}/take`, { method: 'POST', body: { remark } });
  await loadHandovers();
}
