import { backtest, type BacktestMessage } from './backtest';
import { at, CALENDAR, dutyOf } from './clock-fixture';
import type { BookDuty, RuleBook } from './rule-pack';
import type { DutyRule } from './rule';

const duty = (id: string, change: Partial<DutyRule>): BookDuty =>
  dutyOf({ id, title: id, appliesTo: ['ordinary', 'major'], limit: { unit: 'hours', amount: 48 }, target: undefined, anchor: 'detected', metBy: ['settlement'], opens: undefined, supersedes: undefined, ...change });
const BOOK: RuleBook = {
  ...{ id: 'p', title: '规则', recurring: [] },
  duties: [
    duty('respond', { target: { unit: 'hours', amount: 24 } }),
    duty('settle', { appliesTo: ['ordinary'], limit: { unit: 'natural_days', amount: 3 } }),
    duty('sign', { anchor: 'assigned', metBy: ['receipt'] }),
    duty('conference', { appliesTo: ['major'], metBy: ['press-conference'] }),
  ],
};
const label = { relevant: true, level: 'ordinary' as const, emergency: false, grade: null, topic: '教育' as const };
const message = (published: string, responded: string | null, more: Partial<BacktestMessage['label']> = {}): BacktestMessage => ({
  ...{ publishedAt: at(published), respondedAt: responded === null ? null : at(responded), label: { ...label, ...more } },
});
const run = (...messages: BacktestMessage[]) => backtest(messages, BOOK, CALENDAR, { id: 'p' });

it('judges each duty by the time of the reply: exactly at the limit is on time, none at all is never', () => {
  const report = run(message('03-02 09:00', '03-04 09:00'), message('03-02 09:00', '03-04 09:01'), message('03-02 09:00', null));
  const respond = report.duties.find((d) => d.duty === 'respond');
  expect(respond).toMatchObject({ started: 3, metOnTime: 1, metLate: 1, never: 1, onTimeRate: 1 / 3, target: { met: 0, missed: 3 } });
  expect(respond?.reply).toEqual({ count: 2, median: 2880.5, p90: 2881 });
  // Three days end at 24:00 of 03-05.
  expect(report.duties.find((d) => d.duty === 'settle')).toMatchObject({ started: 3, metOnTime: 2, metLate: 0, never: 1 });
  expect(report.total).toMatchObject({ started: 6, metOnTime: 3, metLate: 1, never: 2 });
});

it('says which duties no reply can tell anything about, and judges none of them', () => {
  const { notJudged, duties } = run(message('03-02 09:00', '03-03 09:00', { level: 'major' }));
  expect(notJudged.map((n) => [n.duty, n.started]).sort()).toEqual([['conference', 1], ['sign', 0]]);
  expect(duties.map((d) => d.duty)).toEqual(['respond']);
});

it('groups by level, topic and month, leaves out what is no 舆情, and counts a reply before its message as unusable', () => {
  const report = run(
    message('03-02 09:00', '03-03 09:00'),
    message('04-02 09:00', '04-03 09:00', { topic: '医疗' }),
    message('03-02 09:00', '03-03 09:00', { relevant: false }),
    message('03-02 09:00', '03-01 09:00'),
  );
  expect(report).toMatchObject({ messages: 4, relevant: 2, irrelevant: 1, unusable: 1, from: '2026-03-02', to: '2026-04-02' });
  expect(report.byMonth.map((g) => [g.key, g.messages, g.metOnTime])).toEqual([['2026-03', 1, 2], ['2026-04', 1, 2]]);
  expect(report.byTopic.map((g) => g.key)).toEqual(['医疗', '教育']);
  expect(report.byLevel).toMatchObject([{ key: 'ordinary', messages: 2, started: 4, onTimeRate: 1 }]);
});
