import { hamming } from '@app/domain';

/** What tells an item from its reprints. */
export interface Foldable {
  id: string;
  contentHash: string;
  sameAs: string | null;
  simhash: string | null;
}

/** Texts whose fingerprints differ in so few of 64 bits are the same but for a word or a figure. */
const NEAR_BITS = 3;

/** The first of a group is shown, the others stand behind it. */
export interface Group {
  head: string;
  others: string[];
}

/** Near duplicates together, in the order they came; `most` groups, and the last id that is in them. */
export function foldNear(items: readonly Foldable[], most: number): { groups: Group[]; last: string | null; whole: boolean } {
  const groups: { head: Foldable; roots: Set<string>; hashes: Set<string>; bits: bigint | null; others: string[] }[] = [];
  let last: string | null = null;
  for (const item of items) {
    const root = item.sameAs ?? item.id;
    const bits = item.simhash === null ? null : BigInt(item.simhash);
    const near = groups.find(
      (g) => g.roots.has(root) || g.hashes.has(item.contentHash) || (bits !== null && g.bits !== null && hamming(bits, g.bits) <= NEAR_BITS),
    );
    if (near) {
      near.others.push(item.id);
      near.roots.add(root);
      near.hashes.add(item.contentHash);
    } else {
      if (groups.length === most) return { groups: groups.map(shown), last, whole: false };
      groups.push({ head: item, roots: new Set([root]), hashes: new Set([item.contentHash]), bits, others: [] });
    }
    last = item.id;
  }
  return { groups: groups.map(shown), last, whole: true };
}

const shown = ({ head, others }: { head: Foldable; others: string[] }): Group => ({ head: head.id, others });
