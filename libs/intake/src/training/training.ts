import {
  calibrate,
  Confusion,
  EvidenceReader,
  learn,
  LEVELS,
  START_THRESHOLDS,
  TextClassifier,
  type ClassifierModel,
  type ClassifierTables,
  type Label,
  type LearnOptions,
  type Sample,
  type Thresholds,
} from '@app/domain';
import { readHeadlines, readLabelled, readMessages, type LabelledText } from './labelled';
import { HEADS, prepareLabelled, preparePlain, SampleMaker, type Prepared } from './samples';

/** Weight of a headline and of a message beside a labelled text. */
const HEADLINE_WEIGHT = 0.04;
const MESSAGE_WEIGHT = 0.1;
/** Every n-th headline also teaches the other heads what they are not. */
const HEADLINE_STRIDE = 8;
const FOLDS = 5;

export const LEARN_OPTIONS: LearnOptions = {
  heads: HEADS,
  cost: 0.5,
  positiveWeight: 0.4,
  iterations: 25,
  ruleWeight: 0.12,
  minSamples: 2,
  minRuleSamples: 3,
  seed: 20201,
};

/** What one held-out text got: margins and the label at starting thresholds. */
export interface HeldOut {
  item: LabelledText;
  label: Label;
  relevant: number;
  /** Margin of the rules M2 to M8. */
  major: number;
  emergency: number;
  ruled: boolean;
}

export interface TrainingData {
  items: LabelledText[];
  prepared: Prepared[];
  samples: Sample[];
  plain: Sample[];
  /** Titles alone and texts alone, with the place of their item: much news comes as a bare headline. */
  parts: { index: number; sample: Sample }[];
}

export async function readTrainingData(
  dataDir: string,
  messagesFile: string,
  tables: Omit<ClassifierTables, 'model'>,
): Promise<TrainingData> {
  const maker = new SampleMaker(new EvidenceReader(tables.lexicon));
  const items = await readLabelled(dataDir, 'train');
  const prepared = items.map(prepareLabelled);
  const samples = items.map((item, i) => maker.labelled(item, prepared[i]!));
  const headlines = await readHeadlines(dataDir, 0);
  const plain = headlines.map((h, i) => maker.headline(preparePlain(h), HEADLINE_WEIGHT, i % HEADLINE_STRIDE === 0));
  for (const m of await readMessages(messagesFile, 0)) plain.push(maker.message(preparePlain(m), MESSAGE_WEIGHT));
  return { items, prepared, samples, plain, parts: readParts(items, maker) };
}

/** A part counts less than the whole: its label may rest on the other part. */
const PART_WEIGHT = 0.35;
const PART_LENGTH = 8;

function readParts(items: readonly LabelledText[], maker: SampleMaker): TrainingData['parts'] {
  const out: TrainingData['parts'] = [];
  items.forEach((item, index) => {
    if (item.title.length < PART_LENGTH || item.text.length < PART_LENGTH) return;
    for (const part of [
      { ...item, text: '' },
      { ...item, title: '' },
    ]) {
      out.push({ index, sample: { ...maker.labelled(part, prepareLabelled(part)), weight: PART_WEIGHT } });
    }
  });
  return out;
}

function modelOf(
  samples: readonly Sample[],
  options: LearnOptions,
  thresholds: Thresholds,
  version: string,
  calibration: [number, number] = [1, 0],
): ClassifierModel {
  return {
    ...learn(samples, options),
    version,
    heads: options.heads,
    ruleWeight: options.ruleWeight,
    calibration,
    thresholds,
  };
}

/** Cross-validation: every labelled text is judged by a model that has not seen it. */
export function crossValidate(
  data: TrainingData,
  tables: Omit<ClassifierTables, 'model'>,
  options: LearnOptions,
  log: (line: string) => void,
): HeldOut[] {
  const out: HeldOut[] = new Array<HeldOut>(data.items.length);
  for (let fold = 0; fold < FOLDS; fold++) {
    const rest = data.samples.filter((_, i) => i % FOLDS !== fold);
    const parts = data.parts.filter((p) => p.index % FOLDS !== fold).map((p) => p.sample);
    const model = modelOf([...rest, ...parts, ...data.plain], options, START_THRESHOLDS, `fold ${fold}`);
    const classifier = new TextClassifier({ ...tables, model }, model);
    data.items.forEach((item, i) => {
      if (i % FOLDS === fold) out[i] = judge(classifier, item, data.prepared[i]!);
    });
    log(`fold ${fold + 1} of ${FOLDS}: ${model.keys.length} features`);
  }
  return out;
}

export function judge(classifier: TextClassifier, item: LabelledText, p: Prepared): HeldOut {
  const label = classifier.classify(p.text, p.tokens, p.year);
  return {
    item,
    label,
    relevant: classifier.lastDecision.relevant,
    major: classifier.lastDecision.other,
    emergency: classifier.lastMargin('emergency'),
    ruled: label.reasons.some((r) => r.rule === 'M1' && !r.source.startsWith('统计')),
  };
}

/** Thresholds that give the best macro-F1 of the level on held-out texts, leaning to recall of major. */
export function fitThresholds(held: readonly HeldOut[]): Thresholds {
  let best = START_THRESHOLDS;
  let bestScore = -1;
  for (let relevant = -0.4; relevant <= 0.4; relevant += 0.05) {
    for (let major = -0.6; major <= 0.3; major += 0.05) {
      const t = { ...START_THRESHOLDS, relevant, major };
      const score = levelScore(held, t);
      if (score > bestScore) {
        bestScore = score;
        best = t;
      }
    }
  }
  return { ...best, relevant: round(best.relevant), major: round(best.major) };
}

const round = (x: number): number => Math.round(x * 1000) / 1000;

export function levelAt(h: HeldOut, t: Thresholds): string {
  if (h.relevant <= t.relevant) return 'none';
  return h.ruled || h.major > t.major ? 'major' : 'ordinary';
}

/** Weight of major recall beside macro-F1: precision may fall by about a third of what recall gains. */
const RECALL_LEAN = 0.3;

function levelScore(held: readonly HeldOut[], t: Thresholds): number {
  const c = new Confusion(LEVELS);
  for (const h of held) c.add(h.item.labels.level, levelAt(h, t));
  // A missed major case costs more than a false alarm (CODEBOOK section 5).
  return c.macroF1() + RECALL_LEAN * Math.min(c.score('major').recall.value, 0.95);
}

export interface Trained {
  model: ClassifierModel;
  held: HeldOut[];
  thresholds: Thresholds;
}

export function train(
  data: TrainingData,
  tables: Omit<ClassifierTables, 'model'>,
  version: string,
  log: (line: string) => void,
): Trained {
  const held = crossValidate(data, tables, LEARN_OPTIONS, log);
  const thresholds = fitThresholds(held);
  const calibration = calibrate(
    held.map((h) => h.relevant),
    held.map((h) => h.item.labels.relevant),
  );
  const model = modelOf(
    [...data.samples, ...data.parts.map((p) => p.sample), ...data.plain],
    LEARN_OPTIONS,
    thresholds,
    version,
    [round(calibration[0]), round(calibration[1])],
  );
  log(`${model.keys.length} features, ${model.heads.length} heads`);
  return { model, held, thresholds };
}
