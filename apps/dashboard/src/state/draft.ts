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

/**
 * One form that stands for one thing after another (a clock, an indicator, an entry of a queue): each thing has a draft
 * of its own. Kept is only what differs from how the form began, so that what the server changes since is not hidden.
 */
export function useDraftOf<T extends object>(form: T, fields: readonly (keyof T & string)[]): { open: (key: string, begun: Partial<T>) => boolean; clear: () => void } {
  let place: string | null = null;
  let base: Partial<T> = {};
  const same = (f: keyof T): boolean => JSON.stringify(form[f]) === JSON.stringify(base[f]);
  watch(
    () => fields.map((f) => form[f]),
    () => {
      if (place === null) return;
      const written = fields.filter((f) => !same(f));
      keepStored(place, written.length === 0 ? null : Object.fromEntries(written.map((f) => [f, form[f]])));
    },
    { flush: 'sync' },
  );
  return {
    /** @returns whether something was found that was written before */
    open: (key, begun) => {
      place = null;
      const kept = loadStored<Partial<T> | null>(keyOf(key), null);
      Object.assign(form, begun, kept);
      base = begun;
      place = keyOf(key);
      return kept !== null;
    },
    /** Once the server has taken it, or the person throws it away. */
    clear: () => {
      if (place !== null) keepStored(place, null);
      place = null;
    },
  };
}
