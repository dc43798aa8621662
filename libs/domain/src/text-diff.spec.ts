import fc from 'fast-check';
import { diffText } from './text-diff';

const sides = (before: string, after: string): [string, string] => {
  const runs = diffText(before, after);
  const join = (left: 'added' | 'removed'): string => runs.filter((r) => r.kind !== left).map((r) => r.text).join('');
  return [join('added'), join('removed')];
};

describe('the difference of two versions', () => {
  it('is nothing where nothing changed', () => {
    expect(diffText('一句。两句。', '一句。两句。')).toEqual([{ kind: 'same', text: '一句。两句。' }]);
    expect(diffText('', '')).toEqual([]);
  });

  it('names the changed letters within a sentence and leaves the other sentences alone', () => {
    expect(diffText('事故造成3人死亡。救援仍在进行。', '事故造成7人死亡。救援仍在进行。')).toEqual([
      { kind: 'same', text: '事故造成' },
      { kind: 'removed', text: '3' },
      { kind: 'added', text: '7' },
      { kind: 'same', text: '人死亡。救援仍在进行。' },
    ]);
  });

  it('shows a sentence that came in, and one that went out', () => {
    expect(diffText('甲。乙。', '甲。丙。乙。')).toContainEqual({ kind: 'added', text: '丙。' });
    expect(diffText('甲。丙。乙。', '甲。乙。')).toContainEqual({ kind: 'removed', text: '丙。' });
  });

  it('gives back both texts, whatever they are', () => {
    const text = fc.array(fc.constantFrom('甲', '乙', '。', '\n', '1', '事故'), { maxLength: 40 }).map((l) => l.join(''));
    fc.assert(fc.property(text, text, (a, b) => expect(sides(a, b)).toEqual([a, b])));
  });

  it('shows two long texts without a common line whole, in bounded time', () => {
    const [a, b] = ['甲'.repeat(10_000), '乙'.repeat(10_000)];
    expect(diffText(a, b)).toEqual([
      { kind: 'removed', text: a },
      { kind: 'added', text: b },
    ]);
  });
});
