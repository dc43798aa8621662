import { assess, type AssessmentFigures, type AssessmentScheme, type WireAppeal } from './assessment';

const SCHEME: AssessmentScheme = {
  ...{ version: '1', title: '考评', basis: '' },
  parts: [{ id: 'daily', title: '日常', weight: 40 }, { id: 'year-end', title: '年终', weight: 60 }],
  indicators: [
    { id: 'on-time', part: 'daily', title: '按期率', points: 60, scoring: { kind: 'proportion', of: 'onTimeRate', full: 1, none: 0.5 } },
    { id: 'sign', part: 'daily', title: '签收', points: 20, scoring: { kind: 'proportion', of: 'signForMedian', full: 10, none: 30 } },
    { id: 'overdue', part: 'daily', title: '超期', points: 20, scoring: { kind: 'deduct', of: 'overdue', each: 5 } },
    { id: 'quality', part: 'year-end', title: '质量', points: 100, scoring: { kind: 'manual' } },
  ],
};
const none = { count: 0, median: null, p90: null };
const FIGURES: AssessmentFigures = {
  ...{ cases: 10, lateDetections: 0, falseAlarms: 0, target: { met: 0, missed: 0, rate: null } },
  duties: { due: 10, metOnTime: 8, metLate: 1, overdue: 1, overdueOpen: 1, cancelled: 0, superseded: 0, suspended: 0, onTimeRate: 0.8 },
  times: { signFor: { count: 3, median: 15, p90: 20 }, firstRelease: none, pressConference: none, settle: none, detectionLag: none },
};
const MARK = new Map([['quality', { points: 90, reason: '较好', by: '王', at: '' }]]);
const score = (figures: AssessmentFigures | null, marks = MARK, appeals = new Map<string, WireAppeal>()) => assess(SCHEME, { id: 'a', name: '甲局' }, figures, marks, appeals);

it('weighs 日常 40 % and 年终 60 %, and says how each point was reached', () => {
  const got = score(FIGURES);
  // (0.8 − 0.5) ÷ 0.5 of 60 = 36; (15 − 30) ÷ (10 − 30) of 20 = 15; 20 − 1 × 5 = 15.
  expect(got.parts[0]?.indicators.map((i) => i.got)).toEqual([36, 15, 15]);
  expect(got.parts.map((p) => p.score)).toEqual([66, 90]);
  expect(got.total).toBe(80.4);
  expect(got.how).toBe('日常 66 × 40% + 年终 90 × 60%');
  expect(got.parts[0]?.indicators[0]?.how).toContain('按期 8/9 项'.replace('9', '10'));
});

it('what cannot be judged makes neither side, and a part that a person has not marked gives no score yet', () => {
  const unsigned = { ...FIGURES, times: { ...FIGURES.times, signFor: none } };
  expect(score(unsigned).parts[0]).toMatchObject({ score: 63.75 });
  const unmarked = score(FIGURES, new Map());
  expect([unmarked.parts[1]?.score, unmarked.total]).toEqual([null, 66]);
  expect(unmarked.how).toContain('不是最终得分');
  expect(score(null, new Map()).total).toBeNull();
});

it('an upheld appeal gives the points that were answered, a dismissed one changes nothing and stays noted', () => {
  const appeal = (upheld: boolean): Map<string, WireAppeal> =>
    new Map([['overdue', { id: '1', reason: '停电', raisedBy: '李', raisedAt: '', answer: { upheld, points: upheld ? 20 : null, reason: '属实', by: '王', at: '' } }]]);
  expect(score(FIGURES, MARK, appeal(true)).parts[0]?.indicators[2]).toMatchObject({ got: 20, how: expect.stringContaining('申诉成立') as string });
  expect(score(FIGURES, MARK, appeal(false)).parts[0]?.indicators[2]).toMatchObject({ got: 15, appeal: { reason: '停电' } });
});
