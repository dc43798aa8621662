import { pairSignals, sharedWords, type EventFeatures, type SameEvent } from './same-event';

/** The full model of two texts: pairSignals, and what it says that a word stands in both or in one of them only. */
export interface SameEventModel {
  bias: number;
  threshold: number;
  /** One for each of pairSignals. */
  weights: readonly number[];
  /** `both:word` and `one:word`. */
  words: Readonly<Record<string, number>>;
}

const MAX_TOKENS = 300;

/** The words of a text for the model, each once. */
export const tokenSet = (words: readonly string[]): ReadonlySet<string> => new Set(words.slice(0, MAX_TOKENS));

/** Names of the word features of a pair. */
export function wordSignals(a: ReadonlySet<string>, b: ReadonlySet<string>): string[] {
  const out: string[] = [];
  for (const w of a) out.push(b.has(w) ? `both:${w}` : `one:${w}`);
  for (const w of b) if (!a.has(w)) out.push(`one:${w}`);
  return out;
}

/** Whether two texts tell of the same event, by the full model. */
export function judgePair(
  a: EventFeatures,
  b: EventFeatures,
  tokens: { a: ReadonlySet<string>; b: ReadonlySet<string> },
  model: SameEventModel,
): SameEvent {
  let z = model.bias;
  pairSignals(a, b).forEach((x, i) => (z += x * (model.weights[i] ?? 0)));
  for (const name of wordSignals(tokens.a, tokens.b)) if (Object.hasOwn(model.words, name)) z += model.words[name] ?? 0;
  const score = 1 / (1 + Math.exp(-z));
  return { same: score >= model.threshold, score, why: sharedWords(a, b) };
}
