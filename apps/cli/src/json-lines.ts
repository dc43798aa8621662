import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** A line that cannot be processed: goes out as `{"id","error"}` in its place. */
export class LineError extends Error {}

/**
 * Reads JSON Lines from a file (or standard input), writes one line for each line in, in order.
 * `handle` may throw LineError (or anything): the rest is still processed and the exit status is 1.
 * Empty lines are passed over. Memory stays flat: one line is held at a time.
 */
export async function eachJsonLine(
  file: string | undefined,
  handle: (row: Record<string, unknown>, lineNumber: number) => unknown,
): Promise<void> {
  const input = file === undefined || file === '-' ? process.stdin : createReadStream(file);
  const lines = createInterface({ input, crlfDelay: Infinity });
  let n = 0;
  for await (const line of lines) {
    n++;
    if (line.trim() === '') continue;
    await writeLine(await answerLine(line, n, handle));
  }
}

async function answerLine(
  line: string,
  n: number,
  handle: (row: Record<string, unknown>, lineNumber: number) => unknown,
): Promise<unknown> {
  let id: unknown = null;
  try {
    const row: unknown = JSON.parse(line);
    if (row === null || typeof row !== 'object' || Array.isArray(row)) throw new LineError('the line must be a JSON object');
    id = (row as Record<string, unknown>).id ?? null;
    return await handle(row as Record<string, unknown>, n);
  } catch (error) {
    process.exitCode = 1;
    return { id, error: `line ${n}: ${(error as Error).message}` };
  }
}

/** Writes one result line, waiting when the reader is slow. */
export async function writeLine(value: unknown): Promise<void> {
  if (!process.stdout.write(JSON.stringify(value) + '\n')) {
    await new Promise<void>((resolve) => process.stdout.once('drain', () => resolve()));
  }
}

/** A required string field, or a LineError that names the field and what is allowed. */
export function stringField(row: Record<string, unknown>, key: string, optional = false): string {
  const value = row[key];
  if (value === undefined && optional) return '';
  if (typeof value !== 'string') throw new LineError(`field "${key}" = ${JSON.stringify(value)}: allowed is a string`);
  return value;
}
