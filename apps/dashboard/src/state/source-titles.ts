import { shallowRef } from 'vue';
import type { WireSource } from '@app/domain';
import { callApi } from '../api';

/** Titles of the sources by their names, loaded once. */
const titles = shallowRef<ReadonlyMap<string, string>>(new Map());

export async function loadSourceTitles(): Promise<void> {
  if (titles.value.size > 0) return;
  const { sources } = await callApi<{ sources: WireSource[] }>('/sources');
  titles.value = new Map(sources.map((s) => [s.name, s.title]));
}

export const sourceTitle = (name: string): string => titles.value.get(name) ?? name;
