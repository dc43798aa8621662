/**
 * What an event is called: runs of three characters that the titles of its reports share. They find names that the
 * segmenter does not know (魏则西, 和颐酒店) without a dictionary.
 */
export class TitleNames {
  private readonly grams = new Map<string, number>();
  private titles = 0;

  /** Once a case is large, runs that are new say nothing about its name. @returns the runs that were counted */
  add(title: ReadonlySet<string>): string[] {
    this.titles++;
    const taken = [...title].filter((g) => this.grams.has(g) || this.grams.size < MAX_GRAMS);
    for (const g of taken) this.grams.set(g, (this.grams.get(g) ?? 0) + 1);
    return taken;
  }

  /** Each run with the number of titles that have it. */
  [Symbol.iterator](): Iterator<[string, number]> {
    return this.grams.entries();
  }

  /** How many titles have it, if enough of them do; else 0. */
  count(gram: string): number {
    const n = this.grams.get(gram);
    return n !== undefined && n >= (this.titles === 1 ? 1 : Math.max(2, this.titles * NAME_SHARE)) ? n : 0;
  }
}

const NAME_SHARE = 0.3;
const MAX_GRAMS = 2000;
const MAX_TITLE = 60;
/** Where it happened is no name of what happened: a town has many matters. */
const PLACE = /[\u4e00-\u9fa5]{2,6}?(?:省|市|区|县|镇|乡|村|街道|社区|小区|路|街|大道|学校|小学|中学|医院|公司)/g;

const QUOTES = /["'“”‘’「」『』《》〈〉]/g;

/** Runs of three characters of a title (of a text without one, its beginning), not across marks, without places. */
export function titleGrams(title: string): ReadonlySet<string> {
  const out = new Set<string>();
  // 「“魏则西”事件」 and 「魏则西事件」 are one name.
  const unplaced = title.slice(0, MAX_TITLE).replace(QUOTES, '').replace(PLACE, ' ');
  for (const part of unplaced.split(/[^\p{L}\p{N}]+/u)) {
    for (let i = 0; i + 3 <= part.length; i++) out.add(part.slice(i, i + 3));
  }
  return out;
}
