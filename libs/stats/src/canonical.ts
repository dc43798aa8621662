import { createHash } from 'node:crypto';

/** JSON with the keys in order, so that equal figures give equal text whoever wrote them. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value)
    .filter(([, v]) => v !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${canonicalJson(v)}`).join(',')}}`;
}

export function hashOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

/** Where two values of one shape differ: paths with what each has, at most `most`. */
export function differencesOf(a: unknown, b: unknown, most = 50, path = ''): { path: string; a: unknown; b: unknown }[] {
  if (canonicalJson(a) === canonicalJson(b)) return [];
  const deep = (v: unknown): v is Record<string, unknown> => v !== null && typeof v === 'object';
  if (!deep(a) || !deep(b)) return [{ path, a, b }];
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  const found: { path: string; a: unknown; b: unknown }[] = [];
  for (const key of keys) {
    found.push(...differencesOf(a[key], b[key], most - found.length, path === '' ? key : `${path}.${key}`));
    if (found.length >= most) break;
  }
  return found;
}
