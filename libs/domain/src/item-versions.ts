import type { WireItem } from './wire';

/** One item with the reposts and edited versions of it that are known. */
export interface ItemVersions {
  /** As it was told last. */
  newest: WireItem;
  /** What came before, the newest first; empty: there is one version. */
  earlier: WireItem[];
}

/** Reposts and edited versions of one text are one item: each stands where its newest version does. @param items the newest first */
export function groupVersions(items: readonly WireItem[]): ItemVersions[] {
  const groups = new Map<string, ItemVersions>();
  for (const item of items) {
    const root = item.sameAs ?? item.id;
    const known = groups.get(root);
    if (known) known.earlier.push(item);
    else groups.set(root, { newest: item, earlier: [] });
  }
  return [...groups.values()];
}
