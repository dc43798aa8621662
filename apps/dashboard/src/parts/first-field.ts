/**
 * Puts the focus on `field` of a form that has just appeared, unless the person is already typing in one of its fields:
 * a focus that comes late would carry the rest of a password into the name.
 */
export function focusFirst(form: HTMLElement | null | undefined, field: HTMLElement | null | undefined): void {
  const now = document.activeElement;
  if (now && form?.contains(now) && now.matches('input, select, textarea')) return;
  field?.focus();
}

/** For the dialog that has just opened: its first field, so that a hand on the keyboard goes on. */
export function focusOpened(): void {
  const form = [...document.querySelectorAll<HTMLElement>('.el-dialog form')]
    .filter((f) => f.getClientRects().length > 0)
    .at(-1);
  focusFirst(form, form?.querySelector<HTMLElement>('input, select, textarea'));
}
