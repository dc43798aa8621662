import type { Label } from '@app/domain';
import { classOf, firstLabels, foldLabel, isRaise, overrideLabels } from './case-grade';

const LABEL: Label = {
  relevant: true,
  level: 'major',
  emergency: true,
  category: '事故灾难',
  grade: '较大',
  dead: 3,
  injured: null,
  topic: '安全事故',
  rules: ['M1'],
  needsReview: false,
  score: 0.9,
  reasons: [],
};

describe('the labels of a case', () => {
  it('are the highest of its items', () => {
    const c = foldLabel(firstLabels(LABEL), { ...LABEL, level: 'ordinary', grade: '重大', dead: 12, injured: 5 });
    expect(c).toMatchObject({ level: 'major', grade: '重大', dead: 12, injured: 5, topic: '安全事故' });
    expect(classOf(c)).toBe('emergency');
  });

  it('are never lowered by a later report', () => {
    const c = foldLabel(firstLabels(LABEL), { ...LABEL, level: 'ordinary', emergency: false, grade: null, dead: 1 });
    expect(c).toMatchObject({ level: 'major', emergency: true, grade: '较大', dead: 3 });
  });

  it('stay as a person set them, whatever comes in; what was not set still follows the items', () => {
    const set = overrideLabels(firstLabels({ ...LABEL, grade: '重大' }), { grade: '较大' });
    const c = foldLabel(set, { ...LABEL, grade: '特别重大', dead: 40 });
    expect(c).toMatchObject({ grade: '较大', dead: 40, override: { grade: '较大' } });
    expect(classOf(c)).toBe('major');
    expect(overrideLabels(c, { level: 'ordinary' }).override).toEqual({ grade: '较大', level: 'ordinary' });
  });

  it('that a person set to no grade keep none', () => {
    const c = foldLabel(overrideLabels(firstLabels(LABEL), { grade: null }), LABEL);
    expect(c.grade).toBeNull();
  });
});

it.each([
  ['ordinary', 'major', true],
  ['major', 'emergency', true],
  ['major', 'major', false],
  ['emergency', 'major', false],
] as const)('%s → %s is a raise: %s', (from, to, raise) => expect(isRaise(from, to)).toBe(raise));
