// One readable line for each thing said: time (Beijing), who, what.
const clock = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium', timeZone: 'Asia/Shanghai' });
const WIDTH = 8;
const isoHere = () => `${new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 23)}+08:00`;

export function openLog() {
  // The reader of our output may be gone (a closed terminal); stopping cleanly matters more.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  const log = (who, line) => {
    // A process that writes JSON has put everything into it.
    if (log.json && line.startsWith('{"time":')) process.stdout.write(`${line}\n`);
    else if (log.json)
      process.stdout.write(`${JSON.stringify({ time: isoHere(), level: 'info', app: who, message: line })}\n`);
    else process.stdout.write(`${clock.format(new Date())} ${who.padEnd(WIDTH)} ${line}\n`);
  };
  /** Set once the settings are read (`log.format`). */
  log.json = false;
  return log;
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
