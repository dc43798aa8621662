import { groupVersions } from './item-versions';
import type { WireItem } from './wire';

const item = (id: string, sameAs: string | null = null): WireItem => ({ id, sameAs }) as WireItem;
const shown = (items: WireItem[]): string[][] => groupVersions(items).map((g) => [g.newest.id, ...g.earlier.map((e) => e.id)]);

describe('groupVersions', () => {
  it('puts the versions of one text together where the newest stands, the order of the others untouched', () => {
    expect(shown([item('9', '2'), item('8'), item('5', '2'), item('2'), item('1')])).toEqual([['9', '5', '2'], ['8'], ['1']]);
  });

  it('knows versions of a text that is not among them, as after a split', () => {
    expect(shown([item('9', '2'), item('7', '2'), item('6')])).toEqual([['9', '7'], ['6']]);
  });
});
