import { anchored, elsewhere, keysOf, mergeCore, sharedTop, sharesCore, type SharedTop } from './cluster-core';
import { TitleNames } from './cluster-names';
import { cosine, sameEventScore, sameEventScoreFrom, sharedWords, type EventFeatures } from './same-event';
import { NearCopies } from './near-copies';

/** One arrived item as the cluster index sees it. */
export interface Arrival {
  features: EventFeatures;
  /** Digest of the normalised title and text: equal digests are the same text. */
  contentHash: string;
  /** Arrival, ms. */
  at: number;
  /** A message from one person about one matter: joins only what is nearly the same text. */
  personal: boolean;
  /** Where the matter is: a code of GB/T 2260, or the name of a country; null or absent: not known. */
  place?: string | null;
  /** The government's own voice: an answer may join the message of one person that it answers. */
  official?: boolean;
  /** The item's id once it is stored; copies name it. */
  itemId?: string;
}

export interface Placement {
  cluster: string;
  score: number;
  why: string[];
  /** `similar`: too little to join, enough to show to a person. */
  kind: 'exact' | 'near' | 'event' | 'similar';
  /** Of `exact` and `near`: the stored item that it is a copy or another version of. */
  copyOf?: string | null;
}

export interface ClusterRules {
  /** Least score of sameEvent against the core to join. */
  joinScore: number;
  /** Cosine of words with the core that suffices where the item also names what the core is about. */
  coreCosine: number;
  /** Cosine that suffices where two of the heaviest words agree. */
  twoWordCosine: number;
  /** Cosine that suffices where the title has the name of the case. */
  namedCosine: number;
  /** The same for an official answer to one person's message. */
  answerCosine: number;
  /** Least score for messages of single persons. */
  personalScore: number;
  /** Longest silence of a case that a new report still joins, ms. */
  windowMs: number;
  /** The same of a case with several reports, whose aftermath is told for weeks. */
  settledWindowMs: number;
  /** Most cases kept; the longest silent go first. */
  maxClusters: number;
}

export const CLUSTER_RULES: ClusterRules = {
  joinScore: 0.5,
  coreCosine: 0.22,
  twoWordCosine: 0.3,
  namedCosine: 0.12,
  answerCosine: 0.35,
  personalScore: 0.93,
  windowMs: 7 * 86_400_000,
  settledWindowMs: 45 * 86_400_000,
  maxClusters: 20_000,
};

interface Cluster {
  id: string;
  core: EventFeatures;
  members: number;
  lastAt: number;
  personal: boolean;
  names: TitleNames;
  /** Places of its items. */
  places: Set<string>;
  hashes: string[];
  keys: string[];
  /** What the words of one search give it, and the number of that search. */
  votes: number;
  asked: number;
}

const MAX_POSTINGS = 1500;
const MAX_CANDIDATES = 60;
const KEPT_HASHES = 50;
const MAX_PLACES = 6;
/** Below this in words and in characters two texts share nothing worth a closer look. */
const LEAST_COSINE = 0.08;
const COMMON_NAME = 3;
const LEAST_PERSONAL_SHARE = 0.8;
/** So many runs of a case's name in a title name it outright. */
const OUTRIGHT = 2.5;
const MAX_SETTLED = 400;
/** Runs of a title that is no mere 「情况通报」. */
const LEAST_TITLE = 5;
/** So many reports have settled what a case is called, and it stays open for news longer. */
const SETTLED = 5;
/** What is proposed to a person and not done: fewer words agree than for joining. */
const SIMILAR_SCORE = 0.3;

/**
 * Which case a new item belongs to. An item is compared with the core of each case (what most of its reports share,
 * the first one weighing most), never with single members: so a case cannot drift along a chain of reports.
 * Memory is bounded by `maxClusters`; each step costs some dozen comparisons.
 */
export class ClusterIndex {
  private readonly clusters = new Map<string, Cluster>();
  private readonly byHash = new Map<string, { cluster: string; item: string | null }>();
  private readonly copies: NearCopies;
  /** In how many titles of all cases a run of characters stands. */
  private readonly nameCount = new Map<string, number>();
  private readonly byWord = new Map<string, Set<Cluster>>();
  /** Cases whose name is settled, the last used last. */
  private readonly settled = new Set<string>();
  private searches = 0;

  constructor(private readonly rules: ClusterRules = CLUSTER_RULES) {
    this.copies = new NearCopies(rules.maxClusters);
  }

  get size(): number {
    return this.clusters.size;
  }

  /** The case it belongs to, or null: it begins a new one. Changes nothing. */
  find(item: Arrival): Placement | null {
    const best = this.near(item)[0];
    return best === undefined || best.kind === 'similar' ? null : best;
  }

