import { at } from '../clock-fixture';
import { assessEffect, effectDocument, type EffectFacts } from './effect';

const FACTS: EffectFacts = {
  ...{ code: 'YQ-1', title: '某小区停水', caseClass: 'ordinary', topic: '公用事业', departmentName: '水利局', state: '已回应' },
  ...{ detectedAt: at('03-02 09:00'), firstPublicAt: at('03-02 08:00'), closedAt: null },
  reports: ['03-02 08:00', '03-02 20:00', '03-03 08:00', '03-03 12:00', '03-04 20:00'].map((when, i) => ({ at: at(when), sourceName: `s${i % 2}` })),
  responses: [{ id: '7', kind: 'release', kindText: '权威信息发布', title: '通报', at: at('03-03 09:00'), enteredAt: at('03-03 09:05'), speaker: '局长', url: null }],
  duties: [
    { title: '回应', dueAt: at('03-04 09:00'), targetAt: null, state: 'met', metAt: at('03-03 09:00'), targetMet: null, overdue: false },
    { title: '办结', dueAt: at('03-06 00:00'), targetAt: null, state: 'open', metAt: null, targetMet: null, overdue: true },
  ],
};

it('counts the reports in the day before and the day after each response, and how long the matter lived', () => {
  const effect = assessEffect(FACTS, at('03-08 09:00'));
  expect(effect.responses[0]).toMatchObject({ minutesSinceDetection: 1440, before: { reports: 2, sources: 2 }, after: { reports: 1, sources: 1 }, change: -0.5, stillOpen: false });
  expect(effect).toMatchObject({ reports: 5, sources: 2, lifeMinutes: 3600, quietMinutes: 5100, peak: { date: '2026-03-02', reports: 2 } });
  expect(effect.byDay.map((d) => [d.date.slice(5), d.reports, d.responses])).toEqual([['03-02', 2, 0], ['03-03', 2, 1], ['03-04', 1, 0]]);
});

it('says what is left open, and gives no percentage of few reports', () => {
  const effect = assessEffect(FACTS, at('03-08 09:00'));
  expect(effect.open).toEqual(['“办结”应于2026年3月5日 24:00前完成，已超期2天9小时', '事件尚未办结']);
  expect(effect.findings.join('')).not.toContain('%');
  expect(assessEffect(FACTS, at('03-03 12:00')).responses[0]?.stillOpen).toBe(true);
});

it('a case nobody has reported on or answered is assessed too', () => {
  const effect = assessEffect({ ...FACTS, reports: [], responses: [] }, at('03-08 09:00'));
  expect(effect).toMatchObject({ lifeMinutes: null, quietMinutes: null, peak: null });
  expect(effect.findings).toEqual(['尚未登记公开回应。']);
  expect(effectDocument(effect, '某县').blocks.length).toBeGreaterThan(5);
});
