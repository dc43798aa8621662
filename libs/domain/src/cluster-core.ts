import { covers } from './place';
import { type EventFeatures } from './same-event';

const CORE_WORDS = 60;
const KEY_WORDS = 24;

/** Something definite must be shared: two telling words of the heaviest, or a telling word and a number or place. */
export function anchored(a: EventFeatures, core: EventFeatures): boolean {
  const telling = [...a.words.keys()].filter((w) => core.words.has(w) && (a.idf.get(w) ?? 0) >= 6.5).length;
  const facts =
    [...a.numbers].filter((n) => core.numbers.has(n)).length + [...a.places].filter((p) => core.places.has(p)).length;
  return telling >= 3 || (telling >= 2 && facts >= 1) || (telling >= 1 && facts >= 3);
}

/**
 * Of the heaviest words of the core and of the item at least three are the same, one of them rare enough to be its name,
 * and at least two no place: two matters of one town are two matters.
 */
export function sharesCore(item: EventFeatures, core: EventFeatures): boolean {
  const shared = sharedTop(item, core);
  const things = shared.filter((w) => !isPlace(w, core));
  return shared.length >= 3 && things.length >= 2 && shared.some((w) => (core.idf.get(w) ?? 0) >= NAME_IDF);
}

/** How many of the heaviest words both have that tell something and are no place, and how rare the rarest is. */
export function heavyShared(item: EventFeatures, core: EventFeatures): { heavy: number; rarest: number } {
  const shared = sharedTop(item, core)
    .filter((w) => !isPlace(w, core))
    .map((w) => core.idf.get(w) ?? 0)
    .filter((idf) => idf >= TELLING_IDF);
  return { heavy: shared.length, rarest: Math.max(0, ...shared) };
}

const CORE_TOP = 12;
const NAME_IDF = 9;
const TELLING_IDF = 7.5;

function sharedTop(item: EventFeatures, core: EventFeatures): string[] {
  const heavy = new Set(keysOf(core).slice(0, CORE_TOP));
  return keysOf(item)
    .slice(0, CORE_TOP)
    .filter((w) => w.length >= 2 && heavy.has(w));
}

function isPlace(word: string, f: EventFeatures): boolean {
  return PLACE_END.test(word) || [...f.places].some((p) => p.startsWith(word) && PLACE_END.test(p));
}

const PLACE_END = /(?:省|市|区|县|镇|乡|村|街道|社区|小区|路|街|大道)$/;

export const keysOf = (f: EventFeatures): string[] =>
  [...f.words]
    .sort((x, y) => y[1] - x[1])
    .slice(0, KEY_WORDS)
    .map(([w]) => w);

/** The core after one more member: weights averaged, the first report counting threefold, words few share fading out. */
export function mergeCore(core: EventFeatures, members: number, item: EventFeatures): EventFeatures {
  const share = 1 / (Math.min(members, 20) + 3);
  return {
    ...core,
    words: mix(core.words, item.words, share, CORE_WORDS),
    idf: new Map([...item.idf, ...core.idf]),
    grams: mix(core.grams, item.grams, share, 400),
    numbers: new Set([...core.numbers, ...item.numbers].slice(-40)),
    places: new Set([...core.places, ...item.places].slice(0, 20)),
    titleWords: core.titleWords,
    at: item.at ?? core.at,
  };
}

function mix(
  a: ReadonlyMap<string, number>,
  b: ReadonlyMap<string, number>,
  share: number,
  most: number,
): Map<string, number> {
  const out = new Map<string, number>();
  for (const [k, x] of a) out.set(k, x * (1 - share));
  for (const [k, x] of b) out.set(k, (out.get(k) ?? 0) + x * share);
  const kept = [...out].sort((x, y) => y[1] - x[1]).slice(0, most);
  const norm = Math.sqrt(kept.reduce((n, [, x]) => n + x * x, 0)) || 1;
  return new Map(kept.map(([k, x]) => [k, x / norm]));
}

/** Whether an item is told to be at another place than all reports of a case; a province and its county are no contradiction. */
export function elsewhere(place: string | null | undefined, known: ReadonlySet<string>): boolean {
  if (place == null || known.size === 0) return false;
  return ![...known].some((k) => k === place || covers(k, place) || covers(place, k));
}
