import { surplus } from './surplus';

describe('what is let go', () => {
  it('is the oldest, as many as there are too many', () => {
    expect(surplus(new Set(['a', 'b', 'c']), 2)).toEqual(['a']);
  });

  it('is nothing while there is room', () => {
    expect(surplus(['a', 'b'], 2)).toEqual([]);
    expect(surplus([], 0)).toEqual([]);
  });
});
