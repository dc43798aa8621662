import { onBeforeUnmount, onMounted } from 'vue';

/** Single keys of a page. Never while somebody writes, or with a modifier, or over an open dialog. */
export function useKeys(keys: Record<string, () => void>): void {
  function press(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const target = event.target as HTMLElement | null;
    if (target?.closest('input:not([type="checkbox"]), select, textarea, [contenteditable], [role="dialog"]')) return;
    if ([...document.querySelectorAll<HTMLElement>('[role="dialog"]')].some((d) => d.offsetParent !== null)) return;
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }
  onMounted(() => window.addEventListener('keydown', press));
  onBeforeUnmount(() => window.removeEventListener('keydown', press));
}
