import { ANCHOR, extractFacts, splitSentences, type Facts, type Figure, type Sentence } from './facts';
import { YEAR } from './fact-patterns';
import { findCues, type Cue } from './cues';
import { findAside, type Aside } from './asides';
import { findLargeEvent, type LargeEvent } from './large-event';
import { pairHash, ruleHash, type FeatureBuffer } from './features';
import { Matcher, type Lexicon } from './matcher';
import { completeFacts } from './single-loss';
import type { PreparedText } from './text';

/** What the word scan and the readers of figures found in one text. */
export interface Evidence {
  facts: Facts;
  /** Hits of each class in the whole text and in its title. */
  counts: Uint16Array;
  titleCounts: Uint16Array;
  /** First hit of each class, −1 when none. */
  firstStart: Int32Array;
  firstEnd: Int32Array;
  /** Kinds of event by weight of their words, heaviest first. */
  kinds: { kind: string; weight: number }[];
  foreign: boolean;
  denial: boolean;
  followUp: boolean;
  old: boolean;
  sentences: Sentence[];
  cues: Cue[];
  large: LargeEvent | null;
  aside: Aside | null;
}

/** Classes whose presence marks a sentence for the readers of figures. */
const ANCHOR_OF: Record<string, number> = {
  'harm.dead': ANCHOR.death,
  'harm.missing': ANCHOR.missing,
  'harm.injured': ANCHOR.injury,
  'kind.foodpoison': ANCHOR.poison,
  'harm.poison': ANCHOR.poison,
  'harm.none': ANCHOR.none,
  'harm.property': ANCHOR.loss | ANCHOR.move,
  'kind.quake': ANCHOR.quake,
  'kind.missing': ANCHOR.missing,
  'kind.mass': ANCHOR.many,
  'm2.mass': ANCHOR.many,
  'm8.many': ANCHOR.many,
  'm8.harm': ANCHOR.many,
  'body.housing': ANCHOR.many,
  'body.labour': ANCHOR.many,
  'body.finance': ANCHOR.many,
  'body.utility': ANCHOR.many,
  'body.land': ANCHOR.many,
  'body.rural': ANCHOR.many,
};

/** Words behind the first characters of a long text count less for what the text is about. */
const LEAD = 260;
/** 「“7·22”事故」: an event that has got a name is told afterwards. */
const CASE_NAME = /[“"「][0-9]{1,2}\s*[.·•－-]\s*[0-9]{1,2}[”"」]/;
/** Titles of analyses, and leads that date the event back: 「今年10月1日发生的……事故」. */
const ANALYSIS = /(?:分析|案例|始末|背后|还原|教训|警示录|全过程|经过)$/;
const DATED_BACK = /(?:去年|今年|上月|此前)[0-9]{0,2}月?[0-9]{0,2}日?[^，。]{0,6}发生的[^，。]{0,20}(?:事故|爆炸|火灾|案)/;

function toldAfterwards(chars: string, titleEnd: number): boolean {
  const title = chars.slice(0, titleEnd).trimEnd();
  return CASE_NAME.test(title) || ANALYSIS.test(title) || DATED_BACK.test(chars.slice(0, titleEnd + 160));
}
/** Headlines shorten countries to one character. */
const FOREIGN_START = /^(?:韩|俄|乌|印|菲|墨|缅|柬|叙|黎|伊|以|美|日|英|泰|澳)(?:一|首|总|警|媒|军|方|客|列车|航|枪|恐|洪|议|女子|男子|学生|校园|最高|检|法院|幽灵|政府|国防|外)/;
const STATISTIC_LIMIT = 320;

const PAIRED = /^(?:state\.(?!question|solved|fresh)|place\.(?:foreign|hkmt|home)|harm\.(?:dead|missing)|kind\.(?:violence|storm|quake|epidemic|foodpoison)|m[2-8]\.|ask\.|field\.(?:star|sport|business|science|propaganda)|body\.government|form\.message)/;

export class EvidenceReader {
  private readonly matcher: Matcher;
  private readonly anchorBits: Int32Array;
  private readonly kindOf: (string | null)[];
  private readonly ids: Map<string, number>;
  private readonly presentHash: Uint32Array;
  private readonly titleHash: Uint32Array;
  private readonly manyHash: Uint32Array;
  private readonly startHash: Uint32Array;
  private readonly leadCounts: Uint16Array;
  private readonly flagOf: Int32Array;
  /** Classes whose meeting with others says something. */
  private readonly paired: Uint8Array;

