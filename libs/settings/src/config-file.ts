import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import type { z, ZodType } from 'zod';

/** One thing wrong in a config file, named so that a person can mend it. */
export interface ConfigFault {
  file: string;
  line: number | null;
  /** Path of the key, e.g. `duties.0.limit.amount`. */
  key: string;
  value: unknown;
  /** What is allowed. */
  allowed: string;
}

/** Thrown once, with every fault of every file. */
export class ConfigFaults extends Error {
  constructor(readonly faults: ConfigFault[]) {
    super(faults.map(formatFault).join('\n'));
    this.name = 'ConfigFaults';
  }
}

export function formatFault(f: ConfigFault): string {
  const where = f.line === null ? f.file : `${f.file}:${f.line}`;
  return `${where}: ${f.key || '(file)'} = ${JSON.stringify(f.value) ?? 'missing'}: ${f.allowed}`;
}

/**
 * Reads one YAML or JSON file against a schema. Faults are collected, not thrown, so that a start
 * reports all of them at once. Returns null when the file had any fault.
 */
export function readConfigFile<T>(file: string, schema: ZodType<T>, faults: ConfigFault[]): T | null {
  let source: string;
  try {
    source = readFileSync(file, 'utf8');
  } catch (error) {
    faults.push({
      file,
      line: null,
      key: '',
      value: undefined,
      allowed: `a readable file (${(error as Error).message})`,
    });
    return null;
  }
  return parseConfigText(file, source, schema, faults);
}

/**
 * Text of one YAML or JSON file against a schema, as `readConfigFile` reads it.
 * @param locale words of the checks that have none of their own; default English
 */
export function parseConfigText<T>(
  file: string,
  source: string,
  schema: ZodType<T>,
  faults: ConfigFault[],
  locale?: z.core.$ZodErrorMap,
): T | null {
  const lines = new LineCounter();
  const doc = parseDocument(source, { lineCounter: lines, prettyErrors: false });
  for (const e of doc.errors) {
    faults.push({
      file,
      line: lines.linePos(e.pos[0]).line,
      key: '',
      value: undefined,
      allowed: `valid YAML (${e.message})`,
    });
  }
  if (doc.errors.length > 0) return null;
  const value: unknown = doc.toJS();
  const result = schema.safeParse(value, locale ? { error: locale } : undefined);
  if (result.success) return result.data;
  for (const { path, allowed } of result.error.issues.flatMap(placesOf)) {
    faults.push({
      file,
      line: lineOf(doc, lines, path),
      key: path.join('.'),
      value: valueAt(value, path),
      allowed,
    });
  }
  return null;
}

/** Unknown keys come as one issue of the object around them: each is a fault of its own. */
function placesOf(issue: z.core.$ZodIssue): { path: (string | number)[]; allowed: string }[] {
  const path = issue.path.map((p) => (typeof p === 'symbol' ? String(p) : p));
  if (issue.code !== 'unrecognized_keys') return [{ path, allowed: issue.message }];
  return issue.keys.map((key) => ({ path: [...path, key], allowed: 'no such key' }));
}

function lineOf(doc: ReturnType<typeof parseDocument>, lines: LineCounter, path: (string | number)[]): number | null {
  for (let n = path.length; n >= 0; n--) {
    const node = n === 0 ? doc.contents : doc.getIn(path.slice(0, n), true);
    const range = (node as { range?: [number, number, number] } | null | undefined)?.range;
    if (range) return lines.linePos(range[0]).line;
  }
  return null;
}

function valueAt(value: unknown, path: (string | number)[]): unknown {
  return path.reduce<unknown>(
    (v, p) => (v === null || v === undefined ? undefined : (v as Record<string, unknown>)[p]),
    value,
  );
}

/** A file as it was written, for checks that must work beside faults of its schema. */
export interface WrittenFile {
  file: string;
  value: unknown;
  /** The line of a path, or of the nearest thing around it. */
  lineOf(path: (string | number)[]): number | null;
}

/** Reads a file without a schema; null where it cannot be read or is no YAML (the schema's reader reports that). */
export function readWritten(file: string): WrittenFile | null {
  let source: string;
  try {
    source = readFileSync(file, 'utf8');
  } catch {
    return null;
  }
  const lines = new LineCounter();
  const doc = parseDocument(source, { lineCounter: lines, prettyErrors: false });
  if (doc.errors.length > 0) return null;
  return { file, value: doc.toJS(), lineOf: (path) => lineOf(doc, lines, path) };
}
