/** Anchor bits found by the word scan; a sentence without its bit is not searched for that figure. */
export const ANCHOR = { death: 1, missing: 2, injury: 4, poison: 8, loss: 16, quake: 32, move: 64, many: 128, none: 256, person: 512 } as const;

export interface Sentence {
  start: number;
  end: number;
  anchors: number;
  /** A digit or a Chinese numeral stands in it; without one it holds no figure. */
  numeral: boolean;
}

/** Splits at 。！？； and line ends; a title's blanks part clauses and stay inside. Linear. */
export function splitSentences(chars: string): Sentence[] {
  const out: Sentence[] = [];
  let start = 0;
  let numeral = false;
  for (let i = 0; i <= chars.length; i++) {
    const c = i < chars.length ? chars.charCodeAt(i) : 0x0a;
    const stop = c === 0x3002 || c === 0xff01 || c === 0xff1f || c === 0xff1b || c === 0x0a || c === 0x3f || c === 0x21;
    // A run without any stop is cut, so that no pattern ever sees an unbounded string.
    if (stop || i - start >= 600) {
      if (i > start) out.push({ start, end: i, anchors: 0, numeral });
      start = stop ? i + 1 : i;
      numeral = false;
    }
    if (NUMERALS[c] === 1) numeral = true;
  }
  return out;
}

const NUMERALS = new Uint8Array(65536);
for (const ch of '0123456789一二两三四五六七八九十百千万亿俩仨') NUMERALS[ch.charCodeAt(0)] = 1;
