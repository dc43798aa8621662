import {
  CATEGORIES,
  collect,
  EvidenceReader,
  FeatureBuffer,
  prepareText,
  statisticPart,
  TOPICS,
  VectorReader,
  type PreparedText,
  type Sample,
  type WordVectors,
} from '@app/domain';
import { publishedYear } from '../classifier';
import { textFold } from '../text-fold';
import { cutWords } from '../tokeniser';
import type { LabelledText, PlainText } from './labelled';

export const RULE_HEADS = ['M2', 'M3', 'M4', 'M5', 'M6', 'M7', 'M8'];
export const HEADS = [
  'relevant',
  'other',
  'emergency',
  ...CATEGORIES.map((c) => `category ${c}`),
  ...RULE_HEADS,
  ...TOPICS.map((t) => `topic ${t}`),
];

export interface Prepared {
  text: PreparedText;
  tokens: string[];
  year: number | null;
}

export function prepareInput(title: string, text: string, date: string | null): Prepared {
  const prepared = prepareText(title, text, textFold());
  return { text: prepared, tokens: cutWords(statisticPart(prepared)), year: publishedYear(date) };
}

/** Makes samples of texts; holds the buffers. */
export class SampleMaker {
  private readonly buffer = new FeatureBuffer();

  private readonly vectors: VectorReader;

  constructor(
    private readonly reader: EvidenceReader,
    vectors: WordVectors,
  ) {
    this.vectors = new VectorReader(vectors);
  }

  labelled(item: LabelledText, prepared: Prepared): Sample {
    const { labels } = item;
    const targets = new Map<string, number>();
    const set = (head: string, yes: boolean): void => void targets.set(head, yes ? 1 : -1);
    set('relevant', labels.relevant);
    // M1 is decided by figures; this head learns the rules without numbers.
    set(
      'other',
      labels.m.some((m) => m !== 'M1'),
    );
    set('emergency', labels.emergency);
    for (const c of CATEGORIES) set(`category ${c}`, labels.category === c);
    for (const m of RULE_HEADS) set(m, labels.m.includes(m));
    for (const t of TOPICS) set(`topic ${t}`, labels.topic === t);
    return this.make(prepared, targets, 1);
  }

  /** A headline of an ordinary section: not relevant, hence nothing else either. */
  headline(prepared: Prepared, weight: number, all: boolean): Sample {
    const targets = new Map<string, number>([['relevant', -1]]);
    if (all)
      for (const head of ['other', 'emergency', ...CATEGORIES.map((c) => `category ${c}`), ...RULE_HEADS])
        targets.set(head, -1);
    return this.make(prepared, targets, weight);
  }

  /** A citizen's message: relevant; its level is not known. */
  message(prepared: Prepared, weight: number): Sample {
    return this.make(
      prepared,
      new Map([
        ['relevant', 1],
        ['emergency', -1],
      ]),
      weight,
    );
  }

  /** A text of which only level and rules are known: `none`, `ordinary` or `major M5,M7`. */
  annotated(prepared: Prepared, label: string, weight: number): Sample {
    const [level, rules] = label.split(' ');
    const named = rules?.split(',') ?? [];
    const targets = new Map<string, number>([['relevant', level === 'none' ? -1 : 1]]);
    targets.set('other', named.some((m) => m !== 'M1') ? 1 : -1);
    for (const m of RULE_HEADS) targets.set(m, named.includes(m) ? 1 : -1);
    return this.make(prepared, targets, weight);
  }

  private make(p: Prepared, targets: Map<string, number>, weight: number): Sample {
    collect(this.reader, this.buffer, p.text, p.tokens, p.year);
    return {
      text: Uint32Array.from(new Set(this.buffer.text.subarray(0, this.buffer.textCount))),
      rules: Uint32Array.from(new Set(this.buffer.rules.subarray(0, this.buffer.ruleCount))),
      vector: this.vectors.read(this.buffer).slice(),
      targets,
      weight,
    };
  }
}

/** The words of texts in order, as the vectors know them. */
export function wordsOf(texts: readonly PlainText[]): Uint32Array[] {
  const buffer = new FeatureBuffer();
  return texts.map((t) => {
    const { text, tokens } = preparePlain(t);
    buffer.reset();
    buffer.addText(text.chars, tokens, text.titleEnd);
    return buffer.words.slice(0, buffer.wordCount);
  });
}

export const prepareLabelled = (item: LabelledText): Prepared => prepareInput(item.title, item.text, item.date);
export const preparePlain = (item: PlainText): Prepared => prepareInput(item.title, item.text, null);
