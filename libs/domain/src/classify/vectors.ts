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

/** Reads the vectors of one text. Not re-entrant: the result is used again by the next call. */
export class VectorReader {
  private readonly slots: Int32Array;
  private readonly mask: number;
  private readonly sums: Int32Array;
  private readonly out: Float32Array;

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

  private add(word: number, base: number): void {
    const key = word | 0;
    const { slots, mask, sums } = this;
    const { dims, values } = this.vectors;
    let at = word & mask;
    while (slots[at * 2 + 1] !== -1 && slots[at * 2] !== key) at = (at + 1) & mask;
    const row = slots[at * 2 + 1]!;
    if (row < 0) return;
    const from = row * dims;
    for (let d = 0; d < dims; d++) sums[base + d]! += values[from + d]!;
  }

  private normalise(from: number, dims: number): void {
    let square = 0;
    for (let d = from; d < from + dims; d++) square += this.sums[d]! * this.sums[d]!;
    const norm = square === 0 ? 0 : 1 / Math.sqrt(square);
    for (let d = from; d < from + dims; d++) this.out[d] = this.sums[d]! * norm;
  }
}
