import { pairSignals, sharedWords, type EventFeatures, type SameEvent } from './same-event';

/**
 * The full model of two texts: the signals of the pair, and what it says that a word stands in both or in one of them
 * only. Logistic; fitted by scripts/train-same-event.
 */
export interface SameEventModel {
  bias: number;
  threshold: number;
  /** One for each of fullSignals. */
  weights: readonly number[];
  /** By name: `both:word` and `one:word`. */
  words: Readonly<Record<string, number>>;
  /** In how many texts of the training part a word stands; words rarer than `leastTexts` are left out. */
  texts: Readonly<Record<string, number>>;
  textCount: number;
  leastTexts: number;
}

/** One text for the full model. */
export interface EventTokens {
  features: EventFeatures;
  tokens: ReadonlySet<string>;
}

export type WordCounts = Pick<SameEventModel, 'texts' | 'textCount' | 'leastTexts'>;

const MAX_TOKENS = 300;

/** The words of a text for the model, each once. */
export const tokenSet = (words: readonly string[]): ReadonlySet<string> => new Set(words.slice(0, MAX_TOKENS));

/** pairSignals, then the agreement of words by how rare they are in news, and of runs of two and three characters. */
export function fullSignals(a: EventTokens, b: EventTokens, counts: WordCounts): number[] {
  return [
    ...pairSignals(a.features, b.features),
    ...rarityOf(readable(a.tokens), readable(b.tokens), counts),
    ...runsOf(a.features.run, b.features.run, 2),
    ...runsOf(a.features.run, b.features.run, 3),
  ];
}

/** Names of the word features of a pair. */
export function wordSignals(a: ReadonlySet<string>, b: ReadonlySet<string>): string[] {
  const out: string[] = [];
  for (const w of a) out.push(b.has(w) ? `both:${w}` : `one:${w}`);
  for (const w of b) if (!a.has(w)) out.push(`one:${w}`);
  return out;
}

/** Whether two texts tell of the same event, by the full model. */
export function judgeByWords(a: EventTokens, b: EventTokens, model: SameEventModel): SameEvent {
  const signals = fullSignals(a, b, model);
  let z = model.bias;
  signals.forEach((x, i) => (z += x * (model.weights[i] ?? 0)));
  for (const name of wordSignals(a.tokens, b.tokens)) if (Object.hasOwn(model.words, name)) z += model.words[name] ?? 0;
  const score = 1 / (1 + Math.exp(-z));
  return { same: score >= model.threshold, score, why: sharedWords(a.features, b.features) };
}

const readable = (tokens: ReadonlySet<string>): Set<string> =>
  new Set([...tokens].filter((w) => /[\p{L}\p{N}]/u.test(w)));

function rarityOf(a: Set<string>, b: Set<string>, { texts, textCount, leastTexts }: WordCounts): number[] {
  const rarity = (w: string): number => {
    const n = Object.hasOwn(texts, w) ? (texts[w] ?? 0) : 0;
    return Math.log(textCount / (n >= leastTexts ? n : leastTexts / 2));
  };
  const squares = (words: Iterable<string>): number => [...words].reduce((sum, w) => sum + rarity(w) ** 2, 0);
  const shared = [...a].filter((w) => b.has(w));
  const [all, inA, inB] = [squares(shared), squares(a) || 1, squares(b) || 1];
  const rarest = shared
    .filter((w) => w.length > 1)
    .map(rarity)
    .sort((x, y) => y - x);
  const lone = (x: Set<string>, y: Set<string>): number => [...x].filter((w) => w.length > 1 && !y.has(w)).length;
  const [loneA, loneB] = [lone(a, b), lone(b, a)];
  return [
    all / Math.sqrt(inA * inB),
    ...[0, 1, 2, 3].map((i) => rarest[i] ?? 0),
    rarest.reduce((sum, x) => sum + x, 0),
    all / Math.min(inA, inB),
    all / Math.max(inA, inB),
    all / (inA + inB - all || 1),
    Math.min(loneA, loneB),
    Math.max(loneA, loneB),
  ];
}

function runsOf(a: string, b: string, length: number): number[] {
  const runs = (s: string): Set<string> => {
    const out = new Set<string>();
    for (let i = 0; i + length <= s.length; i++) out.add(s.slice(i, i + length));
    return out;
  };
  const [inA, inB] = [runs(a), runs(b)];
  const shared = [...inA].filter((r) => inB.has(r)).length;
  const [sizeA, sizeB] = [inA.size || 1, inB.size || 1];
  return [shared / Math.sqrt(sizeA * sizeB), shared / Math.max(sizeA, sizeB), shared / Math.min(sizeA, sizeB)];
}
