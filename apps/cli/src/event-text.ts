import { parseInstant } from '@app/domain';
import { LineError, stringField } from './json-lines';

export interface EventText {
  title: string;
  text: string;
  publishedAt: Date | null;
}

/** Title, text and time of a line, or of an object inside it. */
export function eventText(row: Record<string, unknown>): EventText {
  const stated = row.publishedAt;
  if (stated !== undefined && stated !== null && typeof stated !== 'string')
    throw new LineError(`field "publishedAt" = ${JSON.stringify(stated)}: allowed is an ISO 8601 string or null`);
  const publishedAt = typeof stated === 'string' ? parseInstant(stated) : null;
  if (typeof stated === 'string' && publishedAt === null)
    throw new LineError(
      `field "publishedAt" = ${JSON.stringify(stated)}: allowed is ISO 8601, e.g. 2026-02-13T10:30:00+08:00`,
    );
  return { title: stringField(row, 'title'), text: stringField(row, 'text', true), publishedAt };
}

export function objectField(row: Record<string, unknown>, key: string): Record<string, unknown> {
  const value = row[key];
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new LineError(`field "${key}" = ${JSON.stringify(value)}: allowed is an object with title and text`);
  return value as Record<string, unknown>;
}
