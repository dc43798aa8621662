/**
 * Fits the model over signals that clustering uses (libs/domain/src/same-event-weights.ts) on pairs
 * {"source","target","label"}. Usage: train-signals FILE [--write]
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pairSignals } from '@app/domain';
import { bestThreshold, EventReader, figuresAt, fitLogistic, readPairs, round, type FitRow, type Scored } from '@app/intake';
import { projectRoot } from '@app/settings';

const reader = new EventReader(join(projectRoot(), 'config'));
const read = (text: string): ReturnType<EventReader['read']> => reader.read({ title: text, text: '' });
const rows = readPairs(process.argv[2] ?? '', null).map(
  (p): FitRow => ({ x: pairSignals(read(p.a), read(p.b)), on: [], y: p.y }),
);
const { bias, weights } = fitLogistic(rows, 0);
const scored = rows.map((r): Scored => {
  const z = bias + r.x.reduce((s, v, i) => s + v * (weights[i] ?? 0), 0);
  return { y: r.y, score: 1 / (1 + Math.exp(-z)), part: 0 };
});
const threshold = bestThreshold(scored);
process.stdout.write(`${JSON.stringify({ pairs: rows.length, threshold, fitted: figuresAt(scored, threshold) })}\n`);
if (process.argv.includes('--write')) {
  writeFileSync(
    join(projectRoot(), 'libs/domain/src/same-event-weights.ts'),
    `/** Fitted by scripts/train-signals; the order is that of pairSignals. */\nexport const SAME_EVENT_WEIGHTS = {\n  bias: ${round(bias)},\n  threshold: ${threshold},\n  weights: [${weights.map(round).join(', ')}],\n};\n`,
  );
}
