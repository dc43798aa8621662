import type { Category, Grade } from '../label';
import type { Lexicon } from './matcher';
import type { WordVectors } from './vectors';

/** The kinds of event that the lexicon names (`kind.fire` …). */
export type Kind = string;

/** Facts that a grade table may ask for. */
export const GRADE_FACTS = ['dead', 'seriouslyInjured', 'loss', 'magnitude', 'evacuated', 'harmed', 'gathered', 'intake', 'officeAttacked', 'harm'] as const;
export type GradeFact = (typeof GRADE_FACTS)[number];

export interface GradeStep {
  grade: Grade;
  any: Partial<Record<GradeFact, number>>[];
}

/** One row of CODEBOOK section 3. */
export interface GradeRow {
  id: string;
  title: string;
  category: Category;
  source: string;
  kinds: Kind[];
  steps: GradeStep[];
}

/** Thresholds of the decisions, fitted by cross-validation on the training texts. */
export interface Thresholds {
  relevant: number;
  major: number;
  emergency: number;
  category: number;
  rule: number;
  /** Half-width of the band around a threshold in which a person should look. */
  review: number;
}

/** The statistical part: one linear model with several heads over hashed features. */
export interface ClassifierModel {
  version: string;
  heads: string[];
  bias: Float32Array;
  /** Step of the quantised weights, one a head. */
  scale: Float32Array;
  /** Feature hashes, ascending, and a row of `heads.length` weights for each. */
  keys: Uint32Array;
  weights: Int8Array;
  /** Weight of the rule features beside the text features. */
  ruleWeight: number;
  vectors: WordVectors;
  /** Weights of the vector parts, one run a head. */
  dense: Float32Array;
  /** Slope and intercept that turn the `relevant` margin into a probability. */
  calibration: [number, number];
  thresholds: Thresholds;
}

/** Everything the pure pipeline needs as data. */
export interface ClassifierTables {
  lexicon: Lexicon;
  grades: GradeRow[];
  model: ClassifierModel | null;
}
