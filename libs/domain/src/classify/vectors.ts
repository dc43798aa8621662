import type { FeatureSet } from './features';

/**
 * Vectors of words, learned from unlabelled text (which words stand in the same company): a word that no labelled text
 * has still lends its meaning. `values` are steps of int8, `dims` a word, already weighted by the rarity of the word.
 */
export interface WordVectors {
  dims: number;
  /** Word hashes as FeatureBuffer makes them, ascending. */
  keys: Uint32Array;
  values: Int8Array;
}

/** Title, lead and both together: each a mean of its words, of length one. */
export const VECTOR_PARTS = 3;
/** Words of the lead that count. */
const LEAD_WORDS = 80;
/** Words of the lead that may be shown as reasons; the sum is over those above. */
const REASON_WORDS = 30;

/** Reads the vectors of one text. Not re-entrant: the result is used again by the next call. */
export class VectorReader {
  private readonly slots: Int32Array;
  private readonly mask: number;
  private readonly sums: Int32Array;
  private readonly out: Float32Array;
  private readonly mixed: Float64Array;
  /** What each part of the last text was divided by, as a factor. */
  private readonly norms = new Float64Array(VECTOR_PARTS);

  constructor(readonly vectors: WordVectors) {
    let size = 1024;
    while (size < vectors.keys.length * 2) size *= 2;
    this.mask = size - 1;
    this.slots = new Int32Array(size * 2).fill(-1);
    vectors.keys.forEach((key, row) => {
      let at = key & this.mask;
      while (this.slots[at * 2 + 1] !== -1) at = (at + 1) & this.mask;
      this.slots[at * 2] = key | 0;
      this.slots[at * 2 + 1] = row;
    });
    this.sums = new Int32Array(vectors.dims * VECTOR_PARTS);
    this.out = new Float32Array(vectors.dims * VECTOR_PARTS);
    this.mixed = new Float64Array(vectors.dims * 2);
  }

  read(features: FeatureSet): Float32Array {
    const { dims } = this.vectors;
    const { words, titleWords } = features;
    const end = Math.min(features.wordCount, titleWords + LEAD_WORDS);
    this.sums.fill(0);
    for (let i = 0; i < end; i++) this.add(words[i]!, i < titleWords ? 0 : dims);
    for (let d = 0; d < dims; d++) this.sums[2 * dims + d] = this.sums[d]! + this.sums[dims + d]!;
    for (let part = 0; part < VECTOR_PARTS; part++) this.normalise(part * dims, dims);
    return this.out;
  }

  private rowOf(word: number): number {
    const key = word | 0;
    const { slots, mask } = this;
    let at = word & mask;
    while (slots[at * 2 + 1] !== -1 && slots[at * 2] !== key) at = (at + 1) & mask;
    return slots[at * 2 + 1]!;
  }

  /**
   * What each counted word of the last text read gave to a head with these weights (one a dimension of the parts), for
   * reasons. `visit` gets the place of the word and its share of the margin.
   */
  shares(features: FeatureSet, weights: Float32Array, visit: (word: number, share: number) => void): void {
    const { dims, values } = this.vectors;
    const end = Math.min(features.wordCount, features.titleWords + REASON_WORDS);
    for (let part = 0; part < 2; part++) {
      for (let d = 0; d < dims; d++) this.mixed[part * dims + d] = weights[part * dims + d]! * this.norms[part]! + weights[2 * dims + d]! * this.norms[2]!;
    }
    for (let i = 0; i < end; i++) {
      const row = this.rowOf(features.words[i]!);
      if (row < 0) continue;
      const base = i < features.titleWords ? 0 : dims;
      let share = 0;
      for (let d = 0; d < dims; d++) share += values[row * dims + d]! * this.mixed[base + d]!;
      if (share > 0) visit(i, share);
    }
  }

  private add(word: number, base: number): void {
    const { sums } = this;
    const { dims, values } = this.vectors;
    const row = this.rowOf(word);
    if (row < 0) return;
    const from = row * dims;
    for (let d = 0; d < dims; d++) sums[base + d]! += values[from + d]!;
  }

  private normalise(from: number, dims: number): void {
    let square = 0;
    for (let d = from; d < from + dims; d++) square += this.sums[d]! * this.sums[d]!;
    const norm = square === 0 ? 0 : 1 / Math.sqrt(square);
    this.norms[from / dims] = norm;
    for (let d = from; d < from + dims; d++) this.out[d] = this.sums[d]! * norm;
  }
}
