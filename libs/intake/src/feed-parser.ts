import type { FeedItem } from '@app/domain';
import RssParser from 'rss-parser';
import { digest, firstDate, openable } from './entry-fields';
import { repairFeed } from './feed-repair';
import { fail } from './intake-fault';
import { parseJsonFeed } from './json-feed';
import { plainText, plainTitle } from './plain-text';

export interface ParseContext {
  /** Address of the document, '' when unknown: relative links stay as written then. */
  url: string;
  /** The moment of fetching: relative dates count from here. */
  fetchedAt: Date;
}

interface RawEntry {
  title?: string;
  link?: string;
  guid?: string;
  content?: string;
  'content:encoded'?: string;
  published?: string;
  updated?: string;
}

const reader = new RssParser<Record<string, unknown>, RawEntry>({
  customFields: {
    item: [
      ['hy:published', 'published'],
      ['hy:updated', 'updated'],
    ],
  },
});

/**
 * A decoded feed (RSS 0.9x–2.0, RDF, Atom, CDF or JSON Feed) to entries in plain text.
 * @throws IntakeFaultError `empty`, `not-a-feed`, `malformed`.
 */
export async function parseFeed(text: string, context: ParseContext): Promise<FeedItem[]> {
  const start = text.trimStart();
  if (start.startsWith('{') || start.startsWith('[')) return parseJsonFeed(start, context);
  const repaired = repairFeed(text, context.url);
  const feed = await reader
    .parseString(repaired.xml)
    .catch((error: Error) => fail('malformed', `XML 无法修复：${error.message.split('\n')[0]}`));
  return feed.items.map((entry) => feedItem(entry, context));
}

function feedItem(entry: RawEntry, context: ParseContext): FeedItem {
  const summary = plainText(str(entry.content));
  const content = plainText(str(entry['content:encoded']));
  const text = content.length >= summary.length ? content : summary;
  const title = plainTitle(str(entry.title)) || (text.split('\n')[0] ?? '').slice(0, 80);
  const date = firstDate([str(entry.published), str(entry.updated)], context.fetchedAt);
  const url = openable(str(entry.link));
  return {
    title,
    url,
    publishedAt: date.at,
    certain: date.certain,
    text,
    guid: str(entry.guid) || url || digest(title + text),
  };
}

const str = (v: unknown): string => (typeof v === 'string' ? v : '');
