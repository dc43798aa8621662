/**
 * What public texts say of words: in how many of them a word or a pair of characters stands, and by which words it is
 * surrounded (vectors). Statistics only; the words themselves are kept as 32-bit digests.
 */
export class WordTable {
  private readonly rows = new Map<number, number>();

  constructor(
    readonly textCount: number,
    /** By digest: log of the number of texts, see COUNT_STEPS. */
    private readonly counts: Uint8Array,
    /** Digests of the words that have a vector, in order of rows. */
    private readonly digests: Uint32Array,
    readonly dims: number,
    /** Rows of unit vectors, times 127. */
    private readonly vectors: Int8Array,
  ) {
    digests.forEach((d, i) => this.rows.set(d, i));
  }

  /** How telling a word is: ln(texts / texts with it), at most that of a word in half a text. */
  wordIdf(word: string): number {
    return this.idf(digestOf(word));
  }

  /** The same of two neighbouring characters. */
  charsIdf(two: string): number {
    return this.idf(digestOf(`\u0000${two}`));
  }

  /** Row of a word's vector; -1: it is too rare to have one. */
  rowOf(digest: number): number {
    return this.rows.get(digest) ?? -1;
  }

  /** Writes the unit vector of a row into `out` from `at` on. */
  copyVector(row: number, out: Float32Array, at: number): void {
    for (let i = 0; i < this.dims; i++) out[at + i] = (this.vectors[row * this.dims + i] ?? 0) / 127;
  }

  /** The table as bytes; `parse` reads them. */
  toBytes(): Uint8Array {
    const head = new Uint32Array([MAGIC, this.textCount, this.counts.length, this.digests.length, this.dims]);
    const parts = [head, this.digests, this.counts, this.vectors].map(
      (a) => new Uint8Array(a.buffer, a.byteOffset, a.byteLength),
    );
    const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
    let at = 0;
    for (const p of parts) {
      out.set(p, at);
      at += p.length;
    }
    return out;
  }

  /** @throws when the bytes are no word table */
  static parse(bytes: Uint8Array): WordTable {
    const copy = new Uint8Array(bytes);
    const [magic, textCount = 0, countLength = 0, rows = 0, dims = 0] = new Uint32Array(copy.buffer, 0, HEAD);
    const size = HEAD * 4 + rows * 4 + countLength + rows * dims;
    if (magic !== MAGIC || copy.length !== size) throw new Error('not a word table');
    const from = HEAD * 4 + rows * 4;
    return new WordTable(
      textCount,
      copy.subarray(from, from + countLength),
      new Uint32Array(copy.buffer, HEAD * 4, rows),
      dims,
      new Int8Array(copy.buffer, from + countLength, rows * dims),
    );
  }

  private idf(digest: number): number {
    const kept = this.counts[digest & (this.counts.length - 1)] ?? 0;
    return Math.log(this.textCount / (2 ** (kept / COUNT_STEPS) - 1 + 0.5));
  }
}

const HEAD = 5;
const MAGIC = 0x31575948;
/** A count n is kept as round(log2(1 + n) · COUNT_STEPS): within 5 % of it, up to 2^25. */
export const COUNT_STEPS = 10;

/** FNV-1a over UTF-16 units with a finishing mix, 32 bit, unsigned. */
export function digestOf(s: string): number {
  return digestOfPart(s, 0, s.length);
}

/** The same of `s.slice(from, to)`, which is not made. Apart from `digestOf`, which lists are mapped over with an index. */
export function digestOfPart(s: string, from: number, to: number): number {
  let h = 0x811c9dc5;
  for (let i = from; i < to; i++) h = Math.imul(h ^ s.charCodeAt(i), 0x01000193);
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
