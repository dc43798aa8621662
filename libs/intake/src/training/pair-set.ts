/** Labelled pairs and their measures, for scripts/train-same-event. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

export interface LabelledPair {
  a: string;
  b: string;
  y: number;
  /** `event`: 1 is the same event; `topic`: 1 is the same topic, 0 is surely not the same event. */
  about: 'event' | 'topic';
  /** 0 … PARTS − 1; texts that stand together in a pair, whatever the file, are in one part. */
  part: number;
}

export const PARTS = 5;

/** Pairs of {"source","target","label"} lines. */
export function readPairs(eventFile: string, topicFile: string | null): LabelledPair[] {
  const read = (file: string, about: LabelledPair['about']): Omit<LabelledPair, 'part'>[] =>
    jsonLines(file).map((l) => ({
      a: tidy(l['source']),
      b: tidy(l['target']),
      y: Number(l['label']),
      about,
    }));
  const pairs = [...read(eventFile, 'event'), ...(topicFile ? read(topicFile, 'topic') : [])];
  const leader = new Map<string, string>();
  const find = (x: string): string => {
    let at = x;
    while (leader.has(at) && leader.get(at) !== at) at = leader.get(at) ?? at;
    return at;
  };
  for (const { a, b } of pairs) leader.set(find(bare(b)), find(bare(a)));
  return pairs.map((p) => ({ ...p, part: createHash('md5').update(find(bare(p.a))).digest()[0]! % PARTS }));
}

export function jsonLines(file: string): Record<string, unknown>[] {
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((l) => JSON.parse(l) as Record<string, unknown>);
}

const tidy = (s: unknown): string => String(s ?? '').trim();
const bare = (s: string): string => s.replace(/[^\p{L}\p{N}]+/gu, '');

export interface Scored {
  y: number;
  score: number;
  part: number;
}

export interface Figures {
  f1: number;
  precision: number;
  recall: number;
}

export function figuresAt(rows: readonly Scored[], threshold: number): Figures {
  const yes = rows.filter((r) => r.score >= threshold);
  const hits = yes.filter((r) => r.y === 1).length;
  const all = rows.filter((r) => r.y === 1).length;
  return {
    f1: round((2 * hits) / (yes.length + all || 1)),
    precision: round(hits / (yes.length || 1)),
    recall: round(hits / (all || 1)),
  };
}

/** Where F1 is highest; of like thresholds the middle one, as a peak of one pair carries over to no other set. */
export function bestThreshold(rows: readonly Scored[]): number {
  const steps = Array.from({ length: 97 }, (_, i) => round(0.02 + i * 0.01));
  const f1 = steps.map((t) => figuresAt(rows, t).f1);
  const smooth = f1.map((_, i) => {
    const near = f1.slice(Math.max(0, i - 2), i + 3);
    return near.reduce((s, x) => s + x, 0) / near.length;
  });
  return steps[smooth.indexOf(Math.max(...smooth))] ?? 0.5;
}

/** Each part with the threshold of the others, their mean, and all together at the threshold for all. */
export function inTurn(scored: readonly Scored[]): { threshold: number; meanF1: number; parts: number[]; pooled: Figures } {
  const parts = Array.from({ length: PARTS }, (_, part) => {
    const threshold = bestThreshold(scored.filter((s) => s.part !== part));
    return figuresAt(
      scored.filter((s) => s.part === part),
      threshold,
    ).f1;
  });
  const threshold = bestThreshold(scored);
  const meanF1 = round(parts.reduce((s, x) => s + x, 0) / PARTS);
  return { threshold, meanF1, parts, pooled: figuresAt(scored, threshold) };
}

export function round(x: number): number {
  return Math.round(x * 1000) / 1000;
}
