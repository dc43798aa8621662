/**
 * 64-bit SimHash (Charikar 2002) over weighted features: near-identical texts differ in few bits.
 * Returned as a signed 64-bit value, as PostgreSQL's bigint keeps it.
 */
export function simhash(features: Iterable<readonly [string, number]>): bigint {
  const low = new Float64Array(32);
  const high = new Float64Array(32);
  for (const [feature, weight] of features) {
    const a = hash32(feature, 0x811c9dc5);
    const b = hash32(feature, 0x9747b28c);
    for (let i = 0; i < 32; i++) {
      low[i] = (low[i] ?? 0) + ((a >>> i) & 1 ? weight : -weight);
      high[i] = (high[i] ?? 0) + ((b >>> i) & 1 ? weight : -weight);
    }
  }
  let bits = 0n;
  for (let i = 0; i < 32; i++) {
    if ((low[i] ?? 0) > 0) bits |= 1n << BigInt(i);
    if ((high[i] ?? 0) > 0) bits |= 1n << BigInt(i + 32);
  }
  return BigInt.asIntN(64, bits);
}

/** Differing bits, 0…64. */
export function hamming(a: bigint, b: bigint): number {
  let x = BigInt.asUintN(64, a ^ b);
  let n = 0;
  for (; x > 0n; x &= x - 1n) n++;
  return n;
}

/** FNV-1a with a finishing mix, 32 bit. */
function hash32(s: string, seed: number): number {
  let h = seed;
  for (let i = 0; i < s.length; i++) h = Math.imul(h ^ s.charCodeAt(i), 0x01000193);
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
