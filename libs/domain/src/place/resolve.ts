import type { Reason } from '../label';
import { chainOf, covers, relationTo, type PlaceRelation } from './division';
import type { Gazetteer, NameEntry } from './gazetteer';
import { COMMON_WORDS, isDateline, isTrap, WEAK_FULL_NAMES } from './name-traps';

export interface PlaceMention {
  text: string;
  /** UTF-16 positions in `title + "\n" + text`. */
  start: number;
  end: number;
  /** What it was read as; null: it can be several places and nothing decides, or it is abroad. */
  code: string | null;
}

/** Where the matter is, and why it is believed. */
export interface Place {
  /** GB/T 2260, nine digits for a township; null when unknown or abroad. */
  code: string | null;
  /** 江西省赣州市寻乌县; the country when abroad; empty when unknown. */
  name: string;
  relation: PlaceRelation;
  /** Some words of the text mean the own region, also when the place is another. */
  mentionsOwn: boolean;
  reasons: Reason[];
}

export interface FoundPlace extends Place {
  mentions: PlaceMention[];
}

interface Mention {
  entry: NameEntry;
  start: number;
  end: number;
  inTitle: boolean;
  code: string | null;
}

/** Only the head of a long text says where: a page's tail lists other news. */
const MAX_READ = 4000;
const MAX_MENTIONS = 200;

/**
 * Finds the place of a matter. A name that can be several places is decided by the other places of the text, then by
 * the source's region, then by the own one; where nothing decides it stays open.
 * @param sourceRegion code or name of the region that the source writes about
 */
export function findPlace(gazetteer: Gazetteer, item: { title: string; text: string }, sourceRegion: string | null = null): FoundPlace {
  const own = gazetteer.own.code;
  const whole = `${item.title}\n${item.text.slice(0, MAX_READ)}`;
  const source = sourceRegion === null ? null : gazetteer.codeOf(sourceRegion);
  const mentions = decideMentions(readMentions(gazetteer, whole, item.title.length), { own, source });
  const shown = mentions.map((m) => ({ text: m.entry.name, start: m.start, end: m.end, code: m.code }));
  const mentionsOwn = mentions.some((m) => m.code !== null && covers(own, m.code));
  const found = { mentionsOwn, mentions: shown };
  const best = bestPlace(mentions);
  const abroad = foreignPlace(mentions, item.title.length);
  if (best !== null && (abroad === null || mentionsOwn || best.score >= abroad.score)) {
    const reasons = mentions.filter((m) => m.code !== null && chainOf(best.code).includes(m.code)).slice(0, 5).map((m) => reasonOf(m, gazetteer));
    return { ...found, code: best.code, name: gazetteer.nameOf(best.code), relation: relationTo(own, best.code), reasons };
  }
  if (source !== null) {
    const reasons = [{ rule: 'place-source', text: sourceRegion!, start: 0, end: 0, source: '来源所属地区' }];
    return { ...found, code: source, name: gazetteer.nameOf(source), relation: relationTo(own, source), reasons };
  }
  if (abroad !== null) return { ...found, code: null, name: abroad.mention.entry.name, relation: 'abroad', reasons: [reasonOf(abroad.mention, gazetteer)] };
  return { ...found, code: null, name: '', relation: 'unknown', reasons: [] };
}

/** A country near the head of the text, unless a full name of a place at home stands beside it undecided. */
function foreignPlace(mentions: readonly Mention[], titleLength: number): { mention: Mention; score: number } | null {
  const foreign = mentions.filter((m) => m.entry.codes.length === 0 && m.end <= titleLength + 120);
  const mention = foreign[0];
  if (mention === undefined || mentions.some((m) => m.code === null && m.entry.full && m.entry.codes.length > 0)) return null;
  return { mention, score: foreign.filter((m) => m.entry === mention.entry).reduce((sum, m) => sum + (m.inTitle ? 2 : 1), 0) };
}

function readMentions(gazetteer: Gazetteer, whole: string, titleLength: number): Mention[] {
  const found: Mention[] = [];
  for (let i = 0; i + 1 < whole.length && found.length < MAX_MENTIONS; ) {
    const entry = gazetteer.at(whole, i);
    if (entry === null) {
      i++;
      continue;
    }
    const end = i + entry.name.length;
    if (!isTrap(whole, entry.name, i, end, entry.full) && !isDateline(whole, i, end)) {
      found.push({ entry, start: i, end, inTitle: i < titleLength, code: null });
      i = end;
    } else i++;
  }
  return found;
}

