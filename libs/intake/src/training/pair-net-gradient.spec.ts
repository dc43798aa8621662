import { pairNet, WordTable, digestOf, type PairTokens } from '@app/domain';
import { gradientOf } from './pair-net-gradient';
import { randomFrom } from './pair-net-fit';

const WORDS = ['爆炸', '化工厂', '救援', '停水', '小区'];
const DIMS = 6;
const random = randomFrom(3);
const table = new WordTable(
  100,
  new Uint8Array(16),
  Uint32Array.from(WORDS, digestOf),
  DIMS,
  Int8Array.from({ length: WORDS.length * DIMS }, () => random() * 200 - 100),
);
const tokens = (words: string[]): PairTokens => {
  const digests = Uint32Array.from(words, digestOf);
  return { digests, rows: Int32Array.from(digests, (d) => table.rowOf(d)), weights: Float32Array.from(words, () => 0.7) };
};
const shape = { vector: DIMS, measures: 3 };
const layout = pairNet.layoutOf(shape);
const pair = { a: tokens(['化工厂', '爆炸', '恒泰']), b: tokens(['爆炸', '救援', '恒泰', '小区']), x: Float32Array.of(0.5, -1, 2) };



/** Without anything dropped the masks of the gradient would enlarge it; so all that is kept is enlarged alike. */
const enlarge: pairNet.Drop = (x, share) => x.map((v) => v / (1 - share));

describe('the gradient of the pair net', () => {
  it('is the slope of the net in every layer', () => {
    const p = Float32Array.from({ length: layout.size }, () => (random() - 0.5) * 0.6);
    const slopeLoss = (q: Float32Array): number => {
      const { out } = pairNet.runNet(q, layout, [pair.a, pair.b], pair.x, table, enlarge);
      return out[0]! - 0.5 * out[1]!;
    };
    const run = pairNet.runNet(p, layout, [pair.a, pair.b], pair.x, table, enlarge);
    const g = new Float32Array(p.length);
    gradientOf(p, g, layout, run, pair, Float32Array.of(1, -0.5), DIMS);
    for (const from of [layout.project, layout.context, layout.attend, layout.match, layout.compare, layout.gate, layout.measure, layout.last, layout.out]) {
      for (const at of [from, from + 1, from + 5].filter((i) => i < layout.size)) {
        const [up, down] = [p.slice(), p.slice()];
        up[at] = up[at]! + 1e-2;
        down[at] = down[at]! - 1e-2;
        const slope = (slopeLoss(up) - slopeLoss(down)) / 2e-2;
        expect(Math.abs(g[at]! - slope)).toBeLessThan(0.02 + Math.abs(slope) * 0.05);
      }
    }
    expect(g.some((x) => Math.abs(x) > 0.05)).toBe(true);
  });

  it('the net is the same whichever text comes first', () => {
    const p = Float32Array.from({ length: layout.size }, () => random() - 0.5);
    const turned = pairNet.runNet(p, layout, [pair.b, pair.a], pair.x, table).out[0]!;
    expect(pairNet.runNet(p, layout, [pair.a, pair.b], pair.x, table).out[0]).toBeCloseTo(turned, 3);
  });
});
