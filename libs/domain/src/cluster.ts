import { cosine, sameEvent, sharedWords, type EventFeatures } from './same-event';
import { hamming } from './simhash';

/** One arrived item as the cluster index sees it. */
export interface Arrival {
  features: EventFeatures;
  /** Digest of the normalised title and text: equal digests are the same text. */
  contentHash: string;
  /** Arrival, ms. */
  at: number;
  /** A message from one person about one matter: joins only what is nearly the same text. */
  personal: boolean;
  /** The government's own voice: an answer may join the message of one person that it answers. */
  official?: boolean;
}

export interface Placement {
  cluster: string;
  score: number;
  why: string[];
  kind: 'exact' | 'near' | 'event';
}

export interface ClusterRules {
  /** Least score of sameEvent against the core to join. */
  joinScore: number;
  /** Cosine of words with the core that suffices where the item also names what the core is about. */
  coreCosine: number;
  /** The same for an official answer to one person's message. */
  answerCosine: number;
  /** Least score for messages of single persons. */
  personalScore: number;
  /** Longest silence of a case that a new report still joins, ms. */
  windowMs: number;
  /** Most cases kept; the longest silent go first. */
  maxClusters: number;
}

export const CLUSTER_RULES: ClusterRules = {
  joinScore: 0.5,
  coreCosine: 0.22,
  answerCosine: 0.35,
  personalScore: 0.93,
  windowMs: 7 * 86_400_000,
  maxClusters: 20_000,
};

interface Cluster {
  id: string;
  core: EventFeatures;
  members: number;
  lastAt: number;
  personal: boolean;
  hashes: string[];
  keys: string[];
}

const CORE_WORDS = 60;
const KEY_WORDS = 24;
const MAX_POSTINGS = 1500;
const MAX_CANDIDATES = 60;
const KEPT_HASHES = 50;

/**
 * Which case a new item belongs to. An item is compared with the core of each case (what most of its reports share,
 * the first one weighing most), never with single members: so a case cannot drift along a chain of reports.
 * Memory is bounded by `maxClusters`; each step costs some dozen comparisons.
 */
export class ClusterIndex {
  private readonly clusters = new Map<string, Cluster>();
  private readonly byHash = new Map<string, string>();
  private readonly byWord = new Map<string, Set<string>>();

  constructor(private readonly rules: ClusterRules = CLUSTER_RULES) {}

  get size(): number {
    return this.clusters.size;
  }

  /** The case it belongs to, or null: it begins a new one. Changes nothing. */
  find(item: Arrival): Placement | null {
    const exact = this.clusters.get(this.byHash.get(item.contentHash) ?? '');
    if (exact && item.at - exact.lastAt <= this.rules.windowMs)
      return { cluster: exact.id, score: 1, why: ['全文相同'], kind: 'exact' };
    let best: Placement | null = null;
    for (const id of this.candidates(item.features)) {
      const c = this.clusters.get(id) as Cluster;
      if (Math.abs(item.at - c.lastAt) > this.rules.windowMs) continue;
      const p = this.compare(item, c);
      if (p && (!best || p.score > best.score)) best = p;
    }
    return best;
  }

  /** Puts an item into a case, new or known. */
  add(id: string, item: Arrival): void {
    const known = this.clusters.get(id);
    const c: Cluster = known ?? {
      id,
      core: item.features,
      members: 0,
      lastAt: item.at,
      personal: item.personal,
      hashes: [],
      keys: [],
    };
    if (known) {
      this.unlink(c);
      c.core = mergeCore(c.core, c.members, item.features);
    }
    c.members++;
    c.lastAt = Math.max(c.lastAt, item.at);
    c.personal &&= item.personal;
    c.hashes = [...c.hashes, item.contentHash].slice(-KEPT_HASHES);
    c.keys = keysOf(c.core);
    // Set anew at the end: the map's order is the order of last use.
    this.clusters.delete(id);
    this.clusters.set(id, c);
    for (const h of c.hashes) this.byHash.set(h, id);
    for (const k of c.keys) {
      const postings = this.byWord.get(k) ?? new Set<string>();
      postings.add(id);
      this.byWord.set(k, postings);
    }
    if (this.clusters.size > this.rules.maxClusters) this.forgetOldest();
  }

