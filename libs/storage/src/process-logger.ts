import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import { beijingIso } from '@app/domain';
import { cleanText, logFields, type LogFields } from './log-fields';

/** Nest's own account of its start: forty lines that say nothing to an administrator. */
const START_CHATTER = new Set([
  ...['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication', 'WebSocketsController'],
]);
const SHOWN: Partial<Record<LogLevel, string>> = { warn: 'WARN ', error: 'ERROR ', fatal: 'FATAL ' };
const LEVELS: Partial<Record<LogLevel, string>> = { log: 'info' };

export type LogFormat = 'text' | 'json';

/** A sentence with fields: `logger.warn({ message: 'not sent', caseId })`. */
export interface Said extends LogFields {
  message: string;
}

/**
 * text: one plain line for each thing said: level (unless ordinary), part, message; the supervisor puts time and process before
 * it, a process started alone does that itself. json: one object a line, with time and zone, level, app, pid, part, message,
 * the fields it was said with and those of the request or source it was said for; each act too (`debug`), which a terminal is spared.
 */
export class ProcessLogger extends ConsoleLogger {
  private readonly alone: string | null;

  constructor(
    private readonly name: string,
    supervised: boolean,
    private readonly format: LogFormat = 'text',
  ) {
    const told: LogLevel[] = ['fatal', 'error', 'warn', 'log'];
    super({ colors: false, compact: true, logLevels: format === 'json' ? [...told, 'debug'] : told });
    this.alone = supervised ? null : name;
  }

  get isJson(): boolean {
    return this.format === 'json';
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
    const said = isSaid(message) ? message.message : message;
    const text = cleanText(typeof said === 'string' ? said : String(this.stringifyMessage(said, level)));
    const line = `${SHOWN[level] ?? ''}${context}${text}\n`;
    return this.alone === null ? line : `${new Date().toISOString()} ${this.alone} ${line}`;
  }

  protected override printMessages(
    messages: unknown[],
    context = '',
    level: LogLevel = 'log',
    stream?: 'stdout' | 'stderr',
    stack?: unknown,
  ): void {
    if (this.format === 'text') return super.printMessages(messages, context, level, stream, stack);
    for (const message of messages)
      process[stream ?? 'stdout'].write(
        this.record(level, context, message, typeof stack === 'string' ? stack : undefined),
      );
  }

  protected override printStackTrace(stack: string): void {
    if (this.format === 'text') super.printStackTrace(stack && cleanText(stack));
  }

  /** One line of JSON. */
  record(level: LogLevel, part: string, message: unknown, stack?: string): string {
    const { message: sentence, ...own } = isSaid(message) ? message : { message: String(message) };
    const head = { time: beijingIso(new Date()), level: LEVELS[level] ?? level, app: this.name, pid: process.pid };
    const named = { ...logFields(), ...own };
    return `${JSON.stringify({ ...head, part, message: cleanText(sentence), ...named, ...(stack === undefined ? {} : { stack: cleanText(stack) }) })}\n`;
  }
}

function isSaid(message: unknown): message is Said {
  return (
    typeof message === 'object' &&
    message !== null &&
    typeof (message as Said).message === 'string' &&
    !(message instanceof Error)
  );
}
