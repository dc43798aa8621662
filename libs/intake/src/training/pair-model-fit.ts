/** Fits the model of same events on labelled pairs, for scripts/train-same-event. */
import {
  cosine,
  meaningOf,
  pairMeasures,
  standardised,
  type PairModel,
  type PairText,
  type TopicModel,
  type WordTable,
} from '@app/domain';
import { PairReader } from '../pair-reader';
import { cutWords } from '../tokeniser';
import { fitPairNet, type NetExample } from './pair-net-fit';
import type { LabelledPair } from './pair-set';
import { fitTopics } from './topics-fit';
import { fitTrees, type TreeRow } from './trees-fit';
import { fitWordTable } from './word-table-fit';

/** A pair with all that the model reads of it. */
export interface ReadPair extends LabelledPair {
  textA: PairText;
  textB: PairText;
  measures: number[];
}

/** Pairs of another topic are surely not the same event; they weigh less, as they are easier. */
const TOPIC_WEIGHT_NET = 0.5;
const TOPIC_WEIGHT_TREES = 0.3;

/** Words in order, lower case, without marks. */
export const wordsOf = (text: string): string[] =>
  cutWords(text.trim().slice(0, 2000))
    .map((w) => w.toLowerCase())
    .filter((w) => /[\p{L}\p{N}]/u.test(w));

export const tableOf = (texts: readonly string[]): WordTable => fitWordTable(texts.map(wordsOf));

export function topicsFrom(headlines: readonly { text: string; topic: string }[], reader: PairReader, table: WordTable): TopicModel {
  return fitTopics(
    headlines.map(({ text, topic }) => ({ meaning: meaningOf(reader.read({ title: text, text: '' }), table), topic })),
  );
}

export function readAll(pairs: readonly LabelledPair[], reader: PairReader, table: WordTable, topics: TopicModel): ReadPair[] {
  const known = new Map<string, PairText>();
  const textOf = (text: string): PairText => {
    const t = known.get(text) ?? reader.read({ title: text, text: '' });
    known.set(text, t);
    return t;
  };
  return pairs.map((p) => {
    const [textA, textB] = [textOf(p.a), textOf(p.b)];
    const measures = pairMeasures(textA, textB, table, topics).map((x) => Math.round(x * 1e5) / 1e5);
    return { ...p, textA, textB, measures };
  });
}

export const plainCosine = (p: ReadPair): number => cosine(p.textA.words, p.textB.words);

/** @param seeds one net each */
export function fitPairModel(
  pairs: readonly ReadPair[],
  table: WordTable,
  topics: TopicModel,
  seeds: readonly number[],
): Omit<PairModel, 'threshold'> {
  const width = pairs[0]?.measures.length ?? 0;
  const mean = Array.from({ length: width }, (_, i) => pairs.reduce((s, p) => s + p.measures[i]!, 0) / pairs.length);
  const spread = mean.map((m, i) =>
    Math.sqrt(pairs.reduce((s, p) => s + (p.measures[i]! - m) ** 2, 0) / pairs.length),
  );
  const examples = pairs.map((p): NetExample => {
    const isEvent = p.about === 'event';
    return {
      a: p.textA.tokens,
      b: p.textB.tokens,
      x: standardised(p.measures, { mean, spread }),
      wanted: [p.y, p.y],
      weights: [isEvent ? 1 : p.y === 0 ? TOPIC_WEIGHT_NET : 0, !isEvent || p.y === 1 ? 0.5 : 0],
    };
  });
  const rows = pairs
    .filter((p) => p.about === 'event' || p.y === 0)
    .map((p): TreeRow => ({ x: p.measures, y: p.y, weight: p.about === 'event' ? 1 : TOPIC_WEIGHT_TREES }));
  const nets = seeds.map((seed) => fitPairNet(examples, table, seed));
  return { topics, mean, spread, nets, ...fitTrees(rows, 1) };
}
