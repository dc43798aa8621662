import { cosine } from '../same-event';
import { longestShared } from './longest-shared';
import { runsOf, unitWeights, WORD_KINDS, type PairText } from './pair-text';
import { meaningOf, softMeasures } from './soft-measures';
import { topicMeasures, topicsOf, type TopicModel } from './topics';
import type { WordTable } from './word-table';

const RUN_CHARS = 240;
const RAREST = 6;
const MARKS = ['!', '！', '?', '？', '：', ':', '《', '#', '丨', '“', '，', '。'];

/** The measures of two texts, in a fixed order; the pair net reads them beside the words themselves. */
export function pairMeasures(a: PairText, b: PairText, table: WordTable, topics: TopicModel): number[] {
  const shared = [...a.words.keys()].filter((w) => b.words.has(w));
  return [
    ...agreement(a, b, shared),
    ...runMeasures(a, b, table),
    ...setMeasures(a.quoted, b.quoted),
    ...setMeasures(a.numbers, b.numbers),
    ...setMeasures(longOf(a.numbers), longOf(b.numbers)),
    ...WORD_KINDS.flatMap((k) => setMeasures(a.kinds[k], b.kinds[k])),
    a.series !== '' && a.series === b.series ? 1 : 0,
    (a.series !== '' ? 1 : 0) + (b.series !== '' ? 1 : 0),
    ...withoutStrongest(a, b, shared),
    ...heaviestMeasures(a, b, 3),
    ...heaviestMeasures(a, b, 6),
    ...sentenceMeasures(a, b),
    ...both(a.chars.length, b.chars.length),
    Math.min(a.chars.length, b.chars.length) / (Math.max(a.chars.length, b.chars.length) || 1),
    ...MARKS.flatMap((m) => both(marksOf(a, m), marksOf(b, m))),
    ...softMeasures(a, b, table),
    ...topicMeasures(topicsOf(meaningOf(a, table), topics), topicsOf(meaningOf(b, table), topics)),
  ];
}

/** The lesser first: no measure depends on which text is named first. */
const both = (x: number, y: number): [number, number] => [Math.min(x, y), Math.max(x, y)];

const longOf = (numbers: ReadonlySet<string>): Set<string> => new Set([...numbers].filter((n) => n.length > 1));
const marksOf = (t: PairText, mark: string): number => Math.min(3, t.written.split(mark).length - 1);

/** By words: cosine, containment, how rare the rarest shared words are and what stands in one text alone. */
function agreement(a: PairText, b: PairText, shared: string[]): number[] {
  const squares = (words: Iterable<string>, of: PairText): number => {
    let sum = 0;
    for (const w of words) sum += (of.idf.get(w) ?? 0) ** 2;
    return sum;
  };
  const [inA, inB, inBoth] = [squares(a.idf.keys(), a) || 1, squares(b.idf.keys(), b) || 1, squares(shared, a)];
  const long = shared.filter((w) => w.length > 1);
  const rarest = long.map((w) => a.idf.get(w) ?? 0).sort((x, y) => y - x);
  const alone = (t: PairText, other: PairText): number[] =>
    [...t.idf]
      .filter(([w]) => w.length > 1 && !other.words.has(w))
      .map(([, i]) => i)
      .sort((x, y) => y - x);
  const [aloneA, aloneB] = [alone(a, b), alone(b, a)];
  return [
    cosine(a.words, b.words),
    cosine(a.twos, b.twos),
    cosine(a.threes, b.threes),
    inBoth / Math.min(inA, inB),
    inBoth / Math.max(inA, inB),
    inBoth / (inA + inB - inBoth || 1),
    ...Array.from({ length: RAREST }, (_, i) => rarest[i] ?? 0),
    shared.length,
    long.length,
    rarest.slice(0, RAREST).reduce((s, x) => s + x, 0),
    ...both(aloneA.length, aloneB.length),
    ...both(meanOf(aloneA.slice(0, 4)), meanOf(aloneB.slice(0, 4))),
    cosine(a.head, b.head),
  ];
}

const meanOf = (xs: number[]): number => xs.reduce((s, x) => s + x, 0) / (xs.length || 1);

/** The longest common runs one after the other, and what agrees besides the first. */
function runMeasures(a: PairText, b: PairText, table: WordTable): number[] {
  const weigh = (run: string): number => runsOf(run, 2).reduce((s, g) => s + table.charsIdf(g), 0);
  const first = longestShared(a.chars.slice(0, RUN_CHARS), b.chars.slice(0, RUN_CHARS));
  const [restA, restB] = [cutOut(a.chars, first, '|'), cutOut(b.chars, first, '&')];
  const second = longestShared(restA.slice(0, RUN_CHARS), restB.slice(0, RUN_CHARS));
  const third = longestShared(
    cutOut(restA, second, '|').slice(0, RUN_CHARS),
    cutOut(restB, second, '&').slice(0, RUN_CHARS),
  );
  const rest = (chars: string): Map<string, number> =>
    unitWeights(runsOf(chars, 2).filter((g) => !/[|&]/.test(g)), (g) => table.charsIdf(g));
  const [inA, inB] = [new Set(a.chars), new Set(b.chars)];
  const chars = [...inA].filter((c) => inB.has(c)).length;
  return [
    first.length,
    first.length / (Math.min(a.chars.length, b.chars.length) || 1),
    weigh(first),
    second.length,
    weigh(second),
    third.length,
    cosine(rest(restA), rest(restB)),
    chars / (Math.min(inA.size, inB.size) || 1),
  ];
}

const cutOut = (chars: string, run: string, mark: string): string =>
  run.length > 1 ? chars.replaceAll(run, mark) : chars;

/** How many agree, their share of the smaller set, and whether both have some and none agrees. */
function setMeasures(a: ReadonlySet<string>, b: ReadonlySet<string>): number[] {
  const shared = [...a].filter((x) => b.has(x)).length;
  return [shared, shared / (Math.min(a.size, b.size) || 1), a.size > 0 && b.size > 0 && shared === 0 ? 1 : 0];
}

/** What is left of the cosine without the one, two, three words that agree most: a name alone is no event. */
function withoutStrongest(a: PairText, b: PairText, shared: string[]): number[] {
  const parts = shared.map((w) => (a.words.get(w) ?? 0) * (b.words.get(w) ?? 0)).sort((x, y) => y - x);
  let rest = parts.reduce((s, x) => s + x, 0);
  return [0, 1, 2].map((i) => (rest -= parts[i] ?? 0));
}

function heaviestMeasures(a: PairText, b: PairText, most: number): number[] {
  const inB = a.heaviest.slice(0, most).filter((w) => b.words.has(w)).length;
  const inA = b.heaviest.slice(0, most).filter((w) => a.words.has(w)).length;
  return both(inB, inA);
}

/** The sentences that agree best, of all and of the first ones. */
function sentenceMeasures(a: PairText, b: PairText): number[] {
  const grid = a.sentences.map((x) => b.sentences.map((y) => cosine(x, y)));
  const rows = grid.map((r) => Math.max(...r));
  const columns = (grid[0] ?? []).map((_, j) => Math.max(...grid.map((r) => r[j] ?? 0)));
  return [
    Math.max(...rows),
    ...both(rows[0] ?? 0, columns[0] ?? 0),
    grid[0]?.[0] ?? 0,
    ...both(meanOf(rows), meanOf(columns)),
  ];
}
