import { digestOfPart } from './pair/word-table';

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
  for (let i = 0; i + RUN <= chars.length; i++) all.add(digestOfPart(chars, i, i + RUN));
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
    const p = a.digests[i]!;
    const q = b.digests[j]!;
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

/** One text as the index is given it. */
export interface KnownText {
  cluster: string;
  item: string | null;
  sketch: Sketch;
  /** Days it names: two days' bulletins share their form and are two texts. */
  days: ReadonlySet<string>;
}

interface KeptText extends KnownText {
  /** Its place in `NearCopies.texts`. */
  slot: number;
  /** Rises with each text. */
  nth: number;
}

function otherDays(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  if (a.size === 0 || b.size === 0) return false;
  for (const day of a) if (b.has(day)) return false;
  return true;
}

/**
 * The texts of late, to know a repost or an edited version of one: at most `most`, the oldest go first. Digests lead to
 * numbers of slots, so that counting the votes of thousands of texts reads little memory.
 */
export class NearCopies {
  private readonly texts: (KeptText | null)[] = [];
  private readonly free: number[] = [];
  /** In the order they came. */
  private readonly kept = new Set<KeptText>();
  /** By the digest as a signed number: V8 keeps those without a box. */
  private readonly holders = new Map<number, number[]>();
  private readonly ofCluster = new Map<string, Set<KeptText>>();
  /** Digests in common with the text that is looked for; 0 between searches. */
  private readonly votes: Uint16Array;
  private next = 0;

  constructor(private readonly most: number) {
    this.votes = new Uint16Array(most + 1);
  }

  add(given: KnownText): void {
    const text: KeptText = { ...given, slot: this.free.pop() ?? this.texts.length, nth: this.next++ };
    this.texts[text.slot] = text;
    this.kept.add(text);
    this.ofCluster.set(text.cluster, (this.ofCluster.get(text.cluster) ?? new Set()).add(text));
    for (const d of text.sketch.digests) {
      const holders = this.holders.get(d | 0);
      if (holders === undefined) this.holders.set(d | 0, [text.slot]);
      else if (holders.length < MOST_POSTINGS) holders.push(text.slot);
    }
    if (this.kept.size > this.most) this.drop(this.kept.values().next().value as KeptText);
  }

  /** The text that it is a version of, the likest of those allowed; null when there is none. */
  find(s: Sketch, days: ReadonlySet<string>, allowed: (cluster: string, share: number) => boolean): Copy | null {
    let best: Copy | null = null;
    for (const k of this.likely(s)) {
      const { share, size, compared } = sharedPart(s, k.sketch);
      if (share < LEAST_SHARE || size < LEAST_SIZE || compared < LEAST_COMPARED) continue;
      if (otherDays(days, k.days) || !allowed(k.cluster, share)) continue;
      if (best === null || share > best.share) best = { cluster: k.cluster, item: k.item, share };
    }
    return best;
  }

  /** Those with most digests in common, of equals the older. */
  private likely(s: Sketch): KeptText[] {
    const { votes } = this;
    const voted: number[] = [];
    for (const d of s.digests) {
      const holders = this.holders.get(d | 0);
      if (holders === undefined) continue;
      for (let i = 0; i < holders.length; i++) if (votes[holders[i]!]!++ === 0) voted.push(holders[i]!);
    }
    const top: { text: KeptText; votes: number }[] = [];
    let least = 0;
    for (const slot of voted) {
      const n = votes[slot]!;
      votes[slot] = 0;
      if (n < least) continue;
      const text = this.texts[slot]!;
      let at = top.length;
      while (at > 0 && (n > top[at - 1]!.votes || (n === top[at - 1]!.votes && text.nth < top[at - 1]!.text.nth))) at--;
      if (at === LOOKED_AT) continue;
      top.splice(at, 0, { text, votes: n });
      if (top.length > LOOKED_AT) top.pop();
      if (top.length === LOOKED_AT) least = top[LOOKED_AT - 1]!.votes;
    }
    return top.map((t) => t.text);
  }

  forget(cluster: string): void {
    for (const text of this.ofCluster.get(cluster) ?? []) this.drop(text);
  }

  private drop(text: KeptText): void {
    if (!this.kept.delete(text)) return;
    for (const d of text.sketch.digests) {
      const left = (this.holders.get(d | 0) ?? []).filter((h) => h !== text.slot);
      if (left.length > 0) this.holders.set(d | 0, left);
      else this.holders.delete(d | 0);
    }
    const siblings = this.ofCluster.get(text.cluster);
    siblings?.delete(text);
    if (siblings?.size === 0) this.ofCluster.delete(text.cluster);
    this.texts[text.slot] = null;
    this.free.push(text.slot);
  }
}
