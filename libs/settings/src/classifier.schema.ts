import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { CATEGORIES, decodeWeights, GRADE_FACTS, GRADES, type ClassifierModel, type ClassifierTables, type Lexicon } from '@app/domain';
import { readConfigFile, type ConfigFault } from './config-file';
import { yamlFiles } from './config-folder';

const terms = z
  .string()
  .transform((s) => s.split(/\s+/).filter((t) => t !== ''))
  .refine((list) => list.length > 0, 'at least one term, parted by white space');

const lexiconSchema = z.strictObject({
  version: z.number().int().min(1, 'a whole number from 1'),
  classes: z.record(z.string().regex(/^[a-z0-9]+(\.[a-z0-9]+)?$/, 'a class name such as kind.fire'), terms),
});

const criterion = z
  .partialRecord(z.enum(GRADE_FACTS), z.number().min(0, 'a number from 0'))
  .refine((c) => Object.keys(c).length > 0, 'at least one fact with its least value');

const gradesSchema = z.strictObject({
  version: z.number().int().min(1, 'a whole number from 1'),
  rows: z
    .array(
      z.strictObject({
        id: z.string().min(1),
        title: z.string().min(1),
        category: z.enum(CATEGORIES),
        source: z.string().min(1, 'the law or plan behind the row'),
        kinds: z.array(z.string().min(1)).min(1),
        steps: z.array(z.strictObject({ grade: z.enum(GRADES), any: z.array(criterion).min(1) })).min(1),
      }),
    )
    .min(1),
});

const thresholdsSchema = z.strictObject({
  relevant: z.number(),
  major: z.number(),
  emergency: z.number(),
  category: z.number(),
  rule: z.number(),
  review: z.number().min(0),
});

const modelSchema = z.strictObject({
  version: z.string().min(1),
  heads: z.array(z.string().min(1)).min(1),
  ruleWeight: z.number().positive(),
  calibration: z.tuple([z.number(), z.number()]),
  thresholds: thresholdsSchema,
  /** What the model was trained on and what it reached there; for people, nothing reads it. */
  training: z.record(z.string(), z.unknown()),
});

/** Tables with their model; the model is null when it has not been trained yet. */
export function loadClassifierTables(configDir: string, faults: ConfigFault[]): ClassifierTables | null {
  const before = faults.length;
  const lexicon = loadLexicon(configDir, faults);
  const grades = readConfigFile(join(configDir, 'grades', 'grades.yaml'), gradesSchema, faults);
  checkKinds(configDir, lexicon, grades?.rows ?? [], faults);
  const model = loadModel(join(configDir, 'classifier'), faults);
  if (faults.length > before || grades === null) return null;
  return { lexicon, grades: grades.rows, model };
}

/** Lexicon and grade tables without the model: what training starts from. */
export function loadRuleTables(configDir: string, faults: ConfigFault[]): Omit<ClassifierTables, 'model'> | null {
  const before = faults.length;
  const lexicon = loadLexicon(configDir, faults);
  const grades = readConfigFile(join(configDir, 'grades', 'grades.yaml'), gradesSchema, faults);
  return faults.length > before || grades === null ? null : { lexicon, grades: grades.rows };
}

function loadLexicon(configDir: string, faults: ConfigFault[]): Lexicon {
  const lexicon: Record<string, string[]> = {};
  for (const file of yamlFiles(configDir, 'lexicons', faults)) {
    const value = readConfigFile(file, lexiconSchema, faults);
    for (const [name, list] of Object.entries(value?.classes ?? {})) {
      if (name in lexicon) faults.push({ file, line: null, key: `classes.${name}`, value: name, allowed: 'a class that no other lexicon has' });
      else lexicon[name] = list;
    }
  }
  return lexicon;
}

function checkKinds(configDir: string, lexicon: Lexicon, rows: { kinds: string[] }[], faults: ConfigFault[]): void {
  rows.forEach((row, i) =>
    row.kinds.forEach((kind, k) => {
      if (`kind.${kind}` in lexicon) return;
      const known = Object.keys(lexicon).filter((n) => n.startsWith('kind.')).map((n) => n.slice(5));
      faults.push({ file: join(configDir, 'grades', 'grades.yaml'), line: null, key: `rows.${i}.kinds.${k}`, value: kind, allowed: `one of ${known.join(', ')}` });
    }),
  );
}

/** Reads model.json and the weights beside it. */
export function loadModel(folder: string, faults: ConfigFault[]): ClassifierModel | null {
  const file = join(folder, 'model.json');
  const meta = readConfigFile(file, modelSchema, faults);
  if (meta === null) return null;
  const weightsFile = join(folder, 'weights.bin.gz');
  if (!existsSync(weightsFile)) {
    faults.push({ file: weightsFile, line: null, key: '', value: undefined, allowed: 'the weights that belong to model.json (npm run train)' });
    return null;
  }
  try {
    const weights = decodeWeights(gunzipSync(readFileSync(weightsFile)));
    if (weights.bias.length !== meta.heads.length) throw new RangeError(`weights for ${weights.bias.length} heads, model.json names ${meta.heads.length}`);
    const { training: _training, ...rest } = meta;
    return { ...rest, ...weights };
  } catch (error) {
    faults.push({ file: weightsFile, line: null, key: '', value: undefined, allowed: `a weights file that npm run train wrote (${(error as Error).message})` });
    return null;
  }
}
