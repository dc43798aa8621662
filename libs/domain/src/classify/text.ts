/**
 * A text made ready for reading by machine, with the way back: every position of `chars` knows its
 * position in the original `title + "\n" + text`, so that reasons mark the words people see.
 */
export interface PreparedText {
  /** The original, `title + "\n" + text`. */
  raw: string;
  /** Folded: half-width, simplified, without markup, control characters and OCR spaces. */
  chars: string;
  /** Original position of each folded character; null when both are the same length. */
  offsets: Int32Array | null;
  /** First position of `chars` behind the title. */
  titleEnd: number;
}

/** What one UTF-16 unit becomes: itself, another unit, or 0 = dropped. */
export type FoldTable = Uint16Array;

const SPACE = 0x20;
const NEWLINE = 0x0a;
/** Longest tag that is taken as markup; a lone `<` in running text stays. */
const TAG_LIMIT = 400;

/** Builds the fold table: full-width to half-width, `simplified` for traditional characters. */
export function buildFoldTable(simplified: (ch: string) => string): FoldTable {
  const table = new Uint16Array(65536);
  for (let c = 0; c < 65536; c++) table[c] = foldUnit(c);
  for (let c = 0x4e00; c < 0xa000; c++) {
    const to = simplified(String.fromCharCode(c));
    if (to.length === 1) table[c] = to.charCodeAt(0);
  }
  return table;
}

function foldUnit(c: number): number {
  if (c === NEWLINE || c === 0x0d || c === 0x2028 || c === 0x2029) return NEWLINE;
  if (c === 0x09 || c === 0x0b || c === 0x0c || c === 0xa0 || c === 0x3000 || (c >= 0x2000 && c <= 0x200a) || c === 0x202f) return SPACE;
  if (c < 0x20 || (c >= 0x7f && c < 0xa0)) return 0;
  // Zero-width, direction marks, byte order mark, variation selectors: invisible, but they split words.
  if ((c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c === 0xfeff || c === 0xad) return 0;
  if (c >= 0xfe00 && c <= 0xfe0f) return 0;
  // Full-width digits, letters and the signs that numbers need; ，。：；！？（） keep their Chinese form.
  if ((c >= 0xff10 && c <= 0xff19) || (c >= 0xff21 && c <= 0xff3a) || (c >= 0xff41 && c <= 0xff5a)) return c - 0xfee0;
  if (c === 0xff0e) return 0x2e;
  if (c === 0xff05) return 0x25;
  if (c === 0xff1c) return 0x3c;
  if (c === 0xff1e) return 0x3e;
  if (c >= 0x2460 && c <= 0x2468) return 0x31 + (c - 0x2460);
  return c;
}

/** Folds title and text. Linear in the length; never throws. */
export function prepareText(title: string, text: string, fold: FoldTable): PreparedText {
  const raw = `${title}\n${text}`;
  if (isPlain(raw, fold)) return { raw, chars: raw, offsets: null, titleEnd: title.length };
  return foldText(raw, title.length, fold);
}

function isPlain(raw: string, fold: FoldTable): boolean {
  for (let i = 0; i < raw.length; i++) {
    const c = raw.charCodeAt(i);
    if (fold[c] !== c || c === 0x3c || c === SPACE || c === 0x26) return false;
  }
  return true;
}

function foldText(raw: string, titleLength: number, fold: FoldTable): PreparedText {
  const units = new Uint16Array(raw.length);
  const offsets = new Int32Array(raw.length);
  const ocr = hasOcrSpaces(raw);
  let n = 0;
  let titleEnd = -1;
  for (let i = 0; i < raw.length; i++) {
    if (titleEnd < 0 && i >= titleLength) titleEnd = n;
    const c = fold[raw.charCodeAt(i)]!;
    if (c === 0) continue;
    if (c === 0x3c) {
      const end = tagEnd(raw, i);
      if (end > 0) {
        if (titleEnd < 0 && end >= titleLength) titleEnd = n;
        i = end;
        continue;
      }
    }
    if (c === 0x26) {
      const end = entityEnd(raw, i);
      if (end > 0) {
        i = end;
        continue;
      }
    }
    if (c === SPACE && ocr && isDense(raw, i, fold)) continue;
    units[n] = c;
    offsets[n] = i;
    n++;
  }
  if (titleEnd < 0) titleEnd = n;
  return { raw, chars: decodeUnits(units, n), offsets: offsets.subarray(0, n), titleEnd };
}

function decodeUnits(units: Uint16Array, length: number): string {
  const parts: string[] = [];
  for (let i = 0; i < length; i += 8192) parts.push(String.fromCharCode(...units.subarray(i, Math.min(length, i + 8192))));
  return parts.join('');
}

function tagEnd(raw: string, start: number): number {
  const next = raw.charCodeAt(start + 1) | 0x20;
  const isTag = (next >= 0x61 && next <= 0x7a) || next === 0x2f || next === 0x21;
  if (!isTag) return -1;
  const limit = Math.min(raw.length, start + TAG_LIMIT);
  for (let i = start + 1; i < limit; i++) {
    const c = raw.charCodeAt(i);
    if (c === 0x3e) return i;
    if (c === NEWLINE && i > start + 1 && raw.charCodeAt(start + 1) !== 0x21) return -1;
  }
  return -1;
}

function entityEnd(raw: string, start: number): number {
  const limit = Math.min(raw.length, start + 10);
  for (let i = start + 1; i < limit; i++) {
    const c = raw.charCodeAt(i);
    if (c === 0x3b) return i > start + 2 ? i : -1;
    const letter = ((c | 0x20) >= 0x61 && (c | 0x20) <= 0x7a) || (c >= 0x30 && c <= 0x39) || c === 0x23;
    if (!letter) return -1;
  }
  return -1;
}

const isHan = (c: number): boolean => c >= 0x4e00 && c < 0xa000;

/** Scanned pages put a space between most characters; ordinary Chinese text hardly ever. */
function hasOcrSpaces(raw: string): boolean {
  let han = 0;
  let spaced = 0;
  for (let i = 0; i < raw.length; i++) {
    const c = raw.charCodeAt(i);
    if (!isHan(c)) continue;
    han++;
    const next = raw.charCodeAt(i + 1);
    if ((next === SPACE || next === 0x3000) && isHan(raw.charCodeAt(i + 2))) spaced++;
  }
  return spaced >= 4 && spaced * 3 > han;
}

function isDense(raw: string, i: number, fold: FoldTable): boolean {
  const before = fold[raw.charCodeAt(i - 1)] ?? 0;
  const after = fold[raw.charCodeAt(i + 1)] ?? 0;
  return before > 0x2f && after > 0x2f;
}

/** Original start and end (exclusive) of a folded span. */
export function originalSpan(text: PreparedText, start: number, end: number): { start: number; end: number } {
  if (text.offsets === null || text.offsets.length === 0) return { start, end };
  const last = text.offsets.length - 1;
  const from = text.offsets[Math.min(start, last)]!;
  const to = end <= start ? from : text.offsets[Math.min(end - 1, last)]! + 1;
  return { start: from, end: to };
}
