/** Learning of newspaper sections from headlines, for scripts/train-same-event. */
import { topicsOf, type TopicModel } from '@app/domain';
import { randomFrom, shuffled } from './pair-net-fit';

const EPOCHS = 4;
const RATE = 0.5;
const SEED = 5;

/** @param rows unit vectors of meaning with their section */
export function fitTopics(rows: readonly { meaning: Float32Array; topic: string }[]): TopicModel {
  const names = [...new Set(rows.map((r) => r.topic))].sort();
  const dims = rows[0]?.meaning.length ?? 0;
  const weights = names.map(() => new Array<number>(dims + 1).fill(0));
  const random = randomFrom(SEED);
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    const rate = RATE / (1 + epoch);
    for (const i of shuffled(rows.length, random)) {
      const { meaning, topic } = rows[i]!;
      const shares = topicsOf(meaning, { rows: weights });
      shares.forEach((q, k) => {
        const d = rate * ((names[k] === topic ? 1 : 0) - q);
        const w = weights[k]!;
        for (let j = 0; j < dims; j++) w[j] = w[j]! + d * meaning[j]!;
        w[dims] = w[dims]! + d;
      });
    }
  }
  return { rows: weights.map((w) => w.map((x) => Math.round(x * 1e4) / 1e4)) };
}