  /** All cases it could belong to, the surest first; last those that are merely similar. Changes nothing. */
  near(item: Arrival): Placement[] {
    const known = this.byHash.get(item.contentHash);
    const exact = this.clusters.get(known?.cluster ?? '');
    const same: Placement[] =
      exact && known && this.inWindow(item, exact)
        ? [{ cluster: exact.id, score: 1, why: ['全文相同'], kind: 'exact', copyOf: known.item }]
        : this.versionOf(item);
    const keys = keysOf(item.features);
    const found: Placement[] = [];
    for (const c of this.candidates(item.features, keys)) {
      const placed = c.id === same[0]?.cluster || !this.inWindow(item, c) ? null : this.compare(item, keys, c);
      if (placed !== null) found.push(placed);
    }
    const rank = (p: Placement): number => (p.kind === 'similar' ? p.score - 1 : p.score);
    return [...same, ...found.sort((a, b) => rank(b) - rank(a))];
  }

  /** The case of the text that it is a repost or an edited version of. */
  private versionOf(item: Arrival): Placement[] {
    const allowed = (cluster: string, share: number): boolean => {
      const c = this.clusters.get(cluster);
      if (c === undefined || !this.inWindow(item, c) || elsewhere(item.place, c.places)) return false;
      // Neighbours hand in one letter with their own address.
      return !(item.personal || c.personal) || share >= LEAST_PERSONAL_SHARE;
    };
    const copy = this.copies.find(item.features.sketch, item.features.days, allowed);
    if (!copy) return [];
    const score = 0.9 + copy.share / 10;
    return [{ cluster: copy.cluster, score, why: ['文字大体相同'], kind: 'near', copyOf: copy.item }];
  }

