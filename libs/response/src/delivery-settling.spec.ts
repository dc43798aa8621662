import { backoffSeconds } from './delivery-settling.service';

describe('the wait after a failed delivery', () => {
  it('doubles from half a minute', () => expect([1, 2, 3].map(backoffSeconds)).toEqual([30, 60, 120]));
  it('never exceeds an hour', () => expect([7, 8, 50, 5000].map(backoffSeconds)).toEqual([1920, 3600, 3600, 3600]));
});
