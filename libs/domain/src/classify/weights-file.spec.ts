import { decodeWeights, encodeWeights, type ModelWeights } from './weights-file';

const weights: ModelWeights = {
  keys: Uint32Array.of(3, 4_000_000_000), bias: Float32Array.of(0.5, -1), scale: Float32Array.of(0.25, 2), weights: Int8Array.of(1, -2, 127, -127),
  vectors: { dims: 2, keys: Uint32Array.of(9), values: Int8Array.of(-7, 8) }, dense: Float32Array.from({ length: 12 }, (_, i) => i / 4),
};

describe('the weights file', () => {
  it('reads what it wrote, also from the middle of a larger buffer', () => {
    const bytes = encodeWeights(weights);
    const larger = Buffer.concat([Buffer.alloc(5), bytes, Buffer.alloc(3)]);
    expect(decodeWeights(larger.subarray(5, 5 + bytes.length))).toEqual(weights);
  });
  it('says what is wrong with another file', () => {
    expect(() => decodeWeights(new Uint8Array(30))).toThrow('HYM2');
    const older = encodeWeights(weights);
    older[0] = '1'.charCodeAt(0);
    expect(() => decodeWeights(older)).toThrow('version HYM1, this classifier reads HYM2');
    expect(() => decodeWeights(encodeWeights(weights).subarray(0, 40))).toThrow('40 bytes');
  });
});
