import { foldQuality } from './label-quality';
import { changeFault, changeLabel, decidedLabel, judgedOf, labelConflict, labelDifferences, type JudgedLabel } from './label-decision';
import type { Label } from './label';

const MAJOR: JudgedLabel = { relevant: true, level: 'major', emergency: true, category: '事故灾难', grade: '重大', topic: '安全事故' };

describe('a label that contradicts itself', () => {
  const NONE = { level: 'none', emergency: false, grade: null, category: null } as const;
  it.each([
    ['ordinary', true, '特别重大', '事故灾难', true],
    ['ordinary', true, '重大', '自然灾害', true],
    ['ordinary', true, '较大', '事故灾难', true],
    ['ordinary', true, '较大', null, true],
    ['ordinary', true, '较大', '自然灾害', false],
    ['ordinary', true, '一般', '事故灾难', false],
    ['ordinary', true, null, '事故灾难', false],
    ['ordinary', false, '重大', '事故灾难', false],
    ['major', true, '特别重大', '事故灾难', false],
    ['major', false, null, null, false],
  ] as const)('%s, emergency %s, %s, %s: refused %s', (level, emergency, grade, category, refused) => {
    const after = { level, emergency, grade, category };
    const found = labelConflict(NONE, after);
    expect(found?.field ?? null).toBe(refused ? 'level' : null);
    expect(labelConflict(after, { ...after, category: null })).toBeNull();
  });
});

describe('a person changes a label', () => {
  it('keeps level and relevance together', () => {
    expect(changeLabel(MAJOR, { level: 'none' })).toEqual({ relevant: false, level: 'none', emergency: false, category: null, grade: null, topic: '安全事故' });
    expect(changeLabel(MAJOR, { relevant: false }).level).toBe('none');
    expect(changeLabel({ ...MAJOR, level: 'none', relevant: false }, { relevant: true }).level).toBe('ordinary');
    expect(changeLabel(MAJOR, { grade: null, topic: undefined })).toEqual({ ...MAJOR, grade: null });
  });

  it.each([
    [{}, 'level'],
    [{ level: 'huge' as never }, 'level'],
    [{ grade: '巨大' as never }, 'grade'],
    [{ topic: '天气' as never }, 'topic'],
    [{ level: 'none' as const, emergency: true }, 'emergency'],
  ])('refuses %j, naming %s', (change, field) => {
    expect(changeFault(change)?.field).toBe(field);
  });

  it('says what differs', () => {
    expect(labelDifferences(MAJOR, { ...MAJOR, level: 'ordinary', grade: '较大' })).toEqual(['level', 'grade']);
    expect(changeFault({ grade: null })).toBeNull();
  });

  it('shows the decision before the reasons of the classifier, and asks for no further review', () => {
    const label: Label = { ...MAJOR, dead: 12, injured: null, rules: ['M1'], needsReview: true, score: 0.9, reasons: [{ rule: 'M1', text: '爆炸', start: 0, end: 2, source: 'x' }] };
    const decided = decidedLabel(label, { ...judgedOf(label), grade: '较大' }, 'changed', { actor: '王五', reason: '通报为较大事故' });
    expect(decided).toMatchObject({ grade: '较大', dead: 12, needsReview: false });
    expect(decided.reasons.map((r) => [r.rule, r.source])).toEqual([['人工改判', '王五：通报为较大事故'], ['M1', 'x']]);
  });
});

describe('quality by month', () => {
  it('counts precision and recall of each level in the month of the decision, Beijing', () => {
    const pair = (at: string, machine: 'none' | 'ordinary' | 'major', person: 'none' | 'ordinary' | 'major') => ({ at: new Date(at), machine, person });
    const months = foldQuality([
      pair('2026-10-31T15:59:59Z', 'major', 'major'),
      pair('2026-10-31T16:00:00Z', 'major', 'ordinary'),
      pair('2026-11-02T00:00:00Z', 'ordinary', 'ordinary'),
      pair('2026-11-03T00:00:00Z', 'none', 'ordinary'),
    ]);
    expect(months.map((m) => [m.month, m.decided, m.agreed])).toEqual([['2026-11', 3, 1], ['2026-10', 1, 1]]);
    expect(months[0]!.levels).toEqual([
      { level: 'major', machine: 1, person: 0, both: 0, precision: 0, recall: null },
      { level: 'ordinary', machine: 1, person: 3, both: 1, precision: 1, recall: 1 / 3 },
      { level: 'none', machine: 1, person: 0, both: 0, precision: 0, recall: null },
    ]);
    expect(foldQuality([])).toEqual([]);
  });
});
