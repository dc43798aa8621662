/**
 * Features of the statistical part: words, pairs of words and pairs of characters of the title and
 * the lead, plus what the rules found. All are 32-bit hashes; the model knows the rows of some.
 */
export interface FeatureSet {
  /** Text features, may repeat. */
  text: Uint32Array;
  textCount: number;
  /** Start and end of each text feature in the folded text, for reasons. */
  starts: Int32Array;
  ends: Int32Array;
  rules: Uint32Array;
  ruleCount: number;
  /** Hashes of the words in order, those of the title first, and where they stand. */
  words: Uint32Array;
  wordStarts: Int32Array;
  wordEnds: Int32Array;
  wordCount: number;
  titleWords: number;
}

const SEED_WORD = 0x811c9dc5;
const SEED_TITLE = 0x5bd1e995;
const SEED_PAIR = 0x27d4eb2f;
const SEED_CHAR = 0x165667b1;
const SEED_RULE = 0x9747b28c;

export const mix = (h: number, v: number): number => {
  const x = Math.imul(h ^ v, 0x01000193);
  return x ^ (x >>> 13);
};

/** Hash of a rule feature's name. */
export function ruleHash(name: string): number {
  let h = SEED_RULE;
  for (let i = 0; i < name.length; i++) h = mix(h, name.charCodeAt(i));
  return finish(h);
}

/** Hash of two rule features that hold together. */
export const pairHash = (a: number, b: number): number => finish(mix(mix(SEED_RULE ^ 0x55, a), b));

function finish(h: number): number {
  h ^= h >>> 16;
  h = Math.imul(h, 0x7feb352d);
  h ^= h >>> 15;
  return h >>> 0;
}

/** Hash of a string that continues from another hash. */
export function hashText(text: string, from: number): number {
  let h = from;
  for (let i = 0; i < text.length; i++) h = mix(h, text.charCodeAt(i));
  return finish(h);
}

/** Hash of bytes that continues from another hash. */
export function hashBytes(bytes: Uint8Array, from: number): number {
  let h = from;
  for (let i = 0; i < bytes.length; i++) h = mix(h, bytes[i]!);
  return finish(h);
}

const isDigit = (c: number): boolean => c >= 0x30 && c <= 0x39;
/** Digits count as one, so that 「致3死」 and 「致5死」 share a feature. */
const unit = (c: number): number => (isDigit(c) ? 0x30 : c);

/** Characters of the text, behind the title, whose pairs are features. */
const PAIR_LEAD = 40;

/** Growing buffer that is used again for every text: memory stays flat. */
export class FeatureBuffer implements FeatureSet {
  text = new Uint32Array(4096);
  starts = new Int32Array(4096);
  ends = new Int32Array(4096);
  rules = new Uint32Array(1024);
  words = new Uint32Array(1024);
  wordStarts = new Int32Array(1024);
  wordEnds = new Int32Array(1024);
  textCount = 0;
  ruleCount = 0;
  wordCount = 0;
  titleWords = 0;

  reset(): void {
    this.textCount = 0;
    this.ruleCount = 0;
    this.wordCount = 0;
    this.titleWords = 0;
  }

  addRule(hash: number): void {
    if (this.ruleCount < this.rules.length) this.rules[this.ruleCount++] = hash;
  }

  private add(hash: number, start: number, end: number): void {
    if (this.textCount === this.text.length) this.grow();
    this.text[this.textCount] = hash;
    this.starts[this.textCount] = start;
    this.ends[this.textCount] = end;
    this.textCount++;
  }

  private addWord(word: number, start: number, end: number): void {
    this.words[this.wordCount] = word;
    this.wordStarts[this.wordCount] = start;
    this.wordEnds[this.wordCount++] = end;
  }

  private grow(): void {
    const size = this.text.length * 2;
    const text = new Uint32Array(size);
    const starts = new Int32Array(size);
    const ends = new Int32Array(size);
    text.set(this.text);
    starts.set(this.starts);
    ends.set(this.ends);
    this.text = text;
    this.starts = starts;
    this.ends = ends;
  }

  /** `tokens` tile `chars` from its start; `titleEnd` parts title from text. */
  addText(chars: string, tokens: readonly string[], titleEnd: number): void {
    let at = 0;
    let before = 0;
    let beforeStart = 0;
    for (let k = 0; k < tokens.length; k++) {
      const start = at;
      at += tokens[k]!.length;
      let h = SEED_WORD;
      for (let i = start; i < at; i++) h = mix(h, unit(chars.charCodeAt(i)));
      const first = chars.charCodeAt(start);
      if (first <= 0x20 || first === 0xff0c || first === 0x3002) {
        before = 0;
        continue;
      }
      const word = finish(h);
      this.add(word, start, at);
      if (this.wordCount < this.words.length) this.addWord(word, start, at);
      if (start < titleEnd) {
        this.add(finish(mix(h, SEED_TITLE)), start, at);
        this.titleWords = this.wordCount;
      }
      if (before !== 0) this.add(finish(mix(mix(SEED_PAIR, before), h)), beforeStart, at);
      before = h;
      beforeStart = start;
    }
    // Pairs of characters cross the cuts of words; in a short title they carry, in a text the words do.
    this.addPairs(chars, Math.min(at, titleEnd + PAIR_LEAD), titleEnd);
  }

  private addPairs(chars: string, length: number, titleEnd: number): void {
    let a = 0;
    for (let i = 0; i < length; i++) {
      const b = unit(chars.charCodeAt(i));
      if (a > 0x20 && b > 0x20) {
        const h = mix(mix(SEED_CHAR, a), b);
        this.add(finish(h), i - 1, i + 1);
        if (i < titleEnd) this.add(finish(mix(h, SEED_TITLE)), i - 1, i + 1);
      }
      a = b;
    }
  }
}
