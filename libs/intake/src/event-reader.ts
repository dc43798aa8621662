import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventFeatures, prepareText, type EventFeatures } from '@app/domain';
import { ConfigFaults, readConfigFile, type ConfigFault } from '@app/settings';
import nodejieba from 'nodejieba';
import { z } from 'zod';
import { textFold } from './classifier';
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

/** Reads texts into the features by which events are told apart. Needs the tokeniser, which it loads. */
export class EventReader {
  private readonly idf: ReadonlyMap<string, number>;
  private readonly stops: ReadonlySet<string>;
  private readonly commonplace: ReadonlySet<string>;

  constructor(configDir: string) {
    loadTokeniser(configDir);
    this.commonplace = readCommonplace(configDir);
    this.idf = readIdf(DICTIONARIES.DEFAULT_IDF_DICT);
    this.stops = stopWords();
  }

  /** Traditional characters and full-width signs are read as their simplified and half-width ones. */
  read({ title: givenTitle, text: givenText, publishedAt }: EventText): EventFeatures {
    const { chars, titleEnd } = prepareText(givenTitle, givenText, textFold());
    const [title, text] = [chars.slice(0, titleEnd), chars.slice(titleEnd + 1)];
    const titleWords = this.words(title);
    const body = text.slice(0, 2000);
    const words = body.startsWith(title) ? this.words(body) : [...titleWords, ...this.words(body)];
    return eventFeatures(
      { title: body.startsWith(title) ? '' : title, text: body, words, titleWords, at: publishedAt ?? null },
      (w) => this.idfOf(w),
    );
  }

  /**
   * Words; single characters that the segmenter left side by side are taken as one: names it does not know
   * (of people, firms, counties) fall apart so.
   */
  private words(s: string): string[] {
    const out: string[] = [];
    let run = '';
    const flush = (): void => {
      if (run !== '') out.push(run);
      run = '';
    };
    for (const w of cutWords(s.toLowerCase())) {
      if (/^[\u4e00-\u9fa5]$/.test(w) && !this.stops.has(w) && !this.commonplace.has(w) && run.length < 4) {
        run += w;
        continue;
      }
      flush();
      if (/[\p{L}\p{N}]/u.test(w)) out.push(w);
    }
    flush();
    return out;
  }

  private idfOf(word: string): number | null {
    if (this.stops.has(word) || (word.length < 2 && !/[\u4e00-\u9fa5]/.test(word))) return null;
    if (this.commonplace.has(word)) return COMMONPLACE_IDF;
    const known = this.idf.get(word);
    if (word.length < 2) return Math.min(known ?? 6, 6) / 2;
    return Math.min(known ?? UNSEEN_IDF, UNSEEN_IDF);
  }
}

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
