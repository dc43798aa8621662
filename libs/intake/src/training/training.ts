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
  type Level,
  type LearnOptions,
  type Sample,
  type Thresholds,
  type WordVectors,
} from '@app/domain';
import { annotationKey, readAnnotations, readExamples } from './annotations';
import { readHeadlines, readLabelled, readMessages, readUnlabelled, type LabelledText } from './labelled';
import { HEADS, prepareLabelled, preparePlain, SampleMaker, wordsOf, type Prepared } from './samples';
import { learnVectors, VECTOR_OPTIONS } from './company-vectors';

/** Weight of a headline and of a message beside a labelled text. */
const HEADLINE_WEIGHT = 0.04;
const MESSAGE_WEIGHT = 0.1;
/** Every n-th headline also teaches the other heads what they are not. */
const HEADLINE_STRIDE = 8;
const ANNOTATED_WEIGHT = 1;
const EXAMPLE_WEIGHT = 0.6;
const FOLDS = 5;

export const LEARN_OPTIONS: LearnOptions = {
  heads: HEADS,
  cost: 0.5,
  positiveWeight: 0.4,
  iterations: 25,
  ruleWeight: 0.12,
  vectorWeight: 0.4,
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
  vectors: WordVectors;
  unlabelled: number;
  /** Unlabelled texts that config/classifier/annotations.yaml labels, and the invented ones of examples.yaml. */
  annotated: Sample[];
}

export async function readTrainingData(
  dataDir: string,
  messagesFile: string,
  configDir: string,
  tables: Omit<ClassifierTables, 'model'>,
): Promise<TrainingData> {
  const items = await readLabelled(dataDir, 'train');
  const unlabelled = await readUnlabelled(dataDir, messagesFile);
  const vectors = learnVectors(wordsOf([...unlabelled, ...items.map((i) => ({ ...i, section: 'train' }))]), VECTOR_OPTIONS);
  const maker = new SampleMaker(new EvidenceReader(tables.lexicon), vectors);
  const prepared = items.map(prepareLabelled);
  const samples = items.map((item, i) => maker.labelled(item, prepared[i]!));
  const headlines = await readHeadlines(dataDir, 0);
  const plain = headlines.map((h, i) => maker.headline(preparePlain(h), HEADLINE_WEIGHT, i % HEADLINE_STRIDE === 0));
  for (const m of await readMessages(messagesFile, 0)) plain.push(maker.message(preparePlain(m), MESSAGE_WEIGHT));
  const labels = readAnnotations(configDir);
  const annotated = unlabelled.flatMap((t) => {
    const label = labels.get(annotationKey(t.title, t.text));
    return label === undefined ? [] : [maker.annotated(preparePlain(t), label, ANNOTATED_WEIGHT)];
  });
  const examples = readExamples(configDir);
  for (const e of examples) annotated.push(maker.annotated(preparePlain({ ...e, section: 'example' }), e.label, EXAMPLE_WEIGHT));
  return { items, prepared, samples, plain, parts: readParts(items, maker), vectors, unlabelled: unlabelled.length, annotated };
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
  vectors: WordVectors,
  options: LearnOptions,
  thresholds: Thresholds,
  version: string,
  calibration: [number, number] = [1, 0],
): ClassifierModel {
  return {
    ...learn(samples, options),
    vectors,
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
    const model = modelOf([...rest, ...parts, ...data.plain, ...data.annotated], data.vectors, options, START_THRESHOLDS, `fold ${fold}`);
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
    emergency: classifier.lastDecision.emergency,
    ruled: label.reasons.some((r) => r.rule === 'M1' && !r.source.startsWith('统计')),
  };
}

/**
 * Thresholds on held-out texts: that of relevance with its best F1, then the highest of the M rules that still finds
 * LEAST_RECALL of the major texts.
 */
export function fitThresholds(held: readonly HeldOut[]): Thresholds {
  const relevant = round(bestOf(-0.3, 0.3, (at) => relevanceF1(held, at)));
  const enough = (major: number): number => (majorRecall(held, { ...START_THRESHOLDS, relevant, major }) >= LEAST_RECALL ? major : -1 + major / 100);
  const best = { ...START_THRESHOLDS, relevant, major: round(bestOf(-0.9, 0.3, enough)) };
  return { ...best, emergency: round(fitEmergency(held, best)) };
}

const STEP = 0.05;

/** The value of the range with the highest score; of equal ones the first. */
function bestOf(from: number, to: number, score: (at: number) => number): number {
  let best = from;
  let most = Number.NEGATIVE_INFINITY;
  for (let at = from; at <= to + STEP / 2; at += STEP) {
    const value = score(at);
    if (value > most) [best, most] = [at, value];
  }
  return best;
}

function relevanceF1(held: readonly HeldOut[], at: number): number {
  const c = new Confusion(['true', 'false']);
  for (const h of held) c.add(String(h.item.labels.relevant), String(h.relevant > at));
  return c.score('true').f1;
}

function majorRecall(held: readonly HeldOut[], t: Thresholds): number {
  const c = new Confusion(LEVELS);
  for (const h of held) c.add(h.item.labels.level, levelAt(h, t));
  return c.score('major').recall.value;
}

/** Threshold of `emergency` with the best F1 among the held-out texts. */
function fitEmergency(held: readonly HeldOut[], t: Thresholds): number {
  let best = 0;
  let bestScore = -1;
  for (let at = -0.4; at <= 0.2; at += 0.05) {
    const c = new Confusion(['true', 'false']);
    for (const h of held) c.add(String(h.item.labels.emergency), String(h.relevant > t.relevant && h.label.category !== null && h.emergency > at));
    const { f1 } = c.score('true');
    if (f1 > bestScore) [best, bestScore] = [at, f1];
  }
  return best;
}

const round = (x: number): number => Math.round(x * 1000) / 1000;

export function levelAt(h: HeldOut, t: Thresholds): Level {
  if (h.relevant <= t.relevant) return 'none';
  return h.ruled || h.major > t.major ? 'major' : 'ordinary';
}

/**
 * Recall of major on held-out texts: a missed major case costs more than a false alarm (CODEBOOK section 5). Above the
 * 0.88 that is asked for, because the cues were written in sight of the training texts, so that it flatters.
 */
const LEAST_RECALL = 0.91;

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
    [...data.samples, ...data.parts.map((p) => p.sample), ...data.plain, ...data.annotated],
    data.vectors,
    LEARN_OPTIONS,
    thresholds,
    version,
    [round(calibration[0]), round(calibration[1])],
  );
  log(`${model.keys.length} features, ${model.heads.length} heads`);
  return { model, held, thresholds };
}
