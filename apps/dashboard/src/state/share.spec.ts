import { readCount, readShare } from './share';

it('a share of few is shown as a count, of many as a percentage with the count beside it', () => {
  expect([readShare(0, 0), readShare(3, 4), readShare(19, 19), readShare(19, 20)]).toEqual(['—', '3/4', '19/19', '95.0%']);
  expect([readCount(3, 4), readCount(19, 20)]).toEqual(['', '19/20']);
});
