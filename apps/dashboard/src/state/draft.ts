import { onBeforeUnmount, reactive, watch } from 'vue';
import { keepStored, loadStored } from './stored';

/**
 * A half-written form that survives reload, an expired session and the back button.
 * `key` names form and case; `clear` is called once the server has taken it.
 */
export function useDraft<T extends Record<string, string | null | boolean>>(key: string, empty: () => T): { form: T; restored: boolean; clear: () => void } {
  const kept = loadStored<Partial<T> | null>(`draft.${key}`, null);
  const form = reactive({ ...empty(), ...kept }) as T;
  const stop = watch(form, () => keepStored(`draft.${key}`, { ...form }), { deep: true, flush: 'sync' });
  onBeforeUnmount(stop);
  return {
    form,
    restored: kept !== null,
    clear: () => {
      Object.assign(form, empty());
      keepStored(`draft.${key}`, null);
    },
  };
}
