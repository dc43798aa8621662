import type { ConsoleLogger, INestApplicationContext } from '@nestjs/common';
import { ConfigFaults, loadSettings, type Settings } from '@app/settings';
import { SchemaMismatch } from './migrate';
import { type LogFormat, ProcessLogger } from './process-logger';
import { nameProcess } from './process-name';

/** sysexits EX_CONFIG: the supervisor does not start such a process again. */
export const EXIT_CONFIG = 78;
const EXIT_TROUBLE = 1;
// Shorter than the supervisor's patience (10 s), so that a hanging process ends itself.
const CLOSE_WITHIN_MS = 7_000;

/** Told to the supervisor over IPC. */
export interface ReadyMessage {
  kind: 'ready';
  name: string;
  /** Port the process really listens on; null when it listens on none. */
  port: number | null;
}

/** Makes and starts the Nest app; `listen()` included where the process has a server. */
export type AppFactory = (settings: Settings, logger: ConsoleLogger) => Promise<INestApplicationContext>;

/**
 * The one way a process runs: reads settings (faults printed, exit 78), starts the app, tells the
 * supervisor when it is ready, closes cleanly on SIGTERM, SIGINT and when the supervisor is gone.
 * An unhandled rejection or exception ends the process (exit 1): the supervisor starts a fresh one.
 *
 *     void runProcess('rules', (settings, logger) =>
 *       NestFactory.createApplicationContext(RulesModule.of(settings), { logger, abortOnError: false }));
 */
export async function runProcess(name: string, factory: AppFactory): Promise<void> {
  nameProcess(name);
  const supervised = process.send !== undefined;
  told = new ProcessLogger(name, supervised, usualFormat());
  process.on('unhandledRejection', (reason) => die(reason));
  process.on('uncaughtException', (error) => die(error));
  try {
    const settings = loadSettings();
    const logger = (told = new ProcessLogger(name, supervised, settings.log.format ?? usualFormat()));
    const app = await factory(settings, logger);
    closeWhenTold(app);
    const ready: ReadyMessage = { kind: 'ready', name, port: portOf(app) };
    process.send?.(ready);
    if (!process.send) logger.log(`${name} ready${ready.port === null ? '' : ` on port ${ready.port}`}`);
  } catch (error) {
    die(error);
  }
}

let told: ProcessLogger | null = null;

/** Under a unit or in a container a program reads the log, at a terminal and under `npm start` a person. */
function usualFormat(): LogFormat {
  return process.send !== undefined || process.stdout.isTTY ? 'text' : 'json';
}

/** Ends the process. What a person can mend is said in one line each, a bug with its stack. */
function die(reason: unknown): never {
  const known = reason instanceof ConfigFaults || reason instanceof SchemaMismatch || isPortTaken(reason);
  const error = reason instanceof Error ? reason : new Error(String(reason));
  const line = known ? error.message : (error.stack ?? error.message);
  process.stderr.write(told?.isJson ? told.record('fatal', 'Process', line) : `${line}\n`);
  process.exit(known ? EXIT_CONFIG : EXIT_TROUBLE);
}

function isPortTaken(reason: unknown): boolean {
  const code = (reason as NodeJS.ErrnoException | null)?.code;
  return code === 'EADDRINUSE' || code === 'EACCES' || code === 'EADDRNOTAVAIL';
}

function closeWhenTold(app: INestApplicationContext): void {
  let closing = false;
  const close = (): void => {
    if (closing) return;
    closing = true;
    setTimeout(() => process.exit(EXIT_TROUBLE), CLOSE_WITHIN_MS).unref();
    app.close().then(
      () => process.exit(0),
      (error) => die(error),
    );
  };
  process.on('SIGTERM', close);
  process.on('SIGINT', close);
  // The supervisor is gone, even by kill -9: its end of the IPC channel closed.
  process.on('disconnect', close);
}

function portOf(app: INestApplicationContext): number | null {
  const server = 'getHttpServer' in app ? (app.getHttpServer as () => { address?: () => unknown }).call(app) : null;
  const address = server?.address?.();
  return address !== null && typeof address === 'object' && 'port' in address ? Number(address.port) : null;
}