/** Sure ones first, then each that can be several places by what is known around it. */
function decideMentions(mentions: Mention[], known: { own: string; source: string | null }): Mention[] {
  for (const m of mentions) if (m.entry.codes.length === 1 && isStrong(m)) m.code = m.entry.codes[0]!;
  // Two rounds: a county decided in the first decides a town of the second.
  for (let round = 0; round < 2; round++) {
    for (const m of mentions) if (m.code === null && m.entry.codes.length > 0) m.code = decide(m, mentions, known);
  }
  return mentions;
}

/** A name that alone is believed. */
function isStrong({ entry }: Mention): boolean {
  if (WEAK_FULL_NAMES.has(entry.name)) return false;
  if (entry.full) return true;
  // Short forms of provinces and prefectures stand alone; of counties they need company (南部, 资源, 乐业 are counties too).
  return entry.codes[0]!.endsWith('00') && !COMMON_WORDS.has(entry.name);
}

function decide(m: Mention, mentions: readonly Mention[], known: { own: string; source: string | null }): string | null {
  const scored = m.entry.codes.map((code) => ({ code, score: support(m, code, mentions, known) })).sort((a, b) => b.score - a.score);
  const [first, second] = scored;
  if (first === undefined || (second !== undefined && first.score === second.score)) return wider(m, scored);
  // Words that are also a place need a place beside them, a strong full name only a difference.
  const least = isWord(m.entry) ? 3 : m.entry.full || first.code.endsWith('00') ? (scored.length > 1 ? 0.5 : 0) : 1;
  return first.score >= least ? first.code : null;
}

const isWord = (e: NameEntry): boolean => WEAK_FULL_NAMES.has(e.name) || (!e.full && COMMON_WORDS.has(e.name));

/** 吉林 is a province and its city, 海南 a province and a prefecture: the wider one, when it covers or outranks the others. */
function wider(m: Mention, scored: { code: string; score: number }[]): string | null {
  if (isWord(m.entry) || scored.length === 0) return null;
  const top = scored.filter((s) => s.score === scored[0]!.score).map((s) => s.code);
  const provinces = top.filter((c) => c.endsWith('0000'));
  if (provinces.length === 1) return provinces[0]!;
  const cities = top.filter((c) => c.endsWith('00'));
  return cities.length === 1 && cities.length === top.filter((c) => !top.includes(c) || c.endsWith('00')).length ? cities[0]! : null;
}

/** How much speaks for reading the mention as `code`. */
function support(m: Mention, code: string, mentions: readonly Mention[], known: { own: string; source: string | null }): number {
  const chain = chainOf(code);
  let score = 0;
  const counted = new Set<string>();
  for (const other of mentions) {
    if (other === m || other.code === null) continue;
    const above = other.code !== code && chain.includes(other.code);
    if (above && !counted.has(other.code)) {
      counted.add(other.code);
      score += 3;
    }
    // 北京市朝阳区: written as one.
    if (above && other.end === m.start) score += 4;
    if (!above && chainOf(other.code).includes(code)) score += 1;
  }
  if (known.source !== null && related(known.source, code)) score += 2;
  if (covers(known.own, code)) score += 1.5;
  else if (related(known.own, code)) score += 0.75;
  else if (known.own.slice(0, 4) === code.slice(0, 4)) score += 1;
  else if (known.own.slice(0, 2) === code.slice(0, 2)) score += 0.5;
  return score;
}

const related = (a: string, b: string): boolean => covers(a, b) || covers(b, a);

/** The deepest of the chain that most of the text stands behind: the title counts double, the first place of the text a little more. */
function bestPlace(mentions: readonly Mention[]): { code: string; score: number } | null {
  const points = new Map<string, number>();
  for (const [n, m] of mentions.entries()) {
    if (m.code === null) continue;
    const weight = (m.inTitle ? 2 : 1) + (n === 0 ? 0.5 : 0);
    points.set(m.code, Math.min(4, (points.get(m.code) ?? 0) + weight));
  }
  let best: string | null = null;
  let bestScore = 0;
  for (const code of points.keys()) {
    const score = chainOf(code).reduce((sum, c) => sum + (points.get(c) ?? 0), 0);
    if (score > bestScore || (score === bestScore && best !== null && code.length > best.length)) [best, bestScore] = [code, score];
  }
  return best === null ? null : { code: best, score: bestScore };
}

function reasonOf(m: Mention, gazetteer: Gazetteer): Reason {
  return { rule: 'place', text: m.entry.name, start: m.start, end: m.end, source: m.code === null ? '国家和地区名称' : gazetteer.nameOf(m.code) };
}
