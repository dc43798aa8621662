import { titleGrams } from './cluster-names';
import { SAME_EVENT_WEIGHTS } from './same-event-weights';
import { sketchOf, type Sketch } from './near-copies';
import { placesIn } from './place-words';
import { charPair, simhashOfPairs } from './simhash';

/** What of one text tells its event apart from others. Built once an item, compared many times. */
export interface EventFeatures {
  /** Word → weight (tf · idf), unit length, the heaviest MAX_WORDS, the heaviest first. */
  words: ReadonlyMap<string, number>;
  /** Word → idf of the same words: how telling a word is by itself. */
  idf: ReadonlyMap<string, number>;
  /** Pairs of neighbouring characters (`charPair`) → weight, unit length. */
  grams: ReadonlyMap<number, number>;
  /** Words of the title alone. */
  titleWords: ReadonlySet<string>;
  /** Runs of three characters of the title. */
  titleGrams: ReadonlySet<string>;
  /** Figures with their unit: 3人, 7.5元, 28日. */
  numbers: ReadonlySet<string>;
  /** Places named, as written, without the ending that tells their rank. */
  places: ReadonlySet<string>;
  /** Days named: 3月6日, 28日. */
  days: ReadonlySet<string>;
  /** What stands in 《》, 「」 or quotation marks: works, slogans, names. */
  quoted: ReadonlySet<string>;
  /** The first characters of title and text without blanks and marks, for the longest common run. */
  run: string;
  /** Letters and digits of title and text, without blanks and marks. */
  length: number;
  simhash: bigint;
  /** To know copies of the text by. */
  sketch: Sketch;
  /** Milliseconds; null when unknown. */
  at: number | null;
}

export interface SameEvent {
  same: boolean;
  /** 0…1. */
  score: number;
  /** The strongest shared words, numbers and places, for people. */
  why: string[];
}

export const MAX_WORDS = 80;
const MAX_CHARS = 2000;

export interface FeatureInput {
  title: string;
  text: string;
  /** The same title and text cut into words; joined they need not be the text again. */
  words: readonly string[];
  titleWords: readonly string[];
  at: Date | null;
}

/** Inverse document frequency of a word; a word never seen is a name and tells most. Null for a word that tells nothing. */
export type IdfOf = (word: string) => number | null;