  private compare(item: Arrival, c: Cluster): Placement | null {
    const grams = cosine(item.features.grams, c.core.grams);
    const near =
      item.features.length >= 30 && (hamming(item.features.simhash, c.core.simhash) <= 6 ? grams >= 0.8 : grams >= 0.9);
    if (near) return { cluster: c.id, score: 0.9 + grams / 10, why: sharedWords(item.features, c.core), kind: 'near' };
    const words = cosine(item.features.words, c.core.words);
    if (words < LEAST_COSINE && grams < LEAST_COSINE) return null;
    const strict = item.official ? false : item.personal || c.personal;
    const least = c.personal ? this.rules.answerCosine : this.rules.coreCosine;
    if (!strict && words >= least && sharesCore(item.features, c.core)) {
      return {
        cluster: c.id,
        score: Math.min(0.9, 0.5 + words / 2),
        why: sharedWords(item.features, c.core),
        kind: 'event',
      };
    }
    const { score, why } = sameEvent(item.features, c.core);
    if (score < (strict || c.personal ? this.rules.personalScore : this.rules.joinScore)) return null;
    if (!anchored(item.features, c.core)) return null;
    return { cluster: c.id, score, why, kind: 'event' };
  }

  private candidates(f: EventFeatures): string[] {
    const votes = new Map<string, number>();
    for (const k of keysOf(f)) {
      const postings = this.byWord.get(k);
      if (!postings || postings.size > MAX_POSTINGS) continue;
      for (const id of postings) votes.set(id, (votes.get(id) ?? 0) + 1 / Math.sqrt(postings.size));
    }
    return [...votes]
      .sort((a, b) => b[1] - a[1])
      .slice(0, MAX_CANDIDATES)
      .map(([id]) => id);
  }

  private unlink(c: Cluster): void {
    for (const k of c.keys) {
      const postings = this.byWord.get(k);
      postings?.delete(c.id);
      if (postings?.size === 0) this.byWord.delete(k);
    }
  }

  private forgetOldest(): void {
    const first = this.clusters.values().next().value;
    if (!first) return;
    this.unlink(first);
    for (const h of first.hashes) if (this.byHash.get(h) === first.id) this.byHash.delete(h);
    this.clusters.delete(first.id);
  }
}

/** Something definite must be shared: two telling words of the heaviest, or a telling word and a number or place. */
function anchored(a: EventFeatures, core: EventFeatures): boolean {
  const telling = [...a.words.keys()].filter((w) => core.words.has(w) && (a.idf.get(w) ?? 0) >= 6.5).length;
  const facts =
    [...a.numbers].filter((n) => core.numbers.has(n)).length + [...a.places].filter((p) => core.places.has(p)).length;
  return telling >= 3 || (telling >= 2 && facts >= 1) || (telling >= 1 && facts >= 3);
}

/** Below this in words and in characters two texts share nothing worth a closer look. */
const LEAST_COSINE = 0.08;
const CORE_TOP = 12;

/** Of the heaviest words of the core and of the item at least three are the same, one of them rare enough to be its name. */
function sharesCore(item: EventFeatures, core: EventFeatures): boolean {
  const top = (f: EventFeatures): string[] => keysOf(f).slice(0, CORE_TOP);
  const heavy = new Set(top(core));
  const shared = top(item).filter((w) => heavy.has(w) && w.length >= 2);
  return shared.length >= 3 && shared.some((w) => (core.idf.get(w) ?? 0) >= NAME_IDF);
}

const NAME_IDF = 9;

const keysOf = (f: EventFeatures): string[] =>
  [...f.words]
    .sort((x, y) => y[1] - x[1])
    .slice(0, KEY_WORDS)
    .map(([w]) => w);

/** The core after one more member: weights averaged, the first report counting threefold, words few share fading out. */
function mergeCore(core: EventFeatures, members: number, item: EventFeatures): EventFeatures {
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

const PERSONAL =
  /(领导|书记|县长|市长|政府|您好|你好)[^。]{0,12}(您好|你好|[:：,，])|^.{0,40}(请求|恳请|咨询|建议|反映|投诉|诉求|求助|希望|关于.{2,30}的(问题|咨询|建议|投诉|情况))|本人|谢谢[!！。]?$/;

/** A message to a government board: one person's matter. Two such messages are one case only when nearly the same text. */
export function isPersonalMessage(title: string, text: string): boolean {
  return (
    PERSONAL.test(title) ||
    PERSONAL.test(text.slice(0, 200)) ||
    /(多谢|谢谢|感谢|盼复|望回复|敬请).{0,12}$/.test(text.trim())
  );
}
