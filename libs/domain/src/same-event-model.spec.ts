import { eventFeatures } from './same-event';
import { fullSignals, judgeByWords, tokenSet, wordSignals, type EventTokens, type SameEventModel } from './same-event-model';

const text = (s: string): EventTokens => {
  const words = s.split(' ');
  const input = { title: words.join(''), text: '', words, titleWords: words, at: null };
  return { features: eventFeatures(input, (w) => (w.length < 2 ? null : 8)), tokens: tokenSet(words) };
};
const counts = { texts: { 发布: 500, 爆炸: 20 }, textCount: 1000, leastTexts: 4 };
const [blast, again, other] = [text('恒泰化工 爆炸 发布'), text('恒泰化工 爆炸 续报'), text('花灯会 门票 发布')];
const model: SameEventModel = {
  ...counts,
  bias: -2,
  threshold: 0.5,
  weights: fullSignals(blast, again, counts).map((_, i) => (i === 30 ? 6 : 0)),
  words: { 'both:爆炸': 0.5, 'one:constructor': 9 },
};

describe('the full model of same events', () => {
  it('weighs a shared word by how rare it is in news', () => {
    const rare = fullSignals(blast, again, counts)[30] ?? 0;
    const common = fullSignals(blast, other, counts)[30] ?? 0;
    expect(rare).toBeGreaterThan(common * 3);
  });

  it('is the same whichever text comes first', () => {
    expect(fullSignals(blast, other, counts)).toEqual(fullSignals(other, blast, counts));
    expect(judgeByWords(blast, again, model).score).toBeCloseTo(judgeByWords(again, blast, model).score, 12);
  });

  it('judges by signals and words, and names what both share', () => {
    expect(judgeByWords(blast, again, model)).toMatchObject({ same: true, why: expect.arrayContaining(['爆炸']) });
    expect(judgeByWords(blast, other, model).same).toBe(false);
  });

  it('tells words of both from words of one', () => {
    expect(wordSignals(new Set(['甲', '乙']), new Set(['乙', '丙']))).toEqual(['one:甲', 'both:乙', 'one:丙']);
  });

  it('empty texts are no event', () => {
    const score = judgeByWords(text(''), text(''), model).score;
    expect(Number.isFinite(score)).toBe(true);
  });
});
