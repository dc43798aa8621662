import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { classifierVersion, RULES_DIGEST, RULES_VERSION } from './version';
import type { ClassifierModel, ClassifierTables } from './tables';

const model = (change: Partial<ClassifierModel> = {}): ClassifierModel => ({
  version: 'trained', heads: ['relevant'], bias: Float32Array.of(0.5), scale: Float32Array.of(0.1), keys: Uint32Array.of(3, 9), weights: Int8Array.of(1, -2),
  vectors: { dims: 1, keys: Uint32Array.of(5), values: Int8Array.of(7) }, dense: Float32Array.of(0.1, 0.2, 0.3),
  ruleWeight: 0.1, calibration: [1, 0], thresholds: { relevant: 0, major: 0, emergency: 0, category: 0, rule: 0, review: 0.1 }, ...change,
});
const tables = (change: Partial<ClassifierTables> = {}): ClassifierTables => ({ lexicon: { 'kind.fire': ['起火'] }, grades: [], model: model(), ...change });

describe('the version of a classifier', () => {
  const before = classifierVersion(tables());

  it('is the same for the same parts', () => expect(classifierVersion(tables())).toBe(before));

  it.each<[string, ClassifierTables]>([
    ['a weight', tables({ model: model({ weights: Int8Array.of(1, -3) }) })],
    ['a feature', tables({ model: model({ keys: Uint32Array.of(3, 10) }) })],
    ['a word vector', tables({ model: model({ vectors: { dims: 1, keys: Uint32Array.of(5), values: Int8Array.of(8) } }) })],
    ['a threshold', tables({ model: model({ thresholds: { ...model().thresholds, major: -0.1 } }) })],
    ['a word of the lexicon', tables({ lexicon: { 'kind.fire': ['起火', '着火'] } })],
    ['a grade table', tables({ grades: [{ id: 'x', title: 'x', category: '自然灾害', source: 'x', kinds: [], steps: [] }] })],
  ])('changes with %s', (_what, changed) => expect(classifierVersion(changed)).not.toBe(before));

  it('changes with the dictionary of the segmenter', () => expect(classifierVersion(tables(), '云梯车 10 n')).not.toBe(before));
});

it('rule code that changed has a new RULES_VERSION and its digest', () => {
  const hash = createHash('sha256');
  const files = readdirSync(__dirname).filter((f) => f.endsWith('.ts') && !f.endsWith('.spec.ts') && f !== 'version.ts').sort();
  for (const file of files) hash.update(readFileSync(join(__dirname, file), 'utf8').replace(/\s+/g, ' '));
  const digest = hash.digest('hex').slice(0, 8);
  expect(`${RULES_VERSION} ${RULES_DIGEST}: raise RULES_VERSION and set RULES_DIGEST to ${digest}`).toContain(`${RULES_VERSION} ${digest}:`);
});
