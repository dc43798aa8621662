import { shallowRef } from 'vue';
import type { WireMe } from '@app/domain';

/** Who is signed in. `expired` raises the sign-in sheet over the page, so that a half-written form stays. */
export const me = shallowRef<WireMe | null>(null);
export const expired = shallowRef(false);

let waiting: (() => void)[] = [];

/** Resolves when the person has signed in again. */
export function signedInAgain(): Promise<void> {
  expired.value = true;
  return new Promise((resolve) => waiting.push(resolve));
}

export function enter(who: WireMe): void {
  me.value = who;
  expired.value = false;
  const resumed = waiting;
  waiting = [];
  resumed.forEach((go) => go());
}

export function leave(): void {
  me.value = null;
  expired.value = false;
  waiting = [];
}
