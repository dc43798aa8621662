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
  /** Weights of the vector parts, one run of heads a dimension. */
  private readonly dense: Float32Array;
  /** The same, one run of dimensions a head: what reasons read. */
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
    this.dense = byDimension(model.dense, model.heads.length);
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

  /** Dimension by dimension: a text without title or lead has zeros, which cost nothing. */
  private addVectors(vector: Float32Array): void {
    const { margins, dense } = this;
    const heads = margins.length;
    for (let d = 0; d < vector.length; d++) {
      const x = vector[d]!;
      if (x === 0) continue;
      const from = d * heads;
      for (let h = 0; h < heads; h++) margins[h]! += dense[from + h]! * x;
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
    const best: Push[][] = names.map(() => []);
    const least = new Int32Array(names.length);
    for (let i = 0; i < features.textCount; i++) {
      const at = this.textSlots[i]!;
      if (at < 0) continue;
      for (let e = slots[at + 1]!; e < slots[at + 2]!; e++) {
        const entry = entries[e]!;
        const k = place[entry >> 8]!;
        const weight = (entry & 0xff) - 128;
        if (k < 0 || weight <= least[k]!) continue;
        best[k]!.push({ start: features.starts[i]!, end: features.ends[i]!, weight });
        if (best[k]!.length >= CANDIDATES * 2) least[k] = keepLargest(best[k]!);
      }
    }
    best.forEach(keepLargest);
    // A topic is told by its words; what their company says costs time and shows little.
    names.forEach((head, k) => head.startsWith('topic') || this.addShares(features, this.headIndex.get(head)!, best[k]!));
    best.forEach(keepLargest);
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

function byDimension(dense: Float32Array, heads: number): Float32Array {
  const dims = dense.length / heads;
  return Float32Array.from(dense, (_, i) => dense[(i % heads) * dims + Math.floor(i / heads)]!);
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

function keepLargest(best: Push[]): number {
  best.sort((a, b) => b.weight - a.weight || a.start - b.start);
  if (best.length > CANDIDATES) best.length = CANDIDATES;
  return best.length === CANDIDATES ? best[CANDIDATES - 1]!.weight : 0;
}

function withoutOverlap(best: readonly Push[], limit: number): Push[] {
  const kept: Push[] = [];
  for (const f of best) {
    if (kept.length >= limit) break;
    if (!kept.some((k) => f.start < k.end && k.start < f.end)) kept.push(f);
  }
  return kept;
}
