/** Two UTF-16 units as one 32-bit number, signed: V8 keeps those without a box. */
export const charPair = (a: number, b: number): number => (a << 16) | b;

/**
 * Weights of pairs of neighbouring characters (`charPair`), of unit length, in the order they were given. An open-addressing
 * table in flat arrays: hundreds of look-ups are made for each item, and a Map costs several times as much.
 */
export class PairWeights {
  private readonly slots: Uint16Array;
  private readonly mask: number;
  private count = 0;

  private constructor(
    private readonly keys: Int32Array,
    private readonly weights: Float64Array,
  ) {
    let size = 16;
    while (size < keys.length * 2) size *= 2;
    this.mask = size - 1;
    this.slots = new Uint16Array(size);
  }

  /** 1 + ln of how often each pair of the text stands in it. */
  static ofText(chars: string): PairWeights {
    const most = Math.max(0, chars.length - 1);
    const all = new PairWeights(new Int32Array(most), new Float64Array(most));
    for (let i = 0; i < most; i++) all.add(charPair(chars.charCodeAt(i), chars.charCodeAt(i + 1)), 1);
    const { weights } = all;
    for (let i = 0; i < all.count; i++) weights[i] = 1 + Math.log(weights[i]!);
    return all.heaviest(all.count);
  }

  /** The heaviest `most` of both, those of `b` counting `share`; of equals the earlier. */
  static mixed(a: PairWeights, b: PairWeights, share: number, most: number): PairWeights {
    const size = a.count + b.count;
    const both = new PairWeights(new Int32Array(size), new Float64Array(size));
    for (let i = 0; i < a.count; i++) both.add(a.keys[i]!, a.weights[i]! * (1 - share));
    for (let i = 0; i < b.count; i++) both.add(b.keys[i]!, b.weights[i]! * share);
    return both.heaviest(most);
  }

  get size(): number {
    return this.count;
  }

  /** Each pair with its weight, in the order they were given. */
  *[Symbol.iterator](): Iterator<readonly [number, number]> {
    for (let i = 0; i < this.count; i++) yield [this.keys[i]!, this.weights[i]!];
  }

  cosine(other: PairWeights): number {
    const [small, large] = this.count <= other.count ? [this, other] : [other, this];
    const { keys, weights, count } = small;
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const at = large.find(keys[i]!);
      if (at >= 0) sum += weights[i]! * large.weights[at]!;
    }
    return Math.min(1, sum);
  }

  private find(key: number): number {
    const { slots, mask, keys } = this;
    for (let slot = slotOf(key) & mask; ; slot = (slot + 1) & mask) {
      const at = slots[slot]! - 1;
      if (at < 0 || keys[at] === key) return at;
    }
  }

  private add(key: number, weight: number): void {
    const { slots, mask, keys } = this;
    for (let slot = slotOf(key) & mask; ; slot = (slot + 1) & mask) {
      const at = slots[slot]! - 1;
      if (at < 0) {
        keys[this.count] = key;
        this.weights[this.count] = weight;
        slots[slot] = ++this.count;
        return;
      }
      if (keys[at] === key) {
        this.weights[at]! += weight;
        return;
      }
    }
  }

  /** The order stays: only the least weight that is kept has to be found. */
  private heaviest(most: number): PairWeights {
    const weights = this.weights.subarray(0, this.count);
    const least = this.count <= most ? 0 : (weights.slice().sort()[this.count - most] ?? 0);
    let equals = most;
    for (const w of weights) if (w > least) equals--;
    const places: number[] = [];
    for (let i = 0; i < weights.length; i++) {
      if (weights[i]! > least || (weights[i] === least && equals-- > 0)) places.push(i);
    }
    return this.taken(places);
  }

  /** Those at these places, in this order, of unit length. */
  private taken(places: readonly number[]): PairWeights {
    let square = 0;
    for (const i of places) square += this.weights[i]! * this.weights[i]!;
    const norm = Math.sqrt(square) || 1;
    const taken = new PairWeights(new Int32Array(places.length), new Float64Array(places.length));
    for (const i of places) taken.add(this.keys[i]!, this.weights[i]! / norm);
    return taken;
  }
}

function slotOf(key: number): number {
  const h = Math.imul(key, 0x9e3779b1);
  return h ^ (h >>> 15);
}