  constructor(lexicon: Lexicon) {
    this.matcher = new Matcher(lexicon);
    const names = this.matcher.classNames;
    this.ids = new Map(names.map((n, i) => [n, i]));
    this.anchorBits = Int32Array.from(names.map((n) => ANCHOR_OF[n] ?? 0));
    this.kindOf = names.map((n) => (n.startsWith('kind.') ? n.slice(5) : null));
    this.presentHash = Uint32Array.from(names.map((n) => ruleHash(`has ${n}`)));
    this.titleHash = Uint32Array.from(names.map((n) => ruleHash(`title ${n}`)));
    this.manyHash = Uint32Array.from(names.map((n) => ruleHash(`many ${n}`)));
    this.startHash = Uint32Array.from(names.map((n) => ruleHash(`flag ${n}`)));
    this.leadCounts = new Uint16Array(names.length);
    this.flagOf = new Int32Array(64);
    this.paired = Uint8Array.from(names.map((n) => (PAIRED.test(n) ? 1 : 0)));
  }

  id(name: string): number {
    return this.ids.get(name) ?? -1;
  }

  className(id: number): string {
    return this.matcher.classNames[id]!;
  }

  /** Reads one text. `referenceYear` is the year of publication, null when unknown. */
  read(text: PreparedText, referenceYear: number | null): Evidence {
    const { chars, titleEnd } = text;
    const size = this.matcher.classNames.length;
    const counts = new Uint16Array(size);
    const titleCounts = new Uint16Array(size);
    const firstStart = new Int32Array(size).fill(-1);
    const firstEnd = new Int32Array(size).fill(-1);
    const sentences = splitSentences(chars);
    const hits = this.matcher.scan(chars);
    this.leadCounts.fill(0);
    let s = 0;
    for (let i = 0; i < hits.count; i++) {
      const id = hits.classes[i]!;
      const start = hits.starts[i]!;
      if (counts[id]! < 65535) counts[id]!++;
      if (start < titleEnd) titleCounts[id]!++;
      if (start < titleEnd + LEAD) this.leadCounts[id]!++;
      if (firstStart[id] === -1) {
        firstStart[id] = start;
        firstEnd[id] = hits.ends[i]!;
      }
      const bits = this.anchorBits[id]!;
      if (bits === 0) continue;
      while (s < sentences.length - 1 && sentences[s]!.end <= start) s++;
      if (sentences.length > 0) sentences[s]!.anchors |= bits;
    }
    const has = (name: string): boolean => (counts[this.id(name)] ?? 0) > 0;
    const denial = has('state.false') || (has('state.denial') && has('state.rumour'));
    const facts = this.readFacts(chars, titleEnd, sentences, referenceYear, denial);
    const evidence: Evidence = {
      facts,
      counts,
      titleCounts,
      firstStart,
      firstEnd,
      kinds: this.weighKinds(counts, titleCounts),
      foreign: FOREIGN_START.test(chars) || this.isForeign(counts, titleCounts, firstStart),
      denial,
      followUp: (titleCounts[this.id('state.aftermath')] ?? 0) > 0 || toldAfterwards(chars, titleEnd),
      old: isOld(chars, referenceYear),
      sentences,
      cues: [],
      large: null,
      aside: findAside(chars, titleEnd, facts),
    };
    evidence.cues = findCues(evidence, this, chars);
    evidence.large = findLargeEvent(evidence, this, chars);
    return evidence;
  }

  private readFacts(chars: string, titleEnd: number, sentences: Sentence[], year: number | null, denial: boolean): Facts {
    const anchored = sentences.some((x) => x.anchors !== 0);
    if (!anchored) return NO_FACTS;
    const facts = extractFacts(chars, sentences, year);
    return completeFacts(facts, { chars, titleEnd, sentences, denial });
  }

  private weighKinds(counts: Uint16Array, titleCounts: Uint16Array): { kind: string; weight: number }[] {
    const out: { kind: string; weight: number }[] = [];
    for (let id = 0; id < counts.length; id++) {
      const kind = this.kindOf[id];
      if (kind === null || kind === undefined || counts[id] === 0) continue;
      const lead = Math.min(this.leadCounts[id]!, 3);
      out.push({ kind, weight: Math.min(titleCounts[id]!, 2) * 4 + lead * 2 + Math.min(counts[id]!, 4) * 0.5 });
    }
    return out.sort((a, b) => b.weight - a.weight || (a.kind < b.kind ? -1 : 1));
  }

