import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  judgePair,
  MAX_PAIR_CHARS,
  pairText,
  prepareText,
  WordTable,
  type PairJudgement,
  type PairModel,
  type PairText,
} from '@app/domain';
import { ConfigFaults, readConfigFile, type ConfigFault } from '@app/settings';
import { z } from 'zod';
import { textFold } from './text-fold';
import { loadTokeniser, stopWords, tagWords } from './tokeniser';

/** Parameters of a net: little-endian 32-bit floats in base 64. */
const parameters = z.base64().transform((s) => {
  const bytes = new Uint8Array(Buffer.from(s, 'base64'));
  return new Float32Array(bytes.buffer, 0, bytes.length >> 2);
});
const numbers = z.array(z.number());
const treeSchema = z.strictObject({ on: numbers, at: numbers, left: numbers });
const modelSchema = z.strictObject({
  threshold: z.number('0–1').min(0, '0–1').max(1, '0–1'),
  topics: z.strictObject({ rows: z.array(numbers) }),
  mean: numbers,
  spread: numbers,
  nets: z.array(parameters).min(1, 'one or more nets'),
  trees: z.array(treeSchema),
  base: z.number(),
});

/** Reads pairs of texts and says whether both tell of the same event, by the model of config/cluster. */
export class PairReader {
  private readonly stops = stopWords();
  private readonly table: WordTable;
  private model: PairModel | null = null;

  /** @param table another than that of config/cluster/words.bin, for learning one */
  constructor(
    private readonly configDir: string,
    table?: WordTable,
  ) {
    loadTokeniser(configDir);
    this.table = table ?? WordTable.parse(readFileSync(join(configDir, 'cluster', 'words.bin')));
  }

  compare(a: { title: string; text: string }, b: { title: string; text: string }): PairJudgement {
    this.model ??= readModel(this.configDir);
    return judgePair(this.read(a), this.read(b), this.model, this.table);
  }

  read({ title, text }: { title: string; text: string }): PairText {
    const whole = text.startsWith(title) ? text : title === '' || text === '' ? title + text : `${title}\n${text}`;
    const written = prepareText('', whole.trim().slice(0, MAX_PAIR_CHARS), textFold()).chars.slice(1);
    return pairText(written, tagWords(written), this.table, this.stops);
  }
}

function readModel(configDir: string): PairModel {
  const faults: ConfigFault[] = [];
  const model = readConfigFile(join(configDir, 'cluster', 'same-event.json'), modelSchema, faults);
  if (!model) throw new ConfigFaults(faults);
  return model;
}
