import type { Reason } from '@app/domain';
import { markSegments, markTitleAndText } from './marked-text';

const reason = (start: number, end: number, rule = 'M1'): Reason => ({ rule, text: '', start, end, source: '' });

describe('marked text', () => {
  it('is the whole text again when put together', () => {
    const whole = '车间爆炸\n已致12人死亡';
    const segments = markSegments(whole, [reason(2, 4), reason(7, 12), reason(8, 10, '表')]);
    expect(segments.map((s) => s.text).join('')).toBe(whole);
    expect(segments.filter((s) => s.reasons.length > 0).map((s) => s.text)).toEqual(['爆炸', '1', '2人', '死亡']);
  });

  it('keeps all reasons where they overlap', () => {
    const [, both] = markSegments('abcdef', [reason(0, 4, 'M1'), reason(2, 6, 'M5')]);
    expect(both?.text).toBe('cd');
    expect(both?.reasons.map((r) => r.rule)).toEqual(['M1', 'M5']);
  });

  it('marks a single character for a rule, never for the model', () => {
    const marked = (source: string): string[] => markSegments('我亡', [{ ...reason(0, 1), source }]).filter((s) => s.reasons.length > 0).map((s) => s.text);
    expect([marked('统计模型 r3'), marked('死亡人数')]).toEqual([[], ['我']]);
  });

  it('leaves out spans that the text does not have', () => {
    const segments = markSegments('短文', [reason(0, 9), reason(-1, 1), reason(1, 1)]);
    expect(segments).toEqual([{ text: '短文', reasons: [] }]);
  });

  it('divides title and text, also under one span across both', () => {
    const parts = markTitleAndText('爆炸', '死亡', [reason(1, 4)]);
    expect(parts.title.map((s) => [s.text, s.reasons.length])).toEqual([['爆', 0], ['炸', 1]]);
    expect(parts.text.map((s) => [s.text, s.reasons.length])).toEqual([['死', 1], ['亡', 0]]);
  });

  it('never makes markup of markup', () => {
    const parts = markTitleAndText('<script>x</script>', '<img src=x>', []);
    expect(parts.title).toEqual([{ text: '<script>x</script>', reasons: [] }]);
    expect(parts.text).toEqual([{ text: '<img src=x>', reasons: [] }]);
  });
});
