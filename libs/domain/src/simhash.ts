/**
 * 64-bit SimHash (Charikar 2002) over weighted features: near-identical texts differ in few bits.
 * Returned as a signed 64-bit value, as PostgreSQL's bigint keeps it.
 */
export function simhash(features: Iterable<readonly [string, number]>): bigint {
  const sums = new Float64Array(64);
  for (const [feature, weight] of features)
    addBits(sums, hash32(feature, SEED_LOW), hash32(feature, SEED_HIGH), weight);
  return bitsOf(sums);
}

/** The same over pairs of neighbouring characters, given as by `charPair`: a string need not be made for each. */
export function simhashOfPairs(pairs: Iterable<readonly [number, number]>): bigint {
  const sums = new Float64Array(64);
  for (const [pair, weight] of pairs) addBits(sums, hashPair(pair, SEED_LOW), hashPair(pair, SEED_HIGH), weight);
  return bitsOf(sums);
}

const SEED_LOW = 0x811c9dc5;
const SEED_HIGH = 0x9747b28c;

function addBits(sums: Float64Array, low: number, high: number, weight: number): void {
  for (let i = 0; i < 32; i++) {
    sums[i]! += ((low >>> i) & 1) === 1 ? weight : -weight;
    sums[i + 32]! += ((high >>> i) & 1) === 1 ? weight : -weight;
  }
}

function bitsOf(sums: Float64Array): bigint {
  let low = 0;
  let high = 0;
  for (let i = 0; i < 32; i++) {
    if (sums[i]! > 0) low |= 1 << i;
    if (sums[i + 32]! > 0) high |= 1 << i;
  }
  return (BigInt(high) << 32n) | BigInt(low >>> 0);
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
  return finish(h);
}

function hashPair(pair: number, seed: number): number {
  return finish(Math.imul(Math.imul(seed ^ (pair >>> 16), 0x01000193) ^ (pair & 0xffff), 0x01000193));
}

function finish(h: number): number {
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
