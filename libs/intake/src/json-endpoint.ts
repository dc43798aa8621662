import type { FeedItem } from '@app/domain';
import { digest, firstDate, openable } from './entry-fields';
import type { ParseContext } from './feed-parser';
import { resolve } from './feed-repair';
import { fail } from './intake-fault';
import { readJson } from './json-feed';
import { plainText, plainTitle } from './plain-text';

/** Path expressions of a JSON source: `data.list`, `data[0].items`, `result[*].title`. */
export interface JsonPaths {
  items: string;
  title: string;
  text?: string;
  url?: string;
  /** Address with `{field}` places, where the endpoint gives only an id. */
  urlTemplate?: string;
  publishedAt?: string;
  guid?: string;
}

/** All values at a path. `[*]` or `*` goes over a list or the values of an object; `$` at the start is optional. */
export function selectPath(root: unknown, path: string): unknown[] {
  const steps = path.replace(/^\$\.?/, '').match(/[^.[\]]+/g) ?? [];
  let here: unknown[] = [root];
  for (const step of steps) {
    here = here.flatMap((v) => {
      if (v === null || typeof v !== 'object') return [];
      if (step === '*') return Object.values(v);
      const key = step.replace(/^['"]|['"]$/g, '');
      return Object.hasOwn(v, key) ? [(v as Record<string, unknown>)[key]] : [];
    });
  }
  return here;
}

/** @throws IntakeFaultError `malformed` no JSON; `no-items` when the path leads to no list. */
export function parseJsonEndpoint(text: string, paths: JsonPaths, context: ParseContext): FeedItem[] {
  const doc = readJson(text);
  const found = selectPath(doc, paths.items);
  if (found.length === 0) fail('no-items', `路径 ${paths.items} 在返回的 JSON 中不存在（接口可能已改版）`);
  const rows = found.length === 1 && Array.isArray(found[0]) ? (found[0] as unknown[]) : found;
  return rows.map((row) => jsonItem(row, paths, context)).filter((i) => i.title !== '');
}

function jsonItem(row: unknown, paths: JsonPaths, context: ParseContext): FeedItem {
  const at = (path: string | undefined): string => {
    const v = path === undefined ? undefined : selectPath(row, path)[0];
    return typeof v === 'string' || typeof v === 'number' ? String(v) : '';
  };
  const title = plainTitle(at(paths.title));
  const text = plainText(at(paths.text));
  const href = paths.urlTemplate
    ? paths.urlTemplate.replace(/\{([^}]+)\}/g, (_, p: string) => encodeURIComponent(at(p)))
    : at(paths.url);
  const url = href === '' ? null : openable(resolve(href, context.url) ?? href);
  const date = firstDate([at(paths.publishedAt)], context.fetchedAt);
  return {
    title,
    url,
    publishedAt: date.at,
    certain: date.certain,
    text,
    guid: at(paths.guid) || url || digest(title + text),
  };
}
