import { onBeforeUnmount, shallowRef, type ShallowRef } from 'vue';
import { callApi, explainLoad, isFinal } from '../api';

/** One REST answer a page shows: loaded once, again on demand; the old one stays while the new one comes. */
export function useFetched<T>(path: () => string): { data: ShallowRef<T | null>; fault: ShallowRef<string>; final: ShallowRef<boolean>; busy: ShallowRef<boolean>; load: () => Promise<void> } {
  const data = shallowRef<T | null>(null);
  const fault = shallowRef('');
  const final = shallowRef(false);
  const busy = shallowRef(false);
  let running: AbortController | null = null;

  async function load(): Promise<void> {
    running?.abort();
    const own = new AbortController();
    running = own;
    busy.value = true;
    try {
      const answer = await callApi<T>(path(), { signal: own.signal });
      if (own.signal.aborted) return;
      data.value = answer;
      fault.value = '';
    } catch (error) {
      if (own.signal.aborted) return;
      fault.value = explainLoad(error);
      final.value = isFinal(error);
    } finally {
      if (!own.signal.aborted) busy.value = false;
    }
  }

  onBeforeUnmount(() => running?.abort());
  return { data: data as ShallowRef<T | null>, fault, final, busy, load };
}
