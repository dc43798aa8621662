import { ref, shallowRef } from 'vue';

/**
 * The server's clock in the browser. The base is the monotonic performance clock, so that a change of the
 * computer's own time never moves a countdown; each word from the server corrects the drift.
 */
const base = { server: 0, monotonic: 0 };

/** Server time in ms, moved once a second at the turn of the server's second; 0 until the first word from the server. */
export const now = ref(0);
/** False until the server has said what time it is: countdowns wait. */
export const synced = shallowRef(false);

export function serverNow(): number {
  return base.server + (performance.now() - base.monotonic);
}

/** `roundTripMs` is the time the answer took; half of it has passed since the server read its clock. */
export function correctTime(iso: string, roundTripMs = 0): void {
  const said = Date.parse(iso);
  if (Number.isNaN(said)) return;
  base.server = said + roundTripMs / 2;
  base.monotonic = performance.now();
  synced.value = true;
  tick();
}

let timer = 0;

function tick(): void {
  clearTimeout(timer);
  if (!synced.value) return;
  const at = serverNow();
  now.value = Math.floor(at / 1000) * 1000;
  timer = window.setTimeout(tick, 1000 - (at % 1000) + 5);
}

// A sleeping tab runs late timers: show the right second as soon as it is looked at.
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) tick();
});
