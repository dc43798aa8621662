import type { FeedItem } from '@app/domain';
import { digest, firstDate, openable } from './entry-fields';
import type { ParseContext } from './feed-parser';
import { resolve } from './feed-repair';
import { fail } from './intake-fault';
import { plainText, plainTitle } from './plain-text';

/** Reads JSON, or fails by name. */
export function readJson(text: string): unknown {
  if (text.trim() === '') fail('empty', '内容为空');
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    return fail('malformed', `不是有效的 JSON：${(error as Error).message.slice(0, 120)}`);
  }
}

/** JSON Feed 1.0 and 1.1 (jsonfeed.org). */
export function parseJsonFeed(text: string, context: ParseContext): FeedItem[] {
  const doc = readJson(text) as { items?: unknown };
  if (doc === null || typeof doc !== 'object' || !Array.isArray(doc.items))
    return fail('not-a-feed', 'JSON 中没有 items 列表，不是 JSON Feed');
  return doc.items
    .filter((i): i is Record<string, unknown> => i !== null && typeof i === 'object')
    .map((i) => jsonFeedItem(i, context));
}

function jsonFeedItem(i: Record<string, unknown>, context: ParseContext): FeedItem {
  const s = (key: string): string => (typeof i[key] === 'string' || typeof i[key] === 'number' ? String(i[key]) : '');
  const html = plainText(s('content_html'));
  const text = html || s('content_text') || plainText(s('summary'));
  const title = plainTitle(s('title')) || text.slice(0, 80);
  const href = s('url') || s('external_url');
  const url = openable(href === '' ? '' : (resolve(href, context.url) ?? href));
  const date = firstDate([s('date_published'), s('date_modified')], context.fetchedAt);
  return {
    title,
    url,
    publishedAt: date.at,
    certain: date.certain,
    text,
    guid: s('id') || url || digest(title + text),
  };
}
