let closed = false;
let wake: (() => void) | null = null;

/** True once the reader of standard output has gone (`| head`): nothing more needs to be read or worked out for it. */
export function outputClosed(): boolean {
  return closed;
}

/**
 * A reader that closes early is no fault of the command: no stack trace. The command itself goes on (an import must
 * not stop half-way because nobody reads its report); what only reads lines stops at `outputClosed`.
 */
export function watchOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    closed = true;
    wake?.();
  });
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

/** Writes one result line, waiting when the reader is slow. */
export function writeLine(value: unknown): Promise<void> {
  return writeText(JSON.stringify(value) + '\n');
}

/** Writes a piece of text, waiting when the reader is slow. */
export async function writeText(text: string): Promise<void> {
  if (closed || process.stdout.write(text)) return;
  await new Promise<void>((resolve) => {
    wake = resolve;
    process.stdout.once('drain', resolve);
  });
  wake = null;
}
