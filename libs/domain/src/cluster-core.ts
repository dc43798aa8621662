import { covers } from './place';
import { PairWeights } from './pair-weights';
import { type EventFeatures, weightOf } from './same-event';

const CORE_WORDS = 60;
const CORE_GRAMS = 400;
const KEY_WORDS = 24;

/** Something definite must be shared: two telling words of the heaviest, or a telling word and a number or place. */
export function anchored(a: EventFeatures, core: EventFeatures): boolean {
  let telling = 0;
  for (const w of a.words.keys()) {
    if (core.words.has(w) && (a.idf.get(w) ?? 0) >= 6.5 && ++telling === 3) return true;
  }
  if (telling === 0) return false;
  const facts = countShared(a.numbers, core.numbers) + countShared(a.places, core.places);
  return (telling >= 2 && facts >= 1) || facts >= 3;
}

function countShared(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let n = 0;
  for (const x of a) if (b.has(x)) n++;
  return n;
}

/** What two texts' heaviest words share. */
export interface SharedTop {
  /** How many of the heaviest words both have. */
  words: number;
  /** Those that are no place. */
  things: number;
  /** Whether one of them is rare enough to be a name. */
  name: boolean;
  /** Those that are no place and tell something, and how rare the rarest of them is. */
  heavy: number;
  rarest: number;
}

/** @param itemKeys, coreKeys `keysOf` of the item and of the core */
export function sharedTop(itemKeys: readonly string[], coreKeys: readonly string[], core: EventFeatures): SharedTop {
  const shared = { words: 0, things: 0, name: false, heavy: 0, rarest: 0 };
  for (let i = 0; i < itemKeys.length && i < CORE_TOP; i++) {
    const w = itemKeys[i]!;
    if (w.length < 2) continue;
    const at = coreKeys.indexOf(w);
    if (at < 0 || at >= CORE_TOP) continue;
    const idf = core.idf.get(w) ?? 0;
    shared.words++;
    if (idf >= NAME_IDF) shared.name = true;
    if (isPlace(w, core)) continue;
    shared.things++;
    if (idf < TELLING_IDF) continue;
    shared.heavy++;
    shared.rarest = Math.max(shared.rarest, idf);
  }
  return shared;
}

/**
 * Of the heaviest words of the core and of the item at least three are the same, one of them rare enough to be its name,
 * and at least two no place: two matters of one town are two matters.
 */
export const sharesCore = (shared: SharedTop): boolean => shared.words >= 3 && shared.things >= 2 && shared.name;

const CORE_TOP = 12;
const NAME_IDF = 9;
const TELLING_IDF = 7.5;

function isPlace(word: string, f: EventFeatures): boolean {
  if (PLACE_END.test(word)) return true;
  for (const p of f.places) if (p.startsWith(word) && PLACE_END.test(p)) return true;
  return false;
}

const PLACE_END = /(?:省|市|区|县|镇|乡|村|街道|社区|小区|路|街|大道)$/;

/** The heaviest words: they stand first. */
export function keysOf(f: EventFeatures): string[] {
  const keys: string[] = [];
  for (const w of f.words.keys()) {
    if (keys.length === KEY_WORDS) break;
    keys.push(w);
  }
  return keys;
}

/** The core after one more member: weights averaged, the first report counting threefold, words few share fading out. */
export function mergeCore(core: EventFeatures, members: number, item: EventFeatures): EventFeatures {
  const share = 1 / (Math.min(members, 20) + 3);
  // The first report is the core itself: its own words stay as they are.
  const idf = members <= 1 ? new Map(core.idf) : (core.idf as Map<string, number>);
  const added: number[] = [];
  for (const [word, x] of item.idf) {
    if (idf.has(word)) continue;
    idf.set(word, x);
    added.push(x);
  }
  const more = weightOf(added);
  return {
    ...core,
    words: mix(core.words, item.words, share, CORE_WORDS),
    idf,
    weight: core.weight + more.weight,
    rare: core.rare + more.rare,
    grams: PairWeights.mixed(core.grams, item.grams, share, CORE_GRAMS),
    numbers: new Set([...core.numbers, ...item.numbers].slice(-40)),
    places: new Set([...core.places, ...item.places].slice(0, 20)),
    titleWords: core.titleWords,
    at: item.at ?? core.at,
  };
}

function mix<K>(a: ReadonlyMap<K, number>, b: ReadonlyMap<K, number>, share: number, most: number): Map<K, number> {
  const out = new Map<K, number>();
  for (const [k, x] of a) out.set(k, x * (1 - share));
  for (const [k, x] of b) out.set(k, (out.get(k) ?? 0) + x * share);
  const kept = [...out].sort((x, y) => y[1] - x[1]).slice(0, most);
  const norm = Math.sqrt(kept.reduce((n, [, x]) => n + x * x, 0)) || 1;
  return new Map(kept.map(([k, x]) => [k, x / norm]));
}

/** Whether an item is told to be at another place than all reports of a case; a province and its county are no contradiction. */
export function elsewhere(place: string | null | undefined, known: ReadonlySet<string>): boolean {
  if (place == null || known.size === 0) return false;
  for (const k of known) if (k === place || covers(k, place) || covers(place, k)) return false;
  return true;
}
