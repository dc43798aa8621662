import type { Reason } from '@app/domain';

/** A run of text under the same reasons; rendered as text nodes only, never as markup. */
export interface Segment {
  text: string;
  reasons: Reason[];
}

/** A single character that the model counts (我, 对, 市) tells a reader nothing and would speckle the text; it stays in the list of reasons. */
const isSpeck = (r: Reason): boolean => r.end - r.start === 1 && r.source.startsWith('统计模型');

/**
 * Cuts `title + "\n" + text` at the bounds of all reasons. Spans out of range or empty are left out:
 * a masked text can be shorter than the one the classifier read.
 */
export function markSegments(whole: string, reasons: Reason[]): Segment[] {
  const valid = reasons.filter((r) => r.start >= 0 && r.end > r.start && r.end <= whole.length && !isSpeck(r));
  const cuts = [...new Set([0, whole.length, ...valid.flatMap((r) => [r.start, r.end])])].sort((a, b) => a - b);
  const segments: Segment[] = [];
  for (let n = 0; n + 1 < cuts.length; n++) {
    const [from = 0, to = 0] = [cuts[n], cuts[n + 1]];
    segments.push({ text: whole.slice(from, to), reasons: valid.filter((r) => r.start <= from && r.end >= to) });
  }
  return segments;
}

/** The segments of the title and those of the text, apart; the newline between them belongs to neither. */
export function markTitleAndText(title: string, text: string, reasons: Reason[]): { title: Segment[]; text: Segment[] } {
  const parts: { title: Segment[]; text: Segment[] } = { title: [], text: [] };
  let at = 0;
  for (const segment of markSegments(`${title}\n${text}`, reasons)) {
    const inTitle = segment.text.slice(0, Math.max(0, title.length - at));
    const inText = segment.text.slice(Math.max(0, title.length + 1 - at));
    if (inTitle) parts.title.push({ text: inTitle, reasons: segment.reasons });
    if (inText) parts.text.push({ text: inText, reasons: segment.reasons });
    at += segment.text.length;
  }
  return parts;
}
