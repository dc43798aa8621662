import { pairMeasures } from './pair-measures';
import { layoutOf, runNet } from './pair-net';
import type { PairText } from './pair-text';
import type { TopicModel } from './topics';
import { treesScore, type Tree } from './trees';
import type { WordTable } from './word-table';

/** Whether two texts tell of the same event: the mean of nets over their words and of trees over their measures. */
export interface PairModel {
  /** Least score of a pair that is the same event; where F1 is highest on pairs that were held back. */
  threshold: number;
  topics: TopicModel;
  /** Mean and spread of each measure. */
  mean: readonly number[];
  spread: readonly number[];
  nets: readonly Float32Array[];
  trees: readonly Tree[];
  base: number;
}

export interface PairJudgement {
  same: boolean;
  /** 0…1 */
  score: number;
  /** The heaviest words of both, for people. */
  why: string[];
}

export function judgePair(a: PairText, b: PairText, model: PairModel, table: WordTable): PairJudgement {
  const score = scorePair(a, b, pairMeasures(a, b, table, model.topics), model, table);
  const why = a.heaviest.filter((w) => w.length > 1 && b.words.has(w)).slice(0, 6);
  return { same: score >= model.threshold, score, why };
}

/** 0…1; half of it by the nets, half by the trees, in log-odds. */
export function scorePair(
  a: PairText,
  b: PairText,
  measures: readonly number[],
  model: Omit<PairModel, 'threshold'>,
  table: WordTable,
): number {
  const x = standardised(measures, model);
  const layout = layoutOf({ vector: table.dims, measures: measures.length });
  const byNets = model.nets.map((p) => runNet(p, layout, [a.tokens, b.tokens], x, table).out[0] ?? 0);
  const net = byNets.reduce((s, z) => s + z, 0) / byNets.length;
  return 1 / (1 + Math.exp(-(net + treesScore(model.trees, model.base, measures)) / 2));
}

const FAR = 4;

export function standardised(measures: readonly number[], { mean, spread }: Pick<PairModel, 'mean' | 'spread'>): Float32Array {
  return Float32Array.from(measures, (v, i) => {
    const z = (v - (mean[i] ?? 0)) / (spread[i] || 1);
    return Math.max(-FAR, Math.min(FAR, z));
  });
}
