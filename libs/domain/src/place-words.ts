const LEAST = 2;
const MOST = 6;
/** Ends of names of places by their first character; a longer end stands before a shorter one. */
const ENDS = new Map<number, string[]>();
for (const end of ['省', '市', '区', '县', '镇', '乡', '村', '街道', '社区', '小区', '路', '街', '大道', '学校', '小学', '中学', '医院', '公司', '厂', '矿']) {
  const first = end.charCodeAt(0);
  ENDS.set(first, [...(ENDS.get(first) ?? []), end]);
}
/** A byte for each first character: most positions are passed over by one look. */
const BEGINS_END = new Uint8Array(65_536);
for (const first of ENDS.keys()) BEGINS_END[first] = 1;

const isHan = (c: number): boolean => c >= 0x4e00 && c <= 0x9fa5;

/**
 * What reads like the name of a place: two to six Chinese characters and an end (市, 镇, 小区, 医院), from the left, the
 * shortest each, none overlapping. As /[\u4e00-\u9fa5]{2,6}?(?:省|市|…)/g finds them, in one pass over the ends.
 */
export function placesIn(s: string): string[] {
  const found: string[] = [];
  /** Where the next name may begin, and where the Chinese characters before `at` begin. */
  let [from, han] = [0, 0];
  for (let at = 0; at < s.length; at++) {
    const c = s.charCodeAt(at);
    const end = BEGINS_END[c] === 1 ? endAt(s, at, c) : undefined;
    if (end !== undefined) {
      const start = Math.max(from, han, at - MOST);
      if (at - start >= LEAST) {
        found.push(s.slice(start, at + end.length));
        from = at + end.length;
      }
    }
    if (!isHan(c)) han = at + 1;
  }
  return found;
}

function endAt(s: string, at: number, first: number): string | undefined {
  return ENDS.get(first)?.find((end) => s.startsWith(end, at));
}
