import { digestOf } from './pair/word-table';

/**
 * A sample of the runs of RUN characters of a text, by their digests: every run of a short text, of a long one those
 * with the smallest digests. Two samples estimate how much of one text stands in the other (Broder 1997).
 */
export interface Sketch {
  /** Rising. */
  digests: Uint32Array;
  /** All runs with digests below this are in it. */
  below: number;
}

const RUN = 5;
const MOST_DIGESTS = 192;
const WHOLE = 2 ** 32;

export function sketchOf(chars: string): Sketch {
  const all = new Set<number>();
  for (let i = 0; i + RUN <= chars.length; i++) all.add(digestOf(chars.slice(i, i + RUN)));
  const sorted = Uint32Array.from(all).sort();
  if (sorted.length <= MOST_DIGESTS) return { digests: sorted, below: WHOLE };
  const below = sorted[MOST_DIGESTS] ?? WHOLE;
  return { digests: sorted.subarray(0, MOST_DIGESTS), below };
}

/** Share of the smaller text that stands in the larger, and how long the smaller is against the larger; 0…1. */
export function sharedPart(a: Sketch, b: Sketch): { share: number; size: number; compared: number } {
  const below = Math.min(a.below, b.below);
  const [x, y] = [countBelow(a.digests, below), countBelow(b.digests, below)];
  let shared = 0;
  for (let i = 0, j = 0; i < x && j < y; ) {
    const [p, q] = [a.digests[i]!, b.digests[j]!];
    if (p === q) shared++;
    if (p <= q) i++;
    if (q <= p) j++;
  }
  const [small, large] = [Math.min(x, y), Math.max(x, y)];
  return { share: shared / (small || 1), size: small / (large || 1), compared: small };
}

function countBelow(digests: Uint32Array, below: number): number {
  let n = digests.length;
  while (n > 0 && digests[n - 1]! >= below) n--;
  return n;
}

export interface Copy {
  cluster: string;
  /** Of the item it is a copy of, when it was given. */
  item: string | null;
  share: number;
}

/** How much must agree to be the same text, reposted or edited. */
const LEAST_SHARE = 0.62;
const LEAST_SIZE = 0.4;
/** Fewer runs than these are a phrase, not a text. */
const LEAST_COMPARED = 12;
const MOST_POSTINGS = 400;
const LOOKED_AT = 12;

/** One text as the index keeps it. */
export interface KnownText {
  cluster: string;
  item: string | null;
  sketch: Sketch;
  /** Days it names: two days' bulletins share their form and are two texts. */
  days: ReadonlySet<string>;
}

const otherDays = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean =>
  a.size > 0 && b.size > 0 && ![...a].some((d) => b.has(d));

/** The texts of late, to know a repost or an edited version of one: at most `most`, the oldest go first. */
export class NearCopies {
  private readonly kept = new Map<number, KnownText>();
  private readonly holders = new Map<number, number[]>();
  private readonly ofCluster = new Map<string, Set<number>>();
  private next = 0;

  constructor(private readonly most: number) {}

  add(text: KnownText): void {
    const id = this.next++;
    this.kept.set(id, text);
    this.ofCluster.set(text.cluster, (this.ofCluster.get(text.cluster) ?? new Set()).add(id));
    for (const d of text.sketch.digests) {
      const holders = this.holders.get(d);
      if (holders === undefined) this.holders.set(d, [id]);
      else if (holders.length < MOST_POSTINGS) holders.push(id);
    }
    if (this.kept.size > this.most) this.drop(this.kept.keys().next().value as number);
  }

  /** The text that it is a version of, the likest of those allowed; null when there is none. */
  find(s: Sketch, days: ReadonlySet<string>, allowed: (cluster: string, share: number) => boolean): Copy | null {
    const votes = new Map<number, number>();
    for (const d of s.digests) for (const id of this.holders.get(d) ?? []) votes.set(id, (votes.get(id) ?? 0) + 1);
    const likely = [...votes].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, LOOKED_AT);
    let best: Copy | null = null;
    for (const [id] of likely) {
      const k = this.kept.get(id) as KnownText;
      const { share, size, compared } = sharedPart(s, k.sketch);
      if (share < LEAST_SHARE || size < LEAST_SIZE || compared < LEAST_COMPARED) continue;
      if (otherDays(days, k.days) || !allowed(k.cluster, share)) continue;
      if (best === null || share > best.share) best = { cluster: k.cluster, item: k.item, share };
    }
    return best;
  }

  forget(cluster: string): void {
    for (const id of this.ofCluster.get(cluster) ?? []) this.drop(id);
  }

  private drop(id: number): void {
    const text = this.kept.get(id);
    if (!text) return;
    for (const d of text.sketch.digests) {
      const left = (this.holders.get(d) ?? []).filter((h) => h !== id);
      if (left.length > 0) this.holders.set(d, left);
      else this.holders.delete(d);
    }
    const siblings = this.ofCluster.get(text.cluster);
    siblings?.delete(id);
    if (siblings?.size === 0) this.ofCluster.delete(text.cluster);
    this.kept.delete(id);
  }
}
