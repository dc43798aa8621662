import type { FeatureSet } from './features';
import type { ClassifierModel } from './tables';
import { VECTOR_PARTS, VectorReader } from './vectors';

/**
 * A model made ready: an open-addressing table from feature hash to weights. A slot holds, side by side, the hash, the
 * first and last of its entries and the text that saw it last: memory is read once for each feature, and reading memory
 * is what scoring costs.
 */
export class LinearScorer {
  readonly headIndex: Map<string, number>;
  private readonly slots: Int32Array;
  private readonly mask: number;
  /** A bit for each hash of the model: most unknown features are passed over without reading the table. */
  private readonly known = new Uint8Array(FILTER_BITS / 8);
  /** Head in the high byte, weight + 128 in the low one. */
  private readonly entries: Uint16Array;
  /** Number of the text being scored: repeated features count once. */
  private generation = 0;
  private readonly textSums: Int32Array;
  private readonly ruleSums: Int32Array;
  private readonly margins: Float64Array;
  private readonly vectors: VectorReader;
  /** Weights of the vector parts, one run of dimensions a head. */
  private readonly denseOfHead: Float32Array;
  private norm = 0;
  /** Slot of each text feature of the last text, −1 unknown: reasons need no second look-up. */
  private textSlots = new Int32Array(4096);

  constructor(readonly model: ClassifierModel) {
    this.headIndex = new Map(model.heads.map((h, i) => [h, i]));
    let size = 1024;
    while (size < model.keys.length * 1.5) size *= 2;
    this.mask = size - 1;
    this.slots = new Int32Array(size * SLOT);
    for (let i = 0; i < size; i++) this.slots[i * SLOT + 1] = -1;
    const sparse = sparseRows(model);
    this.entries = sparse.entries;
    model.keys.forEach((key, row) => {
      if (sparse.starts[row]! < sparse.starts[row + 1]!) this.place(key, sparse.starts[row]!, sparse.starts[row + 1]!);
    });
    this.textSums = new Int32Array(model.heads.length);
    this.ruleSums = new Int32Array(model.heads.length);
    this.margins = new Float64Array(model.heads.length);
    this.vectors = new VectorReader(model.vectors);
    this.denseOfHead = model.dense;
  }

  private place(key: number, start: number, end: number): void {
    let at = (key & this.mask) * SLOT;
    while (this.slots[at + 1] !== -1) at = (at + SLOT) & (this.slots.length - 1);
    this.slots[at] = key | 0;
    this.slots[at + 1] = start;
    this.slots[at + 2] = end;
    this.slots[at + 3] = 0;
    const bit = (key >>> 12) & (FILTER_BITS - 1);
    this.known[bit >> 3]! |= 1 << (bit & 7);
  }

  /** Margins of all heads. The array is used again by the next call. */
  score(features: FeatureSet): Float64Array {
    this.textSums.fill(0);
    this.ruleSums.fill(0);
    this.generation++;
    if (this.textSlots.length < features.textCount) this.textSlots = new Int32Array(features.text.length);
    const textKnown = this.sum(features.text, features.textCount, this.textSums, this.textSlots);
    this.sum(features.rules, features.ruleCount, this.ruleSums, null);
    const norm = textKnown === 0 ? 0 : 1 / Math.sqrt(textKnown);
    this.norm = norm;
    const { bias, scale, ruleWeight } = this.model;
    for (let h = 0; h < this.margins.length; h++) {
      this.margins[h] = bias[h]! + scale[h]! * (this.textSums[h]! * norm + this.ruleSums[h]! * ruleWeight);
    }
    this.addVectors(this.vectors.read(features));
    return this.margins;
  }

  /** Head by head in four sums side by side; a part without words (no title, no text) has zeros and is passed over. */
  private addVectors(vector: Float32Array): void {
    const { margins, denseOfHead } = this;
    const width = vector.length;
    const dims = width / VECTOR_PARTS;
    for (let part = 0; part < width; part += dims) {
      if (isZero(vector, part, part + dims)) continue;
      for (let h = 0; h < margins.length; h++) margins[h]! += dot(denseOfHead, h * width + part, vector, part, dims);
    }
  }

  private sum(hashes: Uint32Array, count: number, into: Int32Array, found: Int32Array | null): number {
    const { slots, mask, generation, entries, known: filter } = this;
    const wrap = slots.length - 1;
    let known = 0;
    for (let i = 0; i < count; i++) {
      const hash = hashes[i]! | 0;
      const bit = (hash >>> 12) & (FILTER_BITS - 1);
      if ((filter[bit >> 3]! & (1 << (bit & 7))) === 0) {
        if (found !== null) found[i] = -1;
        continue;
      }
      let at = (hash & mask) * SLOT;
      while (slots[at] !== hash && slots[at + 1] !== -1) at = (at + SLOT) & wrap;
      const start = slots[at + 1]!;
      if (found !== null) found[i] = start === -1 ? -1 : at;
      if (start === -1 || slots[at + 3] === generation) continue;
      slots[at + 3] = generation;
      known++;
      const end = slots[at + 2]!;
      for (let e = start; e < end; e++) {
        const entry = entries[e]!;
        into[entry >> 8]! += (entry & 0xff) - 128;
      }
    }
    return known;
  }

  margin(head: string): number {
    const index = this.headIndex.get(head);
    return index === undefined ? Number.NEGATIVE_INFINITY : this.margins[index]!;
  }

