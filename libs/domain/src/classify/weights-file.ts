import type { ClassifierModel } from './tables';
import { VECTOR_PARTS } from './vectors';

/** What the weights file holds of a model. */
export type ModelWeights = Pick<ClassifierModel, 'keys' | 'bias' | 'scale' | 'weights' | 'vectors' | 'dense'>;

const MAGIC = 0x48594d32;
const HEAD = 20;

const sizeOf = (rows: number, heads: number, words: number, dims: number): number =>
  HEAD + rows * 4 + words * 4 + heads * 8 + heads * dims * VECTOR_PARTS * 4 + rows * heads + words * dims;

/**
 * Reads the weights file, little-endian: magic, rows, heads, words, dims; keys and word keys (uint32); bias, scale and
 * weights of the vectors (float32); weights and word vectors (int8). Throws a RangeError that says what is wrong with it.
 */
export function decodeWeights(bytes: Uint8Array): ModelWeights {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = bytes.byteLength < HEAD ? 0 : view.getUint32(0, true);
  if (magic >>> 8 === MAGIC >>> 8 && magic !== MAGIC) throw new RangeError(`weights of version HYM${String.fromCharCode(magic & 0xff)}, this classifier reads HYM2: learn them anew (npm run train), or compare with the program that wrote them`);
  if (magic !== MAGIC) throw new RangeError('not a weights file: the first four bytes must read HYM2');
  const [rows, heads, words, dims] = [4, 8, 12, 16].map((at) => view.getUint32(at, true)) as [number, number, number, number];
  const size = sizeOf(rows, heads, words, dims);
  if (bytes.byteLength !== size) throw new RangeError(`weights file is ${bytes.byteLength} bytes, its head says ${size}`);
  let at = HEAD;
  const uints = (n: number): Uint32Array => Uint32Array.from({ length: n }, () => view.getUint32((at += 4) - 4, true));
  const floats = (n: number): Float32Array => Float32Array.from({ length: n }, () => view.getFloat32((at += 4) - 4, true));
  const steps = (n: number): Int8Array => new Int8Array(bytes.buffer, bytes.byteOffset + (at += n) - n, n).slice();
  const [keys, wordKeys] = [uints(rows), uints(words)];
  const [bias, scale, dense] = [floats(heads), floats(heads), floats(heads * dims * VECTOR_PARTS)];
  return { keys, bias, scale, dense, weights: steps(rows * heads), vectors: { dims, keys: wordKeys, values: steps(words * dims) } };
}

/** Writes what decodeWeights reads. */
export function encodeWeights(model: ModelWeights): Uint8Array {
  const { keys, bias, scale, weights, dense, vectors } = model;
  const bytes = new Uint8Array(sizeOf(keys.length, bias.length, vectors.keys.length, vectors.dims));
  const view = new DataView(bytes.buffer);
  [MAGIC, keys.length, bias.length, vectors.keys.length, vectors.dims].forEach((n, i) => view.setUint32(i * 4, n, true));
  let at = HEAD;
  for (const part of [keys, vectors.keys]) for (const k of part) view.setUint32((at += 4) - 4, k, true);
  for (const part of [bias, scale, dense]) for (const x of part) view.setFloat32((at += 4) - 4, x, true);
  for (const part of [weights, vectors.values]) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
    at += part.length;
  }
  return bytes;
}