  private isForeign(counts: Uint16Array, titleCounts: Uint16Array, firstStart: Int32Array): boolean {
    const f = this.id('place.foreign');
    const k = this.id('place.hkmt');
    const h = this.id('place.home');
    const abroad = (counts[f] ?? 0) + (counts[k] ?? 0);
    if (abroad === 0) return false;
    if ((titleCounts[f] ?? 0) + (titleCounts[k] ?? 0) > 0 && (titleCounts[h] ?? 0) === 0) return true;
    return abroad > (counts[h] ?? 0) && (firstStart[h] === -1 || Math.max(firstStart[f]!, firstStart[k]!) < firstStart[h]!);
  }

  /** Adds the rule features of one text: classes, figures, and pairs of what leads the text. */
  addFeatures(evidence: Evidence, text: PreparedText, buffer: FeatureBuffer): void {
    let flags = 0;
    for (let id = 0; id < evidence.counts.length; id++) {
      const n = evidence.counts[id]!;
      if (n === 0) continue;
      buffer.addRule(this.presentHash[id]!);
      if (n >= 3) buffer.addRule(this.manyHash[id]!);
      if (evidence.titleCounts[id]! > 0) buffer.addRule(this.titleHash[id]!);
      if (this.paired[id] === 1 && this.leadCounts[id]! > 0 && flags < 20) this.flagOf[flags++] = this.startHash[id]!;
    }
    for (const name of factFeatures(evidence, text)) {
      const h = ruleHash(name);
      buffer.addRule(h);
      if (flags < 28) this.flagOf[flags++] = h;
    }
    for (let a = 0; a < flags; a++) for (let b = a + 1; b < flags; b++) buffer.addRule(pairHash(this.flagOf[a]!, this.flagOf[b]!));
  }
}

const NO_FACTS: Facts = {
  dead: null, killed: null, missing: null, injured: null, seriouslyInjured: null, poisoned: null, evacuated: null, loss: null,
  magnitude: null, trapped: null, households: null, workers: null, victims: null, gathered: null, noCasualties: null,
};

function bucket(value: number, steps: readonly number[]): number {
  let k = 0;
  while (k < steps.length && value >= steps[k]!) k++;
  return k;
}

const STEPS: readonly [keyof Facts, readonly number[]][] = [
  ['dead', [1, 3, 10, 30]],
  ['injured', [1, 10, 50]],
  ['missing', [1, 3]],
  ['poisoned', [10, 30, 100]],
  ['magnitude', [3, 4, 5, 6]],
  ['households', [100]],
  ['workers', [50]],
  ['victims', [50, 100]],
  ['gathered', [50]],
  ['trapped', [10]],
  ['loss', [1e6, 1e7]],
];

function factFeatures(e: Evidence, text: PreparedText): string[] {
  const out: string[] = [];
  for (const [name, steps] of STEPS) {
    const figure: Figure | null = e.facts[name];
    if (figure !== null) out.push(`${name} ${bucket(figure.value, steps)}`);
  }
  if (e.facts.noCasualties !== null) out.push('no casualties');
  // Twice: what a rule found should outweigh the words around it.
  for (const cue of e.cues) out.push(`cue ${cue.rule}`, `cue again ${cue.rule}`);
  if (e.cues.length > 1) out.push('cues');
  if (e.large !== null) out.push(`large ${e.large.certain}`);
  if (e.aside !== null) out.push('aside', `aside ${e.aside.kind}`);
  if (e.foreign) out.push('foreign');
  if (e.denial) out.push('denial');
  if (e.old) out.push('old');
  if (e.kinds.length > 0) out.push(`kind ${e.kinds[0]!.kind}`);
  const length = text.chars.length;
  out.push(`length ${bucket(length, [12, 30, 60, 120, 240, 480])}`);
  if (text.titleEnd === 0) out.push('no title');
  if (/[？?]\s*$/.test(text.chars.slice(0, text.titleEnd))) out.push('title asks');
  return out;
}

/** True when every year that the lead names lies two years or more before the reference. */
function isOld(chars: string, referenceYear: number | null): boolean {
  const lead = chars.slice(0, 400);
  const years = [...lead.matchAll(YEAR)].map((m) => Number(m[1]));
  if (years.length === 0) return /(?:[2-9]|[1-9][0-9]|[一二三四五六七八九十]{1,3})年前/.test(lead);
  return referenceYear !== null && Math.max(...years) < referenceYear - 1;
}

export const LIMITS = { statistic: STATISTIC_LIMIT, lead: LEAD };
