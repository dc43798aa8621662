import { chainOf, covers, relationTo, shortNameOf } from './division';

describe('the hierarchy of divisions', () => {
  it.each([
    ['360734105', ['360734105', '360734', '360700', '360000']],
    ['110105', ['110105', '110000']],
    ['469023', ['469023', '460000']],
    ['360700', ['360700', '360000']],
    ['360000', ['360000']],
  ])('%s lies below %j', (code, chain) => {
    expect(chainOf(code)).toEqual(chain);
  });

  it.each([
    ['360734', '360734', 'own'],
    ['360734', '360734105', 'within'],
    ['360700', '360734', 'within'],
    ['360734', '360731', 'same-city'],
    ['360734', '360700', 'same-city'],
    ['360734', '360400', 'same-province'],
    ['360734', '360000', 'same-province'],
    ['360734', '440100', 'elsewhere'],
    ['110105', '110106', 'same-city'],
    ['469023', '469021', 'same-province'],
    ['360734', '810000', 'abroad'],
    ['360734', null, 'unknown'],
  ] as const)('from %s, %s is %s', (own, code, relation) => {
    expect(relationTo(own, code)).toBe(relation);
  });

  it('a division covers itself and what lies below, never its neighbour', () => {
    expect([covers('360700', '360734'), covers('360734', '360734'), covers('360734', '360700'), covers('360700', '361000')]).toEqual([true, true, false, false]);
  });

  it.each([
    ['北京市', 1, '北京'],
    ['广西壮族自治区', 1, '广西'],
    ['恩施土家族苗族自治州', 2, '恩施'],
    ['克孜勒苏柯尔克孜自治州', 2, '克孜勒苏'],
    ['巍山彝族回族自治县', 3, '巍山'],
    ['兴安盟', 2, '兴安'],
    ['大兴安岭地区', 2, '大兴安岭'],
    ['神农架林区', 3, '神农架'],
    ['沛县', 3, null],
    ['澄江镇', 4, null],
  ] as const)('%s (%d) is shortly %s', (name, level, short) => {
    expect(shortNameOf({ code: '000000', name, level })).toBe(short);
  });
});
