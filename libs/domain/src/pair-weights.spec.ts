import { charPair, PairWeights } from './pair-weights';

/** The same by a Map, as it is defined. */
function plain(chars: string): Map<number, number> {
  const counts = new Map<number, number>();
  for (let i = 0; i + 1 < chars.length; i++) {
    const pair = charPair(chars.charCodeAt(i), chars.charCodeAt(i + 1));
    counts.set(pair, (counts.get(pair) ?? 0) + 1);
  }
  for (const [pair, n] of counts) counts.set(pair, 1 + Math.log(n));
  return ofUnitLength(counts);
}

function ofUnitLength(weights: Map<number, number>): Map<number, number> {
  const norm = Math.sqrt([...weights.values()].reduce((n, x) => n + x * x, 0)) || 1;
  return new Map([...weights].map(([k, x]) => [k, x / norm]));
}

function cosine(a: Map<number, number>, b: Map<number, number>): number {
  return [...a].reduce((n, [k, x]) => n + x * (b.get(k) ?? 0), 0);
}

function mixed(a: Map<number, number>, b: Map<number, number>, share: number, most: number): Map<number, number> {
  const out = new Map([...a].map(([k, x]) => [k, x * (1 - share)]));
  for (const [k, x] of b) out.set(k, (out.get(k) ?? 0) + x * share);
  return ofUnitLength(new Map([...out].sort((x, y) => y[1] - x[1]).slice(0, most)));
}

const TEXTS = [
  '云溪县工业园恒泰化工厂爆炸事故已造成三人死亡九人受伤伤者送往县人民医院救治搜救仍在进行',
  '云溪县恒泰化工厂爆炸致三人死亡，九人受伤，受伤的人在县人民医院，县人民医院说伤者没有生命危险',
  '南岭镇垃圾中转站臭味太大影响整个村子希望县里派人看看尽快解决这个老问题',
  '哈哈哈哈哈哈哈哈',
  '一',
  '',
];

describe('PairWeights', () => {
  it('measures the same likeness as the weights written out', () => {
    for (const a of TEXTS) {
      for (const b of TEXTS)
        expect(PairWeights.ofText(a).cosine(PairWeights.ofText(b))).toBeCloseTo(
          Math.min(1, cosine(plain(a), plain(b))),
          12,
        );
    }
  });

  it('mixes two texts and keeps the heaviest, of equals the earlier', () => {
    for (const most of [5, 20, 400]) {
      let [fast, slow] = [PairWeights.ofText(TEXTS[0] ?? ''), plain(TEXTS[0] ?? '')];
      TEXTS.slice(1).forEach((text, n) => {
        fast = PairWeights.mixed(fast, PairWeights.ofText(text), 1 / (n + 4), most);
        slow = mixed(slow, plain(text), 1 / (n + 4), most);
        expect(fast.size).toBe(slow.size);
        for (const other of TEXTS)
          expect(fast.cosine(PairWeights.ofText(other))).toBeCloseTo(cosine(slow, plain(other)), 12);
      });
    }
  });
});
