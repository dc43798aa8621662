import type { Reason } from '@app/domain';

/** Where the words that were looked for stand in `title + "\n" + text`, as spans to be marked; longer words win. */
export function searchSpans(title: string, text: string, words: readonly string[]): Reason[] {
  const whole = `${title}\n${text}`.toLowerCase();
  const spans: Reason[] = [];
  for (const word of words) {
    const wanted = word.toLowerCase();
    for (let at = whole.indexOf(wanted); at >= 0; at = whole.indexOf(wanted, at + wanted.length)) {
      const end = at + wanted.length;
      if (!spans.some((s) => at < s.end && s.start < end)) spans.push({ rule: '查找', text: word, start: at, end, source: '' });
    }
  }
  return spans.sort((a, b) => a.start - b.start);
}

/** The text from shortly before its first span, when that stands too far down to be seen. */
export function excerpt(text: string, firstAt: number, lead: number): string {
  return firstAt <= lead * 2 ? text : `…${text.slice(firstAt - lead)}`;
}
