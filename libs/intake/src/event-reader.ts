import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventFeatures, type EventFeatures } from '@app/domain';
import { ConfigFaults, readConfigFile, type ConfigFault } from '@app/settings';
import nodejieba from 'nodejieba';
import { z } from 'zod';
import { CutText } from './cut-text';
import { cutWords, loadTokeniser, stopWords } from './tokeniser';

/** A word not in the table is a name or a number: as telling as the rarest. */
const UNSEEN_IDF = 12;
/** A word of config/cluster/commonplace.yaml: says what kind of text it is, not which event. */
const COMMONPLACE_IDF = 1.5;

const commonplaceSchema = z.strictObject({ words: z.array(z.string('words with blanks between them')) });

/** Paths that the library exports and its types leave out. */
const DICTIONARIES = nodejieba as unknown as { DEFAULT_IDF_DICT: string };

interface EventText {
  title: string;
  text: string;
  publishedAt?: Date | null;
}

const MAX_BODY = 2000;

/** Reads texts into the features by which events are told apart. Needs the tokeniser, which it loads. */
export class EventReader {
  /** Word → how telling it is; NaN: it tells nothing. */
  private readonly idf: Map<string, number>;
  /** Single characters that are words of their own. */
  private readonly lone: ReadonlySet<string>;

  constructor(configDir: string) {
    loadTokeniser(configDir);
    const commonplace = readCommonplace(configDir);
    const stops = stopWords();
    this.lone = new Set([...stops, ...commonplace].filter((w) => w.length === 1));
    this.idf = readIdf(DICTIONARIES.DEFAULT_IDF_DICT);
    for (const [word, idf] of this.idf)
      this.idf.set(word, word.length < 2 ? loneIdf(word, idf) : Math.min(idf, UNSEEN_IDF));
    for (const word of commonplace) if (!isMark(word)) this.idf.set(word, COMMONPLACE_IDF);
    for (const word of stops) this.idf.set(word, NaN);
  }

  /**
   * Traditional characters and full-width signs are read as their simplified and half-width ones.
   * @param cut of the same title and text, where others ask for its words too
   */
  read(
    { title: givenTitle, text: givenText, publishedAt }: EventText,
    cut = new CutText(givenTitle, givenText),
  ): EventFeatures {
    const { chars, titleEnd } = cut.prepared;
    const title = chars.slice(0, titleEnd);
    const body = chars.slice(titleEnd + 1, titleEnd + 1 + MAX_BODY);
    const [titleCut, bodyCut] = this.cut(cut, title, body);
    const titleWords = this.words(titleCut);
    const bodyWords = this.words(bodyCut);
    const words = body.startsWith(title) ? bodyWords : [...titleWords, ...bodyWords];
    return eventFeatures(
      { title: body.startsWith(title) ? '' : title, text: body, words, titleWords, at: publishedAt ?? null },
      (w) => this.idfOf(w),
    );
  }

  /** Title and body in words of small letters. */
  private cut(cut: CutText, title: string, body: string): [string[], string[]] {
    // The segmenter knows 「T恤」 and not 「t恤」: where letters change, words are cut anew.
    if (
      /[^\n]/.test(cut.prepared.chars.charAt(title.length)) ||
      title !== title.toLowerCase() ||
      body !== body.toLowerCase()
    )
      return [cutWords(title.toLowerCase()), cutWords(body.toLowerCase())];
    const words = cut.wordsTo(title.length + 1 + body.length);
    let [n, at] = [0, 0];
    while (n < words.length && at < title.length) at += words[n++]!.length;
    return [words.slice(0, n), words.slice(n + 1)];
  }

  /**
   * Words; single characters that the segmenter left side by side are taken as one: names it does not know
   * (of people, firms, counties) fall apart so.
   */
  private words(cut: readonly string[]): string[] {
    const out: string[] = [];
    let run = '';
    for (const w of cut) {
      if (w.length === 1 && isHan(w) && run.length < 4 && !this.lone.has(w)) {
        run += w;
        continue;
      }
      if (run !== '') out.push(run);
      run = '';
      if (isHan(w) || /[\p{L}\p{N}]/u.test(w)) out.push(w);
    }
    if (run !== '') out.push(run);
    return out;
  }

  private idfOf(word: string): number | null {
    const known = this.idf.get(word) ?? (word.length < 2 ? loneIdf(word, UNSEEN_LONE) : UNSEEN_IDF);
    return Number.isNaN(known) ? null : known;
  }
}

/** Of a word of one character without its own entry. */
const UNSEEN_LONE = 6;

function isHan(word: string): boolean {
  const c = word.charCodeAt(0);
  return c >= 0x4e00 && c <= 0x9fa5;
}

const isMark = (word: string): boolean => word.length < 2 && !isHan(word);

const loneIdf = (word: string, idf: number): number => (isMark(word) ? NaN : Math.min(idf, UNSEEN_LONE) / 2);

function readIdf(file: string): Map<string, number> {
  const idf = new Map<string, number>();
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const at = line.lastIndexOf(' ');
    if (at > 0) idf.set(line.slice(0, at), Number(line.slice(at + 1)));
  }
  return idf;
}

function readCommonplace(configDir: string): Set<string> {
  const faults: ConfigFault[] = [];
  const read = readConfigFile(join(configDir, 'cluster', 'commonplace.yaml'), commonplaceSchema, faults);
  if (!read) throw new ConfigFaults(faults);
  return new Set(read.words.flatMap((line) => line.split(/\s+/)));
}
