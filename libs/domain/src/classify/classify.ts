import type { Label } from '../label';
import { decide, decisionMargins, emergencyMargin } from './decide';
import { EvidenceReader, LIMITS, type Evidence } from './evidence';
import { FeatureBuffer } from './features';
import { LinearScorer } from './model';
import type { ClassifierTables, ClassifierModel } from './tables';
import type { PreparedText } from './text';

/** Cuts a text into words that tile it. */
export type Cut = (chars: string) => string[];

/** Only the lead of a long text is cut into words; figures are read from the whole of it. */
export const statisticPart = (text: PreparedText): string =>
  text.chars.length > LIMITS.statistic ? text.chars.slice(0, LIMITS.statistic) : text.chars;

/** The pure pipeline over tables. Not re-entrant: buffers are used again for every text. */
export class TextClassifier {
  readonly reader: EvidenceReader;
  private readonly buffer = new FeatureBuffer();
  private readonly scorer: LinearScorer;

  constructor(
    private readonly tables: ClassifierTables,
    model: ClassifierModel,
  ) {
    this.reader = new EvidenceReader(tables.lexicon);
    this.scorer = new LinearScorer(model);
  }

  /** Margins of the last text as the decision used them; for learning thresholds. */
  lastDecision: { relevant: number; other: number; emergency: number } = { relevant: 0, other: 0, emergency: 0 };

  /** `tokens` are the words of statisticPart(text); `publishedYear` null when unknown. */
  classify(text: PreparedText, tokens: readonly string[], publishedYear: number | null): Label {
    const evidence = collect(this.reader, this.buffer, text, tokens, publishedYear);
    this.scorer.score(this.buffer);
    this.lastDecision = { ...decisionMargins(evidence, this.scorer, text), emergency: emergencyMargin(evidence, this.scorer) };
    return decide({
      text,
      evidence,
      grades: this.tables.grades,
      scorer: this.scorer,
      features: this.buffer,
      version: this.scorer.model.version,
    });
  }
}

/** Evidence and features of one text, for classifying and for learning alike. */
export function collect(reader: EvidenceReader, buffer: FeatureBuffer, text: PreparedText, tokens: readonly string[], year: number | null): Evidence {
  const evidence = reader.read(text, year);
  buffer.reset();
  buffer.addText(text.chars, tokens, text.titleEnd);
  reader.addFeatures(evidence, text, buffer);
  return evidence;
}
