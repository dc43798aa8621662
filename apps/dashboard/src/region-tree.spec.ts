import { regionTree, stepsOf } from './region-tree';

describe('places as a tree', () => {
  it.each([
    ['江西省赣州市寻乌县', ['江西省', '赣州市', '寻乌县']],
    ['新疆维吾尔自治区', ['新疆维吾尔自治区']],
    ['云溪县桥头镇', ['云溪县', '桥头镇']],
    ['国外', ['国外']],
  ])('%s', (name, steps) => {
    expect(stepsOf(name)).toEqual(steps);
  });

  it('counts upwards and puts the most reported first', () => {
    const tree = regionTree([
      { name: '江西省赣州市', count: 2 },
      { name: '', count: 1 },
      { name: '江西省赣州市寻乌县', count: 3 },
    ]);
    expect(tree).toEqual([
      { name: '江西省', count: 5, below: [{ name: '赣州市', count: 5, below: [{ name: '寻乌县', count: 3, below: [] }] }] },
      { name: '地区未明', count: 1, below: [] },
    ]);
  });
});
