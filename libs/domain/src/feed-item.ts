/** One entry as a parser read it, before it is an Item: plain text, no markup, entities decoded. */
export interface FeedItem {
  title: string;
  /** Absolute http(s) address, or null when there is none that may be opened. */
  url: string | null;
  /** As stated; null when unreadable. */
  publishedAt: Date | null;
  /** False for relative, day-only, year-less, future and unreadable dates: never a clock's anchor then. */
  certain: boolean;
  text: string;
  /** The source's own id of the entry, else its address, else a digest of its words. */
  guid: string;
}
