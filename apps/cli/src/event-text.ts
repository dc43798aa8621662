import { parseInstant } from '@app/domain';
import { fieldError, LineError, stringField } from './json-lines';

export interface EventText {
  title: string;
  text: string;
  publishedAt: Date | null;
}

type Row = Record<string, unknown>;

/**
 * Title, text and time of a line. Both texts must be there, though either may be empty.
 * @throws LineError naming the field and what is allowed
 */
export function eventText(row: Row): EventText {
  return { title: stringField(row, 'title'), text: stringField(row, 'text'), publishedAt: timeField(row, 'publishedAt') };
}

/** The same of an object inside a line: its faults name the path. */
export function eventTextIn(row: Row, key: string): EventText {
  const value = row[key];
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw fieldError(key, value, 'an object with title and text');
  }
  const inner = value as Row;
  try {
    return eventText(inner);
  } catch (error) {
    throw new LineError((error as Error).message.replace('field "', `field "${key}.`));
  }
}

/** An instant or nothing (absent or null). @throws LineError */
export function timeField(row: Row, key: string): Date | null {
  const value = row[key] ?? null;
  if (value === null) return null;
  const at = typeof value === 'string' ? parseInstant(value) : null;
  if (at === null) throw fieldError(key, value, 'null or ISO 8601, e.g. 2026-02-13T10:30:00+08:00');
  return at;
}
