import { type PreparedText, prepareText, statisticPart } from '@app/domain';
import { textFold } from './text-fold';
import { cutWords } from './tokeniser';

/** The segmenter never joins what stands on both sides of one of these: cut apart, the parts give the same words. */
const SEPARATORS = /[ \t\n，。]/;

/**
 * A title and text that is read once for all who ask of it: folded once, and no part of it cut into words twice.
 * Classification asks for the lead, telling events apart for more.
 */
export class CutText {
  readonly prepared: PreparedText;
  /** Words that tile the text from its start to behind the last separator that was cut. */
  private words: string[] = [];
  private end = 0;

  constructor(title: string, text: string) {
    this.prepared = prepareText(title, text, textFold());
  }

  /** As `cutWords(statisticPart(prepared))`. */
  statisticWords(): string[] {
    return this.wordsTo(statisticPart(this.prepared).length);
  }

  /** As `cutWords` of the first `length` characters. */
  wordsTo(length: number): string[] {
    const { chars } = this.prepared;
    const end = Math.min(length, chars.length);
    if (end < this.end) return cutWords(chars.slice(0, end));
    const words = [...this.words, ...cutWords(chars.slice(this.end, end))];
    this.keep(words, end);
    return words;
  }

  /** What lies before the last separator is cut as it will ever be. */
  private keep(words: readonly string[], end: number): void {
    let at = end;
    let n = words.length;
    while (n > 0 && !SEPARATORS.test(words[n - 1]!)) at -= words[--n]!.length;
    if (at <= this.end) return;
    this.words = words.slice(0, n);
    this.end = at;
  }
}
