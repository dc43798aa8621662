// One readable line for each thing said: time (Beijing), who, what.
const clock = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium', timeZone: 'Asia/Shanghai' });
const WIDTH = 8;

export function openLog() {
  // The reader of our output may be gone (a closed terminal); stopping cleanly matters more.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  return (who, line) => process.stdout.write(`${clock.format(new Date())} ${who.padEnd(WIDTH)} ${line}\n`);
}

/** Hands over whole lines of a stream. */
export function eachLine(stream, handle) {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk) => {
    const lines = (rest + chunk).split(/\r?\n/);
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') handle(line);
  });
  stream.on('close', () => rest.trim() !== '' && handle(rest));
}
