import { titleGrams } from './cluster-names';
import { SAME_EVENT_WEIGHTS } from './same-event-weights';
import { sketchOf, type Sketch } from './near-copies';
import { PairWeights } from './pair-weights';
import { placesIn } from './place-words';
import { simhashOfPairs } from './simhash';

/** What of one text tells its event apart from others. Built once an item, compared many times. */
export interface EventFeatures {
  /** Word → weight (tf · idf), unit length, the heaviest MAX_WORDS, the heaviest first. */
  words: ReadonlyMap<string, number>;
  /** Word → idf of the same words: how telling a word is by itself. */
  idf: ReadonlyMap<string, number>;
  /** How much the words of `idf` weigh together (sum of squares), and how many of them are rare (`RARE_IDF`). */
  weight: number;
  rare: number;
  /** Pairs of neighbouring characters. */
  grams: PairWeights;
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
  const grams = PairWeights.ofText(chars);
  return {
    words,
    idf,
    ...weightOf(idf.values()),
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

const NO_LETTERS = /[^\p{L}\p{N}]+/gu;
/** A byte for each UTF-16 unit: letter or digit, neither, half of a pair (which only the expression can tell). */
const KIND = new Uint8Array(65_536);
const [LETTER, HALF] = [1, 2];
for (let c = 0; c < KIND.length; c++)
  KIND[c] = c >= 0xd800 && c < 0xe000 ? HALF : /[\p{L}\p{N}]/u.test(String.fromCharCode(c)) ? LETTER : 0;

/** Letters and digits only. */
export function squeeze(s: string): string {
  let out = '';
  let from = 0;
  for (let i = 0; i < s.length; i++) {
    const kind = KIND[s.charCodeAt(i)];
    if (kind === LETTER) continue;
    if (kind === HALF) return s.replace(NO_LETTERS, '');
    if (i > from) out += s.slice(from, i);
    from = i + 1;
  }
  return from === 0 ? s : out + s.slice(from);
}

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

/** From this idf on a word is rare, from this a name. */
const RARE_IDF = 9;
const NAME_IDF = 11.5;

export function weightOf(idfs: Iterable<number>): Pick<EventFeatures, 'weight' | 'rare'> {
  let [weight, rare] = [0, 0];
  for (const idf of idfs) {
    weight += idf * idf;
    if (idf >= RARE_IDF) rare++;
  }
  return { weight, rare };
}

const TOP = 8;

/** What two texts share of their words. */
interface SharedWords {
  count: number;
  /** Sum of the squares of their idf. */
  weight: number;
  /** The idf of the three that tell most. */
  rare: [number, number, number];
  names: number;
  cosine: number;
  /** Share of the heaviest words of each text that the other one has. */
  topA: number;
  topB: number;
  /** Share of the words of each that are rare and stand in it alone. */
  loneA: number;
  loneB: number;
}

/** In one pass over the words of `a`. */
function shareWords(a: EventFeatures, b: EventFeatures): SharedWords {
  const shared: SharedWords = {
    count: 0,
    weight: 0,
    rare: [0, 0, 0],
    names: 0,
    cosine: 0,
    topA: 0,
    topB: 0,
    loneA: 0,
    loneB: 0,
  };
  let [n, rareA, rareB] = [0, a.rare, b.rare];
  for (const [word, x] of a.words) {
    n++;
    // Words of a text are among those that it has an idf of.
    const idfB = b.idf.get(word);
    if (idfB === undefined) continue;
    if (idfB >= RARE_IDF) rareB--;
    const y = b.words.get(word);
    if (y === undefined) continue;
    if (n <= TOP) shared.topA++;
    const idf = a.idf.get(word) ?? idfB;
    if (idf >= RARE_IDF) rareA--;
    if (idf >= NAME_IDF && word.length >= 2) shared.names++;
    shared.count++;
    shared.weight += idf ** 2;
    shared.cosine += x * y;
    takeRarest(shared.rare, idf);
  }
  shared.cosine = Math.min(1, shared.cosine);
  shared.topA /= Math.min(n, TOP) || 1;
  shared.topB = topShare(b, a);
  // A core has met words that are no longer among those it is compared by.
  if (a.idf.size > a.words.size)
    for (const word of b.words.keys()) if (!a.words.has(word) && (a.idf.get(word) ?? 0) >= RARE_IDF) rareA--;
  shared.loneA = rareA / (a.idf.size || 1);
  shared.loneB = rareB / (b.idf.size || 1);
  return shared;
}

function takeRarest(rare: [number, number, number], idf: number): void {
  if (idf <= rare[2]) return;
  if (idf <= rare[1]) rare[2] = idf;
  else if (idf <= rare[0]) [rare[1], rare[2]] = [idf, rare[1]];
  else [rare[0], rare[1], rare[2]] = [idf, rare[0], rare[1]];
}

/** The measures two texts are compared by; SAME_EVENT_WEIGHTS has one weight for each, by position. */
export function pairSignals(a: EventFeatures, b: EventFeatures): number[] {
  const signals = cheapSignals(a, b);
  addRun(signals, a, b);
  return signals;
}

/** Of the longest common run, which costs more than all the others together. */
const [RUN_SIGNAL, RUN_SHARE_SIGNAL] = [26, 27];

function addRun(signals: number[], a: EventFeatures, b: EventFeatures): void {
  const run = longestRun(a.run, b.run);
  signals[RUN_SIGNAL] = Math.min(run, 20) / 20;
  signals[RUN_SHARE_SIGNAL] = run / (Math.min(a.run.length, b.run.length) || 1);
}

/** All of them with 0 for the longest common run. */
function cheapSignals(a: EventFeatures, b: EventFeatures): number[] {
  const shared = shareWords(a, b);
  const containment = shared.weight / Math.min(a.weight || 1, b.weight || 1);
  const titleShared = overlap(a.titleWords, b.titleWords).shared;
  const titleLeast = Math.min(a.titleWords.size, b.titleWords.size) || 1;
  const numbers = overlap(a.numbers, b.numbers);
  const places = overlap(a.places, b.places);
  const words = shared.cosine;
  const grams = a.grams.cosine(b.grams);
  const short = Math.min(a.length, b.length);
  const days = overlap(a.days, b.days);
  const quoted = overlap(a.quoted, b.quoted);
  return [
    words,
    grams,
    containment,
    Math.sqrt(containment * words),
    shared.rare[0] / 13,
    shared.rare[1] / 13,
    shared.rare[2] / 13,
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
    // Agreement and conflict of what identifies an event: the heaviest words, names, days, quoted works, whole runs.
    Math.min(shared.topB, shared.topA),
    Math.max(shared.topB, shared.topA),
    Math.min(shared.names, 4) / 4,
    Math.min(shared.loneA, shared.loneB),
    Math.max(shared.loneA, shared.loneB),
    Math.min(days.shared, 2) / 2,
    days.both && days.shared === 0 ? 1 : 0,
    Math.min(quoted.shared, 2) / 2,
    quoted.both && quoted.shared === 0 ? 1 : 0,
    0,
    0,
    Math.min(shared.count, 20) / 20,
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
  return logistic(sumOf(pairSignals(a, b)));
}

/** The same, or null where it is below `least`: most pairs are told so without looking for their longest common run. */
export function sameEventScoreFrom(least: number, a: EventFeatures, b: EventFeatures): number | null {
  const signals = cheapSignals(a, b);
  if (logistic(sumOf(signals) + mostOfRun(Math.min(a.run.length, b.run.length) || 1)) < least) return null;
  addRun(signals, a, b);
  const score = logistic(sumOf(signals));
  return score >= least ? score : null;
}

function sumOf(signals: readonly number[]): number {
  const { bias, weights } = SAME_EVENT_WEIGHTS;
  return signals.reduce((n, x, i) => n + x * (weights[i] ?? 0), bias);
}

const logistic = (z: number): number => 1 / (1 + Math.exp(-z));

/** The most that a common run can add, of texts that are so long: it is straight between these lengths. Rounded up. */
function mostOfRun(length: number): number {
  const { weights } = SAME_EVENT_WEIGHTS;
  const at = (run: number): number =>
    (weights[RUN_SIGNAL] ?? 0) * (Math.min(run, 20) / 20) + (weights[RUN_SHARE_SIGNAL] ?? 0) * (run / length);
  return Math.max(0, at(Math.min(20, length)), at(length)) + 1e-9;
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
