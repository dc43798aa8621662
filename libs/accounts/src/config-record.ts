import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { parse } from 'yaml';
import { AuditChain } from './audit-chain';

/** What a file of config/ was: the hash of its bytes, and of a small YAML file also of each of its keys, two levels deep. */
interface FileMark {
  hash: string;
  keys?: Record<string, string>;
}
type Marks = Record<string, FileMark>;

/** Secrets stand alone in files without one of these endings: neither they nor a hash of them is kept. */
const KEPT = /\.(ya?ml|json|bin|gz)$/;
const SMALL_BYTES = 256 * 1024;
const ACTION = 'config.change';

/** Config changes by hand in files; what is in force at a start is compared with the last start's and logged. */
@Injectable()
export class ConfigRecord {
  constructor(
    private readonly dataSource: DataSource,
    private readonly audit: AuditChain,
  ) {}

  /**
   * Logs what differs from the last record; several processes that start together log it once.
   * @returns the files (and keys) that changed, or null
   */
  async note(configDir: string, actor = 'config'): Promise<{ changed: string[]; added: string[]; removed: string[] } | null> {
    const now = marksOf(configDir);
    return this.dataSource.transaction(async (tx) => {
      await this.audit.hold(tx);
      const last: { data: { files?: Marks } }[] = await tx.query(`select data from audit where action = $1 order by id desc limit 1`, [ACTION]);
      const before = last[0]?.data.files ?? {};
      // The first record is what all later ones are compared with: nothing changed yet.
      const difference = last.length === 0 ? { changed: [], added: [], removed: [] } : differenceOf(before, now);
      if (last.length > 0 && Object.values(difference).every((d) => d.length === 0)) return null;
      await this.audit.append({ actor, action: ACTION, object: 'config', data: { ...(last.length === 0 ? { first: true } : difference), files: now } }, tx);
      return difference;
    });
  }
}

function marksOf(configDir: string): Marks {
  if (!existsSync(configDir)) return {};
  const files = readdirSync(configDir, { recursive: true, withFileTypes: true }).filter((f) => f.isFile() && KEPT.test(f.name));
  const paths = files.map((f) => join(f.parentPath, f.name)).sort();
  return Object.fromEntries(paths.map((path) => [relative(configDir, path).split(sep).join('/'), markOf(path)]));
}

function markOf(path: string): FileMark {
  const bytes = readFileSync(path);
  const hash = digest(bytes);
  if (!/\.ya?ml$/.test(path) || bytes.length > SMALL_BYTES) return { hash };
  try {
    return { hash, keys: Object.fromEntries(keysOf(parse(bytes.toString('utf8')) as unknown, 2).map(([key, value]) => [key, digest(JSON.stringify(value) ?? '').slice(0, 12)])) };
  } catch {
    // The settings were read and found good before; a file beside them may be anything.
    return { hash };
  }
}

/** Keys two levels deep; the entries of a list by their id or name. */
function keysOf(value: unknown, levels: number, prefix = ''): [string, unknown][] {
  if (levels === 0 || value === null || typeof value !== 'object') return prefix === '' ? [] : [[prefix, value]];
  const named = Array.isArray(value) ? value.map((v, i) => [nameOf(v) ?? String(i), v] as const) : Object.entries(value);
  return named.flatMap(([key, inner]) => keysOf(inner, levels - 1, prefix === '' ? key : `${prefix}.${key}`));
}

function nameOf(entry: unknown): string | null {
  if (entry === null || typeof entry !== 'object') return null;
  const { id, name } = entry as { id?: unknown; name?: unknown };
  return typeof id === 'string' ? id : typeof name === 'string' ? name : null;
}

function differenceOf(before: Marks, now: Marks): { changed: string[]; added: string[]; removed: string[] } {
  const changed = Object.entries(now).flatMap(([file, mark]) => {
    const was = before[file];
    if (!was || was.hash === mark.hash) return [];
    const keys = [...new Set([...Object.keys(was.keys ?? {}), ...Object.keys(mark.keys ?? {})])].filter((k) => was.keys?.[k] !== mark.keys?.[k]);
    return keys.length === 0 ? [file] : keys.map((k) => `${file}: ${k}`);
  });
  return {
    changed,
    added: Object.keys(now).filter((f) => !(f in before)),
    removed: Object.keys(before).filter((f) => !(f in now)),
  };
}

const digest = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');
