import { shallowRef } from 'vue';
import { callApi } from '../api';
import { applyFilter, filter } from './board-view';

/** Named filters of this account, kept by the server: the same on every computer. */
export interface SavedView {
  id: string;
  name: string;
  filter: Record<string, string | boolean>;
}

export const savedViews = shallowRef<SavedView[]>([]);

export async function loadViews(): Promise<void> {
  savedViews.value = (await callApi<{ views: SavedView[] }>('/me/views')).views;
}

export async function saveView(name: string): Promise<SavedView> {
  const { view } = await callApi<{ view: SavedView }>('/me/views', { method: 'POST', body: { name, filter: { ...filter } } });
  savedViews.value = [...savedViews.value.filter((v) => v.id !== view.id), view];
  return view;
}

export async function removeView(view: SavedView): Promise<void> {
  await callApi(`/me/views/${view.id}`, { method: 'DELETE' });
  savedViews.value = savedViews.value.filter((v) => v.id !== view.id);
}

export const useView = (view: SavedView): void => applyFilter(view.filter);

/** The view whose filter is the one that holds now. */
export function viewInUse(): SavedView | null {
  const keys = Object.keys(filter) as (keyof typeof filter)[];
  return savedViews.value.find((v) => keys.every((k) => (v.filter[k] ?? (typeof filter[k] === 'string' ? '' : false)) === filter[k])) ?? null;
}
