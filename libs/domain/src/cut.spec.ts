import { cut } from './cut';

it.each([
  ['ab😀', 4, 'ab😀'],
  ['ab😀', 3, 'ab'],
  ['ab😀', 2, 'ab'],
  ['😀', 1, ''],
  ['爆炸', 1, '爆'],
])('%s to %i', (text, max, wanted) => expect(cut(text, max)).toBe(wanted));
