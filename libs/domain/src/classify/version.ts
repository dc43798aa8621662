import { hashBytes, hashText } from './features';
import type { ClassifierTables } from './tables';

/**
 * Counts changes of the rule code of this folder that can change a label. Items keep the version they were judged by,
 * so code that judges differently must not pass for the same: version.spec.ts fails until both lines are brought up.
 */
export const RULES_VERSION = 6;
/** Digest of the rule code at RULES_VERSION. */
export const RULES_DIGEST = '3170655a';

/**
 * Version of a classifier: `rules.digest`, where the digest covers weights, thresholds, calibration, lexicons and grade
 * tables, and whatever else decides (`more`, the user dictionary of the segmenter).
 */
export function classifierVersion(tables: ClassifierTables, more = ''): string {
  const { model, lexicon, grades } = tables;
  let h = hashText(`${RULES_DIGEST}\n${more}\n${JSON.stringify({ lexicon, grades })}`, RULES_VERSION);
  if (model !== null) {
    const { keys, weights, bias, scale, vectors, dense, ...meta } = model;
    h = hashText(JSON.stringify(meta), h);
    for (const part of [keys, weights, bias, scale, vectors.keys, vectors.values, dense]) h = hashBytes(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), h);
  }
  return `r${RULES_VERSION}.${h.toString(16).padStart(8, '0')}`;
}
