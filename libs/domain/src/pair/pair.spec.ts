import { longestShared } from './longest-shared';
import { pairMeasures } from './pair-measures';
import { pairText, type PairText } from './pair-text';
import { topicsOf } from './topics';
import { treesScore } from './trees';
import { COUNT_STEPS, digestOf, WordTable } from './word-table';

const VECTORS: Record<string, number[]> = { 去世: [1, 0], 逝世: [0.96, 0.28], 票房: [0, 1] };
const counts = new Uint8Array(1 << 12);
const count = (key: string, n: number): void => {
  counts[digestOf(key) & (counts.length - 1)] = Math.round(Math.log2(1 + n) * COUNT_STEPS);
};
count('发布', 400);
count('爆炸', 12);
const table = new WordTable(
  1000,
  counts,
  Uint32Array.from(Object.keys(VECTORS), digestOf),
  2,
  Int8Array.from(Object.values(VECTORS).flat(), (x) => Math.round(x * 127)),
);
/** Words by blanks. */
const text = (s: string): PairText =>
  pairText(s.replace(/ /g, ''), s.split(' ').map((word) => ({ word, tag: 'n' })), table, new Set());
const topics = { rows: [[1, 0, 0], [0, 1, 0]] };
const measures = (a: string, b: string): number[] => pairMeasures(text(a), text(b), table, topics);

describe('the word table', () => {
  it('is the same after it was written and read', () => {
    const read = WordTable.parse(table.toBytes());
    expect([read.textCount, read.dims, read.rowOf(digestOf('逝世'))]).toEqual([1000, 2, 1]);
    expect(read.wordIdf('爆炸')).toBe(table.wordIdf('爆炸'));
    const vector = new Float32Array(2);
    read.copyVector(1, vector, 0);
    expect(vector[0]).toBeCloseTo(0.96, 2);
  });

  it('a rare word tells more than a common one, one never seen most', () => {
    expect(table.wordIdf('爆炸')).toBeGreaterThan(table.wordIdf('发布') + 2);
    expect(table.wordIdf('恒泰')).toBeGreaterThan(table.wordIdf('爆炸'));
    expect(table.wordIdf('爆炸')).toBeCloseTo(Math.log(1000 / 12.5), 1);
  });

  it('bytes that are none are refused', () => {
    expect(() => WordTable.parse(new Uint8Array(40))).toThrow('not a word table');
  });
});

describe('measures of a pair', () => {
  it('are the same whichever text comes first', () => {
    const [a, b] = ['恒泰 化工厂 爆炸 ， 3 人 死亡', '化工厂 爆炸 续报 ： 死亡 5 人 。 搜救 继续'];
    expect(measures(a, b)).toEqual(measures(b, a));
  });

  it('are finite for empty texts, and as many as for any', () => {
    const empty = measures('', '');
    expect(empty.every(Number.isFinite)).toBe(true);
    expect(empty).toHaveLength(measures('爆炸 发布', '票房').length);
  });

  it('words of like company agree in part though no word is the same', () => {
    const soft = (a: string, b: string): number => measures(a, b).at(-13) ?? 0;
    expect(soft('演员 去世', '老人 逝世')).toBeGreaterThan(soft('演员 去世', '电影 票房') + 0.5);
  });
});

describe('longestShared', () => {
  it.each([
    ['恒泰化工厂爆炸', '一化工厂爆炸了', '化工厂爆炸'],
    ['甲乙', '丙丁', ''],
    ['', '丙', ''],
  ])('%s, %s', (a, b, run) => expect(longestShared(a, b)).toBe(run));
});

describe('topics and trees', () => {
  it('shares of sections sum to one', () => {
    const [politics = 0, sport = 0] = topicsOf([2, 0], topics);
    expect(politics + sport).toBeCloseTo(1);
    expect(politics).toBeGreaterThan(sport);
  });

  it('a tree leads below and not below its value', () => {
    const tree = { on: [0, -1, -1], at: [0.5, -1, 2], left: [1, 0, 0] };
    expect([treesScore([tree], 0.1, [0.4]), treesScore([tree, tree], 0, [0.5])]).toEqual([-0.9, 4]);
  });
});
