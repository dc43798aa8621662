import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { root } from './running-system';

/** One of the built processes alone, as systemd or a container runs it. `buildOnce` comes before. */
export interface AppProcess {
  child: ChildProcess;
  /** Where a gateway listens; null for the others. */
  port: number | null;
  /** What it said so far, on both outputs. */
  said(): string;
}

/** Resolves when it is ready. @throws Error when it ends before */
export async function startApp(app: 'crawler' | 'rules' | 'gateway', env: Record<string, string>): Promise<AppProcess> {
  const child = fork(join(root, 'dist', 'apps', app, 'src', 'main.js'), {
    cwd: root,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], HUIYING_PORT: '0', ...env },
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let said = '';
  for (const out of [child.stdout, child.stderr]) out?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const port = await new Promise<number | null>((ready, fail) => {
    child.once('message', (message) => ready((message as { port: number | null }).port));
    child.once('exit', (code) => fail(new Error(`${app} ended with ${code} before it was ready:\n${said}`)));
  });
  return { child, port, said: () => said };
}

/** Resolves when it has ended. */
export async function stopApp({ child }: AppProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
}
