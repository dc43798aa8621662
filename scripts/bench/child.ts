import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

/** The copy of the build that this bench runs in. */
const build = join(__dirname, '..', '..');

/** One of the built processes, over the bench's database. Resolves when it is ready. */
export async function startApp(
  app: 'rules' | 'gateway',
  url: string,
  env: Record<string, string> = {},
): Promise<{ child: ChildProcess; port: number | null }> {
  const child = fork(join(build, 'apps', app, 'src', 'main.js'), {
    env: { ...process.env, DATABASE_URL: url, HUIYING_PORT: '0', ...env },
    stdio: ['ignore', 'ignore', process.env['BENCH_LOUD'] ? 'inherit' : 'ignore', 'ipc'],
  });
  const port = await new Promise<number | null>((resolve, reject) => {
    child.once('message', (message) => resolve((message as { port: number | null }).port));
    child.once('exit', (code) => reject(new Error(`${app} ended with ${code} before it was ready`)));
  });
  return { child, port };
}

export async function stopApp(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await gone;
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The next thing a process of the bench says. */
export function said<T>(child: ChildProcess): Promise<T> {
  return new Promise((done, fail) => {
    const ended = (code: number | null): void => fail(new Error(`a process of the bench ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      done(message as T);
    });
  });
}