const RUN_CHARS = 240;
const DAY = /(?:\d{1,2}月)?\d{1,2}日/g;
const QUOTED = /[《「『“"]([^《》「」『』“”"]{2,20})[》」』”"]/g;
const NUMBER = /(\d+(?:\.\d+)?)\s*(万|亿)?\s*(%|％|[人名户岁元年月日号时分级路楼栋层吨起例天车辆度])?/g;

export function eventFeatures(input: FeatureInput, idfOf: IdfOf): EventFeatures {
  const whole = `${input.title}\n${input.text}`.slice(0, MAX_CHARS);
  const { words, idf } = weighWords(input.words, input.titleWords, idfOf);
  const chars = squeeze(whole);
  const grams = gramsOf(chars);
  return {
    words,
    idf,
    grams,
    titleGrams: titleGrams(input.title === '' ? input.text : input.title),
    titleWords: new Set(input.titleWords.filter((w) => idfOf(w) !== null)),
    numbers: new Set(
      [...whole.matchAll(NUMBER)]
        .filter((m) => (m[3] ?? '') !== '' || (m[1] ?? '').length > 1)
        .map((m) => m[0].replace(/\s/g, '')),
    ),
    places: new Set(placesIn(whole)),
    days: new Set([...whole.matchAll(DAY)].map((m) => m[0])),
    quoted: new Set([...whole.matchAll(QUOTED)].map((m) => m[1] ?? '')),
    run: chars.slice(0, RUN_CHARS),
    length: chars.length,
    simhash: simhashOfPairs(grams),
    sketch: sketchOf(squeeze(`${input.title}${input.text}`.toLowerCase())),
    at: input.at?.getTime() ?? null,
  };
}

const squeeze = (s: string): string => s.replace(/[^\p{L}\p{N}]+/gu, '');

function weighWords(
  all: readonly string[],
  title: readonly string[],
  idfOf: IdfOf,
): { words: Map<string, number>; idf: Map<string, number> } {
  const counts = new Map<string, number>();
  for (const w of all) counts.set(w, (counts.get(w) ?? 0) + 1);
  // What the title says is what the text is about.
  for (const w of title) counts.set(w, (counts.get(w) ?? 0) + 2);
  const weighed: [string, number, number][] = [];
  for (const [w, n] of counts) {
    const idf = idfOf(w);
    if (idf !== null) weighed.push([w, (1 + Math.log(n)) * idf, idf]);
  }
  weighed.sort((a, b) => b[1] - a[1]);
  const kept = weighed.slice(0, MAX_WORDS);
  return { words: unit(kept.map(([w, x]) => [w, x])), idf: new Map(kept.map(([w, , i]) => [w, i])) };
}

function gramsOf(chars: string): Map<number, number> {
  const counts = new Map<number, number>();
  for (let i = 0; i + 1 < chars.length; i++) {
    const g = charPair(chars.charCodeAt(i), chars.charCodeAt(i + 1));
    counts.set(g, (counts.get(g) ?? 0) + 1);
  }
  let square = 0;
  for (const [g, n] of counts) {
    const x = 1 + Math.log(n);
    square += x * x;
    counts.set(g, x);
  }
  const norm = Math.sqrt(square) || 1;
  for (const [g, x] of counts) counts.set(g, x / norm);
  return counts;
}

function unit(entries: [string, number][]): Map<string, number> {
  const norm = Math.sqrt(entries.reduce((n, [, x]) => n + x * x, 0)) || 1;
  return new Map(entries.map(([k, x]) => [k, x / norm]));
}

export function cosine<K>(a: ReadonlyMap<K, number>, b: ReadonlyMap<K, number>): number {
  const [small, large] = a.size <= b.size ? [a, b] : [b, a];
  let sum = 0;
  for (const [k, x] of small) {
    const y = large.get(k);
    if (y !== undefined) sum += x * y;
  }
  return Math.min(1, sum);
}

/** The measures two texts are compared by; SAME_EVENT_WEIGHTS has one weight for each, by position. */
export function pairSignals(a: EventFeatures, b: EventFeatures): number[] {
  const shared: string[] = [];
  for (const word of a.words.keys()) if (b.words.has(word)) shared.push(word);
  const idfOf = (w: string): number => a.idf.get(w) ?? b.idf.get(w) ?? 0;
  const sharedWeight = shared.reduce((n, w) => n + idfOf(w) ** 2, 0);
  const rare = shared.map(idfOf).sort((x, y) => y - x);
  const containment = sharedWeight / Math.min(weightOf(a), weightOf(b));
  const titleShared = overlap(a.titleWords, b.titleWords).shared;
  const titleLeast = Math.min(a.titleWords.size, b.titleWords.size) || 1;
  const numbers = overlap(a.numbers, b.numbers);
  const places = overlap(a.places, b.places);
  const words = cosine(a.words, b.words);
  const grams = cosine(a.grams, b.grams);
  const short = Math.min(a.length, b.length);
  return [
    words,
    grams,
    containment,
    Math.sqrt(containment * words),
    (rare[0] ?? 0) / 13,
    (rare[1] ?? 0) / 13,
    (rare[2] ?? 0) / 13,
    titleShared / titleLeast,
    Math.min(3, numbers.shared) / 3,
    numbers.both ? 1 - numbers.share : 0,
    Math.min(2, places.shared) / 2,
    places.both && places.shared === 0 ? 1 : 0,
    Math.log(1 + short) / 7,
    Math.min(a.length, b.length) / Math.max(a.length, b.length, 1),
    words * words,
    grams * grams,
    (Math.log(1 + short) / 7) * words,
    ...tellingSignals(a, b, shared, idfOf),
  ];
}

function weightOf(f: EventFeatures): number {
  let sum = 0;
  for (const idf of f.idf.values()) sum += idf * idf;
  return sum || 1;
}

const TOP = 8;

/** Agreement and conflict of what identifies an event: the heaviest words, names, days, quoted works, whole runs. */
function tellingSignals(a: EventFeatures, b: EventFeatures, shared: string[], idfOf: (w: string) => number): number[] {
  const [inB, inA] = [topShare(a, b), topShare(b, a)];
  const names = shared.filter((w) => idfOf(w) >= 11.5 && w.length >= 2).length;
  const [loneA, loneB] = [loneShare(a, b), loneShare(b, a)];
  const days = overlap(a.days, b.days);
  const quoted = overlap(a.quoted, b.quoted);
  const run = longestRun(a.run, b.run);
  return [
    Math.min(inA, inB),
    Math.max(inA, inB),
    Math.min(names, 4) / 4,
    Math.min(loneA, loneB),
    Math.max(loneA, loneB),
    Math.min(days.shared, 2) / 2,
    days.both && days.shared === 0 ? 1 : 0,
    Math.min(quoted.shared, 2) / 2,
    quoted.both && quoted.shared === 0 ? 1 : 0,
    Math.min(run, 20) / 20,
    run / (Math.min(a.run.length, b.run.length) || 1),
    Math.min(shared.length, 20) / 20,
    Math.log(1 + Math.max(a.length, b.length)) / 7,
  ];
}

/** Share of a text's heaviest words that the other one has too. */
function topShare(of: EventFeatures, other: EventFeatures): number {
  let [n, shared] = [0, 0];
  for (const word of of.words.keys()) {
    if (n === TOP) break;
    n++;
    if (other.words.has(word)) shared++;
  }
  return shared / (n || 1);
}

/** Share of a text's words that are rare and stand in it alone. */
function loneShare(of: EventFeatures, other: EventFeatures): number {
  let n = 0;
  for (const [word, idf] of of.idf) if (idf >= 9 && !other.words.has(word)) n++;
  return n / (of.idf.size || 1);
}

/** Places of each unit in the second text, the last one first, as chains through `earlier`; −1 between calls. */
const lastPlace = new Int16Array(65_536).fill(-1);
const earlier = new Int16Array(RUN_CHARS);
/** runs[j + 1]: length of the run that ends at j, as found with the character of the first text numbered foundAt[j + 1]. */
const runs = new Uint16Array(RUN_CHARS + 1);
const foundAt = new Int16Array(RUN_CHARS + 1);

/**
 * Length of the longest common substring of two texts of at most RUN_CHARS. Only the places where the characters agree are
 * looked at: few in Chinese. Works in memory that is used again by every call.
 */
function longestRun(a: string, b: string): number {
  for (let j = 0; j < b.length; j++) {
    const unit = b.charCodeAt(j);
    earlier[j] = lastPlace[unit]!;
    lastPlace[unit] = j;
  }
  runs[0] = 0;
  foundAt.fill(-2);
  let best = 0;
  for (let i = 0; i < a.length; i++) {
    for (let j = lastPlace[a.charCodeAt(i)]!; j >= 0; j = earlier[j]!) {
      const n = foundAt[j] === i - 1 ? runs[j]! + 1 : 1;
      runs[j + 1] = n;
      foundAt[j + 1] = i;
      if (n > best) best = n;
    }
  }
  for (let j = 0; j < b.length; j++) lastPlace[b.charCodeAt(j)] = -1;
  return best;
}

function overlap(a: ReadonlySet<string>, b: ReadonlySet<string>): { shared: number; share: number; both: boolean } {
  let shared = 0;
  for (const x of a) if (b.has(x)) shared++;
  return { shared, share: shared / (Math.min(a.size, b.size) || 1), both: a.size > 0 && b.size > 0 };
}

/** Whether two texts tell of the same event: a logistic model over pairSignals. */
export function sameEvent(a: EventFeatures, b: EventFeatures): SameEvent {
  const score = sameEventScore(a, b);
  return { same: score >= SAME_EVENT_WEIGHTS.threshold, score, why: sharedWords(a, b) };
}

/** The score alone, without the words for people. */
export function sameEventScore(a: EventFeatures, b: EventFeatures): number {
  const { bias, weights } = SAME_EVENT_WEIGHTS;
  const z = pairSignals(a, b).reduce((n, x, i) => n + x * (weights[i] ?? 0), bias);
  return 1 / (1 + Math.exp(-z));
}

/** The heaviest words, numbers and places that both name. */
export function sharedWords(a: EventFeatures, b: EventFeatures, most = 6): string[] {
  const shared = new Set<string>();
  // The heaviest stand first.
  for (const w of a.words.keys()) {
    if (shared.size === most) break;
    if (b.words.has(w)) shared.add(w);
  }
  let numbers = 0;
  for (const n of a.numbers) {
    if (numbers === 2) break;
    if (!b.numbers.has(n)) continue;
    numbers++;
    shared.add(n);
  }
  return [...shared];
}
