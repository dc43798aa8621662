import { nextWhole } from './whole-rows';

const ROWS = ['a', 'b', 'c', 'd', 'e', 'f'];

describe('which rows are shown whole', () => {
  it('is all of them at once where nothing flies by', () => {
    expect(nextWhole(ROWS, new Set(), Infinity)).toEqual({ whole: new Set(ROWS), more: false });
  });

  it('is a few more each time, those in sight first', () => {
    const first = nextWhole(ROWS, new Set(), 2, 3);
    expect(first).toEqual({ whole: new Set(['d', 'e']), more: true });
    const second = nextWhole(ROWS, first.whole, 2, 3);
    expect(second).toEqual({ whole: new Set(['d', 'e', 'f', 'a']), more: true });
    expect(nextWhole(ROWS, second.whole, 2, 3)).toEqual({ whole: new Set(ROWS), more: false });
  });

  it('stays whole what is still there, and is forgotten what has gone', () => {
    expect(nextWhole(['b', 'c', 'x'], new Set(['a', 'b', 'c']), 0)).toEqual({ whole: new Set(['b', 'c']), more: true });
  });
});
