import { createReadStream, openSync, readFileSync, statSync } from 'node:fs';
import type { Readable } from 'node:stream';

const REASONS: Record<string, string> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EISDIR: 'a directory; allowed is a file',
  EACCES: 'may not be read by this user',
};

/** All bytes of a file named on the command line; - is standard input. @throws Error with one line that names the file */
export function readInput(file: string): Buffer {
  try {
    return readFileSync(file === '-' ? 0 : file);
  } catch (error) {
    throw inputFault(file, error);
  }
}

/** The same as a stream of text; without a name: standard input. Throws before the first byte is read. */
export function openInput(file: string | undefined): Readable {
  if (file === undefined || file === '-') return process.stdin.setEncoding('utf8');
  try {
    if (statSync(file).isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
    return createReadStream(file, { fd: openSync(file, 'r'), encoding: 'utf8' });
  } catch (error) {
    throw inputFault(file, error);
  }
}

function inputFault(file: string, error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  return new Error(`${file === '-' ? 'standard input' : file}: ${REASONS[code ?? ''] ?? message}`);
}

/** The address of --url. @throws Error unless it is an absolute http(s) URL */
export function readAddress(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url && /^https?:$/.test(url.protocol)) return value;
  throw new Error(`--url ${JSON.stringify(value)}: allowed is an absolute address, http://… or https://…`);
}
