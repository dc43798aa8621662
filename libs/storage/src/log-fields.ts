import { AsyncLocalStorage } from 'node:async_hooks';
import { maskText } from '@app/domain';

/** What a record of the log names beside its sentence: requestId, caseId, sourceId, durationMs … Never texts of people. */
export type LogFields = Record<string, string | number | boolean | null | undefined | readonly string[]>;

const current = new AsyncLocalStorage<LogFields>();

/** Every record written by `work`, and by what it begins, carries these fields. */
export function withLogFields<T>(fields: LogFields, work: () => T): T {
  return current.run({ ...current.getStore(), ...fields }, work);
}

export function logFields(): LogFields {
  return current.getStore() ?? {};
}

const SECRETS: readonly [RegExp, string][] = [
  // A password in an address.
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*):[^\s/@]+@/gi, '$1:…@'],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, '$1 …'],
  // Tokens of programs, links of receipts, sessions.
  [/\bhy_[\w-]{8,}/g, 'hy_…'],
  [/(\/r\/)[\w-]{20,}/g, '$1…'],
  [/\b(huiying_\w+=)[^\s;]+/g, '$1…'],
  [
    /([?&"']?\b(?:access_?token|token|key|secret|sign|signature|password|passwd|pwd|code)["']?\s*[=:]\s*["']?)[^\s&"',;]+/gi,
    '$1…',
  ],
];

/** A line of the log without secrets and personal data, whatever an error's message repeats. */
export function cleanText(text: string): string {
  const bare = SECRETS.reduce((t, [pattern, instead]) => t.replace(pattern, instead), text);
  return maskText(bare);
}