  /**
   * The text features of the last scored text, and the words by their vectors, that pushed each of `heads` most (head → how
   * many), strongest first; for reasons. All heads in one pass: the features of a text are many, its reasons few.
   */
  strongest(features: FeatureSet, heads: ReadonlyMap<string, number>): Map<string, Push[]> {
    const { slots, entries } = this;
    const names = [...heads.keys()].filter((head) => this.headIndex.has(head));
    const place = new Int8Array(this.model.heads.length).fill(-1);
    names.forEach((head, k) => (place[this.headIndex.get(head)!] = k));
    const tops = names.map(() => new Top());
    for (let i = 0; i < features.textCount; i++) {
      const at = this.textSlots[i]!;
      if (at < 0) continue;
      const end = slots[at + 2]!;
      for (let e = slots[at + 1]!; e < end; e++) {
        const entry = entries[e]!;
        const k = place[entry >> 8]!;
        if (k >= 0) tops[k]!.offer((entry & 0xff) - 128, i, features.starts);
      }
    }
    const best = tops.map((top) => top.pushes(features));
    // A topic is told by its words; what their company says costs time and shows little.
    names.forEach((head, k) => {
      if (head.startsWith('topic')) return;
      this.addShares(features, this.headIndex.get(head)!, best[k]!);
      keepLargest(best[k]!);
    });
    return new Map(names.map((head, k) => [head, withoutOverlap(best[k]!, heads.get(head)!)]));
  }

  /** The vectors' shares in the unit of the text features: steps of the head's weights. */
  private addShares(features: FeatureSet, head: number, best: Push[]): void {
    const width = this.vectors.vectors.dims * VECTOR_PARTS;
    const step = this.model.scale[head]! * this.norm;
    if (step === 0) return;
    this.vectors.shares(features, this.denseOfHead.subarray(head * width, (head + 1) * width), (i, share) => {
      const weight = share / step;
      if (weight >= LEAST_WEIGHT) best.push({ start: features.wordStarts[i]!, end: features.wordEnds[i]!, weight, vector: true });
    });
  }
}

function isZero(a: Float32Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (a[i] !== 0) return false;
  return true;
}

/** Four sums that do not wait for one another: this is where scoring multiplies most. */
function dot(a: Float32Array, from: number, b: Float32Array, at: number, count: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  const whole = count & ~3;
  for (let i = 0; i < whole; i += 4) {
    s0 += a[from + i]! * b[at + i]!;
    s1 += a[from + i + 1]! * b[at + i + 1]!;
    s2 += a[from + i + 2]! * b[at + i + 2]!;
    s3 += a[from + i + 3]! * b[at + i + 3]!;
  }
  for (let i = whole; i < count; i++) s0 += a[from + i]! * b[at + i]!;
  return s0 + s1 + (s2 + s3);
}

/** 128 KiB: stays in the processor's cache. */
const FILTER_BITS = 1 << 20;

/** Numbers in a slot: hash, first entry (−1: the slot is free), end of its entries, text that saw it last. */
const SLOT = 4;

/** Weights of few steps (of 127) decide nothing and cost time. */
const LEAST_WEIGHT = 4;

function sparseRows(model: ClassifierModel): { starts: Int32Array; entries: Uint16Array } {
  const width = model.heads.length;
  const rows = model.keys.length;
  let total = 0;
  for (const w of model.weights) if (Math.abs(w) >= LEAST_WEIGHT) total++;
  const starts = new Int32Array(rows + 1);
  const entries = new Uint16Array(total);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    for (let h = 0; h < width; h++) {
      const w = model.weights[row * width + h]!;
      if (Math.abs(w) >= LEAST_WEIGHT) entries[at++] = (h << 8) | (w + 128);
    }
    starts[row + 1] = at;
  }
  return { starts, entries };
}

export interface Push {
  start: number;
  end: number;
  weight: number;
  /** Of the word's vector, not of the word itself. */
  vector?: true;
}

/** Overlapping words and pairs crowd each other: more candidates are kept than shown. */
const CANDIDATES = 12;

/** The heaviest features of one head, kept in order while they come: most are refused by one comparison. */
class Top {
  private readonly weights = new Int32Array(CANDIDATES);
  private readonly places = new Int32Array(CANDIDATES);
  private count = 0;
  private least = 0;

  offer(weight: number, place: number, starts: Int32Array): void {
    if (weight <= this.least) return;
    const { weights, places } = this;
    let at = this.count < CANDIDATES ? this.count++ : CANDIDATES - 1;
    while (at > 0 && (weights[at - 1]! < weight || (weights[at - 1]! === weight && starts[places[at - 1]!]! > starts[place]!))) {
      weights[at] = weights[at - 1]!;
      places[at] = places[at - 1]!;
      at--;
    }
    weights[at] = weight;
    places[at] = place;
    if (this.count === CANDIDATES) this.least = weights[CANDIDATES - 1]!;
  }

  pushes({ starts, ends }: FeatureSet): Push[] {
    return Array.from({ length: this.count }, (_, n) => {
      const place = this.places[n]!;
      return { start: starts[place]!, end: ends[place]!, weight: this.weights[n]! };
    });
  }
}

function keepLargest(best: Push[]): void {
  best.sort((a, b) => b.weight - a.weight || a.start - b.start);
  if (best.length > CANDIDATES) best.length = CANDIDATES;
}

function withoutOverlap(best: readonly Push[], limit: number): Push[] {
  const kept: Push[] = [];
  for (const f of best) {
    if (kept.length >= limit) break;
    if (!kept.some((k) => f.start < k.end && k.start < f.end)) kept.push(f);
  }
  return kept;
}
