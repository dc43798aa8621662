import { openInput } from './input-file';
import { jsonFault } from './json-fault';
import { outputClosed, writeLine } from './output';

export { writeLine };

/** A line that cannot be processed: goes out as `{"id","error"}` in its place. */
export class LineError extends Error {}

type Row = Record<string, unknown>;
type Handle = (row: Row, lineNumber: number) => unknown;

/**
 * Reads JSON Lines from a file (or standard input), writes one line for each line in, in order.
 * `handle` may throw LineError (or anything): the rest is still processed and the exit status is 1.
 * An empty line is answered too, so that line n out is always of line n in. Memory stays flat: one line is held at a time.
 */
export async function eachJsonLine(file: string | undefined, handle: Handle): Promise<void> {
  let n = 0;
  for await (const line of linesOf(openInput(file))) {
    n++;
    await writeLine(await answerLine(n === 1 ? line.replace(/^\uFEFF/, '') : line, n, handle));
    if (outputClosed()) return;
  }
}

/** Ends at \n only: U+2028 may stand inside a JSON text, and a line reader that splits there shifts every answer. */
export async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let held: string[] = [];
  for await (const chunk of chunks) {
    const [first = '', ...more] = chunk.split('\n');
    held.push(first);
    for (const next of more) {
      yield held.join('');
      held = [next];
    }
  }
  const last = held.join('');
  if (last !== '') yield last;
}

/** The answer to one line: what `handle` gives, or what is wrong with it. */
export async function answerLine(line: string, n: number, handle: Handle): Promise<unknown> {
  let id: string | number | null = null;
  try {
    const row = rowOf(line);
    id = idOf(row);
    return await handle(row, n);
  } catch (error) {
    process.exitCode = 1;
    return { id, error: `line ${n}: ${(error as Error).message}` };
  }
}

function rowOf(line: string): Row {
  if (line.trim() === '') throw new LineError('empty: a JSON object is wanted');
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch {
    const fault = jsonFault(line);
    const near = fault ? ` (near column ${fault.column}: ${fault.found} where ${fault.wanted} is wanted)` : '';
    throw new LineError(`not JSON${near}: allowed is one JSON object a line`);
  }
  if (row !== null && typeof row === 'object' && !Array.isArray(row)) return row as Row;
  const kind = Array.isArray(row) ? 'an array' : row === null ? 'null' : `a ${typeof row}`;
  throw new LineError(`${kind}: allowed is one JSON object a line`);
}

function idOf({ id = null }: Row): string | number | null {
  if (id === null || typeof id === 'string' || typeof id === 'number') return id;
  throw fieldError('id', id, 'a string or a number');
}

/** Says which field is wrong or missing, and what is allowed. */
export function fieldError(field: string, value: unknown, allowed: string): LineError {
  if (value === undefined) return new LineError(`field "${field}" is missing: allowed is ${allowed}`);
  const shown = JSON.stringify(value);
  return new LineError(`field "${field}" = ${shown.length > 80 ? `${shown.slice(0, 80)}…` : shown}: allowed is ${allowed}`);
}

/** A required string field, which may be empty. @throws LineError naming the field and what is allowed */
export function stringField(row: Row, key: string): string {
  const value = row[key];
  if (typeof value !== 'string') throw fieldError(key, value, 'a string');
  return value;
}
