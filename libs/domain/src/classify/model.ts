import type { FeatureSet } from './features';
import type { ClassifierModel } from './tables';

/** A model made ready: an open-addressing table from feature hash to weight row. */
export class LinearScorer {
  readonly headIndex: Map<string, number>;
  private readonly slots: Int32Array;
  private readonly mask: number;
  /** Row last seen for a text: repeated features count once. */
  private readonly seen: Int32Array;
  private generation = 0;
  private readonly textSums: Int32Array;
  private readonly ruleSums: Int32Array;
  private readonly margins: Float64Array;
  /** Row of each text feature of the last text, −1 unknown: reasons need no second look-up. */
  private textRows = new Int32Array(4096);

  constructor(readonly model: ClassifierModel) {
    this.headIndex = new Map(model.heads.map((h, i) => [h, i]));
    let size = 1024;
    while (size < model.keys.length * 2.5) size *= 2;
    this.mask = size - 1;
    this.slots = new Int32Array(size).fill(-1);
    for (let row = 0; row < model.keys.length; row++) {
      let slot = model.keys[row]! & this.mask;
      while (this.slots[slot] !== -1) slot = (slot + 1) & this.mask;
      this.slots[slot] = row;
    }
    this.seen = new Int32Array(model.keys.length);
    this.textSums = new Int32Array(model.heads.length);
    this.ruleSums = new Int32Array(model.heads.length);
    this.margins = new Float64Array(model.heads.length);
  }

  /** Margins of all heads. The array is used again by the next call. */
  score(features: FeatureSet): Float64Array {
    this.textSums.fill(0);
    this.ruleSums.fill(0);
    this.generation++;
    if (this.textRows.length < features.textCount) this.textRows = new Int32Array(features.text.length);
    const textKnown = this.sum(features.text, features.textCount, this.textSums, this.textRows);
    this.sum(features.rules, features.ruleCount, this.ruleSums, null);
    const norm = textKnown === 0 ? 0 : 1 / Math.sqrt(textKnown);
    const { bias, scale, ruleWeight } = this.model;
    for (let h = 0; h < this.margins.length; h++) {
      this.margins[h] = bias[h]! + scale[h]! * (this.textSums[h]! * norm + this.ruleSums[h]! * ruleWeight);
    }
    return this.margins;
  }

  private sum(hashes: Uint32Array, count: number, into: Int32Array, rows: Int32Array | null): number {
    const { weights, keys } = this.model;
    const { slots, mask, seen, generation } = this;
    const width = into.length;
    let known = 0;
    for (let i = 0; i < count; i++) {
      const hash = hashes[i]!;
      let slot = hash & mask;
      let row = slots[slot]!;
      while (row !== -1 && keys[row] !== hash) {
        slot = (slot + 1) & mask;
        row = slots[slot]!;
      }
      if (rows !== null) rows[i] = row;
      if (row < 0 || seen[row] === generation) continue;
      seen[row] = generation;
      known++;
      const base = row * width;
      for (let h = 0; h < width; h++) into[h] = into[h]! + weights[base + h]!;
    }
    return known;
  }

  margin(head: string): number {
    const index = this.headIndex.get(head);
    return index === undefined ? Number.NEGATIVE_INFINITY : this.margins[index]!;
  }

  /** The text features of the last scored text that pushed a head most, strongest first; for reasons. */
  strongest(features: FeatureSet, head: string, limit: number): Push[] {
    const index = this.headIndex.get(head);
    if (index === undefined) return [];
    const width = this.model.heads.length;
    const { weights } = this.model;
    const best: Push[] = [];
    let least = 0;
    for (let i = 0; i < features.textCount; i++) {
      const row = this.textRows[i]!;
      if (row < 0) continue;
      const weight = weights[row * width + index]!;
      if (weight <= least) continue;
      best.push({ start: features.starts[i]!, end: features.ends[i]!, weight });
      if (best.length >= CANDIDATES * 2) least = keepLargest(best);
    }
    keepLargest(best);
    return withoutOverlap(best, limit);
  }
}

interface Push {
  start: number;
  end: number;
  weight: number;
}

/** Overlapping words and pairs crowd each other: more candidates are kept than shown. */
const CANDIDATES = 24;

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

const MAGIC = 0x48594d31;

/**
 * Reads the weights file: magic, rows, heads, then keys (uint32), bias and scale (float32), weights (int8),
 * little-endian. Throws a RangeError that says what is wrong with the file.
 */
export function decodeWeights(bytes: Uint8Array): Pick<ClassifierModel, 'keys' | 'bias' | 'scale' | 'weights'> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < 12 || view.getUint32(0, true) !== MAGIC) throw new RangeError('not a weights file: the first four bytes must read HYM1');
  const rows = view.getUint32(4, true);
  const heads = view.getUint32(8, true);
  const size = 12 + rows * 4 + heads * 8 + rows * heads;
  if (bytes.byteLength !== size) throw new RangeError(`weights file is ${bytes.byteLength} bytes, its head says ${size}`);
  const keys = new Uint32Array(rows);
  const bias = new Float32Array(heads);
  const scale = new Float32Array(heads);
  for (let i = 0; i < rows; i++) keys[i] = view.getUint32(12 + i * 4, true);
  const at = 12 + rows * 4;
  for (let h = 0; h < heads; h++) {
    bias[h] = view.getFloat32(at + h * 4, true);
    scale[h] = view.getFloat32(at + heads * 4 + h * 4, true);
  }
  const weights = new Int8Array(rows * heads);
  weights.set(new Int8Array(bytes.buffer, bytes.byteOffset + at + heads * 8, rows * heads));
  return { keys, bias, scale, weights };
}

/** Writes what decodeWeights reads. */
export function encodeWeights(model: Pick<ClassifierModel, 'keys' | 'bias' | 'scale' | 'weights'>): Uint8Array {
  const rows = model.keys.length;
  const heads = model.bias.length;
  const bytes = new Uint8Array(12 + rows * 4 + heads * 8 + rows * heads);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, rows, true);
  view.setUint32(8, heads, true);
  model.keys.forEach((k, i) => view.setUint32(12 + i * 4, k, true));
  const at = 12 + rows * 4;
  for (let h = 0; h < heads; h++) {
    view.setFloat32(at + h * 4, model.bias[h]!, true);
    view.setFloat32(at + heads * 4 + h * 4, model.scale[h]!, true);
  }
  bytes.set(new Uint8Array(model.weights.buffer, model.weights.byteOffset, model.weights.byteLength), at + heads * 8);
  return bytes;
}
