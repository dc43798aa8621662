import { ConsoleLogger, type LogLevel } from '@nestjs/common';

/** Nest's own account of its start: forty lines that say nothing to an administrator. */
const START_CHATTER = new Set([
  ...['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication', 'WebSocketsController'],
]);
const SHOWN: Partial<Record<LogLevel, string>> = { warn: 'WARN ', error: 'ERROR ', fatal: 'FATAL ' };

/**
 * One plain line for each thing said: level (unless ordinary), part, message. The supervisor puts time and
 * process before it; a process started alone does that itself.
 */
export class ProcessLogger extends ConsoleLogger {
  private readonly alone: string | null;

  constructor(name: string, supervised: boolean) {
    super({ colors: false, compact: true, logLevels: ['fatal', 'error', 'warn', 'log'] });
    this.alone = supervised ? null : name;
  }

  override log(message: unknown, ...rest: unknown[]): void {
    if (!START_CHATTER.has(String(rest.at(-1)))) super.log(message, ...(rest as [string]));
  }

  protected override formatMessage(
    level: LogLevel,
    message: unknown,
    _pid: string,
    _level: string,
    context: string,
  ): string {
    const said = typeof message === 'string' ? message : this.stringifyMessage(message, level);
    const line = `${SHOWN[level] ?? ''}${context}${said}\n`;
    return this.alone === null ? line : `${new Date().toISOString()} ${this.alone} ${line}`;
  }
}
