import { shallowRef, watch } from 'vue';
import type { WireAlert } from '@app/domain';
import { keepStored, loadStored } from './stored';

/** Sound and desktop notice for critical alerts. Browsers ask for a click before the first sound; the switch is that click. */
export const soundOn = shallowRef(loadStored('sound', true));
export const noticeOn = shallowRef(loadStored('notice', false));
watch(soundOn, (on) => keepStored('sound', on));
watch(noticeOn, (on) => keepStored('notice', on));

let audio: AudioContext | null = null;

function tone(context: AudioContext, at: number, hertz: number): void {
  const oscillator = context.createOscillator();
  const gain = context.createGain();
  oscillator.frequency.value = hertz;
  gain.gain.setValueAtTime(0.0001, at);
  gain.gain.exponentialRampToValueAtTime(0.25, at + 0.03);
  gain.gain.exponentialRampToValueAtTime(0.0001, at + 0.32);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(at);
  oscillator.stop(at + 0.34);
}

export function playTone(): void {
  audio ??= new AudioContext();
  void audio.resume();
  [660, 880, 660].forEach((hertz, n) => tone(audio!, audio!.currentTime + n * 0.36, hertz));
}

const HOLD_MS = 10_000;
const SPREAD_MS = 250;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** One tab sounds, not each of them. True for the one that takes the alert; all hear of it in the same moment. */
async function takes(key: string): Promise<boolean> {
  if ('locks' in navigator) {
    return new Promise((resolve) => {
      void navigator.locks.request(`sound:${key}`, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        return lock === null ? undefined : pause(HOLD_MS);
      });
    });
  }
  // Without TLS there are no locks: whoever writes the key first, and not all at once.
  await pause(Math.random() * SPREAD_MS);
  if (loadStored<string | null>('sounded', null) === key) return false;
  keepStored('sounded', key);
  return true;
}

export async function soundCritical(alert: WireAlert): Promise<void> {
  if (!(await takes(alert.key))) return;
  if (soundOn.value) playTone();
  if (noticeOn.value && 'Notification' in window && Notification.permission === 'granted') {
    new Notification(alert.title, { body: alert.body, tag: alert.key, lang: 'zh-CN' });
  }
}

export async function askNotice(on: boolean): Promise<void> {
  noticeOn.value = on && 'Notification' in window && (await Notification.requestPermission()) === 'granted';
}
