import { createHash } from 'node:crypto';
import { parseChineseDate } from '@app/domain';

/** Only addresses a reader may open: `javascript:` and its kin never leave the parser. */
export function openable(href: string): string | null {
  if (href === '') return null;
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(href)?.[1]?.toLowerCase();
  return scheme === undefined || scheme === 'http' || scheme === 'https' ? href : null;
}

export function digest(s: string): string {
  return 'sha256:' + createHash('sha256').update(s).digest('hex').slice(0, 32);
}

/** The first readable one of several stated dates. */
export function firstDate(candidates: string[], fetchedAt: Date): { at: Date | null; certain: boolean } {
  for (const c of candidates) {
    const read = parseChineseDate(c, fetchedAt);
    if (read.at) return read;
  }
  return { at: null, certain: false };
}
