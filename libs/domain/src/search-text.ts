/**
 * Full-text search over Chinese texts: which lexemes a text gives and which query finds them. Cutting into words is
 * not done here (it needs the segmenter); both sides get the words of the same one.
 */

/** PostgreSQL counts positions of a tsvector up to here. */
const LAST_POSITION = 16_383;
/** A lexeme is at most 2 KB; longer runs of letters are noise. */
const LONGEST_WORD = 60;
/** Items whose ids lie within one span share a lexeme: a query names it, so that it reads a bounded part of the index. */
export const SEARCH_SPAN = 25_000;

/** Which way texts are cut and masked; raised when either changes, so that stored vectors are made anew. */
export const SEARCH_VERSION = 1;

/** Before the number of a span; no word begins like this. */
export const SPAN_MARK = '#';
const spanLexeme = (span: number): string => `${SPAN_MARK}${span}`;
export const spanOf = (id: bigint): number => Number(id / BigInt(SEARCH_SPAN));

/** The searchable form of a word; null for punctuation, blanks and masks. */
export function lexemeOf(word: string): string | null {
  const folded = word.normalize('NFKC').toLowerCase().trim();
  if (folded.length === 0 || folded.length > LONGEST_WORD) return null;
  return /[\p{L}\p{N}]/u.test(folded) && !folded.includes('*') ? folded : null;
}

const quoted = (lexeme: string): string => `'${lexeme.replace(/\\/g, '\\\\').replace(/'/g, "''")}'`;

/**
 * The tsvector of a text as PostgreSQL reads it: each word at its number, the shorter words within it at the same.
 * @param words that tile the text, punctuation among them: what stands on both sides of a full stop is not adjacent
 */
export function searchVector(words: readonly string[], within: (word: string) => readonly string[], span: number): string {
  const places = new Map<string, number[]>();
  const put = (word: string, position: number): void => {
    const lexeme = lexemeOf(word);
    if (lexeme === null) return;
    const at = places.get(lexeme);
    if (at === undefined) places.set(lexeme, [position]);
    // PostgreSQL keeps 256 positions of a lexeme.
    else if (at.length < 255 && at[at.length - 1] !== position) at.push(position);
  };
  words.forEach((word, n) => {
    const position = Math.min(n + 1, LAST_POSITION);
    put(word, position);
    if (word.length > 2) for (const part of within(word)) put(part, position);
  });
  const parts = [...places].map(([lexeme, at]) => `${quoted(lexeme)}:${at.join(',')}`);
  return [...parts, quoted(spanLexeme(span))].join(' ');
}

/** What a person asks for: every run of `all`, each phrase word for word, none of `none`. */
export interface SearchWish {
  all: string[];
  phrases: string[];
  none: string[];
}

/** `停水 "恢复供水" -检修`: runs between blanks, "word for word" (also “…” and 「…」), without. */
export function parseSearch(text: string): SearchWish {
  const wish: SearchWish = { all: [], phrases: [], none: [] };
  const rest = text.replace(/"([^"]+)"|“([^”]+)”|「([^」]+)」/g, (_, a?: string, b?: string, c?: string) => {
    wish.phrases.push((a ?? b ?? c ?? '').trim());
    return ' ';
  });
  for (const run of rest.split(/[\s\u3000]+/)) {
    if (/^[-－]./.test(run)) wish.none.push(run.slice(1));
    else if (run !== '') wish.all.push(run);
  }
  return wish;
}

type Cut = (run: string) => readonly string[];

/** The tsquery of a wish; null when it holds no word to look for. */
export function searchQuery(wish: SearchWish, cut: Cut): string | null {
  return wholeQuery(wish, cut, (words, adjacent) => joined(words, adjacent));
}

/**
 * What an index can decide without reading a vector: the words of each phrase in any order, and of what must not be there
 * only single words. Whatever `searchQuery` finds this finds too; the same text when nothing has to be looked at again.
 */
export function candidateQuery(wish: SearchWish, cut: Cut): string | null {
  return wholeQuery(wish, cut, (words, adjacent, wanted) => {
    const exact = joined(words, adjacent);
    const loose = joined(words, () => false);
    return exact === loose || wanted ? loose : null;
  });
}

type Adjacency = (a: string, b: string) => boolean;
type Join = (words: readonly string[], adjacent: Adjacency, wanted: boolean) => string | null;

/** A phrase: words one after the other, with what has no lexeme between them counted as a place. */
const ALWAYS: Adjacency = () => true;
/** A run: all words; single characters (parts of names that the segmenter does not know) only beside their neighbours. */
const BESIDE_SINGLE: Adjacency = (a, b) => a.length === 1 || b.length === 1;

function wholeQuery(wish: SearchWish, cut: Cut, join: Join): string | null {
  const wanted = [...wish.all.map((run) => join(cut(run), BESIDE_SINGLE, true)), ...wish.phrases.map((phrase) => join(cut(phrase.trim()), ALWAYS, true))].filter((q) => q !== null);
  if (wanted.length === 0) return null;
  const unwanted = wish.none.map((run) => join(cut(run.trim()), ALWAYS, false)).filter((q) => q !== null);
  return [...wanted, ...unwanted.map((q) => `!(${q})`)].map((q) => `(${q})`).join(' & ');
}

function joined(words: readonly string[], adjacent: Adjacency): string | null {
  let query = '';
  let last: { lexeme: string; at: number } | null = null;
  words.forEach((word, at) => {
    const lexeme = lexemeOf(word);
    if (lexeme === null) return;
    if (last === null) query = quoted(lexeme);
    else query += `${adjacent(last.lexeme, lexeme) ? ` <${at - last.at}> ` : ' & '}${quoted(lexeme)}`;
    last = { lexeme, at };
  });
  return query === '' ? null : query;
}

/** The words to be marked in what was found, the longest first. */
export function searchMarks(wish: SearchWish, cut: Cut): string[] {
  const words = [...wish.phrases, ...wish.all.flatMap((run) => [run, ...cut(run).filter((w) => w.length > 1)])];
  return [...new Set(words.filter((w) => lexemeOf(w) !== null))].sort((a, b) => b.length - a.length);
}
