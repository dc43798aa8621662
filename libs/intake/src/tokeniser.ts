import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import nodejieba from 'nodejieba';

let loadedWith: string | null = null;

/**
 * Loads the segmenter with the project's user dictionary (config/lexicons/jieba-user.dict.utf8). Takes about a
 * second and 250 MB: once a process, in the processes that classify. A second call with another folder is ignored
 * by the library, so it is refused here.
 */
export function loadTokeniser(configDir: string): void {
  const userDict = userDictFile(configDir);
  if (loadedWith !== null) {
    if (loadedWith !== userDict)
      throw new Error(`the tokeniser is loaded with ${loadedWith} and cannot change to ${userDict}`);
    return;
  }
  if (!existsSync(userDict)) throw new Error(`${userDict} is missing: the user dictionary of the tokeniser`);
  nodejieba.load({ userDict });
  loadedWith = userDict;
}

/** The project's own words for the segmenter: they decide about features, hence about labels. */
export const userDictionary = (configDir: string): string => readFileSync(userDictFile(configDir), 'utf8');

export const userDictFile = (configDir: string): string => join(configDir, 'lexicons', 'jieba-user.dict.utf8');

/** Words that tile the text: joined they are the text again. */
export function cutWords(chars: string): string[] {
  return chars === '' ? [] : nodejieba.cut(chars);
}

/** The same with the part of speech of each word. */
export function tagWords(chars: string): { word: string; tag: string }[] {
  return chars === '' ? [] : nodejieba.tag(chars);
}

/** Paths that the library exports and its types leave out. */
const DICTIONARIES = nodejieba as unknown as { DEFAULT_STOP_WORD_DICT: string };

/** Words that say nothing of a text, by the segmenter's own list. */
export const stopWords = (): ReadonlySet<string> =>
  new Set(
    readFileSync(DICTIONARIES.DEFAULT_STOP_WORD_DICT, 'utf8')
      .split('\n')
      .map((l) => l.trim()),
  );

const KEPT_WORDS = 50_000;
const parts = new Map<string, readonly string[]>();

/** The shorter words within a long one (化工厂: 化工, 工厂), by which a search finds it too. */
export function wordsWithin(word: string): readonly string[] {
  const known = parts.get(word);
  if (known) return known;
  const found = nodejieba.cutForSearch(word).filter((w) => w !== word);
  if (parts.size >= KEPT_WORDS) parts.clear();
  parts.set(word, found);
  return found;
}
