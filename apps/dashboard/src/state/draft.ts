import { onBeforeUnmount, reactive, watch } from 'vue';
import { me } from './session';
import { keepStored, loadStored } from './stored';

/** Of this person: whoever sits down at the same computer next does not find it. */
const keyOf = (key: string): string => `draft.${me.value?.id ?? '0'}.${key}`;

/**
 * A half-written form that survives reload, an expired session, a lost connection and the back button.
 * `key` names form and case; `clear` is called once the server has taken it.
 */
export function useDraft<T extends Record<string, string | null | boolean>>(key: string, empty: () => T): { form: T; restored: boolean; clear: () => void } {
  const place = keyOf(key);
  const kept = loadStored<Partial<T> | null>(place, null);
  const form = reactive({ ...empty(), ...kept }) as T;
  const stop = watch(form, () => keepStored(place, { ...form }), { deep: true, flush: 'sync' });
  onBeforeUnmount(stop);
  return {
    form,
    restored: kept !== null,
    clear: () => {
      Object.assign(form, empty());
      keepStored(place, null);
    },
  };
}
