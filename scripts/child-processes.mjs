// The Nest processes under the supervisor.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { eachLine } from './log-lines.mjs';

const EXIT_CONFIG = 78;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;
/** A process that ran this long was healthy: its next death starts the backoff anew. */
const HEALTHY_MS = 30_000;
const KILL_AFTER_MS = 1_000;
/** A process that never got ready in so many tries will not: better one clear end than a loop. */
const FIRST_TRIES = 5;

export class ChildProcesses {
  #options;
  #known = new Map();
  #stopping = false;

  /** @param {{ root: string, env: NodeJS.ProcessEnv, log: (who: string, line: string) => void, onRefusal: (name: string) => void }} options */
  constructor(options) {
    this.#options = options;
  }

  /** Resolves when the process says it is ready, or when all are being stopped. */
  start(name) {
    return new Promise((resolve) => {
      this.#known.set(name, {
        name,
        child: null,
        port: null,
        waitMs: FIRST_WAIT_MS,
        wasReady: false,
        tries: 0,
        timer: null,
        onReady: resolve,
      });
      this.#launch(this.#known.get(name));
    });
  }

  portOf(name) {
    return this.#known.get(name)?.port ?? null;
  }

  #launch(one) {
    const { root, env, log } = this.#options;
    // A gateway that took any free port comes back on the same one.
    const own = one.port === null ? env : { ...env, HUIYING_PORT: String(one.port) };
    const child = spawn(
      process.execPath,
      ['--enable-source-maps', join(root, 'dist', 'apps', one.name, 'src', 'main.js')],
      {
        cwd: root,
        env: own,
        // Not in our process group: Ctrl-C reaches us, and we stop them in order.
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      },
    );
    one.child = child;
    const started = performance.now();
    eachLine(child.stdout, (line) => log(one.name, line));
    eachLine(child.stderr, (line) => log(one.name, line));
    child.on('message', (message) => this.#heard(one, message));
    child.on('error', (error) => log(one.name, error.message));
    child.on('close', (code, signal) => this.#ended(one, code, signal, performance.now() - started));
  }

  #heard(one, message) {
    if (message?.kind !== 'ready') return;
    one.port = message.port ?? null;
    this.#options.log(one.name, one.wasReady ? 'back' : 'ready');
    one.wasReady = true;
    one.onReady();
    process.send?.({ kind: 'child', name: one.name, pid: one.child?.pid });
  }

  #ended(one, code, signal, ranMs) {
    one.child = null;
    if (this.#stopping) return;
    if (!one.wasReady && (code === EXIT_CONFIG || ++one.tries === FIRST_TRIES))
      return this.#options.onRefusal(one.name);
    if (ranMs > HEALTHY_MS) one.waitMs = FIRST_WAIT_MS;
    this.#options.log(one.name, `ended (${signal ?? `exit ${code}`}); starting again in ${one.waitMs} ms`);
    one.timer = setTimeout(() => this.#launch(one), one.waitMs);
    one.waitMs = Math.min(one.waitMs * 2, LONGEST_WAIT_MS);
  }

  /** SIGTERM to all; those still there after `withinMs` are killed. */
  async stop(withinMs) {
    this.#stopping = true;
    const all = [...this.#known.values()];
    for (const one of all) {
      clearTimeout(one.timer);
      one.onReady();
    }
    const living = all.map(({ child }) => child).filter(Boolean);
    const gone = Promise.all(living.map((child) => new Promise((resolve) => child.once('close', resolve))));
    for (const child of living) child.kill('SIGTERM');
    if (await within(gone, withinMs)) return;
    for (const child of living) if (child.exitCode === null) child.kill('SIGKILL');
    await within(gone, KILL_AFTER_MS);
  }
}

async function within(promise, ms) {
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(() => resolve(false), ms)));
  const done = await Promise.race([promise.then(() => true), late]);
  clearTimeout(timer);
  return done;
}
