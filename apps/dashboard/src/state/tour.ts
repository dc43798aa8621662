import { computed, shallowRef } from 'vue';
import { me } from './session';
import { keepStored, loadStored } from './stored';

/** The first look round, once for each account on a computer; the manual starts it again. */
const seen = shallowRef(0);
const keyOf = (): string => `tour.${me.value?.username ?? ''}`;
export const tourOpen = computed(() => seen.value >= 0 && me.value !== null && !me.value.mustChangePassword && !loadStored(keyOf(), false));

export function endTour(): void {
  keepStored(keyOf(), true);
  seen.value++;
}

export function restartTour(): void {
  keepStored(keyOf(), null);
  seen.value++;
}
