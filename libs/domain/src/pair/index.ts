export * from './judge-pair';
export * from './pair-measures';
/** The net's inside, for learning it. */
export * as pairNet from './pair-net';
export { MAX_PAIR_CHARS, pairText, runsOf, type PairText, type PairTokens, type TaggedWord } from './pair-text';
export { meaningOf } from './soft-measures';
export { topicsOf, type TopicModel } from './topics';
export type { Tree } from './trees';
export * from './word-table';
