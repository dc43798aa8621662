import { nextTick, shallowRef, watchEffect } from 'vue';
import { keepStored, loadStored } from './stored';

/** Light, dark, or as the system says; and the large type of 关怀版. */
export type Theme = 'system' | 'light' | 'dark';
export const theme = shallowRef<Theme>(loadStored<Theme>('theme', 'system'));
export const largeType = shallowRef(loadStored('large', false));

const dark = window.matchMedia('(prefers-color-scheme: dark)');
const systemDark = shallowRef(dark.matches);
dark.addEventListener('change', (e) => (systemDark.value = e.matches));

/** Paper is white: what is printed is light, whatever the screen is. */
const printing = shallowRef(false);
window.addEventListener('beforeprint', () => (printing.value = true));
window.addEventListener('afterprint', () => (printing.value = false));
window.matchMedia('print').addEventListener('change', (e) => (printing.value = e.matches));

export const isDark = (): boolean =>
  !printing.value && (theme.value === 'dark' || (theme.value === 'system' && systemDark.value));

const frame = (): Promise<unknown> => new Promise((done) => requestAnimationFrame(done));

/** Prints once the charts, which are pictures, are drawn for paper too. */
export async function printPage(): Promise<void> {
  printing.value = true;
  await nextTick();
  for (let n = 0; n < 3; n++) await frame();
  window.print();
  printing.value = false;
}

export function followTheme(): void {
  watchEffect(() => {
    document.documentElement.classList.toggle('dark', isDark());
    document.documentElement.classList.toggle('large', largeType.value);
    keepStored('theme', theme.value === 'system' ? null : theme.value);
    keepStored('large', largeType.value ? true : null);
  });
}

export const THEME_TEXT: Record<Theme, string> = { system: '跟随系统', light: '浅色', dark: '深色' };

export function nextTheme(): void {
  const order: Theme[] = ['system', 'light', 'dark'];
  theme.value = order[(order.indexOf(theme.value) + 1) % order.length] ?? 'system';
}
