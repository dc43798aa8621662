import { digestOf, type WordTable } from './word-table';

type Weights = ReadonlyMap<string, number>;

/** A word with the segmenter's part of speech. */
export interface TaggedWord {
  word: string;
  tag: string;
}

/** What kinds of words are compared apart: a shared person is another agreement than a shared verb. */
export const WORD_KINDS = ['person', 'place', 'organisation', 'verb', 'noun', 'latin'] as const;
export type WordKind = (typeof WORD_KINDS)[number];

/** One text as the pair model compares it. Built once a text. */
export interface PairText {
  written: string;
  /** Letters and digits alone, lower case. */
  chars: string;
  /** Word → weight (tf · idf), unit length. */
  words: Weights;
  /** Word → idf. */
  idf: Weights;
  /** The words by weight, the heaviest first. */
  heaviest: readonly string[];
  /** Runs of two and of three characters → weight, unit length. */
  twos: Weights;
  threes: Weights;
  /** The first words, and each of the first sentences, as weights. */
  head: Weights;
  sentences: readonly Weights[];
  quoted: ReadonlySet<string>;
  numbers: ReadonlySet<string>;
  kinds: Readonly<Record<WordKind, ReadonlySet<string>>>;
  /** What stands before the title's colon: a series, a speaker, a source. */
  series: string;
  tokens: PairTokens;
}

/** The words that tell something, in order, at most MAX_TOKENS. */
export interface PairTokens {
  digests: Uint32Array;
  /** Rows of the word table, -1 where there is none. */
  rows: Int32Array;
  /** idf / 10. */
  weights: Float32Array;
}

export const MAX_TOKENS = 56;
/** What lies further down is seldom the event. */
export const MAX_PAIR_CHARS = 2000;
const MAX_SENTENCES = 6;
const LEAST_SENTENCE_WORDS = 3;
const HEAD_WORDS = 25;
const QUOTED = /[《「『“"]([^《》「」『』“”"]{2,20})[》」』”"]/g;
const NUMBER = /\d+(?:[.:：]\d+)?/g;
const SERIES = /^.{0,3}?([\p{L}\p{N}_·]{2,10})[：:丨|]/u;
const STOP = /[。！？!?；;\n]/;
const READABLE = /[\p{L}\p{N}]/u;

/**
 * @param written at most MAX_PAIR_CHARS of the text
 * @param cut the same cut into words, marks too
 */
export function pairText(
  written: string,
  cut: readonly TaggedWord[],
  table: WordTable,
  stops: ReadonlySet<string>,
): PairText {
  const lower = cut.map((w) => w.word.toLowerCase());
  const words = lower.filter((w) => READABLE.test(w));
  const idf = new Map(words.map((w) => [w, table.wordIdf(w)]));
  const idfOf = (w: string): number => idf.get(w) ?? 0;
  const chars = written.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');
  const weighed = unitWeights(words, idfOf);
  const twoIdf = (g: string): number => table.charsIdf(g);
  return {
    ...{ written, chars, idf, words: weighed },
    heaviest: [...weighed].sort((a, b) => b[1] - a[1]).map(([w]) => w),
    twos: unitWeights(runsOf(chars, 2), twoIdf),
    threes: unitWeights(runsOf(chars, 3), (g) => (twoIdf(g.slice(0, 2)) + twoIdf(g.slice(1))) / 2),
    head: unitWeights(words.slice(0, HEAD_WORDS), idfOf),
    sentences: sentencesOf(lower, words).map((s) => unitWeights(s, idfOf)),
    quoted: new Set([...written.matchAll(QUOTED)].map((m) => m[1] ?? '')),
    numbers: new Set(written.match(NUMBER) ?? []),
    kinds: kindsOf(cut),
    series: SERIES.exec(written)?.[1] ?? '',
    tokens: tokensOf(words.filter((w) => !stops.has(w)).slice(0, MAX_TOKENS), table, idfOf),
  };
}

function kindOf({ word, tag }: TaggedWord): WordKind | null {
  if (tag === 'eng') return 'latin';
  if (tag === 'ns') return 'place';
  if (tag === 'nt' || tag === 'nz') return 'organisation';
  if (word.length < 2) return null;
  if (tag.startsWith('nr')) return 'person';
  if (tag.startsWith('v') && tag !== 'vn') return 'verb';
  return tag === 'n' || tag === 'vn' || tag === 'an' ? 'noun' : null;
}

function kindsOf(cut: readonly TaggedWord[]): Record<WordKind, Set<string>> {
  const out: Record<WordKind, Set<string>> = {
    ...{ person: new Set(), place: new Set(), organisation: new Set() },
    ...{ verb: new Set(), noun: new Set(), latin: new Set() },
  };
  for (const w of cut) {
    const kind = kindOf(w);
    if (kind !== null) out[kind].add(w.word.toLowerCase());
  }
  return out;
}

function tokensOf(words: string[], table: WordTable, idfOf: (w: string) => number): PairTokens {
  const digests = Uint32Array.from(words, digestOf);
  return {
    digests,
    rows: Int32Array.from(digests, (d) => table.rowOf(d)),
    weights: Float32Array.from(words, (w) => idfOf(w) / 10),
  };
}

function sentencesOf(cut: string[], all: string[]): string[][] {
  const out: string[][] = [[]];
  for (const w of cut) {
    if (STOP.test(w)) out.push([]);
    else if (READABLE.test(w)) out.at(-1)?.push(w);
  }
  const whole = out.filter((s) => s.length >= LEAST_SENTENCE_WORDS).slice(0, MAX_SENTENCES);
  return whole.length > 0 ? whole : [all];
}

export function runsOf(chars: string, length: number): string[] {
  const out: string[] = [];
  for (let i = 0; i + length <= chars.length; i++) out.push(chars.slice(i, i + length));
  return out;
}

export function unitWeights(items: readonly string[], idfOf: (item: string) => number): Map<string, number> {
  const counts = new Map<string, number>();
  for (const w of items) counts.set(w, (counts.get(w) ?? 0) + 1);
  let squares = 0;
  for (const [w, n] of counts) {
    const x = (1 + Math.log(n)) * idfOf(w);
    counts.set(w, x);
    squares += x * x;
  }
  const norm = Math.sqrt(squares) || 1;
  for (const [w, x] of counts) counts.set(w, x / norm);
  return counts;
}
