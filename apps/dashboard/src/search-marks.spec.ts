import { excerpt, searchSpans } from './search-marks';

describe('what was looked for, in what was found', () => {
  it('is marked in title and text, the longer word before the shorter one within it', () => {
    const spans = searchSpans('化工厂异味', '化工厂旁，Hotline', ['化工厂', '化工', 'HOTLINE']);
    expect(spans.map((s) => [s.start, s.end])).toEqual([
      [0, 3],
      [6, 9],
      [11, 18],
    ]);
  });

  it('begins a text shortly before the first mark when that stands far down', () => {
    expect(excerpt('甲'.repeat(200) + '停水', 200, 20)).toBe(`…${'甲'.repeat(20)}停水`);
    expect(excerpt('停水了', 0, 20)).toBe('停水了');
  });
});