  /** Forgets a case, whose items have been moved by hand. */
  forget(id: string): void {
    const c = this.clusters.get(id);
    if (!c) return;
    this.settled.delete(id);
    this.unlink(c);
    this.unname(c);
    for (const h of c.hashes) if (this.byHash.get(h)?.cluster === id) this.byHash.delete(h);
    this.copies.forget(id);
    this.clusters.delete(id);
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
      names: new TitleNames(),
      places: new Set(),
      hashes: [],
      keys: [],
      votes: 0,
      asked: 0,
    };
    if (known) {
      this.unlink(c);
      c.core = mergeCore(c.core, c.members, item.features);
    }
    c.members++;
    if (item.place != null && c.places.size < MAX_PLACES) c.places.add(item.place);
    this.countNames(c, item.features.titleGrams);
    c.lastAt = Math.max(c.lastAt, item.at);
    c.personal &&= item.personal;
    c.hashes = [...c.hashes, item.contentHash].slice(-KEPT_HASHES);
    c.keys = keysOf(c.core);
    // Set anew at the end: the map's order is the order of last use.
    this.clusters.delete(id);
    this.clusters.set(id, c);
    if (c.members >= SETTLED) this.settle(id);
    const first = this.byHash.get(item.contentHash);
    if (first?.cluster !== id) this.byHash.set(item.contentHash, { cluster: id, item: item.itemId ?? null });
    this.copies.add({ cluster: id, item: item.itemId ?? null, sketch: item.features.sketch, days: item.features.days });
    for (const k of c.keys) {
      const postings = this.byWord.get(k) ?? new Set<Cluster>();
      postings.add(c);
      this.byWord.set(k, postings);
    }
    if (this.clusters.size > this.rules.maxClusters) this.forgetOldest();
  }

  /** What costs little and decides much comes first. @param keys of the item */
  private compare(item: Arrival, keys: readonly string[], c: Cluster): Placement | null {
    if (item.official && this.answersTitle(item.features, c))
      return { cluster: c.id, score: 0.95, why: ['标题相同'], kind: 'event' };
    // Two floods in two provinces share most of their words. Only a name that is settled reaches beyond the place.
    const away = elsewhere(item.place, c.places);
    if (away && c.members < SETTLED) return null;
    const strict = item.official ? false : item.personal || c.personal;
    const least = c.personal ? this.rules.answerCosine : this.rules.coreCosine;
    const named = strict || c.personal ? 0 : this.namedAlike(item.features, c);
    const outright = c.members >= SETTLED && named >= OUTRIGHT;
    if (away && !outright) return null;
    const words = cosine(item.features.words, c.core.words);
    if (words < LEAST_COSINE && !outright && item.features.grams.cosine(c.core.grams) < LEAST_COSINE) return null;
    const shared = strict ? null : sharedTop(keys, c.keys, c.core);
    if (shared !== null && ((words >= least && sharesCore(shared)) || this.isCalled(shared, c, words, named))) {
      return {
        cluster: c.id,
        score: Math.min(0.9, 0.5 + words / 2 + named / 20),
        why: sharedWords(item.features, c.core),
        kind: 'event',
      };
    }
    // The full comparison costs most: it is made only where something would follow from it.
    const anchor = anchored(item.features, c.core);
    const close = shared !== null && !c.personal && (named >= 1.5 || (words >= 0.2 && shared.heavy >= 2));
    if (!anchor && !close) return null;
    const joins = strict || c.personal ? this.rules.personalScore : this.rules.joinScore;
    // Where it is only proposed its score is shown; else it need not be known where it is too low.
    const score = close ? sameEventScore(item.features, c.core) : sameEventScoreFrom(joins, item.features, c.core);
    if (score === null) return null;
    if (score >= joins && anchor)
      return { cluster: c.id, score, why: sharedWords(item.features, c.core), kind: 'event' };
    return close
      ? {
          cluster: c.id,
          score: Math.max(words, score, SIMILAR_SCORE),
          why: sharedWords(item.features, c.core),
          kind: 'similar',
        }
      : null;
  }

  private inWindow(item: Arrival, c: Cluster): boolean {
    const { windowMs, settledWindowMs } = this.rules;
    return Math.abs(item.at - c.lastAt) <= (c.members >= SETTLED ? settledWindowMs : windowMs);
  }

  private countNames(c: Cluster, grams: ReadonlySet<string>): void {
    for (const g of c.names.add(grams)) this.nameCount.set(g, (this.nameCount.get(g) ?? 0) + 1);
  }

  private unname(c: Cluster): void {
    for (const [gram, titles] of c.names) {
      const n = (this.nameCount.get(gram) ?? 0) - titles;
      if (n > 0) this.nameCount.set(gram, n);
      else this.nameCount.delete(gram);
    }
  }

  /** How many runs of its title the item shares with the case's name; a run that other cases have as much names none of them. */
  private namedAlike(f: EventFeatures, c: Cluster): number {
    let n = 0;
    for (const g of f.titleGrams) {
      const own = c.names.count(g);
      if (own === 0) continue;
      const all = this.nameCount.get(g) ?? own;
      n += Math.min(1, COMMON_NAME / all + (own >= SETTLED ? (own / all) * 2 : 0));
    }
    return Math.min(n, 4);
  }

  /** An office answers under the title of the message. */
  private answersTitle(f: EventFeatures, c: Cluster): boolean {
    const runs = f.titleGrams.size;
    if (runs < LEAST_TITLE) return false;
    let shared = 0;
    for (const g of f.titleGrams) if (c.names.count(g) > 0) shared++;
    return shared >= runs * 0.8;
  }

  /** By its name and its words together: the clearer the name, the fewer words must agree. */
  private isCalled({ heavy, rarest }: SharedTop, c: Cluster, words: number, named: number): boolean {
    const { twoWordCosine, namedCosine } = this.rules;
    if (heavy >= 2 && rarest >= 8.5 && words >= (heavy >= 3 ? twoWordCosine * 0.8 : twoWordCosine)) return true;
    return (
      (named >= 1.5 && heavy >= 1 && words >= namedCosine) ||
      (named >= 2.5 && words >= (c.members >= SETTLED ? namedCosine / 4 : namedCosine / 2))
    );
  }

  private candidates(f: EventFeatures, keys: readonly string[]): Set<Cluster> {
    const search = ++this.searches;
    const voted: Cluster[] = [];
    for (const k of keys) {
      const postings = this.byWord.get(k);
      if (!postings || postings.size > MAX_POSTINGS) continue;
      const vote = 1 / Math.sqrt(postings.size);
      for (const c of postings) {
        if (c.asked !== search) {
          c.asked = search;
          c.votes = 0;
          voted.push(c);
        }
        c.votes += vote;
      }
    }
    voted.sort((a, b) => b.votes - a.votes);
    if (voted.length > MAX_CANDIDATES) voted.length = MAX_CANDIDATES;
    const found = new Set(voted);
    this.addNamed(f, found);
    return found;
  }

  /** Cases that the title names outright: a comment may share no other word with the reports. */
  private addNamed(f: EventFeatures, to: Set<Cluster>): void {
    for (const id of this.settled) {
      const c = this.clusters.get(id) as Cluster;
      if (!to.has(c) && this.namedAlike(f, c) >= OUTRIGHT) to.add(c);
    }
  }

  private settle(id: string): void {
    this.settled.delete(id);
    this.settled.add(id);
    if (this.settled.size > MAX_SETTLED) this.settled.delete(this.settled.values().next().value as string);
  }

  private unlink(c: Cluster): void {
    for (const k of c.keys) {
      const postings = this.byWord.get(k);
      postings?.delete(c);
      if (postings?.size === 0) this.byWord.delete(k);
    }
  }

  private forgetOldest(): void {
    const first = this.clusters.keys().next().value;
    if (first !== undefined) this.forget(first);
  }
}
