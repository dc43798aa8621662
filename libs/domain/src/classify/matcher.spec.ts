import { Matcher } from './matcher';

const found = (m: Matcher, text: string): string[] => {
  const h = m.scan(text);
  return Array.from({ length: h.count }, (_, i) => `${m.classNames[h.classes[i]!]}:${text.slice(h.starts[i]!, h.ends[i]!)}`);
};

describe('the word scan', () => {
  const m = new Matcher({ fire: ['火灾', '火'], place: ['火车站'], both: ['火灾'] });
  it('finds overlapping terms of all classes', () => expect(found(m, '火车站火灾').sort()).toEqual(['both:火灾', 'fire:火', 'fire:火', 'fire:火灾', 'place:火车站']));
  it('finds nothing in a text without its characters', () => expect(found(m, 'abc 晴天')).toEqual([]));
  it('grows with the hits', () => expect(found(m, '火'.repeat(1000))).toHaveLength(1000));
});
